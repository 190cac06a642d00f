"""The columnar picture of who is who, for grading and publishing."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection

from ecredit.facts.subjects.queries import PUBLIC_CODE_ORDER
from ecredit.foundation.kernel.home import Home

_SCHEMA = pa.schema(
    [
        ("subject_id", pa.int64()),
        ("canonical_id", pa.int64()),
        ("code", pa.string()),
        ("name", pa.string()),
        ("kind", pa.string()),
        ("area", pa.string()),
        ("status", pa.string()),
        ("is_person", pa.bool_()),
        ("registered", pa.bool_()),
        ("legal_rep", pa.string()),
        ("address", pa.string()),
        ("changed_leaf", pa.int64()),
        ("known_at", pa.timestamp("us")),
    ]
)
_RANK = (
    "CASE i.kind "
    + " ".join(f"WHEN '{k.value}' THEN {n}" for n, k in enumerate(PUBLIC_CODE_ORDER))
    + " ELSE 99 END"
)
# One row a subject: its best code is the smallest "rank:value" text, so that no window function is needed.
_SQL = f"""
    SELECT s.id, COALESCE(s.merged_into_id, s.id), c.best, s.name, s.kind, s.area, s.status, s.is_person, s.registered,
           s.legal_rep, s.address, s.changed_leaf
    FROM subjects_subject s
    LEFT JOIN (
        SELECT i.subject_id AS sid, MIN(CAST(({_RANK}) AS TEXT) || ':' || i.value) AS best
        FROM subjects_identifier i
        WHERE NOT i.derived AND i.kind IN ({", ".join(f"'{k.value}'" for k in PUBLIC_CODE_ORDER)})
        GROUP BY i.subject_id
    ) c ON c.sid = s.id
    ORDER BY s.id
"""


def current_path(home: Home) -> Path:
    """Where the picture lies."""
    return home.lake / "subjects" / "current.parquet"


def write_current(home: Home, *, at: datetime) -> Path:
    """Write `lake/subjects/current.parquet` anew, one row a subject (merged ones too); whole or not at all."""
    target = current_path(home)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".part")
    stamp = at.astimezone(UTC).replace(tzinfo=None)
    with pq.ParquetWriter(partial, _SCHEMA, compression="zstd") as writer, connection.cursor() as cursor:
        cursor.execute(_SQL)
        while rows := cursor.fetchmany(100_000):
            columns = [list(column) for column in zip(*rows, strict=True)]
            columns[2] = [None if best is None else best.split(":", 1)[1] for best in columns[2]]
            columns[7] = [bool(flag) for flag in columns[7]]
            columns[8] = [bool(flag) for flag in columns[8]]
            arrays = [pa.array(column, type_.type) for column, type_ in zip(columns, _SCHEMA, strict=False)]
            arrays.append(pa.array([stamp] * len(rows), pa.timestamp("us")))
            writer.write_table(pa.Table.from_arrays(arrays, schema=_SCHEMA))
    partial.replace(target)
    return target
