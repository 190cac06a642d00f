"""Judging everybody on many machines: each worker judges its share of the subjects, with the very same columns.

A grade rests on one subject's own entries, and on who else has spoken of the same documents, which `only` looks up; so the
shares are the whole, and both engines agree because they are one.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from ecredit.foundation.engine.spark import run_shares
from ecredit.judgement.evaluation.column_records import Lake, open_subjects
from ecredit.judgement.evaluation.columns import judge_columns, open_engine
from ecredit.judgement.evaluation.types import Model

Spread = Callable[[Sequence[Model], Lake, date], pa.Table]
"""How everybody is judged elsewhere: gives the rows of `judged`."""
_JUDGED = "subject_id, model, grade, score, findings, valid_until"


def spread_over(session: Any, shares: int | None = None) -> Spread:
    """Judging in the workers of a Spark session; in as many shares as it shuffles into unless said."""
    number = shares or int(session.conf.get("spark.sql.shuffle.partitions"))

    def judge(models: Sequence[Model], lake: Lake, as_of: date) -> pa.Table:
        return run_shares(session, Judging(tuple(models), lake, as_of, number), number)

    return judge


@dataclass(frozen=True, slots=True)
class Judging:
    """Judges a share of all subjects; travels to a worker, which sees the lake's files."""

    models: tuple[Model, ...]
    lake: Lake
    as_of: date
    shares: int

    def __call__(self, share: int) -> pa.Table:
        """The rows of `judged` for a share."""
        with tempfile.TemporaryDirectory(prefix="judging-") as scratch:
            engine = open_engine(Path(scratch), threads=1)
            try:
                open_subjects(engine, self.lake)
                engine.execute(
                    "CREATE TEMP TABLE my_share AS SELECT subject_id FROM canonical WHERE subject_id % ? = ?",
                    [self.shares, share],
                )
                judge_columns(engine, self.models, self.lake, self.as_of, only="my_share")
                return engine.execute(f"SELECT {_JUDGED} FROM judged").to_arrow_table()
            finally:
                engine.close()


def take_judged(connection: Any, models: Sequence[Model], lake: Lake, as_of: date, spread: Spread) -> None:
    """Make `judged` and `asked` as `judge_columns` does for everybody, from what was judged elsewhere."""
    open_subjects(connection, lake)
    connection.execute("CREATE OR REPLACE TEMP TABLE asked AS SELECT * FROM canonical")
    connection.register("judged_elsewhere", spread(models, lake, as_of))
    connection.execute("CREATE OR REPLACE TEMP TABLE judged AS FROM judged_elsewhere")
    connection.unregister("judged_elsewhere")
