"""ecredit register, held, marked: how suppliers send, which rows wait, the file back with its bad cells marked."""

import argparse
from dataclasses import asdict
from datetime import date
from pathlib import Path

from ecredit.facts.collection.marked_workbook import write_marked_workbook
from ecredit.facts.collection.quality import WEIGHTS, QualityRow, quality_register
from ecredit.facts.collection.queries import list_held
from ecredit.foundation.catalog.texts import rule_title
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.surface.cli.answer import Answer, columns
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers, day

_MISSED_SHOWN = 1
_STATES = {"held": "待改 held", "review": "待判主体 review"}


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare the three."""
    register = commands.add_parser(
        "register", parents=[everywhere], help="报送质量 who sent what, when, how well"
    )
    register.add_argument("--from", dest="start", type=day, help="起 from (default: 1 January)")
    register.add_argument("--to", dest="end", type=day, help="止，不含 to, not included (default: tomorrow)")
    register.add_argument(
        "--all", action="store_true", help="也列出没有报送也没有应报期的 also those with nothing due"
    )
    register.set_defaults(run=run_register)
    held = commands.add_parser("held", parents=[everywhere], help="待改的行 rows that wait")
    held.add_argument("--batch", type=int)
    held.set_defaults(run=run_held)
    marked = commands.add_parser(
        "marked", parents=[everywhere], help="标注后的表 a batch back with bad cells marked"
    )
    marked.add_argument("batch", type=int, metavar="BATCH")
    marked.add_argument("--out", type=Path, required=True, metavar="OUT.xlsx")
    marked.set_defaults(run=run_marked)


def run_register(args: argparse.Namespace, context: Context) -> Answer:
    """Print the register of a period."""
    _ = context.home
    start = args.start or date(context.today.year, 1, 1)
    end = args.end or date.fromordinal(context.today.toordinal() + 1)
    rows = quality_register(context.catalog, context.calendar, start=start, end=end)
    shown = [r for r in rows if args.all or r.batches or r.refused_files or r.withdrawn or r.missed]
    lines = columns(
        [_line(r) for r in shown],
        (
            "数据源 SOURCE",
            "报送方",
            "批次",
            "拒收",
            "撤回",
            "行",
            "合格",
            "重复",
            "待改",
            "退回",
            "迟报行",
            "按时/应报",
            "漏报",
            "差错率",
            "质量分",
        ),
    )
    weights = "、".join(f"{name} {weight}" for name, weight in WEIGHTS.items())
    lines.append(
        "差错率 = （待改 + 退回）÷ 行；拒收为整份不能接收的文件，撤回为整批撤回的批次 / error rate of all rows; 拒收: files turned away whole, 撤回: batches withdrawn"
    )
    lines.append(f"质量分 = {weights}；期间 {start} 至 {end}（不含） / score and period [{start}, {end})")
    return Answer({"from": start, "to": end, "rows": [asdict(r) for r in rows]}, lines)


def _line(row: QualityRow) -> tuple[object, ...]:
    rate = "" if row.error_rate is None else f"{row.error_rate:.1%}"
    due = f"{row.on_time}/{row.windows}" if row.windows else ""
    # The whole list is in the JSON; here one supplier's would push everybody's lines apart.
    more = f"等 {len(row.missed_windows)} 期" if len(row.missed_windows) > _MISSED_SHOWN else ""
    missed = "、".join(row.missed_windows[:_MISSED_SHOWN]) + more
    score = "" if row.score is None else f"{row.score:.1f}"
    return (
        row.source, row.supplier, row.batches, row.refused_files, row.withdrawn, row.rows, row.good, row.duplicate, row.held, row.refused, row.late_rows, due, missed,
        rate, score,
    )  # fmt: skip


def run_held(args: argparse.Namespace, context: Context) -> Answer:
    """List rows that wait, without their cells: those are in the problem report."""
    _ = context.home
    rows = list_held(args.batch)
    table = [(r.batch_id, r.batch.source_id, r.batch.supplier, r.line, r.state, r.rules) for r in rows]
    names = ("batch", "source", "supplier", "line", "state", "rules")
    document = {"held": [dict(zip(names, row, strict=True)) for row in table]}
    shown = [
        (*row[:4], _STATES[r.state], "；".join(map(rule_title, r.rules.split(","))))
        for row, r in zip(table, rows, strict=True)
    ]
    head = ("批次 batch", "数据源 source", "报送方 supplier", "行 line", "状态 state", "问题 problems")
    return Answer(document, columns(shown, head) if shown else ["没有待改的行 nothing waits"])


def run_marked(args: argparse.Namespace, context: Context) -> Answer:
    """Write the supplier's workbook with the bad cells marked."""
    if args.out.suffix.lower() != ".xlsx":
        raise WrongUse("标注后的表是 .xlsx 文件", "the file with marked cells is an .xlsx")
    write_marked_workbook(context.collector, batch_id=args.batch, out=args.out)
    return Answer({"batch": args.batch, "out": str(args.out)}, [f"已写入 written: {args.out}"])
