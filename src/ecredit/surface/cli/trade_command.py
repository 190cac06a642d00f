"""What the commands on a folder of trade tables have in common: how the folder is named, opened and let go."""

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ecredit.facts.market.trade_folder import TradeFolder, open_trade
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.engine.duck import open_duck


@dataclass(frozen=True, slots=True)
class OpenedTrade:
    """An opened folder; `scratch` goes with it, `threads` is how much may be computed at once."""

    connection: duckdb.DuckDBPyConnection
    trade: TradeFolder
    scratch: Path
    threads: int


def add_trade_options(parser: argparse.ArgumentParser) -> None:
    """Declare `--threads` and `--memory`."""
    parser.add_argument("--threads", type=int, metavar="N", help="线程数 threads (default: all cores)")
    parser.add_argument("--memory", metavar="SIZE", help="数据库内存上限 memory of the database, e.g. 4GB")


@contextmanager
def opened_trade(args: argparse.Namespace, catalog: Catalog) -> Iterator[OpenedTrade]:
    """Open `args.folder` for detection, with a spill folder and all else that is written beside, until the context ends."""
    with tempfile.TemporaryDirectory(prefix="ecredit-trade-") as folder:
        scratch = Path(folder)
        spill = scratch / "spill"
        spill.mkdir()
        with (
            open_duck(threads=args.threads, memory=args.memory, spill=spill) as connection,
            open_trade(args.folder, connection, catalog.trade, scratch=scratch, purpose="detection") as trade,
        ):
            yield OpenedTrade(connection, trade, scratch, args.threads or os.cpu_count() or 1)
