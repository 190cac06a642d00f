"""The same steps on Spark, where a year no longer fits one machine: Spark brings rows together, DuckDB computes.

Each part of a table is read by DuckDB where it lies (the executors see the same files), with the same expressions as on one machine;
Spark's own shuffle brings the rows of a key together; DuckDB runs the step over each share. So both engines agree because
they are one, and nothing of Spark's types, hashes or orders reaches a result. Needs Java and `requirements-spark.txt`.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ecredit.foundation.engine.duck import sql_files, sql_name
from ecredit.foundation.engine.steps import PART, Piece, Step, sort_rows
from ecredit.foundation.kernel.errors import WrongUse


def start_spark(threads: int | None = None) -> Any:
    """Return a Spark session: where Spark's own settings say (`SPARK_CONF_DIR`), else on this machine.

    Raises WrongUse where Java or pyspark is missing."""
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        raise WrongUse(
            "spark 引擎需要 Java 17；请先安装，或用 --engine duckdb",
            "the spark engine needs Java 17; install it, or use --engine duckdb",
        )
    try:
        from pyspark import SparkConf  # noqa: PLC0415 - as below
        from pyspark.sql import SparkSession  # noqa: PLC0415 - half a gigabyte that most never need
    except ImportError as error:
        raise WrongUse(
            "spark 引擎需要 pyspark；请先运行 scripts/environment spark，或用 --engine duckdb",
            "the spark engine needs pyspark; run scripts/environment spark first, or use --engine duckdb",
        ) from error
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    workers = threads or os.cpu_count() or 1
    session = (
        SparkSession.builder.appName("ecredit")
        .config("spark.ui.enabled", "false")
        .config("spark.log.level", "ERROR")
    )
    for name, here in (
        ("spark.master", f"local[{workers}]"),
        ("spark.sql.shuffle.partitions", str(2 * workers)),
    ):
        if not SparkConf().contains(name):
            session = session.config(name, here)
    return session.getOrCreate()


def run_shares(session: Any, work: Callable[[int], pa.Table], shares: int) -> pa.Table:
    """What `work` gives for each number below `shares`, put together in any order; the workers see the same files as we do.

    `work` must be able to travel to them, and gives a table of the same columns for any number.
    """
    schema = work(-1).schema  # the share that nothing belongs to
    numbers = session.createDataFrame([(number,) for number in range(shares)], "share int")
    spread = numbers.repartition(shares, "share")
    got = spread.mapInArrow(_Sharing(work), _spark_schema(schema.empty_table())).toArrow()
    return got.select(schema.names).cast(schema)


class _Sharing:
    """Runs in a worker: some shares of a work."""

    def __init__(self, work: Callable[[int], pa.Table]) -> None:
        self.work = work

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for row in batch.to_pylist():
                yield from self.work(row["share"]).to_batches()


class SparkTables:
    """Trade tables spread over the workers of a Spark session."""

    def __init__(
        self, session: Any, pieces: Mapping[str, Sequence[Piece]], shares: int | None = None
    ) -> None:
        self.session, self.pieces = session, pieces
        self.shares = shares or int(session.conf.get("spark.sql.shuffle.partitions"))

    def run(self, step: Step) -> pa.Table:
        """Return what a step comes to, sorted here."""
        pieces = self.pieces[step.table]
        columns = _columns(pieces[0], step)
        read = _Reading(step, columns, tuple(pieces))
        tasks = [(place, str(path)) for place, piece in enumerate(pieces) for path in piece.paths]
        files = self.session.createDataFrame(tasks, "piece int, path string")
        files = files.repartition(max(len(tasks), 1), "path")
        rows = files.mapInArrow(read, _spark_schema(_as_signed(read.empty())))
        work = _Working(step)
        got = rows.repartition(self.shares, rows[step.key]).mapInArrow(
            work, _spark_schema(_as_signed(work.over(read.empty())))
        )
        return sort_rows(_as_unsigned(got.toArrow(), work.over(read.empty()).schema), step.order)


class _Reading:
    """Runs in a worker: the rows of some files, as the table's columns that a step reads."""

    def __init__(self, step: Step, columns: Sequence[str], pieces: tuple[Piece, ...]) -> None:
        self.names = ", ".join(map(sql_name, columns))
        self.known = f"{sql_name(step.key)} IS NOT NULL"
        self.pieces = pieces

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for task in batch.to_pylist():
                with duckdb.connect(config={"threads": 1}) as connection:
                    yield from connection.execute(
                        self._query(task["piece"], Path(task["path"]))
                    ).to_arrow_reader(65_536)

    def empty(self) -> pa.Table:
        """No rows, of the right types."""
        with duckdb.connect() as connection:
            return connection.execute(f"{self._query(0, self.pieces[0].paths[0])} LIMIT 0").to_arrow_table()

    def _query(self, place: int, path: Path) -> str:
        source = f"read_parquet({sql_files([path])}, hive_partitioning=false)"
        rows = self.pieces[place].sql.replace(PART, source)
        return f"SELECT {self.names} FROM ({rows}) WHERE {self.known}"


class _Working:
    """Runs in a worker: a step over all rows of some keys."""

    def __init__(self, step: Step) -> None:
        self.step = step

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        share = list(batches)
        if share:
            yield from _as_signed(self.over(pa.Table.from_batches(share))).to_batches()

    def over(self, rows: pa.Table) -> pa.Table:
        """What the step comes to over these rows."""
        with duckdb.connect(config={"threads": 1}) as connection:
            connection.register(self.step.table, rows)
            for name, beside in self.step.beside.items():
                connection.register(name, beside)
            return connection.execute(self.step.sql).to_arrow_table()


def _columns(piece: Piece, step: Step) -> list[str]:
    """The table's columns that the step's SQL names, and its key."""
    with duckdb.connect() as connection:
        source = f"read_parquet({sql_files(piece.paths[:1])}, hive_partitioning=false)"
        described = connection.execute(f"DESCRIBE {piece.sql.replace(PART, source)}").fetchall()
    words = set(re.findall(r"\w+", step.sql)) | {step.key}
    return [str(row[0]) for row in described if row[0] in words]


def _as_signed(rows: pa.Table) -> pa.Table:
    """Spark has no unsigned numbers: the same 64 bits, read with a sign."""
    return _cast(rows, [pa.int64() if field.type == pa.uint64() else field.type for field in rows.schema])


def _as_unsigned(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """The same 64 bits as they were."""
    return _cast(rows.select(schema.names), schema.types)


def _cast(rows: pa.Table, types: Sequence[pa.DataType]) -> pa.Table:
    rows = rows.combine_chunks()
    columns = []
    for column, type_ in zip(rows.columns, types, strict=True):
        chunks = [
            chunk.view(type_) if {chunk.type, type_} == {pa.uint64(), pa.int64()} else chunk.cast(type_)
            for chunk in column.chunks
        ]
        columns.append(pa.chunked_array(chunks, type=type_))
    return pa.table(columns, names=rows.column_names)


def _spark_schema(rows: pa.Table) -> Any:
    from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415 - as above

    return from_arrow_schema(rows.schema, prefer_timestamp_ntz=True)
