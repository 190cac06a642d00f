"""Whom must be judged anew? Exactly those something new is known about, or for whom time has changed something."""

from datetime import date
from pathlib import Path
from typing import Any

from ecredit.judgement.evaluation.column_conditions import sql_day, sql_name, sql_text
from ecredit.judgement.evaluation.column_records import Lake, open_entries, open_subjects

_WHO = "subject_id, canonical_id, coalesce(kind, '') AS kind, coalesce(status, '') AS status"


def read_through(connection: Any, lake: Lake) -> int:
    """Return the largest leaf in the mirror, -1 when it is empty."""
    tops = [
        connection.execute(f"SELECT max(leaf) FROM {open_entries(connection, lake, source_id)}").fetchone()[0]
        for source_id in lake.ledger
    ]
    return max((top for top in tops if top is not None), default=-1)


def make_new_entries(connection: Any, lake: Lake, after: int) -> int:
    """Make `fresh(subject_id, source_id)`, the subjects of entries beyond a leaf; returns how many ids nobody knows.

    Who held a document before a new entry gave it to another is among them.
    """
    open_subjects(connection, lake)
    connection.execute("CREATE OR REPLACE TEMP TABLE fresh(subject_id BIGINT, source_id VARCHAR)")
    for source_id in lake.ledger:
        entries = open_entries(connection, lake, source_id)
        new = sql_name(f"new {source_id}")
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {new} AS SELECT subject_id, hash(doc_key) AS mark FROM {entries} WHERE leaf > {after}"
        )
        connection.execute(
            f"""INSERT INTO fresh SELECT DISTINCT subject_id, {sql_text(source_id)} FROM (
                    SELECT subject_id FROM {new}
                    UNION ALL SELECT subject_id FROM {entries}
                              WHERE leaf <= {after} AND hash(doc_key) IN (SELECT mark FROM {new}))"""
        )
        connection.execute(f"DROP TABLE {new}")
    unknown = connection.execute(
        "SELECT count(DISTINCT subject_id) FROM fresh WHERE subject_id NOT IN (SELECT subject_id FROM who)"
    ).fetchone()
    return int(unknown[0])


def make_touched(connection: Any, picture: Path, lake: Lake, as_of: date) -> None:
    """Make `touched(subject_id)` from `fresh`, the picture of who was who at the last run, and the kept grades.

    Holds canonical ids, and ids that have a grade but no longer stand for themselves. Reads
    `kept(row_id, subject_id, digest, as_of, valid_until)`, the current grade rows.
    """
    then, now = sql_text(str(picture)), sql_text(str(lake.subjects))
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE touched AS
            WITH differing AS (
                (SELECT {_WHO} FROM read_parquet({now}) EXCEPT SELECT {_WHO} FROM read_parquet({then}))
                UNION ALL
                (SELECT {_WHO} FROM read_parquet({then}) EXCEPT SELECT {_WHO} FROM read_parquet({now}))
            ), named AS (
                SELECT subject_id FROM fresh
                UNION ALL SELECT subject_id FROM differing
                UNION ALL SELECT canonical_id FROM differing
                UNION ALL SELECT subject_id FROM kept WHERE valid_until <= {sql_day(as_of)}
            )
            SELECT DISTINCT unnest([n.subject_id, w.canonical_id]) AS subject_id
            FROM named n JOIN who w ON w.subject_id = n.subject_id"""
    )
