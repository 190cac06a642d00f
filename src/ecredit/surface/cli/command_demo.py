"""ecredit demo: the synthetic demo city, into the home or only into a folder."""

import argparse
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from ecredit.facts.collection.types import Receipt
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.surface.cli.answer import Answer
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.demo_build import Built, Progress, build_city, silence
from ecredit.surface.cli.demo_city import SIZES
from ecredit.surface.cli.demo_load import DEFAULT_SEED, load_home_city
from ecredit.surface.cli.demo_summary import summarise_home, summary_lines
from ecredit.surface.cli.parsing import Everywhere, Subparsers, day
from ecredit.surface.cli.trade_build import FEWEST, build_trade
from ecredit.surface.cli.trade_types import LAST_DAY, TIERS
from ecredit.surface.cli.trade_types import SIZES as TRADE_SIZES

_FATES = ("rows", "accepted", "superseded", "duplicate", "quarantined", "refused", "late", "cleared")


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare `demo` and `summary`."""
    parser = commands.add_parser("demo", parents=[everywhere], help="示范城市 the synthetic demo city")
    parser.add_argument(
        "--size", choices=list(SIZES), default="small",
        help="主体数与一年的订单数 subjects, and orders of a year: "
        + "; ".join(
            f"{name} {count:,}" + ("" if name == "small" else f", {TRADE_SIZES[name]:,}")
            for name, count in SIZES.items()
        )
        + "；small 的交易为五个月约 18,000 单 small: about 18,000 orders of five months",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, metavar="DIR", help="只写文件，不入库 only write the files, here")
    parser.add_argument(
        "--trade", action="store_true",
        help="只要合成的一年交易（人、店、运单均为虚构），须有 --out only a synthetic year of trade: trade/ and truth/ under --out",
    )  # fmt: skip
    parser.add_argument(
        "--tier",
        choices=list(TIERS),
        default="standard",
        help="刷单的隐蔽程度 how well forgery hides (--trade)",
    )
    parser.add_argument(
        "--orders",
        type=int,
        metavar="N",
        help="一年的订单数，代替 --size 的 orders of the year, instead of the size's",
    )
    parser.add_argument(
        "--csv",
        action="store_true",
        help="写 CSV（GB18030，压缩）而非 Parquet write CSV in GB18030 instead (--trade)",
    )
    parser.add_argument(
        "--seed", type=int, help=f"种子 another city for every number (default {DEFAULT_SEED})"
    )
    parser.add_argument("--today", type=day, metavar="DAY", help="城市的今天 the city's day (default: today)")
    parser.set_defaults(run=run_demo)
    summary = commands.add_parser(
        "summary", parents=[everywhere], help="一屏摘要 what the home holds, on one screen"
    )
    summary.set_defaults(run=run_summary)


def run_demo(args: argparse.Namespace, context: Context) -> Answer:
    """Write the city's files, or fill the home with them; or write a year of trade."""
    if args.trade:
        return _run_trade(args)
    _check_orders(args.orders)
    if args.out is not None:
        built = build_city(
            args.out, catalog=context.catalog, calendar=context.calendar, size=args.size,
            seed=DEFAULT_SEED if args.seed is None else args.seed, today=args.today or context.today,
            orders=args.orders, progress=progress_line(args),
        )  # fmt: skip
        lines = [
            f"已写入 written: {len(built.files)} 个文件 files，{built.rows:,} 行 rows → {args.out}",
            f"  文件 files: {args.out}/files（顺序见 order in manifest.json）",
            f"  交易 trade: {args.out}/market",
            f"  植入的真相 planted truth: {args.out}/truth（与文件分开 kept apart）",
        ]
        return Answer(_document(built, []), lines)
    built, receipts = load_home_city(
        context,
        size=args.size,
        seed=args.seed,
        today=args.today,
        orders=args.orders,
        progress=progress_line(args),
    )
    totals = _totals(receipts)
    already = sum(receipt.already_received for receipt in receipts)
    lines = [
        f"示范城市 demo city {built.size}（{built.today}，种子 seed {built.seed}）：{len(built.files)} 个文件 files",
        f"  行 rows {totals['rows']:,} = 入库 accepted {totals['accepted']:,} + 更新 superseded {totals['superseded']:,}"
        f" + 重复 duplicate {totals['duplicate']:,} + 待改 quarantined {totals['quarantined']:,}"
        f" + 退回 refused {totals['refused']:,}",
        f"  已收过的文件 received before: {already}；更正 rows corrected: {totals['cleared']:,}",
        f"  交易 trade: {built.folder}/market（已入交易数据湖 in the lake of trade）",
        "下一步 next: ecredit evaluate",
    ]
    return Answer(_document(built, receipts), lines)


def _run_trade(args: argparse.Namespace) -> Answer:
    if args.out is None:
        raise WrongUse("--trade 须与 --out 同用", "--trade needs --out")
    orders = TRADE_SIZES[args.size] if args.orders is None else args.orders
    _check_orders(orders)
    traded = build_trade(
        args.out, orders=orders, tier=args.tier, seed=DEFAULT_SEED if args.seed is None else args.seed,
        last=args.today or LAST_DAY, texts=args.csv, progress=progress_line(args),
    )  # fmt: skip
    lines = [
        f"已写入合成交易 synthetic trade written: {args.out}/trade（全部虚构 all invented）",
        *(f"  {name} {rows:,}" for name, rows in traded.rows.items()),
        f"  其中虚假订单 forged orders: {traded.forged:,}；真相 truth: {args.out}/truth（与交易分开 kept apart）",
    ]
    document = {
        "folder": str(traded.folder), "tier": traded.tier, "seed": traded.seed, "rows": traded.rows,
        "forged_orders": traded.forged,
    }  # fmt: skip
    return Answer(document, lines)


def _check_orders(orders: int | None) -> None:
    if orders is not None and not FEWEST <= orders <= max(TRADE_SIZES.values()):
        raise WrongUse(
            f"订单数应在 {FEWEST:,} 以上，且不超过 L",
            f"at least {FEWEST:,} orders, at most as many as size L",
        )


def run_summary(_args: argparse.Namespace, context: Context) -> Answer:
    """Print what the home holds."""
    summary = summarise_home(context)
    return Answer(asdict(summary), summary_lines(summary))


def progress_line(args: argparse.Namespace) -> Progress:
    """A running line on a terminal; silence where nobody watches or a machine reads."""
    if getattr(args, "json", False) or not sys.stderr.isatty():
        return silence

    def show(done: int, count: int, path: str) -> None:
        width = 24
        bar = "█" * (done * width // count) if count else "写文件 writing"
        place = f"{done}/{count}" if count else f"{done}"
        name = path.rpartition("/")[2][:40]
        end = "" if path else "\n"
        print(f"\r\033[K  {bar:<{width}} {place} {name}", end=end, file=sys.stderr, flush=True)

    return show


def _totals(receipts: list[Receipt]) -> Counter[str]:
    totals: Counter[str] = Counter()
    for receipt in receipts:
        totals.update({fate: getattr(receipt, fate) for fate in _FATES})
    return totals


def _document(built: Built, receipts: list[Receipt]) -> dict[str, object]:
    return {
        "size": built.size, "seed": built.seed, "today": built.today, "folder": str(built.folder),
        "files": len(built.files), "rows": built.rows, "receipts": [asdict(receipt) for receipt in receipts],
    }  # fmt: skip
