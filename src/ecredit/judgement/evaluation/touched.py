"""Whom must be judged anew? Exactly those something new is known about, or for whom time has changed something."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ecredit.judgement.evaluation.column_conditions import sql_text
from ecredit.judgement.evaluation.column_records import Lake, open_entries

_WHO = "subject_id, canonical_id, coalesce(kind, '') AS kind, coalesce(status, '') AS status"


def read_tops(connection: Any, lake: Lake) -> dict[str, int]:
    """Return the largest leaf of each source in the mirror, read from the files' own statistics."""
    tops = {}
    for source_id, pattern in lake.ledger.items():
        row = connection.execute(
            f"""SELECT max(CAST(coalesce(stats_max_value, stats_max) AS BIGINT)) FROM parquet_metadata({sql_text(pattern)})
                WHERE path_in_schema = 'leaf'"""
        ).fetchone()
        tops[source_id] = -1 if row is None or row[0] is None else int(row[0])
    return tops


def count_unknown(connection: Any, lake: Lake) -> int:
    """Return how many subject ids of the ledger nobody knows. Needs `who`."""
    listed = [
        f"SELECT DISTINCT subject_id FROM {open_entries(connection, lake, source)}" for source in lake.ledger
    ]
    if not listed:
        return 0
    row = connection.execute(
        f"SELECT count(DISTINCT subject_id) FROM ({' UNION ALL '.join(listed)}) ANTI JOIN who USING (subject_id)"
    ).fetchone()
    return int(row[0])


def make_new_entries(connection: Any, lake: Lake, tops: Mapping[str, int], after: int) -> int:
    """Make `fresh(subject_id)`, the subjects of entries beyond a leaf; returns how many of the ids nobody knows.

    Who held a document before a new entry gave it to another is among them. Needs `who`.
    """
    connection.execute("CREATE OR REPLACE TEMP TABLE fresh(subject_id BIGINT)")
    connection.execute("CREATE OR REPLACE TEMP TABLE unknown(subject_id BIGINT)")
    for source_id in (source for source, top in tops.items() if top > after):
        entries = open_entries(connection, lake, source_id)
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE arrived AS
                SELECT subject_id, hash(doc_key) AS mark FROM {entries} WHERE leaf > {after}"""
        )
        connection.execute(
            "INSERT INTO unknown SELECT subject_id FROM arrived ANTI JOIN who USING (subject_id)"
        )
        connection.execute(
            f"""INSERT INTO fresh SELECT DISTINCT subject_id FROM (
                    SELECT subject_id FROM arrived
                    UNION ALL SELECT subject_id FROM {entries}
                              WHERE leaf <= {after} AND hash(doc_key) IN (SELECT mark FROM arrived))"""
        )
    row = connection.execute("SELECT count(DISTINCT subject_id) FROM unknown").fetchone()
    return int(row[0])


def make_touched(connection: Any, picture: Path, lake: Lake) -> int:
    """Make `touched(subject_id)` from `fresh`, `due` and the last run's picture of who was who.

    Returns how many there are. Holds canonical ids, and ids that have a grade but no longer stand for themselves.
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
                UNION ALL SELECT subject_id FROM due
            )
            SELECT DISTINCT unnest([n.subject_id, w.canonical_id]) AS subject_id
            FROM named n JOIN who w ON w.subject_id = n.subject_id"""
    )
    row = connection.execute("SELECT count(*) FROM touched").fetchone()
    return int(row[0])
