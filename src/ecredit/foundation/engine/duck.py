"""DuckDB, opened one way: bounded memory, spilling to disk, nothing from the network."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

# Rows that are handed over at once, and those that are kept in one piece until all are there.
_BATCH, _BLOCK = 122_880, 1 << 20
# What a pattern of file names would make of these, inside a list of files too.
_PATTERN = str.maketrans({"[": "[[]", "*": "[*]", "?": "[?]"})


def open_duck(
    *, threads: int | None = None, memory: str | None = None, spill: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """Return a connection to an empty database in memory.

    threads  how many at once; None: as many as the machine has
    memory   at most this much, such as `4GB`; None: DuckDB's own share of the machine's memory
    spill    folder for what does not fit into memory; None: nothing is spilled, too much is an error

    Rows come in no particular order unless a query asks for one. Extensions are neither fetched nor loaded by themselves.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "temp_directory": "" if spill is None else str(spill),
    }
    if threads is not None:
        config["threads"] = threads
    if memory is not None:
        config["memory_limit"] = memory
    connection = duckdb.connect(config=config)
    # Where Python reads its program from a pipe, a bar would be drawn into the output of whoever asked.
    connection.execute("SET enable_progress_bar = false")
    return connection


def fetch_columns(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[str, NDArray[Any]]:
    """Columns of a query whose result has no NULL, as arrays, without the result being whole in the database beside them."""
    reader = connection.execute(sql).to_arrow_reader(_BATCH)
    blocks = {field.name: [np.empty(0, field.type.to_pandas_dtype())] for field in reader.schema}
    used = _BLOCK
    for batch in reader:
        columns = [column.to_numpy(zero_copy_only=False) for column in batch.columns]
        done = 0
        while done < batch.num_rows:
            if used == _BLOCK:
                for kept in blocks.values():
                    kept.append(np.empty(_BLOCK, kept[0].dtype))
                used = 0
            take = min(_BLOCK - used, batch.num_rows - done)
            for kept, column in zip(blocks.values(), columns, strict=True):
                kept[-1][used : used + take] = column[done : done + take]
            used, done = used + take, done + take
    found = {}
    for name in list(blocks):  # each block is let go as soon as it is copied
        kept = blocks.pop(name)
        if len(kept) > 1:
            kept[-1] = kept[-1][:used]
        found[name] = np.concatenate(kept)
    return found


def sql_text(value: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


def sql_name(name: str) -> str:
    """Return a table's or column's name as SQL writes it, whatever characters it has."""
    return '"' + name.replace('"', '""') + '"'


def sql_files(paths: Iterable[Path]) -> str:
    """Return a list of files for `read_parquet`; brackets, stars and question marks in their names mean themselves."""
    return "[" + ", ".join(sql_text(str(path).translate(_PATTERN)) for path in paths) + "]"
