"""ecredit collect-market: a folder of trade tables in, a receipt for each table out."""

import argparse
import shutil
from dataclasses import asdict
from pathlib import Path

from django.utils import timezone

from ecredit.facts.actors.queries import get_supplier
from ecredit.facts.actors.types import Actor
from ecredit.facts.market.collect_actions import Market, collect_market
from ecredit.facts.market.types import TradeReceipt
from ecredit.foundation.catalog.texts import rule_title
from ecredit.surface.cli.answer import Answer
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers

_FATES = (
    ("accepted", "入库 accepted"),
    ("superseded", "更新 superseded"),
    ("duplicate", "重复 duplicate"),
    ("quarantined", "待改 quarantined"),
    ("refused", "退回 refused"),
)


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare `collect-market`."""
    parser = commands.add_parser(
        "collect-market", parents=[everywhere], help="归集交易表 take trade tables into the lake"
    )
    parser.add_argument(
        "folder",
        metavar="DIR",
        type=Path,
        help="交易表文件夹 a folder with orders, payments, parcels, scans, reviews, shops, buyers: any of them",
    )
    parser.add_argument(
        "--by", required=True, metavar="PLATFORM", help="报送单位编号或名称 id or name of the supplier"
    )
    parser.add_argument(
        "--report",
        type=Path,
        metavar="OUT",
        help="问题清单放在这个目录 write the problem reports into this folder",
    )
    parser.set_defaults(run=run_collect_market)


def run_collect_market(args: argparse.Namespace, context: Context) -> Answer:
    """Take what is in the folder, each table by itself."""
    supplier = get_supplier(context.catalog, args.by, on=context.today)
    receipts = collect_market(
        Market(context.home, context.catalog, context.ring),
        args.folder,
        supplier=supplier,
        by=Actor(who=supplier.id, right="supplier.submit"),
        at=context.now,
    )
    if args.report is not None:
        args.report.mkdir(parents=True, exist_ok=True)
        for receipt in receipts:
            shutil.copyfile(receipt.report, args.report / f"{receipt.table}.csv")
    lines = [line for receipt in receipts for line in market_lines(receipt)]
    return Answer({"receipts": [asdict(receipt) for receipt in receipts]}, lines)


def market_lines(receipt: TradeReceipt) -> list[str]:
    """A receipt for people."""
    lines = [
        f"{receipt.table} · 批次 batch {receipt.batch_id} · {receipt.supplier}",
        f"  SHA-256 {receipt.digest}",
    ]
    if receipt.already_received:
        when = timezone.localtime(receipt.received_at)
        lines.append(f"  {when:%Y-%m-%d %H:%M} 已收过，未作任何改动 received before; nothing was changed")
    fates = " + ".join(f"{label} {getattr(receipt, field):,}" for field, label in _FATES)
    lines.append(f"  行数 rows {receipt.rows:,} = {fates}")
    lines += [f"  注意 note: {note}" for note in receipt.notes]
    if receipt.problem_counts:
        lines.append("  问题 problems:")
        lines += [f"    {count:>9,}  {rule_title(rule)}" for rule, count in receipt.problem_counts.items()]
        lines.append(f"  问题清单 report: {receipt.report}")
    return lines
