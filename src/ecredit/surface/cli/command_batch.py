"""ecredit batch withdraw, receipt: an officer takes a whole batch back; a batch's receipt, signed, for its supplier to show."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from ecredit.facts.collection.queries import get_receipt
from ecredit.facts.collection.withdraw_actions import withdraw_batch
from ecredit.foundation.proof.receipts import FATES, sign_receipt
from ecredit.service.badges.public_copy import publish_keys
from ecredit.service.badges.signing_actions import city_keys, present_city, signing_pair
from ecredit.service.operation.case_guards import check_batch_free
from ecredit.service.publicity.take_down_actions import take_down
from ecredit.surface.cli.answer import Answer
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers

_SIGNED = (
    "batch_id",
    "source",
    "supplier",
    "filename",
    "digest",
    "rows",
    *FATES,
    "late",
    "problems",
    "warnings",
)


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
    receipt = verbs.add_parser("receipt", parents=[everywhere], help="签名回执 the receipt, signed")
    receipt.add_argument("batch", type=int, metavar="BATCH", help="批次号 number of the batch")
    receipt.add_argument("--out", type=Path, required=True, metavar="FILE", help="写到哪个文件 the file")
    receipt.set_defaults(run=run_receipt)


def run_receipt(args: argparse.Namespace, context: Context) -> Answer:
    """Write a batch's receipt with the city's two signatures; `ecredit verify` checks it."""
    home, now = context.home, context.now
    said = asdict(get_receipt(home, args.batch))
    plain = {name: said[name] for name in _SIGNED} | {"received_at": said["received_at"].isoformat()}
    pair = signing_pair(home=home, sealer=context.sealer, by=context.operator, at=now)
    city = present_city()
    document = sign_receipt({**plain, "city": city.name}, issuer=city.issuer, at=now, pair=pair)
    args.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    if not home.city_keys.exists():
        publish_keys(home, city_keys(home, context.sealer))
    return Answer(document, [f"已写入 written: {args.out}"])


def run_withdraw(args: argparse.Namespace, context: Context) -> Answer:
    """Withdraw what of the batch still stands; what it superseded stands again."""
    check_batch_free(args.batch)
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
