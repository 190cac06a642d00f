"""Reads of the ledger."""

import json
from collections.abc import Collection, Iterable
from datetime import date, datetime
from pathlib import Path

from django.db import connection
from django.db.models import Exists, OuterRef

from ecredit.facts.actors.bulk import select_in
from ecredit.facts.records.key_stretches import read_stretches
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.records.post_actions import REOPENS
from ecredit.facts.records.types import EntryView, Verb
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.home import Home


def list_entries(subject_ids: Iterable[int], *, known_at: datetime | None = None) -> list[EntryView]:
    """Every entry of every document that was ever about these subjects, oldest first, as known at an instant.

    A corrected document may be about somebody else now: its later entries are here too, so that the newest of a
    document is the newest (`current_entries`).
    """
    mine = CreditRecord.objects.filter(subject_id__in=list(subject_ids))
    rows = CreditRecord.objects.filter(doc_key__in=mine.values("doc_key")).order_by("leaf")
    if known_at is not None:
        rows = rows.filter(known_at__lte=known_at)
    return [view_of(row) for row in rows]


def current_entries(
    entries: Iterable[EntryView], *, subject_ids: Collection[int] | None = None, as_of: date | None = None
) -> list[EntryView]:
    """Of entries in order, the one that stands for each document; withdrawn documents give none.

    `subject_ids` keeps those about these subjects, `as_of` leaves out what became true later.
    """
    latest: dict[str, EntryView] = {}
    for entry in entries:
        latest[entry.doc_key] = entry
    standing = (
        entry
        for entry in latest.values()
        if entry.verb != Verb.WITHDRAW
        and (subject_ids is None or entry.subject_id in subject_ids)
        and (as_of is None or entry.valid_from is None or entry.valid_from <= as_of)
    )
    return sorted(standing, key=lambda entry: entry.leaf)


def list_standing_of(
    subject_ids: Collection[int], suppliers: Collection[str], *, after: int = -1, limit: int
) -> list[EntryView]:
    """What stands about these subjects and came from these suppliers, by leaf, from behind the leaf `after` on, `limit` at
    most. However much stands, only so much is read."""
    later = CreditRecord.objects.filter(doc_key=OuterRef("doc_key"), leaf__gt=OuterRef("leaf"))
    rows = CreditRecord.objects.filter(
        ~Exists(later), subject_id__in=subject_ids, supplier__in=suppliers, leaf__gt=after
    ).exclude(verb=Verb.WITHDRAW)
    return [view_of(row) for row in rows.order_by("leaf")[:limit]]


def list_subjects_with(sources: Collection[str], *, limit: int) -> list[int]:
    """Subjects of which an entry of one of these sources tells or told, `limit` at most, in order."""
    rows = CreditRecord.objects.filter(source_id__in=list(sources)).order_by("subject_id")
    return list(rows.values_list("subject_id", flat=True).distinct()[:limit])


def list_former_names(subject_ids: Iterable[int], catalog: Catalog) -> dict[int, set[str]]:
    """The names that the register's rows have given these subjects, by subject."""
    sql = "SELECT subject_id, content FROM records_entry WHERE source_id = %s AND subject_id IN ({values})"
    names: dict[int, set[str]] = {}
    for source in catalog.sources.values():
        if source.describes:
            for subject_id, content in select_in(sql, list(subject_ids), before=[source.id], kind="bigint"):
                if name := json.loads(content).get(source.name_column):
                    names.setdefault(subject_id, set()).add(name)
    return names


def get_entry(leaf: int) -> EntryView | None:
    """One entry by its leaf number."""
    row = CreditRecord.objects.filter(leaf=leaf).first()
    return None if row is None else view_of(row)


def find_latest(doc_key: str) -> EntryView | None:
    """The last entry of a document, which may say that it was withdrawn; None when the ledger has none, or an answer about
    it was taken back."""
    row = CreditRecord.objects.filter(doc_key=doc_key).order_by("-leaf").first()
    entry = None if row is None else view_of(row)
    return None if entry is not None and REOPENS in entry.values else entry


def list_keys_beginning(starts: Collection[str]) -> dict[str, list[str]]:
    """The keys of the ledger's documents that begin with each of some texts, by text; only the index is read."""
    # A CROSS JOIN keeps SQLite from going through the whole index for each text; after "f" no hex character comes.
    sql = (
        "WITH near(start) AS ({values}) SELECT DISTINCT near.start, e.doc_key FROM near CROSS JOIN records_entry e "
        "WHERE e.doc_key >= near.start AND e.doc_key < near.start || 'g'"
    )
    asked = set(starts)
    keys, rest = read_stretches(asked)
    found: dict[str, list[str]] = {}
    lengths = {len(start) for start in asked} if keys else set()
    for key in keys:
        for length in lengths:
            if (start := key[:length]) in asked:
                found.setdefault(start, []).append(key)
    for start, key in select_in(sql, sorted(rest)):
        # Of texts of several lengths some may have been found between others.
        if key not in keys:
            found.setdefault(start, []).append(key)
    return found


def list_latest(doc_keys: Collection[str]) -> list[EntryView]:
    """The last entry of each of these documents, in order; it may say that the document was withdrawn."""
    sql = "SELECT MAX(leaf) FROM records_entry WHERE doc_key IN ({values}) GROUP BY doc_key"
    leaves = [leaf for (leaf,) in select_in(sql, list(set(doc_keys)))]
    return [view_of(row) for row in CreditRecord.objects.filter(leaf__in=leaves).order_by("leaf")]


def list_document_suppliers(doc_keys: Collection[str]) -> dict[str, str]:
    """Whose each document is: the supplier of its last entry, by document."""
    sql = "SELECT doc_key, leaf, supplier FROM records_entry WHERE doc_key IN ({values})"
    return {key: supplier for key, _, supplier in sorted(select_in(sql, list(set(doc_keys))))}


def view_of(row: CreditRecord) -> EntryView:
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


def list_withdrawn_leaves(after: int) -> list[int]:
    """Every entry of the documents that an entry beyond the leaf `after` withdrew, in order."""
    with connection.cursor() as cursor:
        # The verb stands in the text: SQLite uses the index of withdrawals for a literal only.
        cursor.execute("SELECT doc_key FROM records_entry WHERE verb = 'withdraw' AND leaf > %s", [after])
        keys = sorted({key for (key,) in cursor.fetchall()})
    if not keys:
        return []
    sql = "SELECT leaf FROM records_entry WHERE doc_key IN ({values})"
    return sorted(leaf for (leaf,) in select_in(sql, keys))


def list_withdrawn_subjects(after: int) -> list[int]:
    """Whom the documents were about that an entry beyond the leaf `after` withdrew, in order."""
    sql = "SELECT DISTINCT subject_id FROM records_entry WHERE leaf IN ({values})"
    return sorted(subject for (subject,) in select_in(sql, list_withdrawn_leaves(after), kind="bigint"))


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
