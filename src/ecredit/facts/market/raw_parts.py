"""The files of a table on their way into the lake: each as Parquet with a line number, its cells as they were sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ecredit.facts.market.trade_files import Part, TradeRefused, refused, unreadable
from ecredit.facts.market.trade_text import read_text
from ecredit.foundation.engine.duck import sql_files, sql_name

_LINE = "_line"


@dataclass(frozen=True, slots=True)
class RawPart:
    """One file. `source` is SQL to read it from, `line` the expression of a row's place in the file as it came: of a text
    file its record, the header being the first; of Parquet its row, the first being 1.

    `cells`: column → (SQL that names the cell, its type as DuckDB calls it). `broken`: records with more or
    fewer cells than headers, and how they are written. `text`: it came as text.
    """

    number: int
    name: str
    source: str
    line: str
    cells: Mapping[str, tuple[str, str]]
    broken: tuple[tuple[int, str], ...]
    text: bool


def open_raw(
    parts: Sequence[Part], base: Path, connection: duckdb.DuckDBPyConnection, scratch: Path
) -> list[RawPart]:
    """Open the files of one table. Raises TradeRefused that names all that cannot be read."""
    found: list[RawPart] = []
    wrong: list[tuple[str, str]] = []
    for number, part in enumerate(parts):
        name = part.path.relative_to(base).as_posix()
        try:
            open_one = _open_parquet if part.text is None else _open_text
            found.append(open_one(part, number, name, connection, scratch))
        except TradeRefused as error:
            wrong.append((error.zh, error.en))
        except (OSError, EOFError, pa.ArrowException, duckdb.Error) as error:
            told = unreadable(part.path, error)
            wrong.append((told.zh, told.en))
    if wrong:
        raise refused(wrong)
    return found


def _open_parquet(
    part: Part, number: int, name: str, connection: duckdb.DuckDBPyConnection, _scratch: Path
) -> RawPart:
    source = f"read_parquet({sql_files([part.path])}, hive_partitioning=false, file_row_number=true)"
    types = {
        str(row[0]): str(row[1]) for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    }
    cells = {column: (sql_name(header), types[header]) for column, header in part.columns.items()}
    return RawPart(number, name, source, "file_row_number + 1", cells, (), text=False)


def _open_text(
    part: Part, number: int, name: str, _connection: duckdb.DuckDBPyConnection, scratch: Path
) -> RawPart:
    assert part.text is not None  # noqa: S101 - the caller asked
    path = scratch / f"raw-{number}.parquet"
    broken: list[tuple[int, str]] = []
    reader = read_text(part.text, lambda line, written: broken.append((line, written)))
    schema = reader.schema.append(pa.field(_LINE, pa.int64()))
    done = 0
    with pq.ParquetWriter(path, schema, compression="zstd", compression_level=1) as writer:
        for batch in reader:
            lines = pa.array(_lines(done, batch.num_rows, [line for line, _ in broken]))
            writer.write_batch(pa.RecordBatch.from_arrays([*batch.columns, lines], schema=schema))
            done += batch.num_rows
    cells = {
        column: (f"c{part.text.headers.index(header)}", "VARCHAR") for column, header in part.columns.items()
    }
    source = f"read_parquet({sql_files([path])}, hive_partitioning=false)"
    return RawPart(number, name, source, _LINE, cells, tuple(broken), text=True)


def _lines(done: int, count: int, broken: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The records of `count` rows after `done` others, when these lines are no rows; the header is record 1."""
    places = np.arange(done + 2, done + count + 2, dtype=np.int64)
    # The j-th broken line stands behind `broken[j] - j` good ones, the header among them.
    before = np.array(broken, dtype=np.int64) - np.arange(len(broken), dtype=np.int64)
    return places + np.searchsorted(before, places, side="right")
