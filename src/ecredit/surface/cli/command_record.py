"""ecredit record correct|withdraw|release|drop: an officer's act on one record."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import asdict

from django.db import transaction

from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.collection.correct_actions import correct_record
from ecredit.facts.collection.release_actions import drop_held_row, release_held_row
from ecredit.facts.records.post_actions import current_entry, withdraw_document
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.masking import redact
from ecredit.service.operation.case_guards import check_entry_free, check_not_by_hand, check_row_free
from ecredit.service.publicity.take_down_actions import take_down
from ecredit.surface.cli.answer import Answer
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare the verbs."""
    parser = commands.add_parser(
        "record", parents=[everywhere], help="更正、撤回记录，准予入库 correct, withdraw or let in a record"
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    correct = verbs.add_parser("correct", parents=[everywhere], help="更正 correct values of a record")
    correct.add_argument("leaf", type=int)
    correct.add_argument("--set", action="append", required=True, metavar="COLUMN=VALUE", dest="changes")
    correct.add_argument("--reason", required=True)
    correct.set_defaults(run=run_correct)
    withdraw = verbs.add_parser("withdraw", parents=[everywhere], help="撤回 withdraw a record")
    withdraw.add_argument("leaf", type=int)
    withdraw.add_argument("--reason", required=True)
    withdraw.set_defaults(run=run_withdraw)
    rows: tuple[tuple[str, str, Callable[[argparse.Namespace, Context], Answer]], ...] = (
        ("release", "准予入库 let the ledger take a row that waits for an officer", run_release),
        ("drop", "不是记录 a waiting row is nothing, e.g. a total", run_drop),
    )
    for verb, said, run in rows:
        waiting = verbs.add_parser(verb, parents=[everywhere], help=said)
        waiting.add_argument("batch", type=int)
        waiting.add_argument("line", type=int)
        waiting.add_argument("--reason", required=True)
        waiting.set_defaults(run=run)


def run_correct(args: argparse.Namespace, context: Context) -> Answer:
    """Post a corrected version; the old one stays in the ledger."""
    changes: dict[str, str] = {}
    for text in args.changes:
        code, equals, value = text.partition("=")
        if not equals:
            raise WrongUse(f"“{redact(text)}” 不是 列=值", f"'{redact(text)}' is no COLUMN=VALUE")
        changes[code.strip()] = value
    check_not_by_hand(current_entry(args.leaf), changes)
    corrected = correct_record(
        context.collector,
        leaf=args.leaf,
        changes=changes,
        reason=args.reason,
        by=context.operator,
        at=context.now,
    )
    document = {
        "leaf": corrected.leaf,
        "replaces": args.leaf,
        "notices": [asdict(notice) for notice in corrected.notices],
    }
    told = [f"{notice.column} {notice.message}" for notice in corrected.notices]
    return Answer(document, [f"已更正，新条目 corrected, new entry: {corrected.leaf}", *told])


def run_withdraw(args: argparse.Namespace, context: Context) -> Answer:
    """Withdraw a document; its entries stay, the last says withdrawn."""
    check_entry_free(args.leaf)
    with transaction.atomic():
        log = OpenLog(context.ring, context.now)
        leaf = withdraw_document(
            leaf=args.leaf, reason=args.reason, log=log, by=context.operator, edition=context.catalog.edition
        )
        log.seal()
    taken = take_down(home=context.home, ring=context.ring, by=context.operator, at=context.now)
    document = {"leaf": leaf, "withdraws": args.leaf, "taken_down": taken}
    return Answer(document, [f"已撤回 withdrawn, entry: {leaf}", down_line(taken)])


def down_line(taken: Sequence[int]) -> str:
    """What became of the public database, and when the grades follow."""
    if not taken:
        return "公示库中没有它 it is not in the public database"
    return (
        f"已从公示库撤下 {len(taken)} 条，有关主体的等级在下次 ecredit evaluate 之后再显示 "
        "taken out of the public database; the grade is shown again after the next: ecredit evaluate"
    )


def run_release(args: argparse.Namespace, context: Context) -> Answer:
    """Let the ledger take a row that waits because its document was corrected, withdrawn or is another supplier's."""
    check_row_free(args.batch, args.line)
    leaf = release_held_row(
        context.collector,
        batch_id=args.batch,
        line=args.line,
        reason=args.reason,
        by=context.operator,
        at=context.now,
    )
    said = "账本中已是如此 the ledger has it so already" if leaf is None else f"已入库 taken, entry: {leaf}"
    return Answer({"batch": args.batch, "line": args.line, "leaf": leaf}, [said])


def run_drop(args: argparse.Namespace, context: Context) -> Answer:
    """Say that a waiting row is nothing; it waits no longer and stays kept."""
    drop_held_row(
        context.collector,
        batch_id=args.batch,
        line=args.line,
        reason=args.reason,
        by=context.operator,
        at=context.now,
    )
    return Answer(
        {"batch": args.batch, "line": args.line, "state": "dropped"}, ["已注销等待 it waits no longer"]
    )
