"""How many connections each worker process holds, where all of them can read it: who holds more lets another take the next.

All workers wait at the same door, and the system wakes whoever stood there last: of eight browsers that keep their connection
one process got eight and the other none, and half of the machine stood idle. Here the master maps a page of memory before it
forks; each worker has a place there for its number.
"""

import mmap
from typing import Final

MOST_PLACES: Final = 64
# No worker; one that takes no connections, because it is not ready yet or about to end.
_NOBODY, _CLOSED = -1, -2
_BYTES: Final = 8


class Places:
    """The places; made by the master, inherited by its workers. A worker writes its own only, so nothing is locked."""

    def __init__(self) -> None:
        self._held = memoryview(mmap.mmap(-1, MOST_PLACES * _BYTES)).cast("q")
        for place in range(MOST_PLACES):
            self._held[place] = _NOBODY

    def take(self) -> int | None:
        """A place for a worker that is about to start; None when there is none left: it then takes whatever comes."""
        for place, held in enumerate(self._held.tolist()):
            if held == _NOBODY:
                self._held[place] = _CLOSED  # it has to load everything first
                return place
        return None

    def leave(self, place: int | None) -> None:
        """The worker of that place has ended."""
        if place is not None:
            self._held[place] = _NOBODY

    def tell(self, place: int | None, held: int) -> None:
        """So many connections are held there now."""
        if place is not None:
            self._held[place] = held

    def retire(self, place: int | None) -> None:
        """The worker of that place takes no more, however little it still holds."""
        if place is not None:
            self._held[place] = _CLOSED

    def is_anothers_turn(self, place: int | None, held: int) -> bool:
        """Whether another worker holds so much less that the next connection should be its: an eighth, of few any less."""
        if place is None:
            return False
        others = [n for at, n in enumerate(self._held.tolist()) if n >= 0 and at != place]
        return bool(others) and held - min(others) > min(others) // 8


PLACES: Final = Places()
"""Those of this program."""
