"""Open data: everything that is public on a day, as rows of two tables, read in blocks; and what their columns mean.

A block is a read of its own, so that a slow taker holds nothing up. Were the public database written meanwhile, the rest would
be of another state: the reading then ends with DataChanged, and what was taken is to be taken anew.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from ecredit.foundation.kernel.errors import EcreditError
from ecredit.service.publicity.listing import number_in

BLOCK: Final = 2_000
ColumnKind = Literal["text", "date", "integer", "json"]


class DataChanged(EcreditError):  # noqa: N818 - says what happened
    """The public database was written while it was read."""

    code = "publicity.data_changed"


@dataclass(frozen=True, slots=True)
class OpenColumn:
    """A column of an open table; `table` is the code table its values come from, "" for none."""

    id: str
    kind: ColumnKind
    table: str = ""


@dataclass(frozen=True, slots=True)
class OpenTable:
    """A table of the open data: its id, and its columns in order."""

    id: Literal["subjects", "records"]
    columns: tuple[OpenColumn, ...]


SUBJECTS: Final = OpenTable(
    "subjects",
    (
        OpenColumn("code", "text"),
        OpenColumn("name", "text"),
        OpenColumn("kind", "text", "subject_kind"),
        OpenColumn("area", "text", "area"),
        OpenColumn("status", "text", "registration_state"),
        OpenColumn("grade", "text"),
        OpenColumn("graded_on", "date"),
        OpenColumn("grade_until", "date"),
    ),
)
RECORDS: Final = OpenTable(
    "records",
    (
        OpenColumn("entry", "integer"),
        OpenColumn("code", "text"),
        OpenColumn("section", "text"),
        OpenColumn("source", "text"),
        OpenColumn("title", "text"),
        OpenColumn("number", "text"),
        OpenColumn("occurred_on", "date"),
        OpenColumn("shown_from", "date"),
        OpenColumn("shown_until", "date"),
        OpenColumn("supplier", "text"),
        OpenColumn("rule", "text"),
        OpenColumn("fields", "json"),
    ),
)
TABLES: Final[dict[str, OpenTable]] = {table.id: table for table in (SUBJECTS, RECORDS)}
Row = tuple[Any, ...]
"""The values of a row in the order of its columns: text, whole numbers, days as ISO text, None; JSON as text."""


def state_of(connection: sqlite3.Connection, on: date) -> str:
    """What changes whenever the content on a day does."""
    keys = ("schema", "projected_at", "through_leaf", "sections", "cells")
    held = dict(connection.execute("SELECT key, value FROM meta").fetchall())
    said = json.dumps([on.isoformat(), *(held.get(key) for key in keys)])
    return hashlib.blake2b(said.encode(), digest_size=10).hexdigest()


def read_blocks(connection: sqlite3.Connection, table: OpenTable, on: date) -> Iterator[list[Row]]:
    """The rows of a table that are public on a day, block after block; closes the connection. Raises DataChanged."""
    read = _subjects if table is SUBJECTS else _records
    with closing(connection):
        sources = _sources(connection)
        version, after = None, -1
        while True:
            (now,) = connection.execute("PRAGMA data_version").fetchone()
            if version not in (None, now):
                raise DataChanged(
                    "读取期间公示库已更新，请重新下载",
                    "the public database was written meanwhile; take it anew",
                )
            version = now
            found = read(connection, on.isoformat(), after, sources)
            if found is None:
                return
            after, rows = found
            if rows:
                yield rows


Sources = Mapping[str, tuple[str, dict[str, list[str]]]]
"""Source id → its Chinese title and the labels of its columns."""


def _sources(connection: sqlite3.Connection) -> Sources:
    rows = connection.execute("SELECT id, title_zh, labels FROM source").fetchall()
    return {source: (title, json.loads(labels)) for source, title, labels in rows}


def _subjects(
    connection: sqlite3.Connection, day: str, after: int, _sources: Sources
) -> tuple[int, list[Row]] | None:
    rows = connection.execute(
        "SELECT id, code, name, kind, area, status, grade, graded_on, grade_until FROM subject WHERE id > ? ORDER BY id LIMIT ?",
        (after, BLOCK),
    ).fetchall()
    if not rows:
        return None
    return rows[-1][0], [
        row[1:] if row[8] is None or day < row[8] else (*row[1:6], None, None, None) for row in rows
    ]


def _records(
    connection: sqlite3.Connection, day: str, after: int, sources: Sources
) -> tuple[int, list[Row]] | None:
    rows = connection.execute(
        "SELECT leaf, code, source, section, occurred_on, shown_from, shown_until, doc FROM item WHERE leaf > ?"
        " ORDER BY leaf LIMIT ?",
        (after, BLOCK),
    ).fetchall()
    if not rows:
        return None
    found: list[Row] = []
    for leaf, code, source, section, occurred_on, shown_from, shown_until, doc in rows:
        if shown_from > day or (shown_until is not None and shown_until <= day):
            continue
        title, labels = sources[source]
        supplier, rule, _, _, fields, *_ = json.loads(doc)
        named = {labels[column][0]: value for column, value in fields.items()}
        found.append(
            (leaf, code, section, source, title, number_in(labels, fields) or None, occurred_on, shown_from, shown_until,
             supplier, rule or None, json.dumps(named, ensure_ascii=False, separators=(",", ":")))
        )  # fmt: skip
    return rows[-1][0], found
