"""Calls that come at the same moment, done as one: a block of records is checked, and a transaction written, for all who wait.

A record alone costs nearly what a hundred together do: some two hundred column operations, a transaction, one wait for the
disk. So whoever comes first works, and whoever comes meanwhile is in the next round. A call that comes alone is done at once;
while several come at a time, a round waits a moment for as many as the one before it had, since they are on their way again.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

Given = TypeVar("Given")
Got = TypeVar("Got")


@dataclass(slots=True)
class _Call(Generic[Given, Got]):
    given: Given
    woken: threading.Event = field(default_factory=threading.Event)
    got: Got | None = None
    error: BaseException | None = None
    done: bool = False


class Together(Generic[Given, Got]):
    """`do` turns what several callers gave into what each gets, in that order; `most` bounds a round.

    `do` has done nothing when it raises: then each call of the round is done by itself, so that nobody hears of another's fault;
    not so with the kinds of errors in `shared`, which are of no call's own. `patience` is how many seconds a round waits at most for as many calls as the last one had; no time when that had one.
    """

    def __init__(
        self,
        do: Callable[[Sequence[Given]], Sequence[Got]],
        *,
        most: int,
        patience: float = 0.0,
        shared: tuple[type[Exception], ...] = (),
    ) -> None:
        self._do = do
        self._most = most
        self._patience = patience
        self._shared = shared
        self._usual = 1
        self._lock = threading.Condition()
        self._waiting: list[_Call[Given, Got]] = []
        self._working = False

    def __call__(self, given: Given) -> Got:
        """What `do` makes of it; raises what `do` raised of it, or of its round where that is everybody's."""
        call: _Call[Given, Got] = _Call(given)
        with self._lock:
            self._waiting.append(call)
            self._lock.notify()
            leads = not self._working
            self._working = True
        if not leads:
            call.woken.wait()
        if not call.done:
            self._lead()
        if call.error is not None:
            raise call.error
        return cast(Got, call.got)

    def _lead(self) -> None:
        """Do one round, in which the caller's own call is the first; then the next who waits leads."""
        with self._lock:
            if self._usual > 1 and self._patience:
                self._lock.wait_for(lambda: len(self._waiting) >= self._usual, self._patience)
            round, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            self._usual = len(round)
        error = self._do_all(round)
        if error is not None:
            each_by_itself = (
                len(round) > 1 and isinstance(error, Exception) and not isinstance(error, self._shared)
            )
            for call in round:
                call.error = self._do_all([call]) if each_by_itself else error
        for call in round:
            call.done = True
        with self._lock:
            following = self._waiting[0] if self._waiting else None
            self._working = following is not None
        for call in round:
            call.woken.set()
        if following is not None:
            following.woken.set()

    def _do_all(self, calls: "Sequence[_Call[Given, Got]]") -> BaseException | None:
        """Do them as one; gives what was raised."""
        try:
            for call, got in zip(calls, self._do([call.given for call in calls]), strict=True):
                call.got = got
        except BaseException as error:  # noqa: BLE001 - told to whoever waits for it
            return error
        return None
