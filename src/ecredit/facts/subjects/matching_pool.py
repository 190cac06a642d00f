"""The subjects a row may be about, as a table to match against.

The base is the columnar picture of subjects; what changed since comes from the operational tables, so a proposal never
rests on yesterday's names. Taking a million names apart takes half a minute, hence the result is kept in the lake by
name and address: it depends on nothing else, so it can be thrown away at any time.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from django.db import connection

from ecredit.facts.actors.models import LogState
from ecredit.facts.subjects import addresses, matching_columns, names
from ecredit.facts.subjects.lake import current_path
from ecredit.facts.subjects.matching_columns import PART_SCHEMA, part_table
from ecredit.facts.subjects.matching_functions import add_likeness
from ecredit.facts.subjects.name_words import NameWords
from ecredit.foundation.kernel.home import Home

# Fewer new names than this are taken apart again each time rather than written to the lake.
_WORTH_KEEPING = 5_000
_BATCH = 50_000
# Matching runs beside collecting: a million subjects are matched in this much, the rest waits on disk.
_MEMORY = "400MB"
_SCHEMA = pa.schema(
    [
        ("row_id", pa.int64()),
        ("subject_id", pa.int64()),
        ("name", pa.string()),
        ("address_text", pa.string()),
        ("legal_rep", pa.string()),
        ("changed_leaf", pa.int64()),
        ("is_person", pa.bool_()),
        ("earlier_item", pa.int64()),
    ]
)
_CHANGED = """
    SELECT id, COALESCE(merged_into_id, id), name, address, legal_rep, changed_leaf, is_person, NULL
    FROM subjects_subject WHERE changed_leaf > %s
"""
# A name an officer once said belongs to a subject: the next row that is written so finds it, whatever it is called now.
_DECIDED = """
    SELECT -i.id, COALESCE(s.merged_into_id, s.id), i.name, s.address, s.legal_rep, s.changed_leaf, s.is_person,
           i.id
    FROM subjects_review_item i JOIN subjects_subject s ON s.id = i.subject_id
    WHERE i.state = 'accepted'
"""


@dataclass(frozen=True, slots=True)
class Pool:
    """Table `subject` of a DuckDB connection: one row a name, with the columns that are compared.

    `size` counts subjects, `through_leaf` says how new it is.
    """

    connection: Any
    size: int
    through_leaf: int

    def close(self) -> None:
        """Give the memory back."""
        self.connection.close()


def open_pool(home: Home, words: NameWords) -> Pool:
    """The organisations known now (merged ones under their canonical id, natural persons left out)."""
    pool = duckdb.connect(config={"memory_limit": _MEMORY, "preserve_insertion_order": False})
    spill = home.lake / "subjects" / "spill"
    spill.mkdir(parents=True, exist_ok=True)
    pool.execute(f"SET temp_directory = '{_quoted(spill)}'")
    add_likeness(pool)
    base, through = _base(home)
    pool.register("changed", pa.Table.from_batches(_rows(_CHANGED, [through]), _SCHEMA))
    pool.register("decided", pa.Table.from_batches(_rows(_DECIDED, []), _SCHEMA))
    pool.execute(
        f"CREATE TABLE listed AS SELECT * FROM (SELECT * FROM changed UNION ALL SELECT * FROM decided UNION ALL "
        f"SELECT * FROM ({base}) WHERE row_id NOT IN (SELECT row_id FROM changed)) WHERE NOT is_person AND name <> ''"
    )
    _take_apart(pool, home, words)
    counted = pool.execute("SELECT count(DISTINCT subject_id), max(changed_leaf) FROM listed").fetchone()
    size, newest = counted if counted is not None else (0, None)
    join_parts(pool)
    return Pool(pool, size, max(through, newest or 0))


def join_parts(pool: Any) -> None:
    """Make `subject` of the tables `listed` (rows of subjects) and `part` (names and addresses taken apart)."""
    pool.execute(
        "CREATE TABLE subject AS SELECT l.row_id, l.subject_id, l.earlier_item, nullif(l.legal_rep, '') AS legal_rep, "
        "p.* FROM listed l JOIN part p USING (name, address_text)"
    )
    pool.execute("DROP TABLE listed")
    pool.execute("DROP TABLE part")


def _base(home: Home) -> tuple[str, int]:
    """The stored picture as a query, and through which leaf it goes; nothing when it is not of this log's past."""
    path = current_path(home)
    empty = "SELECT * FROM changed WHERE false"
    if not path.exists():
        return empty, -1
    picture = f"read_parquet('{_quoted(path)}')"
    (newest,) = duckdb.execute(f"SELECT max(changed_leaf) FROM {picture}").fetchone() or (None,)
    size = LogState.objects.filter(id=1).values_list("size", flat=True).first() or 0
    if newest is None or newest >= size:
        return empty, -1
    return (
        "SELECT subject_id AS row_id, canonical_id AS subject_id, name, address AS address_text, legal_rep, "
        f"changed_leaf, is_person, NULL::BIGINT AS earlier_item FROM {picture}",
        newest,
    )


def _rows(sql: str, values: list[int]) -> Iterator[pa.RecordBatch]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        while rows := cursor.fetchmany(_BATCH):
            columns = list(zip(*rows, strict=True))
            columns[6] = tuple(bool(flag) for flag in columns[6])
            yield pa.record_batch(
                [pa.array(column, field.type) for column, field in zip(columns, _SCHEMA, strict=True)],
                schema=_SCHEMA,
            )


def _take_apart(pool: Any, home: Home, words: NameWords) -> None:
    """Make the table `part`: name and address text → the columns that are compared."""
    kept = home.lake / "subjects" / f"name_parts-{_edition(words)}.parquet"
    pool.register("no_parts", PART_SCHEMA.empty_table())
    stored = f"read_parquet('{_quoted(kept)}')" if kept.exists() else "no_parts"
    pool.execute(f"CREATE TABLE part AS SELECT * FROM {stored} SEMI JOIN listed USING (name, address_text)")
    missing = pool.execute(
        "SELECT DISTINCT name, address_text FROM listed ANTI JOIN part USING (name, address_text) ORDER BY ALL"
    ).to_arrow_table()
    for batch in missing.to_batches(max_chunksize=_BATCH):
        pool.register("made", part_table(zip(*(column.to_pylist() for column in batch), strict=True), words))
        pool.execute("INSERT INTO part SELECT * FROM made")
        pool.unregister("made")
    if missing.num_rows >= _WORTH_KEEPING:
        _keep(pool, kept)


def _keep(pool: Any, kept: Path) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    partial = kept.with_suffix(f".{os.getpid()}.part")
    pool.execute(
        f"COPY (SELECT * FROM part ORDER BY name, address_text) TO '{_quoted(partial)}' (FORMAT parquet)"
    )
    partial.replace(kept)
    for other in kept.parent.glob("name_parts-*.parquet"):
        if other != kept:
            other.unlink(missing_ok=True)


def _edition(words: NameWords) -> str:
    """Changes with the words and with the code that takes names apart."""
    digest = hashlib.sha256(words.edition.encode())
    for module in (names, addresses, matching_columns):
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()[:12]


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
