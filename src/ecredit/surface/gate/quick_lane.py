"""Pages that take a few milliseconds are made one after another: several at once in one process only take turns at the interpreter.

Eight threads that all compute interrupt each other at every half millisecond, and each page costs a quarter more. So one thread
answers in the order things came; whatever takes long (a download, a slow disk) gets the others on their way after `LONG_SECONDS`.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, Final

LONG_SECONDS: Final = 0.01


class _Task:
    """Something to be done; `began` is nought while it waits, `lent` says that another thread was let in beside it."""

    __slots__ = ("began", "done", "lent", "what", "work")

    def __init__(self, work: Callable[[Any], Any], what: Any) -> None:
        self.work, self.what = work, what
        self.done: Future[Any] = Future()
        self.began, self.lent = 0.0, False


class QuickLane:
    """So many threads, of which one works, and one more for each piece of work that has turned out long."""

    def __init__(self, threads: int) -> None:
        self._waiting: SimpleQueue[_Task] = SimpleQueue()
        self._turn = threading.Semaphore(1)
        self._lock = threading.Lock()
        self._working: set[_Task] = set()
        for number in range(threads):
            threading.Thread(target=self._serve, name=f"quick-{number}", daemon=True).start()

    def submit(self, work: Callable[[Any], Any], what: Any) -> "Future[Any]":
        """Have it done in its turn."""
        task = _Task(work, what)
        self._waiting.put(task)
        return task.done

    def help(self, now: float) -> float | None:
        """Let another thread in where something waits behind long work; gives the seconds after which to look again, None when nothing waits."""
        if self._waiting.empty():
            return None
        soon = LONG_SECONDS
        with self._lock:
            for task in self._working:
                left = task.began + LONG_SECONDS - now
                if task.lent:
                    continue
                if left > 0:
                    soon = min(soon, left)
                else:
                    task.lent = True
                    self._turn.release()
        return soon

    def _serve(self) -> None:
        has_turn = False
        while True:
            if not has_turn:
                self._turn.acquire()
            task = self._waiting.get()
            task.began = time.monotonic()
            with self._lock:
                self._working.add(task)
            try:
                result = task.work(task.what)
            except BaseException as error:  # noqa: BLE001 - told to whoever waits for it
                task.done.set_exception(error)
            else:
                task.done.set_result(result)
            with self._lock:
                self._working.discard(task)
                has_turn = not task.lent
