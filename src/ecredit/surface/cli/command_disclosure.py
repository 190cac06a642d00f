"""ecredit disclosure: what platforms disclose, held against the clause: check, list, platforms, show, page, answer, settle, confirm."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from ecredit.facts.actors.approval_queries import list_names, list_waiting_about
from ecredit.foundation.catalog.disclosure_types import PAGE_KINDS
from ecredit.foundation.catalog.texts import text
from ecredit.foundation.kernel.errors import InputRefused, WrongUse
from ecredit.judgement.disclosure.check_actions import list_disclosing
from ecredit.judgement.disclosure.gap_words import clause_words, late_words, saw_words, where_words
from ecredit.judgement.disclosure.handle_actions import BY_ONE, BY_TWO, answer_gap, settle_gap
from ecredit.judgement.disclosure.page_reading import MOST_BYTES, too_long
from ecredit.judgement.disclosure.queries import (
    EVERY,
    OVERDUE,
    PENDING,
    count_gaps,
    get_gap,
    list_gaps,
    list_standings,
)
from ecredit.judgement.disclosure.types import GapFilter, GapLine, State
from ecredit.service.operation.approved import ask, gap_decision
from ecredit.service.operation.disclosure_checks import PageGiven, check_page, check_records
from ecredit.surface.cli.answer import Answer, columns, minute, named
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers, day, instant

_STATES: Final = (PENDING, OVERDUE, EVERY, *State)


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare the verbs."""
    parser = commands.add_parser(
        "disclosure", parents=[everywhere], help="检查平台公示 what platforms disclose"
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    check = verbs.add_parser("check", parents=[everywhere], help="检查报送记录 look at what platforms sent")
    check.set_defaults(run=run_check)
    listing = verbs.add_parser("list", parents=[everywhere], help="公示缺漏 what is missing or late")
    listing.add_argument("--state", choices=_STATES, default=PENDING)
    listing.add_argument("--platform", default="", help="只列这个平台（代码） only of this platform (code)")
    listing.add_argument("--check", default="", help="只列这项检查（编号） only of this check (id)")
    listing.add_argument("--limit", type=int, default=50)
    listing.set_defaults(run=run_list)
    platforms = verbs.add_parser(
        "platforms", parents=[everywhere], help="各平台缺哪些、迟几日 what each platform misses, how late"
    )
    platforms.set_defaults(run=run_platforms)
    show = verbs.add_parser("show", parents=[everywhere], help="一条缺漏 one gap with what happened")
    show.set_defaults(run=run_show)
    answer = verbs.add_parser(
        "answer", parents=[everywhere], help="代平台录入答复 enter the platform's answer"
    )
    answer.add_argument("--words", required=True, help="答复内容 the answer")
    answer.set_defaults(run=run_answer)
    settle = verbs.add_parser(
        "settle", parents=[everywhere], help="排除，或认定已改正 dismiss, or found mended"
    )
    settle.add_argument("--as", dest="act", choices=BY_ONE, required=True, help="处理为 what it is")
    settle.add_argument("--reason", required=True)
    settle.set_defaults(run=run_settle)
    confirm = verbs.add_parser(
        "confirm",
        parents=[everywhere],
        help="提请核实，由另一人在工作台复核 ask; another person agrees at the desk",
    )
    confirm.add_argument(
        "--as", dest="act", choices=BY_TWO, default=BY_TWO[0], help="核实或撤销 confirm or revoke"
    )
    confirm.add_argument("--reason", required=True)
    confirm.set_defaults(run=run_confirm)
    for one in (show, answer, settle, confirm):
        one.add_argument("number", type=int, metavar="NUMBER", help="缺漏编号 number of the gap")
    _add_page(verbs, everywhere)


def _add_page(verbs: Subparsers, everywhere: Everywhere) -> None:
    page = verbs.add_parser(
        "page",
        parents=[everywhere],
        help="检查一个看到的网页（HTML 文件） check a page somebody saved as HTML",
    )
    page.add_argument("file", type=Path)
    page.add_argument("--platform", required=True, help="平台的代码 the platform's code")
    page.add_argument("--kind", choices=PAGE_KINDS, required=True, help="网页种类 kind of page")
    page.add_argument("--url", required=True, help="看到它的网址 where it was seen")
    page.add_argument(
        "--subject", default="", help="经营者的代码（经营者页面） the merchant's code, for its page"
    )
    page.add_argument("--seen", type=instant, help="看到的时间，不写为现在 when it was seen; default: now")
    page.add_argument("--ends", type=day, help="自行终止的日期 day its business ends")
    page.set_defaults(run=run_page)


def run_check(args: argparse.Namespace, context: Context) -> Answer:
    """Look at the records of all platforms as they are now."""
    _ = args, context.home
    done = check_records(context, by=context.operator)
    if not done.ran:
        return Answer(
            asdict(done), [f"没有检查 nothing was looked at: {named(f'disclosure.why.{done.why}', done.why)}"]
        )
    lines = [
        f"平台 platforms {done.platforms}：查出 found {done.found}，新的 new {done.opened}，有变化 changed {done.changed}，"
        f"不再查出 no longer {done.ceased}（{done.seconds:.1f} s）",
        f"待答复、待核实 waiting: {done.live}；下一步 next: ecredit disclosure list",
    ]
    return Answer(asdict(done), lines)


def run_list(args: argparse.Namespace, context: Context) -> Answer:
    """Gaps, those whose answer is due first."""
    _ = context.home
    wanted = GapFilter(platform=args.platform.strip().upper(), check=args.check, state=args.state)
    found = list_gaps(wanted, context.today, limit=args.limit)
    total = count_gaps(wanted, context.today)
    head = (
        "编号", "状态 state", "平台 platform", "该公示的 what", "看到的 saw", "在哪里 where", "哪天 on", "迟 late", "依据 clause",
    )  # fmt: skip
    lines = [*columns([_row(line) for line in found], head), f"共 total: {total:,}"]
    return Answer(
        {"gaps": [_document(line) for line in found], "total": total},
        lines if found else ["没有公示缺漏 nothing is missing"],
    )


def _row(line: GapLine) -> tuple[object, ...]:
    said = line.document
    return (
        line.id, _state(line.state), said["platform"][1], said["title"]["zh"], saw_words(said, "zh"), where_words(said, "zh"),
        said["seen_on"], late_words(said, "zh"), clause_words(said, "zh"),
    )  # fmt: skip


def run_platforms(args: argparse.Namespace, context: Context) -> Answer:
    """How each registered platform stands."""
    _ = args, context.home
    names = {code: (p.id, p.name) for code, p in list_disclosing(context.today).items()}
    found = list_standings(names, context.today)
    rows = [
        (s.name, s.platform, s.open, s.overdue, s.answered, s.confirmed, s.mended, "" if s.latest is None else s.latest, "、".join(s.checks))
        for s in found
    ]  # fmt: skip
    head = (
        "平台 platform", "代码 code", "待核实", "逾期未答复", "已答复", "已核实", "已改正", "最多迟几日", "缺哪些 misses",
    )  # fmt: skip
    empty = ["没有登记的平台 no platform is registered"]
    return Answer({"platforms": [asdict(s) for s in found]}, columns(rows, head) if rows else empty)


def run_show(args: argparse.Namespace, context: Context) -> Answer:
    """One gap."""
    _ = context.home
    found = get_gap(args.number)
    line, said = found.line, found.line.document
    people = list_names([event.by for event in found.events])
    unverified = "" if said["verified"] else "（条文或期限未核对原文 not checked against the text）"
    lines = [
        f"{line.id}  {said['title']['zh']} / {said['title']['en']}  [{_state(line.state)}]",
        f"  {said['platform'][1]} {said['platform'][0]}",
        f"  该怎样 asked for: {said['asks']['zh']} / {said['asks']['en']}",
        f"  看到的 saw: {saw_words(said, 'zh')} / {saw_words(said, 'en')}  {late_words(said, 'zh')}".rstrip(),
        f"  在哪里 where: {where_words(said, 'zh')}；哪天 on: {said['seen_on']}",
        f"  依据 clause: {clause_words(said, 'zh')}{unverified}",
        f"  答复期限 answer due: {line.due_on}",
        *(
            f"  {minute(event.at)}  {text(f'disclosure.act.{event.act}', 'zh')}  {people[event.by]}  {event.words}".rstrip()
            for event in found.events
        ),
    ]
    document = _document(line) | {"digest": found.digest, "events": [asdict(event) for event in found.events]}
    return Answer(document, lines)


def run_answer(args: argparse.Namespace, context: Context) -> Answer:
    """Enter, at the console, what the platform answered."""
    state = answer_gap(
        number=args.number,
        organisations=None,
        words=args.words,
        ring=context.ring,
        by=context.operator,
        at=context.now,
    )
    return _done(args.number, state)


def run_settle(args: argparse.Namespace, context: Context) -> Answer:
    """Dismiss it, or find it mended."""
    state = settle_gap(
        number=args.number,
        act=args.act,
        words=args.reason,
        ring=context.ring,
        by=context.operator,
        at=context.now,
    )
    return _done(args.number, state)


def run_confirm(args: argparse.Namespace, context: Context) -> Answer:
    """Ask for it; another person agrees at the desk."""
    about = f"gap:{args.number}"
    if (waiting := list_waiting_about([about]).get(about)) is not None:
        raise WrongUse(
            f"第 {waiting.id} 号提请已在等待，由另一人在工作台复核",
            f"request {waiting.id} waits already; another person agrees at the desk",
        )
    wish = gap_decision(number=args.number, act=args.act, digest=get_gap(args.number).digest)
    number = ask(context, wish, reason=args.reason, by=context.operator, at=context.now)
    said = f"已提请（第 {number} 号），须另一人在工作台复核 asked (request {number}); another person agrees at the desk"
    return Answer({"gap": args.number, "asked": number}, [said])


def run_page(args: argparse.Namespace, context: Context) -> Answer:
    """Check a page that was saved as a file. Exit code 0 also when something is missing: a lead is no failure."""
    _ = context.home
    try:
        size = args.file.stat().st_size
        if size > MOST_BYTES:
            raise too_long(size)
        raw = args.file.read_bytes()
    except OSError as error:
        raise InputRefused(
            f"读不了文件 {args.file.name}：{error.strerror}",
            f"cannot read {args.file.name}: {error.strerror}",
        ) from error
    given = PageGiven(
        platform=args.platform, kind=args.kind, url=args.url, seen_at=args.seen or context.now, subject=args.subject, ends_on=args.ends,
    )  # fmt: skip
    done = check_page(context, raw, given, inspected=True, by=context.operator)
    checks = context.catalog.disclosure.checks
    rows = [
        (checks[v.check].title_zh, "缺 missing" if v.missing else "有 there", saw_words({"saw": v.saw, "values": v.values}, "zh") if v.missing else "")
        for v in done.verdicts
    ]  # fmt: skip
    lines = [
        f"网页 page {done.page}（{done.encoding}）：新的缺漏 new gaps {done.opened}，改正或已答 mended or answered {done.ended}",
        *columns(rows),
    ]
    return Answer(asdict(done) | {"verdicts": [asdict(v) for v in done.verdicts]}, lines)


def _done(number: int, state: State) -> Answer:
    return Answer({"gap": number, "state": state}, [f"{number}: {_state(state)}"])


def _state(state: str) -> str:
    return named(f"disclosure.state.{state}", state)


def _document(line: GapLine) -> dict[str, Any]:
    return asdict(line) | {"document": dict(line.document)}
