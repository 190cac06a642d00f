"""What was worked out from the database, kept until something is written: every act is a leaf of the log."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from ecredit.facts.actors.models import LogHead

Value = TypeVar("Value")


def log_version() -> str:
    """What changes with every transaction that writes a leaf: the latest signed head; empty before the first."""
    return LogHead.objects.order_by("-size").values_list("checkpoint", flat=True).first() or ""


class Latest(Generic[Value]):
    """The last few answers of this process by key; a key holds `log_version()`, so an answer is never an old one."""

    def __init__(self, most: int) -> None:
        """`most` bounds how many are kept."""
        self._most = most
        self._kept: OrderedDict[Hashable, Value] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The answer of a key; made when it is not kept. The key must be read before the answer is made."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made
