"""A folder of trade tables as views: what detection reads, leniently, without taking anything into the lake."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import duckdb
import pyarrow as pa

from ecredit.facts.market.trade_files import (
    Part,
    TradeRefused,
    find_parts,
    open_parts,
    refused,
    unreadable,
)
from ecredit.facts.market.trade_text import read_text
from ecredit.facts.market.trade_values import SQL_TYPES, sql_sound, sql_value
from ecredit.foundation.catalog.trade_types import Feed, Trade, TradeTable
from ecredit.foundation.engine.duck import sql_files, sql_name, sql_text
from ecredit.foundation.engine.steps import PART, Piece


@dataclass(frozen=True, slots=True)
class TradeFolder:
    """The trade tables of a folder, each a view of its own name on the connection they were opened with.

    given    table → the columns that are there; a view has every column of the table, those not given are NULL
    ignored  table → headers that are no column of it
    broken   table → rows of its text files left out, because they had more or fewer cells than headers
    pieces   table → its parts with the SQL that reads them, for an engine other than the connection

    Used as a context (or until `close`): text files are kept beside as Parquet, and go with it.
    """

    folder: Path
    given: Mapping[str, frozenset[str]]
    ignored: Mapping[str, tuple[str, ...]]
    broken: Mapping[str, int]
    pieces: Mapping[str, tuple[Piece, ...]]
    _connection: duckdb.DuckDBPyConnection = field(repr=False)
    _counts: Mapping[str, str] = field(repr=False)
    _scratch: tempfile.TemporaryDirectory[str] = field(repr=False)

    def __enter__(self) -> TradeFolder:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Drop the views and remove what was written beside."""
        for table in self.given:
            self._connection.execute(f"DROP VIEW IF EXISTS {sql_name(table)}")
        self._scratch.cleanup()

    def count_rows(self, table: str) -> int:
        """How many rows a table has."""
        row = self._connection.execute(f"SELECT count(*) FROM {sql_name(table)}").fetchone()
        return int(row[0]) if row else 0

    def count_unreadable(self, table: str) -> dict[str, int]:
        """Column → cells that hold something which is no value of it, and so are NULL. Reads the table once."""
        cursor = self._connection.execute(self._counts[table])
        names = [str(column[0]) for column in cursor.description or ()]
        row = cursor.fetchone() or ()
        return {name: int(count) for name, count in zip(names, row, strict=True) if count}


def open_trade(
    folder: Path,
    connection: duckdb.DuckDBPyConnection,
    trade: Trade,
    *,
    scratch: Path | None = None,
    purpose: Feed = "detection",
) -> TradeFolder:
    """Open the trade tables of a folder (CONTRACT section 3) as views on `connection`.

    Each table that is there becomes a view of its name with every column of the catalogue: tokens, texts and choices VARCHAR,
    numbers and money DOUBLE, integers BIGINT, instants naive TIMESTAMP at +08:00, dates DATE; what cannot be read is NULL.
    Columns that are missing, or that may not be used for `purpose`, are NULL and not in `given`. Parquet is read where it lies;
    text is turned into Parquet once, below `scratch`. Raises TradeRefused with everything that is wrong.
    """
    parts = open_parts(find_parts(folder, trade), trade)
    held = tempfile.TemporaryDirectory(prefix="trade-", dir=scratch)
    broken: Counter[str] = Counter()
    counts: dict[str, str] = {}
    pieces: dict[str, tuple[Piece, ...]] = {}
    wrong: list[tuple[str, str]] = []
    for name, files in parts.items():
        reading = _Reading(trade.tables[name], trade.columns_for(purpose, name), connection, Path(held.name))
        try:
            selects = reading.selects(files)
            connection.execute(f"CREATE OR REPLACE VIEW {sql_name(name)} AS {selects}")
        except TradeRefused as error:
            wrong.append((error.zh, error.en))
        counts[name] = reading.count()
        pieces[name] = tuple(reading.pieces)
        broken[name] += reading.broken
    if wrong:
        held.cleanup()
        raise refused(wrong)
    given = {
        name: frozenset.union(*(frozenset(part.columns) for part in files)) & trade.columns_for(purpose, name)
        for name, files in parts.items()
    }
    ignored = {
        name: extra
        for name, files in parts.items()
        if (extra := tuple(sorted({header for part in files for header in part.extra})))
    }
    return TradeFolder(folder, given, ignored, +broken, pieces, connection, counts, held)


class _Reading:
    """One table's parts on their way into a view."""

    def __init__(
        self,
        table: TradeTable,
        allowed: frozenset[str],
        connection: duckdb.DuckDBPyConnection,
        scratch: Path,
    ) -> None:
        self.table, self.allowed, self.connection, self.scratch = table, allowed, connection, scratch
        self.broken = 0
        self.pieces: list[Piece] = []
        self._tests: list[str] = []

    def selects(self, parts: list[Part]) -> str:
        """The view's SQL: parts that look alike are read together."""
        alike: dict[tuple[tuple[str, str, str], ...], list[Path]] = {}
        wrong: list[tuple[str, str]] = []
        texts: list[str] = []
        for number, part in enumerate(parts):
            try:
                if part.text is not None:
                    texts.append(self._text(part, number))
                else:
                    alike.setdefault(self._stored(part), []).append(part.path)
            except TradeRefused as error:
                wrong.append((error.zh, error.en))
        if wrong:
            raise refused(wrong)
        return " UNION ALL ".join([*texts, *(self._parquet(shape, paths) for shape, paths in alike.items())])

    def count(self) -> str:
        """SQL that counts, column by column, the cells that are not empty and could not be read."""
        names = [column.id for column in self.table.columns]
        sums = ", ".join(f"sum({sql_name(name)}) AS {sql_name(name)}" for name in names)
        return f"SELECT {sums} FROM ({' UNION ALL '.join(self._tests)})" if self._tests else 'SELECT 0 AS ""'

    def _stored(self, part: Part) -> tuple[tuple[str, str, str], ...]:
        """(column, header, type as DuckDB calls it) of a Parquet file."""
        try:
            rows = self.connection.execute(
                f"DESCRIBE SELECT * FROM read_parquet({sql_files([part.path])}, hive_partitioning=false)"
            ).fetchall()
        except duckdb.Error as error:
            raise unreadable(part.path, error) from error
        types = {str(row[0]): str(row[1]) for row in rows}
        return tuple((name, header, types[header]) for name, header in part.columns.items())

    def _parquet(self, shape: tuple[tuple[str, str, str], ...], paths: list[Path]) -> str:
        source = f"read_parquet({sql_files(paths)}, hive_partitioning=false)"
        stored = {name: (sql_name(header), type_) for name, header, type_ in shape}
        sound = self._sound(stored, source, paths)
        values, tests = [], []
        for column in self.table.columns:
            raw, type_ = stored.get(column.id, ("NULL", ""))
            value = f"CAST(NULL AS {SQL_TYPES[column.type]})"
            test = "0"
            if column.id in sound:
                value = raw
            elif column.id in stored and column.id in self.allowed:
                value = sql_value(column, raw, type_)
            if (
                column.id in stored
                and column.id in self.allowed - sound
                and column.type not in ("token", "text")
            ):
                filled = f"trim({raw}) <> ''" if type_ == "VARCHAR" else f"{raw} IS NOT NULL"
                test = f"count(*) FILTER ({filled} AND ({value}) IS NULL)"
            values.append(f"{value} AS {sql_name(column.id)}")
            tests.append(f"{test} AS {sql_name(column.id)}")
        self._tests.append(f"SELECT {', '.join(tests)} FROM {source}")
        self.pieces.append(Piece(f"SELECT {', '.join(values)} FROM {PART}", tuple(paths)))
        return f"SELECT {', '.join(values)} FROM {source}"

    def _sound(self, stored: Mapping[str, tuple[str, str]], source: str, paths: list[Path]) -> set[str]:
        """Columns of Parquet files all of whose values may be taken as they are: one look now, none at every query."""
        tests = {
            column.id: test
            for column in self.table.columns
            if column.id in stored
            and column.id in self.allowed
            and (test := sql_sound(column, *stored[column.id])) is not None
        }
        if not tests:
            return set()
        try:
            row = self.connection.execute(f"SELECT {', '.join(tests.values())} FROM {source}").fetchone()
        except duckdb.Error as error:
            raise unreadable(paths[0] if len(paths) == 1 else paths[0].parent, error) from error
        return {name for name, sound in zip(tests, row or (), strict=True) if sound}

    def _text(self, part: Part, number: int) -> str:
        """Turn a text file into Parquet with the table's own types, and what could not be read in each row as bits."""
        assert part.text is not None  # noqa: S101 - the caller asked
        places = {name: f"c{part.text.headers.index(header)}" for name, header in part.columns.items()}
        values, bits = [], []
        for bit, column in enumerate(self.table.columns):
            value = f"CAST(NULL AS {SQL_TYPES[column.type]})"
            if column.id in places and column.id in self.allowed:
                raw = places[column.id]
                value = sql_value(column, raw, "VARCHAR")
                lost = f"{sql_name(column.id)} IS NULL AND {raw} IS NOT NULL AND trim({raw}) <> ''"
                bits.append(f"CASE WHEN {lost} THEN {1 << bit} ELSE 0 END")
            values.append(f"{value} AS {sql_name(column.id)}")
        path = self.scratch / f"{self.table.id}-{number}.parquet"
        names, bad = [column.id for column in self.table.columns], " + ".join(bits) or "0"
        try:
            rows = read_text(part.text, self._skipped)
            self.connection.register("_text_rows", rows)
            self.connection.execute(
                f"COPY (SELECT {', '.join(map(sql_name, names))}, CAST({bad} AS BIGINT) AS _bad "
                f"FROM (SELECT *, {', '.join(values)} FROM _text_rows)) "
                f"TO {sql_text(str(path))} (FORMAT parquet)"
            )
        except (OSError, EOFError, pa.ArrowException, duckdb.Error) as error:
            raise unreadable(part.path, error) from error
        finally:
            self.connection.unregister("_text_rows")
        source = f"read_parquet({sql_files([path])}, hive_partitioning=false)"
        tests = ", ".join(
            f"count(*) FILTER (_bad & {1 << bit} <> 0) AS {sql_name(name)}" for bit, name in enumerate(names)
        )
        self._tests.append(f"SELECT {tests} FROM {source}")
        self.pieces.append(Piece(f"SELECT {', '.join(map(sql_name, names))} FROM {PART}", (path,)))
        return f"SELECT {', '.join(map(sql_name, names))} FROM {source}"

    def _skipped(self, _line: int, _text: str) -> None:
        self.broken += 1
