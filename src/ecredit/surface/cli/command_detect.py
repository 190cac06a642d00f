"""ecredit detect: what looks forged in a folder of trade tables, without a home."""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from ecredit.facts.market.trade_folder import TradeFolder
from ecredit.foundation.catalog.flag_types import Flag
from ecredit.foundation.engine.spark import SparkTables, start_spark
from ecredit.foundation.engine.steps import Tables
from ecredit.judgement.detection.detect import detect
from ecredit.judgement.detection.labels import read_labels
from ecredit.judgement.detection.report import Report
from ecredit.surface.cli.answer import Answer
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers
from ecredit.surface.cli.trade_command import add_trade_options, opened_trade

_COUNTED = 2_000_000
_KINDS = {
    "brushing": "刷单",
    "malicious_review": "恶意评价",
    "empty_parcel": "空包裹",
    "sybil": "马甲",
    "exchange_ring": "互刷",
    "refund_abuse": "滥用退款",
}


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare `detect`."""
    parser = commands.add_parser(
        "detect", parents=[everywhere], help="检测虚假交易 what looks forged in a folder of trade tables"
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="交易表所在文件夹 a folder of trade tables")
    parser.add_argument("--out", type=Path, required=True, metavar="OUT", help="结果文件夹 where results go")
    parser.add_argument(
        "--engine", choices=["duckdb", "spark"], default="duckdb",
        help="计算引擎；spark 用于单机装不下时（需 Java） the engine; spark where one machine is outgrown (needs Java)",
    )  # fmt: skip
    parser.add_argument(
        "--labels", type=Path, metavar="FILE",
        help="已核实的少量标签，CSV 或 Parquet：order_id、review_id、buyer_id 或 shop_id 列，及 forged 列（1 或 0）"
        " a few known labels: one of those columns, and forged (1 or 0)",
    )  # fmt: skip
    add_trade_options(parser)
    parser.set_defaults(run=run_detect)


def run_detect(args: argparse.Namespace, context: Context) -> Answer:
    """Judge the tables and write scores and findings."""
    catalog = context.catalog
    with opened_trade(args, catalog) as opened:
        trade = opened.trade
        labels = None if args.labels is None else read_labels(args.labels)
        tables: Tables = opened.connection
        if args.engine == "spark":
            tables = SparkTables(start_spark(args.threads), trade.pieces)
        report = detect(tables, trade.given, catalog.flags, args.out, opened.threads, labels)
        lost = _unreadable(trade)
        lines = _lines(report, trade, catalog.flags, args.out)
        lines[2:2] = [
            f"{table} 有 {count:,} 格无法读取、按空值处理 cells of {column} could not be read and count as empty"
            for (table, column), count in lost.items()
        ]
        document = _document(report, trade, args.out)
        document["unreadable"] = {f"{table}.{column}": count for (table, column), count in lost.items()}
    return Answer(document, lines)


def _unreadable(trade: TradeFolder) -> dict[tuple[str, str], int]:
    """(table, column) → cells that held no value of it. Counting reads the table again: very long ones are not counted."""
    return {
        (table, column): count
        for table in trade.given
        if trade.count_rows(table) <= _COUNTED
        for column, count in trade.count_unreadable(table).items()
    }


def _document(report: Report, trade: TradeFolder, out: Path) -> dict[str, object]:
    return {
        **asdict(report),
        "out": str(out),
        "ignored": {table: list(names) for table, names in trade.ignored.items()},
        "broken": dict(trade.broken),
    }


def _lines(report: Report, trade: TradeFolder, flags: Mapping[str, Flag], out: Path) -> list[str]:
    total = sum(report.seconds.values())
    rows = sum(report.rows.values())
    lines = [
        "已检测 judged: " + "，".join(f"{table} {count:,}" for table, count in report.rows.items()),
        "线索 findings: "
        + (
            "，".join(
                f"{_KINDS[kind]} {kind} {count:,}"
                for kind, count in sorted(report.findings.items(), key=lambda each: (-each[1], each[0]))
            )
            or "无 none"
        ),
    ]
    lines += _not_judged(report, flags, frozenset(trade.given))
    for table, names in sorted(trade.ignored.items()):
        lines.append(f"不认识的列 unknown columns of {table}: " + "、".join(names))
    for table, count in sorted(trade.broken.items()):
        if count:
            lines.append(
                f"{table} 有 {count:,} 行单元格数目不对，未读 rows with a wrong number of cells, left out"
            )
    lines += [
        f"用时 time {total:.1f} s（"
        + "，".join(f"{stage} {seconds:.1f}" for stage, seconds in report.seconds.items())
        + f"）；{rows / max(total, 1e-6):,.0f} 行/秒 rows/s；内存峰值 peak {report.peak_mb:,} MB",
        f"结果 results: {out}；线索只是线索，须经核实 a finding is a lead, to be confirmed",
    ]
    return lines


def _not_judged(report: Report, flags: Mapping[str, Flag], given: frozenset[str]) -> Iterator[str]:
    """What could not be judged: a line for each table that is not there, one for each column of a table that is."""
    lacking: dict[str, list[str]] = {}
    for flag_id, needs in report.not_judged.items():
        tables = sorted({need.partition(".")[0] for need in needs} - given)
        lacking.setdefault("、".join(tables or needs), []).append(flags[flag_id].zh)
    for wanted, judged in sorted(lacking.items()):
        yield f"未判 not judged（缺 for want of {wanted}）: " + "、".join(judged)
