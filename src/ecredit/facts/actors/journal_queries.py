"""Reads: the journal searched, newest first, with the notes that are not in the log yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.models import JournalEntry, JournalNote

_NOTE = "n"
_BLOCK = 1_000


@dataclass(frozen=True, slots=True)
class JournalSearch:
    """What is looked for; empty: anything. `object` is whole (`subject:12`), times are half-open."""

    who: str = ""
    verb: str = ""
    object: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def condition(self) -> Q:
        """The same for the database."""
        found = Q()
        for column in ("who", "verb", "object"):
            if value := getattr(self, column):
                found &= Q(**{column: value})
        if self.since is not None:
            found &= Q(at__gte=self.since)
        return found if self.until is None else found & Q(at__lt=self.until)


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One row. `leaf` is its place in the log; None while it is only noted (`place` then names the note)."""

    place: str
    leaf: int | None
    at: datetime
    who: str
    right: str
    verb: str
    object: str
    detail: str


def has_seen(*, who: str, verb: str, about: str, seen: str) -> bool:
    """Whether somebody's reads of `about` tell that this was shown, by its digest (`seen` of `note_read`)."""
    search = JournalSearch(who=who, verb=verb, object=about)
    return any(read_object(row.detail).get("seen") == seen for row in stream_journal(search))


def search_journal(search: JournalSearch, *, after: str = "", limit: int) -> list[JournalRow]:
    """Rows newest first, behind the place `after` (of a row of the page before; empty: from the newest)."""
    rows: list[JournalRow] = []
    if not after or after.startswith(_NOTE):
        rows += _notes(search, after.removeprefix(_NOTE), limit)
        after = ""
    if len(rows) < limit:
        rows += _entries(search, after, limit - len(rows))
    return rows


def stream_journal(search: JournalSearch) -> Iterator[JournalRow]:
    """All rows that fit, newest first, a block at a time."""
    after = ""
    while True:
        block = search_journal(search, after=after, limit=_BLOCK)
        yield from block
        if len(block) < _BLOCK:
            return
        after = block[-1].place


def _notes(search: JournalSearch, after: str, limit: int) -> list[JournalRow]:
    rows = JournalNote.objects.filter(search.condition).order_by("-id")
    if after.isascii() and after.isdigit():
        rows = rows.filter(id__lt=int(after))
    return [
        JournalRow(f"{_NOTE}{row.pk}", None, row.at, row.who, row.right, row.verb, row.object, row.detail)
        for row in rows[:limit]
    ]


def _entries(search: JournalSearch, after: str, limit: int) -> list[JournalRow]:
    # The log's instants never go back, so both orders are one; the second reads a span of days from its index.
    timed = search.since is not None or search.until is not None
    rows = JournalEntry.objects.filter(search.condition).order_by(
        *(("-at", "-leaf") if timed else ("-leaf",))
    )
    if after.isascii() and after.isdigit():
        rows = rows.filter(leaf__lt=int(after))
    return [
        JournalRow(str(row.leaf), row.leaf, row.at, row.who, row.right, row.verb, row.object, row.detail)
        for row in rows[:limit]
    ]
