"""The current records of the subjects to judge, one table a source, from the ledger's mirror in the lake."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ecredit.judgement.evaluation.column_conditions import sql_name, sql_text

_FIXED = ("leaf", "verb", "doc_key", "subject_id", "valid_from", "valid_to", "known_at")


@dataclass(frozen=True, slots=True)
class Lake:
    """What there is to read: the subjects' table and, by source id, the pattern of its ledger files."""

    subjects: Path
    ledger: dict[str, str]


def open_subjects(connection: Any, lake: Lake) -> None:
    """Make the views `who` (every subject id and what it is called by) and `canonical` (those that stand for themselves)."""
    connection.execute(
        f"""CREATE OR REPLACE TEMP VIEW who AS
            SELECT subject_id, canonical_id, coalesce(kind, '') AS kind, coalesce(status, '') AS status
            FROM read_parquet({sql_text(str(lake.subjects))})"""
    )
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW canonical AS SELECT subject_id, kind, status FROM who WHERE subject_id = canonical_id"
    )


def open_entries(connection: Any, lake: Lake, source_id: str, known_at: datetime | None = None) -> str:
    """Make a view of all entries of a source known by an instant; returns its name."""
    name = sql_name(f"entries {source_id}")
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM {_files(lake.ledger[source_id])} "
        + ("" if known_at is None else f"WHERE known_at <= TIMESTAMP '{_utc(known_at).isoformat(sep=' ')}'")
    )
    return name


def take_records(
    connection: Any, entries: str, source_id: str, columns: Iterable[str], *, only: str | None = None
) -> str:
    """Make a table of the current records of a source; returns its name.

    One row a record: subject_id (canonical), leaf, valid_from, valid_to and the columns asked for, empty cells NULL; a
    column no file has is NULL throughout. `only` names a table of canonical subject ids to restrict it to.

    The current entry of a document is the one with the largest leaf, whoever it is about. Almost all documents have one
    entry, so those with several are found first by a hash, and only they are compared.
    """
    have = {row[0] for row in connection.execute(f"DESCRIBE {entries}").fetchall()}
    wanted = [
        f"nullif({sql_name(code)}, '') AS {sql_name(code)}"
        if code in have
        else f"CAST(NULL AS VARCHAR) AS {sql_name(code)}"
        for code in dict.fromkeys(columns)
        if code not in _FIXED
    ]
    chosen = "" if only is None else f"WHERE w.canonical_id IN (SELECT subject_id FROM {only})"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE holder AS SELECT w.subject_id AS held_by, w.canonical_id FROM who w {chosen}"
    )
    held = ["h.canonical_id AS subject_id", "e.leaf", "e.valid_from", "e.valid_to", *wanted]
    join = f"{entries} e JOIN holder h ON h.held_by = e.subject_id"
    if only is None:
        _find_newest(connection, f"SELECT leaf, doc_key FROM {entries}")
    else:
        # A few subjects: their entries first, then whatever else was said about the same documents.
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE held AS SELECT {', '.join(held)}, e.verb, e.doc_key FROM {join}"
        )
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE rival AS SELECT leaf, doc_key FROM {entries}
                WHERE hash(doc_key) IN (SELECT hash(doc_key) FROM held)"""
        )
        _find_newest(connection, "SELECT leaf, doc_key FROM rival")
    name = sql_name(f"records {source_id}")
    chosen_from = (
        f"SELECT {', '.join(held)} FROM {join}"
        if only is None
        else "SELECT * EXCLUDE (verb, doc_key) FROM held"
    )
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {name} AS {chosen_from}
            WHERE verb <> 'withdraw'
              AND (hash(doc_key) NOT IN (SELECT mark FROM several) OR leaf IN (SELECT leaf FROM newest))"""
    )
    return name


def _find_newest(connection: Any, documents: str) -> None:
    """Make `several(mark)`, the hashes of documents with several entries, and `newest(leaf)`, the last entry of each."""
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE several AS
            SELECT mark FROM (SELECT hash(doc_key) AS mark FROM ({documents})) GROUP BY mark HAVING count(*) > 1"""
    )
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE newest AS
            SELECT max(leaf) AS leaf FROM ({documents}) WHERE hash(doc_key) IN (SELECT mark FROM several) GROUP BY doc_key"""
    )


def _files(pattern: str) -> str:
    return f"read_parquet({sql_text(pattern)}, union_by_name = true, hive_partitioning = false)"


def _utc(instant: datetime) -> datetime:
    """The mirror holds instants in UTC without an offset."""
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo is not None else instant
