"""ecredit rate: what shops and raters are worth, from a folder of trade tables, without a home."""

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from ecredit.foundation.catalog.texts import text
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.judgement.evaluation.rate_trade import RateReport, rate
from ecredit.surface.cli.answer import Answer
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers
from ecredit.surface.cli.trade_command import add_trade_options, opened_trade


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare `rate`."""
    parser = commands.add_parser(
        "rate", parents=[everywhere], help="稳健评分 ratings of shops and raters that are hard to buy"
    )
    parser.add_argument(
        "folder", type=Path, metavar="DIR", help="交易表所在文件夹 a folder of trade tables, with reviews"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="OUT", help="结果文件夹 where results go")
    add_trade_options(parser)
    parser.set_defaults(run=run_rate)


def run_rate(args: argparse.Namespace, context: Context) -> Answer:
    """Rate the shops and the raters of the tables."""
    catalog = context.catalog
    with opened_trade(args, catalog) as opened:
        trade = opened.trade
        if "reviews" not in trade.given:
            raise WrongUse(
                f"{args.folder} 中没有 reviews 表；评分要有 reviews.parquet 或 reviews.csv",
                f"there is no table reviews in {args.folder}; ratings need reviews.parquet or reviews.csv",
            )
        report = rate(
            opened.connection,
            trade.given,
            catalog.flags,
            args.out,
            scratch=opened.scratch,
            threads=opened.threads,
        )
        ignored, broken = dict(trade.ignored), dict(trade.broken)
    document = {
        **asdict(report),
        "out": str(args.out),
        "ignored": {table: list(names) for table, names in ignored.items()},
        "broken": broken,
    }
    return Answer(document, list(_lines(report, ignored, broken, args.out)))


def _lines(
    report: RateReport, ignored: dict[str, tuple[str, ...]], broken: dict[str, int], out: Path
) -> Iterator[str]:
    rows = report.rows
    yield (
        f"已评 rated: 网店 shops {rows['shops']:,}（评价 ratings {rows['ratings']:,}），"
        f"评价人 raters {rows['raters']:,}（店评买家 ratings of buyers {rows['ratings_of_buyers']:,}）"
    )
    if rows["left_out"]:
        yield (
            text("rating.left_out", "zh", ratings=f"{rows['left_out']:,}")
            + " "
            + text("rating.left_out", "en", ratings=f"{rows['left_out']:,}")
        )
    for reason, count in report.reasons.items():
        if count:
            key = f"rating.reason.{reason}"
            yield f"降权 weighted down: {text(key, 'zh', ratings=f'{count:,}')} {text(key, 'en', ratings=f'{count:,}')}"
    for reason, needs in report.not_judged.items():
        yield f"未判 not judged（缺 for want of {'、'.join(needs)}）: {text(f'rating.title.{reason}', 'zh')} {text(f'rating.title.{reason}', 'en')}"
    for table, names in sorted(ignored.items()):
        yield f"不认识的列 unknown columns of {table}: " + "、".join(names)
    for table, count in sorted(broken.items()):
        yield f"{table} 有 {count:,} 行单元格数目不对，未读 rows with a wrong number of cells, left out"
    spent = "，".join(f"{stage} {seconds:.1f}" for stage, seconds in report.seconds.items())
    yield f"用时 time {sum(report.seconds.values()):.1f} s（{spent}）；内存峰值 peak {report.peak_mb:,} MB"
    yield f"结果 results: {out}；能读出的评价都计数，没有一条被删 every rating that can be read is counted, none was deleted"
