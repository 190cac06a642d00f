"""What must become of every row, worked out from the plan alone: the planted truth a run is held against.

Deliberately slow and obvious, and written without a look at how the rooms do it: a row that waits is held, one that is
sent again unchanged is a duplicate, one that is sent again with something else in it is a later version.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from ecredit.foundation.catalog.types import Source
from ecredit.surface.cli.demo_plan import Plan
from ecredit.surface.cli.demo_publicity import PublicTruth, public_truth
from ecredit.surface.cli.demo_types import Delivery, DemoRow

Fate = Literal["accepted", "superseded", "duplicate", "quarantined", "refused"]
_Key = tuple[str, ...]


@dataclass(slots=True)
class FileTruth:
    """What the receipt of a file must say."""

    path: str
    source: str
    called: str
    sent_at: str
    rows: int = 0
    accepted: int = 0
    superseded: int = 0
    duplicate: int = 0
    quarantined: int = 0
    refused: int = 0
    late: int = 0
    cleared: int = 0
    already_received: bool = False


@dataclass(slots=True)
class _Waiting:
    """A row that waits: of which document (None when it cannot say) and on which line of which file."""

    sender: str
    key: _Key | None
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class _Document:
    """The version a document stands at: a number made from its content, whose it is, and what must be public of it.

    Numbers instead of rows, because a large city has millions of them.
    """

    content: int
    subject: int
    public: PublicTruth


@dataclass(slots=True)
class Expectation:
    """Follows the documents of the city's sources from file to file. Take each source's files in order of sending."""

    plan: Plan
    _documents: dict[str, dict[_Key, _Document]] = field(default_factory=dict)
    _waiting: dict[str, list[_Waiting]] = field(default_factory=dict)

    def take(self, delivery: Delivery) -> FileTruth:
        """The truth of one file, which must have been written (its rows know their lines)."""
        truth = FileTruth(delivery.path, delivery.source, delivery.called, delivery.sent_at.isoformat())
        records = [row for row in delivery.rows if not row.is_footer]
        truth.rows = len(records)
        if delivery.repeats:
            truth.already_received, truth.duplicate = True, truth.rows
            return truth
        source = self.plan.source(delivery.source)
        documents = self._documents.setdefault(source.id, {})
        waits: list[_Waiting] = []
        good: set[_Key] = set()
        for row in records:
            key = document_key(row, source)
            if row.waits:
                if any(p.effect == "refused" for p in row.plants):
                    truth.refused += 1
                    continue
                truth.quarantined += 1
                waits.append(_Waiting(delivery.sender, key, delivery.filename, row.line))
                continue
            assert key is not None, (delivery.path, row.cells)  # noqa: S101 - a fault of the demo itself
            good.add(key)
            if source.party:  # so is what waits of it under its name, its code missing or unreadable
                good.add((*key[:-1], row.in_ledger(source.name_column)))
            content = hash(frozenset((c, t) for c, t in {**row.cells, **row.taken}.items() if t))
            before = documents.get(key)
            if before is not None and (before.content, before.subject) == (content, row.about.number):
                truth.duplicate += 1
                continue
            public = public_truth(self.plan, source, key, row)
            documents[key] = _Document(content, row.about.number, public)
            truth.accepted += before is None
            truth.superseded += before is not None
            truth.late += self._late(row, source, delivery.sent_at.date())
        truth.cleared = self._clear(delivery, good)
        self._waiting.setdefault(source.id, []).extend(waits)
        return truth

    def settle(self) -> Iterator[PublicTruth]:
        """For each document so far whether it must be public on the city's day; then forget them."""
        for documents in self._documents.values():
            for document in documents.values():
                yield document.public
        self._documents.clear()

    def _late(self, row: DemoRow, source: Source, sent_on: date) -> bool:
        deadline = source.deadline
        if deadline.kind != "after_event" or deadline.workdays is None or deadline.column is None:
            return False
        occurred = date.fromisoformat(row.in_ledger(deadline.column))
        return sent_on > self.plan.calendar.add_workdays(occurred, deadline.workdays).on

    def _clear(self, delivery: Delivery, good: set[_Key]) -> int:
        """Rows of the same supplier that waited for what this file brings."""
        lines = {row.line for row in delivery.rows if not row.waits}
        waiting = self._waiting.get(delivery.source, [])
        cleared = [
            w
            for w in waiting
            if w.sender == delivery.sender
            and (
                w.key in good
                if w.key is not None
                else delivery.corrects and w.file == delivery.filename and w.line in lines
            )
        ]
        for w in cleared:
            waiting.remove(w)
        return len(cleared)


def document_key(row: DemoRow, source: Source) -> _Key | None:
    """The document a row is about as the row itself says it; None when it does not say it whole."""
    if row.damage == "cells":
        return None
    unread = {
        p.column
        for p in row.plants
        if p.effect != "warned" and p.rule not in ("", "unique_in_file", "not_in_future")
    }
    parts = tuple("" if code in unread else row.in_ledger(code) for code in source.key)
    if source.party:
        parts = (*parts, _party(row, source, unread))
    if source.key_mode == "first":
        return next(((part,) for part in parts if part), None)
    return parts if all(parts) else None


def _party(row: DemoRow, source: Source, unread: set[str]) -> str:
    """Whom a row is about by its own words: a code, else the name; of a natural person the name."""
    *codes, name = source.party
    if source.subject_kind_column and row.in_ledger(source.subject_kind_column) == "自然人":
        codes = []
    said = (row.in_ledger(code) for code in (*codes, name) if code not in unread)
    return next((text for text in said if text), "")
