"""Finding a subject without a program: an index like a dictionary's, by the first characters of names and of codes.

A page lists up to so many entries, or the next characters there are; where only one goes on, its characters are taken together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import groupby
from typing import Final, Literal

A_PAGE: Final = 100
Entry = tuple[str, str, str]
"""What it is found by, the code of its subject, its name."""
Kind = Literal["name", "code"]


@dataclass(frozen=True, slots=True)
class IndexPage:
    """One page: what all on it begin with, the pages that go on (beginning, page, how many), and its own entries."""

    path: str
    start: str
    onward: tuple[tuple[str, str, int], ...]
    entries: Sequence[Entry]


def index_pages(kind: Kind, entries: Sequence[Entry]) -> Iterator[IndexPage]:
    """All pages of an index over entries in order, the first page first."""
    yield from _pages(kind, "", entries, 0, len(entries))


def index_path(kind: Kind, start: str) -> str:
    """The address of the page of all that begins so."""
    return f"/browse/{kind}" + (f"/{blake2b(start.encode(), digest_size=8).hexdigest()}" if start else "")


def _pages(kind: Kind, start: str, entries: Sequence[Entry], low: int, high: int) -> Iterator[IndexPage]:
    if high - low <= A_PAGE:
        yield IndexPage(index_path(kind, start), start, (), entries[low:high])
        return
    own = low
    while own < high and len(entries[own][0]) == len(start):
        own += 1
    parts: list[tuple[str, int, int]] = []
    place = own
    for _, group in groupby(entries[n][0][len(start)] for n in range(own, high)):
        count = sum(1 for _ in group)
        # In order, the first and the last share what all between them share.
        shared = _shared(entries[place][0], entries[place + count - 1][0])
        parts.append((shared, place, place + count))
        place += count
    onward = tuple((shared, index_path(kind, shared), last - first) for shared, first, last in parts)
    yield IndexPage(index_path(kind, start), start, onward, entries[low:own])
    for shared, first, last in parts:
        yield from _pages(kind, shared, entries, first, last)


def _shared(one: str, other: str) -> str:
    """What both begin with."""
    length = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    return one[:length]
