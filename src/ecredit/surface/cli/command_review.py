"""ecredit review list|show|accept|reject|undo|refresh: rows without a code, and who they are about."""

import argparse
from collections.abc import Iterator
from dataclasses import asdict

from django.db import transaction

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.collection.collect_actions import get_source
from ecredit.facts.collection.release_actions import (
    accept_waiting_row,
    find_posted,
    reject_waiting_row,
    undo_waiting_row,
)
from ecredit.facts.collection.review_row_queries import (
    ReviewLine,
    ReviewRow,
    Sentence,
    get_review_row,
    list_review_lines,
)
from ecredit.facts.subjects.matching_types import Compared
from ecredit.facts.subjects.queries import get_subject_id
from ecredit.facts.subjects.review_actions import refresh_review_items
from ecredit.facts.subjects.review_queries import count_review, get_review
from ecredit.facts.subjects.review_types import CandidateView, Decision, ReviewState
from ecredit.foundation.catalog.texts import both, has_text, text
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.masking import redact
from ecredit.service.operation.case_guards import check_entry_free
from ecredit.service.publicity.take_down_actions import take_down
from ecredit.surface.cli.answer import Answer, columns, minute, named
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers

_HEAD = (
    "项 item",
    "数据源 source",
    "行中名称 name",
    "原因 why",
    "天 days",
    "文件:行 file:line",
    "报送单位 supplier",
    "最可能 likeliest",
    "",
)


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare the verbs."""
    parser = commands.add_parser(
        "review", parents=[everywhere], help="待判主体 rows waiting for a person to say who"
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    listing = verbs.add_parser("list", parents=[everywhere], help="列表 what waits, the surest first")
    listing.add_argument("--state", choices=[s.value for s in ReviewState], default=ReviewState.OPEN.value)
    listing.add_argument("--source", metavar="SOURCE", help="只看一个数据源 of one source only")
    listing.add_argument("--limit", type=int, default=50, help="每页项数 items a page")
    listing.add_argument("--page", type=int, default=1, help="第几页 which page")
    listing.set_defaults(run=run_list)
    show = verbs.add_parser(
        "show",
        parents=[everywhere],
        help="整行、原因、候选与比对 the whole row, why it waits, candidates compared",
    )
    show.add_argument("item", type=int)
    show.add_argument(
        "--purpose", default="认定主体", help="查阅目的，记入日志 why the row is read; it is journaled"
    )
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
    """A page of the items: where each row came from, why it waits and how long, and its best candidate."""
    _ = context.home
    if args.page < 1 or args.limit < 1:
        raise WrongUse("页码和每页项数从 1 起", "pages and items a page begin at 1")
    source_id = get_source(context.catalog, args.source).id if args.source else None
    state, found = ReviewState(args.state), count_review(source_id)[ReviewState(args.state)]
    lines = list_review_lines(
        context.catalog,
        state=state,
        source_id=source_id,
        limit=args.limit,
        offset=args.limit * (args.page - 1),
    )
    rows = []
    for line in lines:
        best = line.item.candidates[0] if line.item.candidates else None
        rows.append(
            (
                line.item.id,
                line.source_zh,
                line.item.name,
                "；".join(_reason(rule) for rule in line.rules),
                line.days(context.now),
                f"{line.filename}:{line.item.line}",
                line.supplier_name,
                best.name if best else "—",
                f"{best.candidate.probability:.0%}" if best else "",
            )
        )
    pages = max(-(-found // args.limit), 1)
    document = {
        "items": [_document(line, context) for line in lines],
        "found": found,
        "page": args.page,
        "pages": pages,
    }
    if not rows:
        return Answer(document, ["没有等待的行 nothing waits" if not found else "没有这一页 no such page"])
    said = f"第 {args.page}/{pages} 页，共 {found:,} 项 page {args.page} of {pages}, {found:,} items"
    more = f"；下一页 next: --page {args.page + 1}" if args.page < pages else ""
    return Answer(document, [*columns(rows, _HEAD), said + more])


def run_show(args: argparse.Namespace, context: Context) -> Answer:
    """One item: the whole row, why it waits, each candidate with the compared values, what an answer will do."""
    _ = context.home
    found = get_review_row(args.item, collector=context.collector)
    item = found.line.item
    with transaction.atomic():
        log = OpenLog(context.ring, context.now)
        detail = {"purpose": redact(args.purpose)[:200]}
        post_journal(
            log,
            by=context.operator,
            verb="held.read",
            about=f"held:{item.batch_id}:{item.line}",
            detail=detail,
        )
        log.seal()
    document = {
        "item": _document(found.line, context),
        "cells": [asdict(cell) for cell in found.cells],
        "why": [asdict(said) for said in found.why],
        "accepting": [asdict(said) for said in found.accepting],
        "rejecting": [asdict(said) for said in found.rejecting],
        "on_file": [asdict(each) for each in found.on_file],
    }
    return Answer(document, list(_lines(found, context)))


def _document(line: ReviewLine, context: Context) -> dict[str, object]:
    return {
        **asdict(line.item),
        "source": line.source_zh,
        "supplier": line.supplier,
        "supplier_name": line.supplier_name,
        "filename": line.filename,
        "rules": list(line.rules),
        "days": line.days(context.now),
    }


def _lines(found: ReviewRow, context: Context) -> Iterator[str]:
    line, item = found.line, found.line.item
    yield f"{item.id}  {item.name}  [{both(f'review.state.{item.state.value}')}]"
    yield f"  来源 from: {line.source_zh}，{line.supplier_name}，{line.filename} 第 {item.line} 行 line {item.line}"
    opened, days = minute(item.opened_at), line.days(context.now)
    yield f"  等待 waits: {opened} 起，{days} 天 since {opened}, {days} days"
    yield from (f"  原因 why: {_said(why)}" for why in found.why)
    yield "  整行（个人信息已遮盖）the whole row, personal data masked:"
    pairs = [("", cell.name or "—", cell.code, cell.value) for cell in found.cells]
    yield from (f"  {pair}" for pair in columns(pairs))
    yield "  候选 candidates:" if item.candidates else "  没有候选 no candidates"
    for view in item.candidates:
        yield from _candidate(view)
    for each in found.on_file:
        yield f"  已在账 on file: {_said(each.said)}"
        differing = each.foreseen.on_file.differences
        pairs = [("    ", d.name, d.standing or "—", d.row or "—") for d in differing]
        yield from columns(pairs, ("    ", "列 column", "账上 on file", "这一行 the row")) if pairs else ()
    yield from (f"  认定 accept: {_said(will)}" for will in found.accepting)
    yield from (f"  都不是 reject: {_said(will)}" for will in found.rejecting)


def _candidate(view: CandidateView) -> Iterator[str]:
    """A candidate with its codes and what the register says, then the compared values side by side."""
    found = view.candidate
    yield f"  {found.rank}. S{found.subject_id} {view.name} {view.code} — {found.probability:.1%}"
    codes = "，".join(f"{_kind(kind)} {value}" for kind, value in view.codes)
    known = "登记机关已登记 registered" if view.registered else "尚无登记，名称来自他行 not registered"
    said = [codes, view.address, view.status, known]
    yield f"       {'；'.join(part for part in said if part)}"
    rows = [
        (
            "    ",
            f"{c.weight:+.1f}",
            named(f"desk.field_{c.field}", c.field),
            _value(c, c.row),
            _value(c, c.subject),
        )
        for c in found.compared
    ]
    sides = columns(rows, ("    ", "分量", "比对项 compared", "这一行 the row", "登记 the subject"))
    yield sides[0]
    for compared, side in zip(found.compared, sides[1:], strict=True):
        yield side
        yield f"             {compared.zh} / {compared.en}"


def _value(compared: Compared, value: str) -> str:
    """A compared value in words: the form of an organisation is kept as a code."""
    key = f"match.form_name.{value}"
    return (text(key, "zh") if compared.field == "form" and has_text(key) else value) or "—"


def _kind(kind: str) -> str:
    key = f"desk.kind_{kind}"
    return text(key, "zh") if has_text(key) else kind


def _reason(rule: str) -> str:
    key = f"rule.{rule}.title"
    return text(key, "zh") if has_text(key) else rule


def _said(sentence: Sentence) -> str:
    return f"{sentence.zh} / {sentence.en}"


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
    """Take the answer back; a record posted because of it is withdrawn, unless a case holds it."""
    check_entry_free(find_posted(get_review(args.item).held_row_id))
    decision = undo_waiting_row(
        context.collector, item_id=args.item, note=args.note, by=context.operator, at=context.now
    )
    taken = take_down(home=context.home, ring=context.ring, by=context.operator, at=context.now)
    answer = _decided(decision)
    return Answer({**answer.document, "taken_down": taken}, answer.lines)


def run_refresh(_: argparse.Namespace, context: Context) -> Answer:
    """Look for candidates of all open items again."""
    found = refresh_review_items(home=context.home, ring=context.ring, by=context.operator, at=context.now)
    line = f"重新比对 compared {found.items}：无候选 none {found.none}，一个 one {found.one}，多个 several {found.several}"
    return Answer(asdict(found), [line])


def _decided(decision: Decision) -> Answer:
    subject = "" if decision.subject_id is None else f" S{decision.subject_id}"
    return Answer(
        asdict(decision),
        [f"{decision.item_id}: {both(f'review.state.{decision.state.value}')}{subject}（#{decision.leaf}）"],
    )
