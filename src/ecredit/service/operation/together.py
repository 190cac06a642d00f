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

    `patience` is how many seconds a round waits at most for as many calls as the last one had; no time when that had one.
    """

    def __init__(
        self, do: Callable[[Sequence[Given]], Sequence[Got]], *, most: int, patience: float = 0.0
    ) -> None:
        self._do = do
        self._most = most
        self._patience = patience
        self._usual = 1
        self._lock = threading.Condition()
        self._waiting: list[_Call[Given, Got]] = []
        self._working = False

    def __call__(self, given: Given) -> Got:
        """What `do` makes of it; raises what `do` raised in its round."""
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
        try:
            for call, got in zip(round, self._do([call.given for call in round]), strict=True):
                call.got = got
        except BaseException as error:  # noqa: BLE001 - each of the round raises it
            for call in round:
                call.error = error
        for call in round:
            call.done = True
        with self._lock:
            following = self._waiting[0] if self._waiting else None
            self._working = following is not None
        for call in round:
            call.woken.set()
        if following is not None:
            following.woken.set()
