"""A relational step, written once: SQL over one table whose rows of one key belong together.

On one machine DuckDB runs it over the whole table. On many, the rows are brought together by their key and DuckDB runs the very
same SQL over each share of them: what a key comes to depends on its own rows only, so that the shares are the whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Step:
    """What is asked of a table.

    sql     a query from `table` (and from `beside`), without an order
    table   the only large table it reads
    key     column of the table; the result of the query over all rows is that over the rows of each key, put together
    order   what the result is sorted by, columns of it; empty: it does not matter
    beside  small tables the query may join
    """

    sql: str
    table: str
    key: str
    order: str = ""
    beside: Mapping[str, pa.Table] = field(default_factory=dict)

    @property
    def sorted_sql(self) -> str:
        """The query with its order."""
        return f"{self.sql} ORDER BY {self.order}" if self.order else self.sql


PART = "_part_rows"
"""What a piece's SQL reads from, in place of its files."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Parts of a table that look alike: the SQL that gives the table's columns from `PART`, and the Parquet files."""

    sql: str
    paths: tuple[Path, ...]


class Spread(Protocol):
    """Tables that lie spread over machines."""

    def run(self, step: Step) -> pa.Table:
        """Return what a step comes to."""


Tables = duckdb.DuckDBPyConnection | Spread


def run_step(tables: Tables, step: Step) -> pa.Table:
    """Run a step over views of a connection, or over tables that are spread."""
    if isinstance(tables, duckdb.DuckDBPyConnection):
        return run_here(tables, step)
    return tables.run(step)


def run_here(connection: duckdb.DuckDBPyConnection, step: Step) -> pa.Table:
    """Run a step over the views of a connection."""
    for name, rows in step.beside.items():
        connection.register(name, rows)
    try:
        return connection.execute(step.sorted_sql).to_arrow_table()
    finally:
        for name in step.beside:
            connection.unregister(name)


def sort_rows(rows: pa.Table, order: str) -> pa.Table:
    """Rows sorted as SQL sorts them."""
    if not order:
        return rows
    with duckdb.connect() as connection:
        connection.register("rows_to_sort", rows)
        return connection.execute(f"SELECT * FROM rows_to_sort ORDER BY {order}").to_arrow_table()
