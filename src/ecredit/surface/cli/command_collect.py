"""ecredit collect, resume: files in, receipts out."""

import argparse
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from django.utils import timezone

from ecredit.facts.actors.queries import get_supplier
from ecredit.facts.actors.types import Actor
from ecredit.facts.collection.collect_actions import collect_file, resume_batches
from ecredit.facts.collection.file_notes import SHEET_UNREAD
from ecredit.facts.collection.marked_workbook import write_marked_workbook
from ecredit.facts.collection.types import Receipt
from ecredit.foundation.catalog.texts import rule_title
from ecredit.foundation.kernel.errors import InputRefused, WrongUse
from ecredit.foundation.kernel.text_forms import printable
from ecredit.service.publicity.take_down_actions import take_down
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
    """Declare `collect` and `resume`."""
    parser = commands.add_parser("collect", parents=[everywhere], help="归集文件 collect files of a source")
    parser.add_argument(
        "source", metavar="SOURCE", help="数据源的编号或名称 id or title of the source (ecredit sources)"
    )
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path)
    parser.add_argument(
        "--by", required=True, metavar="SUPPLIER", help="报送单位编号或名称 id or name of the supplier"
    )
    parser.add_argument(
        "--report", type=Path, metavar="OUT.csv", help="问题清单 write the problem report here"
    )
    parser.add_argument(
        "--marked", type=Path, metavar="OUT.xlsx", help="标注后的表 the file back with bad cells marked"
    )
    parser.add_argument(
        "--corrects", type=int, metavar="BATCH", help="更正哪个批次 the batch this file corrects"
    )
    parser.add_argument(
        "--on-behalf",
        action="store_true",
        help="代另一部门报送 the files are another department's, sent for it",
    )
    parser.set_defaults(run=run_collect)
    resume = commands.add_parser(
        "resume", parents=[everywhere], help="续完被中断的批次 finish batches cut off"
    )
    resume.set_defaults(run=run_resume)


def run_collect(args: argparse.Namespace, context: Context) -> Answer:
    """Collect each file as a batch of its own. With several files, one that is refused does not stop the others."""
    if len(args.files) > 1 and (args.report or args.marked):
        raise WrongUse(
            "--report、--marked 一次只用于一个文件", "--report and --marked take one file at a time"
        )
    supplier = get_supplier(context.catalog, args.by, on=context.today)
    by = Actor(who=supplier.id, right="supplier.submit")
    receipts: list[Receipt] = []
    refusals: list[str] = []
    for path in args.files:
        if not path.is_file():
            refusal = InputRefused(f"没有文件 {path}", f"no file {path}")
        else:
            try:
                receipts.append(
                    collect_file(
                        context.collector,
                        source_id=args.source,
                        path=path,
                        supplier=supplier,
                        by=by,
                        at=context.now,
                        corrects=args.corrects,
                        on_behalf=args.on_behalf,
                        progress=_progress(args),
                    )
                )
                continue
            except InputRefused as error:
                refusal = error
        if len(args.files) == 1:
            if path.name not in refusal.zh:
                refusal.zh = f"{printable(path.name)}：{refusal.zh}"
            raise refusal
        refusals.append(f"{path.name}: {refusal}")
    # A register's row may have put records in question: they are public no longer when this command ends.
    take_down(home=context.home, ring=context.ring, by=context.operator, at=context.now)
    if args.report and receipts:
        shutil.copyfile(receipts[0].report, args.report)
        receipts[0] = replace(receipts[0], report=str(args.report))
    if args.marked and receipts:
        write_marked_workbook(context.collector, batch_id=receipts[0].batch_id, out=args.marked)
    lines = [line for receipt in receipts for line in receipt_lines(receipt)]
    for refusal_text in refusals:
        print(f"ecredit: {refusal_text}", file=sys.stderr)
    documents = [asdict(receipt) for receipt in receipts]
    document = documents[0] if len(args.files) == 1 else {"receipts": documents, "refusals": refusals}
    return Answer(document, lines, code=2 if refusals else _whole(receipts))


def _whole(receipts: list[Receipt]) -> int:
    """1 where a sheet with the source's header was not read: the file is not in, though every row read has its fate."""
    return 1 if any(SHEET_UNREAD in receipt.problem_counts for receipt in receipts) else 0


def run_resume(_args: argparse.Namespace, context: Context) -> Answer:
    """Finish what was cut off."""
    receipts, failed = resume_batches(context.collector, by=context.operator, at=context.now)
    take_down(home=context.home, ring=context.ring, by=context.operator, at=context.now)
    lines = [line for receipt in receipts for line in receipt_lines(receipt)]
    lines += [f"批次 batch {batch_id} 不能续完 cannot be finished: {error}" for batch_id, error in failed]
    document = {
        "receipts": [asdict(receipt) for receipt in receipts],
        "failed": [{"batch": batch_id, "reason": str(error)} for batch_id, error in failed],
    }
    return Answer(
        document, lines or ["没有被中断的批次 nothing was cut off"], code=2 if failed else _whole(receipts)
    )


def receipt_lines(receipt: Receipt) -> list[str]:
    """A receipt for people."""
    head = f"批次 batch {receipt.batch_id} · {receipt.source} · {receipt.supplier} · {receipt.filename}"
    lines = [head, f"  SHA-256 {receipt.digest}"]
    if receipt.already_received:
        when = timezone.localtime(receipt.received_at)
        lines.append(
            f"  此文件 {when:%Y-%m-%d %H:%M} 已收过，未作任何改动 received before; nothing was changed"
        )
        if receipt.quarantined:
            lines.append(f"  其中仍待改的 rows of it that still wait: {receipt.quarantined:,}")
    if not receipt.rows:
        lines.append("  文件只有表头，没有数据行 the file has a header and no rows")
    fates = " + ".join(f"{label} {getattr(receipt, field):,}" for field, label in _FATES)
    lines.append(f"  行数 rows {receipt.rows:,} = {fates}")
    lines += [f"  注意 note: {note}" for note in receipt.notes]
    if receipt.late:
        lines.append(f"  超过报送时限 later than the deadline: {receipt.late:,}")
    if receipt.cleared:
        lines.append(f"  更正了此前待改的 earlier rows corrected: {receipt.cleared:,}")
    if receipt.problem_counts:
        lines.append("  问题 problems:")
        lines += [f"    {count:>9,}  {rule_title(rule)}" for rule, count in receipt.problem_counts.items()]
        lines.append(f"  问题清单 report: {receipt.report}")
    return lines


def _progress(args: argparse.Namespace) -> Callable[[int], None] | None:
    """A running count on a terminal; nothing where nobody watches."""
    if getattr(args, "json", False) or not sys.stderr.isatty():
        return None
    done = 0

    def show(rows: int) -> None:
        nonlocal done
        done += rows
        print(f"\r  已处理 {done:,} 行 rows", end="\n" if rows == 0 else "", file=sys.stderr, flush=True)

    return show
