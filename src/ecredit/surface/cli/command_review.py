"""ecredit review list|show|accept|reject|undo|refresh: rows without a code, and who they are about."""

import argparse
from dataclasses import asdict

from ecredit.facts.collection.release_actions import accept_waiting_row, reject_waiting_row, undo_waiting_row
from ecredit.facts.subjects.queries import get_subject_id
from ecredit.facts.subjects.review_actions import refresh_review_items
from ecredit.facts.subjects.review_queries import get_review, list_review
from ecredit.facts.subjects.review_types import Decision, ReviewState
from ecredit.surface.cli.answer import Answer, columns
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare the verbs."""
    parser = commands.add_parser(
        "review", parents=[everywhere], help="待判主体 rows waiting for a person to say who"
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    listing = verbs.add_parser("list", parents=[everywhere], help="列表 what waits, the surest first")
    listing.add_argument("--state", choices=[s.value for s in ReviewState], default=ReviewState.OPEN.value)
    listing.add_argument("--limit", type=int, default=50)
    listing.set_defaults(run=run_list)
    show = verbs.add_parser("show", parents=[everywhere], help="候选与比对 candidates with what was compared")
    show.add_argument("item", type=int)
    show.set_defaults(run=run_show)
    accept = verbs.add_parser("accept", parents=[everywhere], help="认定 it is this subject")
    accept.add_argument("item", type=int)
    accept.add_argument("subject", metavar="CODE", help="代码或 S<id> a code, or S<id>")
    for name, run in (("reject", run_reject), ("undo", run_undo)):
        verb = verbs.add_parser(
            name,
            parents=[everywhere],
            help={"reject": "都不是 none of them", "undo": "撤销 take it back"}[name],
        )
        verb.add_argument("item", type=int)
        verb.add_argument("--note", default="")
        verb.set_defaults(run=run)
    accept.add_argument("--note", default="")
    accept.set_defaults(run=run_accept)
    refresh = verbs.add_parser(
        "refresh", parents=[everywhere], help="重新比对 candidates anew, because subjects have come since"
    )
    refresh.set_defaults(run=run_refresh)


def run_list(args: argparse.Namespace, context: Context) -> Answer:
    """Items with their best candidate."""
    _ = context.home
    items = list_review(state=ReviewState(args.state), limit=args.limit)
    rows = []
    for item in items:
        best = item.candidates[0] if item.candidates else None
        sure = f"{best.candidate.probability:.0%}" if best else ""
        rows.append(
            (
                item.id,
                item.source_id,
                f"{item.batch_id}:{item.line}",
                item.name,
                best.name if best else "",
                sure,
            )
        )
    head = ("item", "source", "批次:行", "行中名称 name", "最可能 likeliest", "")
    document = {"items": [asdict(item) for item in items]}
    return Answer(document, columns(rows, head) if rows else ["没有等待的行 nothing waits"])


def run_show(args: argparse.Namespace, context: Context) -> Answer:
    """One item, each candidate with the compared values and what they say."""
    _ = context.home
    item = get_review(args.item)
    lines = [f"{item.id}  {item.name}  {item.address}  {item.legal_rep}  [{item.state.value}]"]
    for view in item.candidates:
        found = view.candidate
        lines.append(f"  {found.rank}. S{found.subject_id} {view.name} {view.code} — {found.probability:.1%}")
        lines += [f"       {c.weight:+.1f}  {c.zh} / {c.en}" for c in view.candidate.compared]
    return Answer({"item": asdict(item)}, lines)


def run_accept(args: argparse.Namespace, context: Context) -> Answer:
    """Say who it is; the row's record is posted."""
    subject_id = get_subject_id(args.subject)
    decision = accept_waiting_row(
        context.collector,
        item_id=args.item,
        subject_id=subject_id,
        note=args.note,
        by=context.operator,
        at=context.now,
    )
    return _decided(decision)


def run_reject(args: argparse.Namespace, context: Context) -> Answer:
    """Say that it is none of them."""
    return _decided(
        reject_waiting_row(
            context.collector, item_id=args.item, note=args.note, by=context.operator, at=context.now
        )
    )


def run_undo(args: argparse.Namespace, context: Context) -> Answer:
    """Take the answer back; a record posted because of it is withdrawn."""
    return _decided(
        undo_waiting_row(
            context.collector, item_id=args.item, note=args.note, by=context.operator, at=context.now
        )
    )


def run_refresh(_: argparse.Namespace, context: Context) -> Answer:
    """Look for candidates of all open items again."""
    found = refresh_review_items(home=context.home, ring=context.ring, by=context.operator, at=context.now)
    line = f"重新比对 compared {found.items}：无候选 none {found.none}，一个 one {found.one}，多个 several {found.several}"
    return Answer(asdict(found), [line])


def _decided(decision: Decision) -> Answer:
    subject = "" if decision.subject_id is None else f" S{decision.subject_id}"
    return Answer(
        asdict(decision), [f"{decision.item_id}: {decision.state.value}{subject}（#{decision.leaf}）"]
    )
