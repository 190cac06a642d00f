"""One row of a source read and checked again, outside its file: for what officers do with single rows."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pyarrow as pa

from ecredit.facts.collection.collect_actions import Collector
from ecredit.facts.collection.prepare import Preparation, Prepared
from ecredit.facts.collection.read_columns import ColumnReader
from ecredit.facts.collection.reading import RowBlock
from ecredit.foundation.catalog.types import Source
from ecredit.foundation.kernel.errors import InputRefused


def read_row(
    collector: Collector, source: Source, cells: Mapping[str, str], *, line: int, received_on: date
) -> Prepared:
    """The row of these cells (column code → text) as a block of one, by the rules of today.

    Raises InputRefused, naming all its faults, when the ledger cannot take it as it is.
    """
    block = check_row(collector, source, cells, line=line, received_on=received_on)
    if block.rows.held().any() or block.rows.refused().any() or block.keys[0] is None:
        faults = [problem.message.split(" / ", 1) for problem, holds in block.problems if holds]
        zh, en = "；".join(f[0] for f in faults), "; ".join(f[-1] for f in faults)
        raise InputRefused(f"这一行不合格：{zh}", f"the row has faults: {en}")
    return block


def check_row(
    collector: Collector, source: Source, cells: Mapping[str, str], *, line: int, received_on: date
) -> Prepared:
    """As `read_row`, whatever faults the row has: they are in the block."""
    columns = [column for column in source.columns if column.code in cells]
    tables = dict(collector.catalog.code_tables)
    preparation = Preparation(
        catalog=collector.catalog,
        source=source,
        calendar=collector.calendar,
        sealer=collector.sealer,
        received_on=received_on,
        columns={place: ColumnReader.of(column, tables) for place, column in enumerate(columns)},
    )
    return preparation.prepare_block(
        RowBlock(
            lines=np.array([line], dtype=np.int64),
            columns=tuple(pa.array([cells[column.code]], pa.string()) for column in columns),
        )
    )
