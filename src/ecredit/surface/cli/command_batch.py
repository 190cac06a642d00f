"""ecredit batch withdraw: an officer takes a whole batch back."""

import argparse
from dataclasses import asdict

from ecredit.facts.collection.withdraw_actions import withdraw_batch
from ecredit.service.publicity.take_down_actions import take_down
from ecredit.surface.cli.answer import Answer
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare the verb."""
    parser = commands.add_parser("batch", parents=[everywhere], help="整批撤回 take a batch back")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    withdraw = verbs.add_parser(
        "withdraw", parents=[everywhere], help="撤回误报或续不完的批次 take back what was sent by mistake"
    )
    withdraw.add_argument("batch", type=int, metavar="BATCH")
    withdraw.add_argument("--reason", required=True)
    withdraw.set_defaults(run=run_withdraw)


def run_withdraw(args: argparse.Namespace, context: Context) -> Answer:
    """Withdraw what of the batch still stands; what it superseded stands again."""
    done = withdraw_batch(
        context.collector, batch_id=args.batch, reason=args.reason, by=context.operator, at=context.now
    )
    taken = take_down(home=context.home, ring=context.ring, by=context.operator, at=context.now)
    lines = [
        f"批次 {done.batch_id} 已整批撤回 batch withdrawn",
        f"  撤回的文书 documents withdrawn: {done.withdrawn:,}",
        f"  其中恢复此前版本的 earlier versions that stand again: {done.restored:,}",
        f"  不再等待的行 rows that wait no longer: {done.ended:,}",
        f"  重新等待的行（它曾更正以前的批次） rows of earlier batches that wait again: {done.waiting_again:,}",
        f"  从公示库撤下的条目 taken out of the public database: {len(taken):,}",
    ]
    return Answer({**asdict(done), "taken_down": taken}, lines)
