"""ecredit commitment: templates of credit commitments, those made here, a subject's in the ledger, and cases about broken ones."""

import argparse
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from ecredit.facts.actors.approval_queries import list_names
from ecredit.facts.subjects.queries import get_subject_id
from ecredit.service.commitments.figure_files import because_words, figure_words, group_words, percent_words
from ecredit.service.commitments.figures import FIGURES, count_commitment_figures
from ecredit.service.commitments.queries import (
    LIVE_CASES,
    OVER,
    CaseFilter,
    CommitmentFilter,
    count_cases,
    count_commitments,
    get_case,
    get_commitment,
    list_cases,
    list_commitments,
    list_of_subject,
)
from ecredit.service.commitments.types import CaseState, CaseView, CommitmentView, Stand
from ecredit.service.operation.commitment_records import find_commitment_entry
from ecredit.surface.cli.answer import Answer, columns, minute, named
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers

_STANDS: Final = (Stand.IN_FORCE, OVER, Stand.WITHDRAWN, Stand.REPLACED)


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare the verbs."""
    parser = commands.add_parser("commitment", parents=[everywhere], help="信用承诺 credit commitments")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    templates = verbs.add_parser(
        "templates", parents=[everywhere], help="承诺书模板 the texts, version by version"
    )
    templates.set_defaults(run=run_templates)
    listing = verbs.add_parser("list", parents=[everywhere], help="在本平台作出的 those made here")
    listing.add_argument("--stand", choices=_STANDS, default="", help="状态 only those that stand so")
    listing.add_argument("--template", default="", help="模板编号 only by this template")
    listing.add_argument(
        "--ending", type=int, metavar="DAYS", help="几天内到期 only those that end within so many days"
    )
    listing.add_argument("--limit", type=int, default=50)
    listing.set_defaults(run=run_list)
    show = verbs.add_parser("show", parents=[everywhere], help="查看一份 one, with its record")
    show.add_argument("number", metavar="NUMBER", help="承诺书编号 its number")
    show.set_defaults(run=run_show)
    of = verbs.add_parser(
        "of", parents=[everywhere], help="某主体在账本中的承诺 a subject's in the ledger, wherever made"
    )
    of.add_argument("code", metavar="CODE", help="代码 the subject's code")
    of.set_defaults(run=run_of)
    figures = verbs.add_parser(
        "figures", parents=[everywhere], help="按平台、行业统计 by platform and kind of operator"
    )
    figures.set_defaults(run=run_figures)
    cases = verbs.add_parser("cases", parents=[everywhere], help="违诺案件 cases about broken ones")
    cases.add_argument(
        "--state", choices=(LIVE_CASES, *CaseState), default="", help="状态 only in this state"
    )
    cases.add_argument("--limit", type=int, default=50)
    cases.set_defaults(run=run_cases)
    case = verbs.add_parser("case", parents=[everywhere], help="查看一件案件 one case with all that happened")
    case.add_argument("number", type=int, metavar="NUMBER", help="案件编号 number of the case")
    case.set_defaults(run=run_case)


def run_figures(args: argparse.Namespace, context: Context) -> Answer:
    """How many promised, kept their word and broke it, by platform and kind of operator."""
    _ = args
    document = count_commitment_figures(context.home, context.catalog, on=context.today, at=context.now)
    rows = []
    for group in document["groups"]:
        shown = [group["figures"].get(figure) for figure in FIGURES]
        cells = [
            because_words(group["because"] if one is None else one["because"], document["least"], "zh")
            or f"{percent_words(one)} {one['count']:,}/{one['of']:,}"
            for one in shown
        ]
        operators = "—" if group["operators"] is None else f"{group['operators']:,}"
        rows.append(
            (group_words(group, "zh"), group["key"] if group["by"] == "platform" else "", operators, *cells)
        )
    heads = (f"{figure_words(figure, 'zh')} {figure}" for figure in FIGURES)
    return Answer(document, columns(rows, ("分组 group", "代码", "经营主体 operators", *heads)))


def run_templates(args: argparse.Namespace, context: Context) -> Answer:
    """Every template with its versions."""
    _ = args
    found = context.catalog.commitments.templates.values()
    rows = [
        (
            t.id, t.title_zh, t.audience, v.number, v.valid_from, v.valid_to or "", f"{v.months} 个月",
            "在用 in force" if v.in_force(context.today) else "", len(v.items),
        )
        for t in found
        for v in t.versions
    ]  # fmt: skip
    head = ("模板 template", "名称", "适用 for", "版本", "起用 from", "停用 to", "有效期", "", "条数 items")
    return Answer({"templates": [asdict(t) for t in found]}, columns(rows, head))


def run_list(args: argparse.Namespace, context: Context) -> Answer:
    """Those made here, the newest first."""
    _ = context.home
    until = None if args.ending is None else context.today + timedelta(days=args.ending)
    wanted = CommitmentFilter(template=args.template, stand=args.stand, ending_by=until)
    found = list_commitments(wanted, context.today, limit=args.limit)
    total = count_commitments(wanted, context.today)
    rows = [
        (c.number, c.name, c.uscc, f"{c.template}/{c.version}", named(f"desk.commitment_{c.stand}", c.stand), c.committed_on, c.valid_until)
        for c in found
    ]  # fmt: skip
    head = ("编号 number", "承诺人 who", "代码", "模板", "状态 stand", "承诺日期 made", "有效期至 until")
    lines = [*columns(rows, head), f"共 total: {total:,}"] if rows else ["没有承诺 no commitments"]
    return Answer({"commitments": [_document(c) for c in found], "total": total}, lines)


def run_show(args: argparse.Namespace, context: Context) -> Answer:
    """One of them with its text, record and history."""
    _ = context.home
    found = get_commitment(args.number)
    entry = find_commitment_entry(found)
    people = list_names([found.by, *(event.by for event in found.events)])
    lines = [
        f"{found.number}  {found.name}  {found.uscc}  [{named(f'desk.commitment_{found.stand}', found.stand)}]",
        f"  {found.content}",
        f"  {found.committed_on} – {found.valid_until}；模板 template {found.template}/{found.version}",
        f"  作出 made: {minute(found.at)} {people[found.by]}（{named(f'desk.commitment_way_{found.way}', found.way)}）",
        f"  账本 ledger: {'—' if entry is None else f'#{entry.leaf} ' + entry.values.get('fulfilment', '')}".rstrip(),
        *(
            f"  {minute(event.at)}  {named(f'desk.commitment_act_{event.act}', event.act)}  {people[event.by]}  {event.reason}".rstrip()
            for event in found.events
        ),
    ]
    return Answer(_document(found) | {"leaf": None if entry is None else entry.leaf}, lines)


def run_of(args: argparse.Namespace, context: Context) -> Answer:
    """What the ledger holds of a subject's commitments."""
    _ = context.home
    subject_id = get_subject_id(args.code, context.sealer)
    entries = list_of_subject(subject_id)
    shown = ("commitment_no", "accepted_by", "committed_on", "valid_until", "fulfilment", "breach_on")
    rows = [(f"#{entry.leaf}", *(entry.values.get(code, "") for code in shown)) for entry in entries]
    head = ("记录 record", "编号", "受理单位", "承诺日期", "有效期至", "履行情况", "违诺认定")
    document = [
        {"leaf": entry.leaf} | {code: entry.values.get(code, "") for code in (*shown, "content")}
        for entry in entries
    ]
    return Answer(
        {"subject": subject_id, "commitments": document},
        columns(rows, head) if rows else ["没有承诺 no commitments"],
    )


def run_cases(args: argparse.Namespace, context: Context) -> Answer:
    """Cases, the newest first."""
    _ = context.home
    wanted = CaseFilter(state=args.state)
    found, total = list_cases(wanted, limit=args.limit), count_cases(wanted)
    rows = [
        (c.id, c.name, c.commitment_no, c.ground, named(f"desk.breach_{c.state}", c.state), c.opened_on, c.answer_until or "", c.opened_for)
        for c in found
    ]  # fmt: skip
    head = (
        "编号",
        "承诺人 who",
        "承诺书 commitment",
        "理由 ground",
        "状态 state",
        "立案 opened",
        "答复期限 due",
        "立案单位 by",
    )
    lines = [*columns(rows, head), f"共 total: {total:,}"] if rows else ["没有案件 no cases"]
    return Answer({"cases": [_case(c) for c in found], "total": total}, lines)


def run_case(args: argparse.Namespace, context: Context) -> Answer:
    """One case with all that happened."""
    _ = context.home
    found = get_case(args.number)
    people = list_names([event.by for event in found.events])
    lines = [
        f"{found.id}  {found.name}  {found.commitment_no}  [{named(f'desk.breach_{found.state}', found.state)}]",
        f"  {found.ground} · {found.topic}；{found.opened_for} {found.opened_on}",
        *(
            f"  {minute(event.at)}  {named(f'desk.breach_act_{event.act}', event.act)}  {people[event.by]}  {event.words}"
            f"{'' if not event.evidence else '  [' + ', '.join(f'{e.kind} {e.ref[:12]}' for e in event.evidence) + ']'}"
            for event in found.events
        ),
    ]
    return Answer(_case(found), lines)


def _document(found: CommitmentView) -> dict[str, Any]:
    return asdict(found)


def _case(found: CaseView) -> dict[str, Any]:
    return asdict(found)
