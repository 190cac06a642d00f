"""Reads of the ledger."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from django.db.models import Max

from ecredit.facts.records.models import Entry
from ecredit.facts.records.types import EntryView, Verb
from ecredit.foundation.kernel.home import Home


def list_entries(
    subject_ids: Iterable[int], *, known_at: datetime | None = None, as_of: date | None = None
) -> list[EntryView]:
    """Every entry of these subjects, oldest first, as it was known at an instant and had happened by a day.

    `known_at` leaves out what was learned later; `as_of` what became true later.
    """
    rows = Entry.objects.filter(subject_id__in=list(subject_ids)).order_by("leaf")
    if known_at is not None:
        rows = rows.filter(known_at__lte=known_at)
    if as_of is not None:
        rows = rows.exclude(valid_from__gt=as_of)
    return [view_of(row) for row in rows]


def current_entries(entries: Iterable[EntryView]) -> list[EntryView]:
    """Of entries in order, the one that stands for each document; withdrawn documents give none."""
    latest: dict[str, EntryView] = {}
    for entry in entries:
        latest[entry.doc_key] = entry
    return sorted((e for e in latest.values() if e.verb != Verb.WITHDRAW), key=lambda e: e.leaf)


def get_entry(leaf: int) -> EntryView | None:
    """One entry by its leaf number."""
    row = Entry.objects.filter(leaf=leaf).first()
    return None if row is None else view_of(row)


def view_of(row: Entry) -> EntryView:
    """A table row as a value."""
    return EntryView(
        leaf=row.leaf,
        verb=row.verb,
        source_id=row.source_id,
        doc_key=row.doc_key,
        subject_id=row.subject_id,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        known_at=row.known_at,
        supplier=row.supplier,
        batch_id=row.batch_id,
        line=row.line,
        edition=row.edition,
        values=json.loads(row.content),
        original=json.loads(row.original) if row.original else {},
    )


def latest_leaf() -> int:
    """The largest leaf of an entry, -1 when there is none."""
    top = Entry.objects.aggregate(top=Max("leaf"))["top"]
    return -1 if top is None else top


def mirror_folder(home: Home) -> Path:
    """Where the ledger's columnar mirror lies."""
    return home.lake / "ledger"


def mirror_glob(home: Home, source_id: str) -> str:
    """The Parquet files that mirror one source, as a pattern for `read_parquet`."""
    return str(mirror_folder(home) / f"source={source_id}" / "*.parquet")


def mirror_sources(home: Home) -> list[str]:
    """The sources that have mirrored entries."""
    folder = mirror_folder(home)
    return sorted(
        path.name.removeprefix("source=")
        for path in folder.glob("source=*")
        if next(path.glob("*.parquet"), None) is not None
    )
