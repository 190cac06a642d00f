"""Where a table's rows come from: a page of them at a time, or all of them one after the other for an export."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, TypeVar

from ecredit.surface.desk.forms import asked_number

Row = TypeVar("Row")
_BLOCK: Final = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a source. `at` is a place the source itself gave out (an offset, the last key), empty at first."""

    filters: Mapping[str, str]
    sort: str
    descending: bool
    at: str
    size: int

    @property
    def offset(self) -> int:
        """`at` as a number of rows to skip; 0 when it is none."""
        return asked_number(self.at) or 0


@dataclass(frozen=True, slots=True)
class Rows(Generic[Row]):
    """A page of rows. `previous` and `following` are places (None: there is nothing there); `first` numbers from 1.

    `total` is None where counting would mean going through everything.
    """

    rows: Sequence[Row]
    previous: str | None
    following: str | None
    total: int | None = None
    first: int | None = None


class Source(Protocol[Row]):
    """What `show_table` asks."""

    def page(self, asked: Asked) -> Rows[Row]:
        """One page."""
        ...

    def stream(self, asked: Asked) -> Iterator[Row]:
        """Everything that fits the filters, in order, never all in memory."""
        ...


@dataclass(frozen=True, slots=True)
class ListSource(Generic[Row]):
    """Rows that are in memory anyway: a few thousand at most.

    text   what the filter `q` looks through (each of the strings, letters of any case)
    tests  filter name → whether a row passes the value given
    keys   sort name → key of a row
    """

    everything: Sequence[Row]
    text: Callable[[Row], Sequence[str]] | None = None
    tests: Mapping[str, Callable[[Row, str], bool]] | None = None
    keys: Mapping[str, Callable[[Row], Any]] | None = None

    def page(self, asked: Asked) -> Rows[Row]:
        """One page, by offset."""
        return offset_page(self._chosen(asked), asked)

    def stream(self, asked: Asked) -> Iterator[Row]:
        """Everything that passes."""
        return iter(self._chosen(asked))

    def _chosen(self, asked: Asked) -> list[Row]:
        rows = list(self.everything)
        wanted = asked.filters.get("q", "").casefold()
        if wanted and self.text is not None:
            text = self.text
            rows = [row for row in rows if any(wanted in part.casefold() for part in text(row))]
        for name, passes in (self.tests or {}).items():
            if value := asked.filters.get(name):
                rows = [row for row in rows if passes(row, value)]
        key = (self.keys or {}).get(asked.sort)
        if key is not None:
            rows.sort(key=key, reverse=asked.descending)
        return rows


def offset_page(chosen: Sequence[Row], asked: Asked) -> Rows[Row]:
    """The page of a sequence at an offset."""
    start = min(asked.offset, max(len(chosen) - 1, 0))
    end = start + asked.size
    return Rows(
        chosen[start:end],
        None if start == 0 else str(max(start - asked.size, 0)),
        str(end) if end < len(chosen) else None,
        len(chosen),
        start + 1 if chosen else 0,
    )


def offset_rows(rows: Sequence[Row], total: int, asked: Asked) -> Rows[Row]:
    """Rows that were read at the offset asked for, with the ways back and on."""
    end = asked.offset + asked.size
    return Rows(
        rows,
        str(max(asked.offset - asked.size, 0)) if asked.offset else None,
        str(end) if end < total else None,
        total,
        asked.offset + 1 if rows else 0,
    )


def in_blocks(read: Callable[[int, int], Sequence[Row]]) -> Iterator[Row]:
    """Everything that `read(limit, offset)` gives, block by block."""
    offset = 0
    while block := read(_BLOCK, offset):
        yield from block
        offset += _BLOCK


@dataclass(frozen=True, slots=True)
class KeysetSource(Generic[Row]):
    """Rows of a table of any size, read by their key: `read(asked, after, limit)` gives those behind `after`.

    place  the key of a row, as text; only the way forward is known, so "previous" leads to the beginning
    """

    read: Callable[[Asked, str, int], Sequence[Row]]
    place: Callable[[Row], str]
    total: Callable[[Asked], int | None] | None = None

    def page(self, asked: Asked) -> Rows[Row]:
        """One page: one more row than shown is read, to know whether there are more."""
        found = self.read(asked, asked.at, asked.size + 1)
        shown = found[: asked.size]
        return Rows(
            shown,
            "" if asked.at else None,
            self.place(shown[-1]) if len(found) > asked.size else None,
            None if self.total is None else self.total(asked),
        )

    def stream(self, asked: Asked) -> Iterator[Row]:
        """Everything, in blocks."""
        after = ""
        while True:
            block = self.read(asked, after, _BLOCK)
            yield from block
            if len(block) < _BLOCK:
                return
            after = self.place(block[-1])


@dataclass(frozen=True, slots=True)
class OffsetSource(Generic[Row]):
    """Rows whose order has no key of one column: `read(asked, offset, limit)` gives those behind the first `offset`."""

    read: Callable[[Asked, int, int], Sequence[Row]]
    total: Callable[[Asked], int | None] | None = None

    def page(self, asked: Asked) -> Rows[Row]:
        """One page: one more row than shown is read, to know whether there are more."""
        offset = asked.offset
        found = self.read(asked, offset, asked.size + 1)
        return Rows(
            found[: asked.size],
            None if offset == 0 else str(max(offset - asked.size, 0)),
            str(offset + asked.size) if len(found) > asked.size else None,
            None if self.total is None else self.total(asked),
            offset + 1 if found else 0,
        )

    def stream(self, asked: Asked) -> Iterator[Row]:
        """Everything, in blocks; the blocks are counted here, whatever page was asked for."""
        offset = 0
        while True:
            block = self.read(asked, offset, _BLOCK)
            yield from block
            if len(block) < _BLOCK:
                return
            offset += _BLOCK
