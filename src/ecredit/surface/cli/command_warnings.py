"""ecredit warnings: early warnings, what they rest on, how they are answered and judged, and how each rule does."""

import argparse
from dataclasses import asdict
from typing import Any, Final

from ecredit.facts.actors.approval_queries import list_names
from ecredit.facts.actors.queries import get_organisation_id, list_supplier_names
from ecredit.foundation.catalog.texts import text
from ecredit.judgement.measures.answer_actions import acknowledge_warning, answer_warning, judge_warning
from ecredit.judgement.measures.queries import (
    OVERDUE,
    WAITING,
    count_warnings,
    get_warning,
    list_rule_figures,
    list_warnings,
)
from ecredit.judgement.measures.types import JUDGEMENTS, AddresseeView, State, WarningFilter, WarningLine
from ecredit.surface.cli.answer import Answer, columns, minute, named
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers

_STATES: Final = (WAITING, OVERDUE, *State)


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare the verbs."""
    parser = commands.add_parser("warnings", parents=[everywhere], help="预警 early warnings")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    listing = verbs.add_parser("list", parents=[everywhere], help="列表，先到期的在前 those due first")
    listing.add_argument("--state", choices=_STATES, default="")
    listing.add_argument("--rule", default="", help="规则编号 only of this rule")
    listing.add_argument("--organisation", help="只列告知该单位的 only those told to it")
    listing.add_argument("--limit", type=int, default=50)
    listing.set_defaults(run=run_list)
    show = verbs.add_parser("show", parents=[everywhere], help="查看 one warning with what it rests on")
    show.set_defaults(run=run_show)
    seen = verbs.add_parser("acknowledge", parents=[everywhere], help="签收 say that it was seen")
    seen.set_defaults(run=run_acknowledge)
    answer = verbs.add_parser("answer", parents=[everywhere], help="答复 answer it")
    answer.add_argument("--words", required=True, help="答复内容 the answer")
    answer.set_defaults(run=run_answer)
    judge = verbs.add_parser("judge", parents=[everywhere], help="认定 justify, false_alarm or return")
    judge.add_argument("--as", dest="judgement", choices=JUDGEMENTS, required=True, help="认定为 what it is")
    judge.add_argument("--reason", required=True)
    judge.set_defaults(run=run_judge)
    for one in (show, seen, answer, judge):
        one.add_argument("number", type=int, metavar="NUMBER", help="预警编号 number of the warning")
    rules = verbs.add_parser(
        "rules", parents=[everywhere], help="规则及误报率 the rules and their false alarms"
    )
    rules.set_defaults(run=run_rules)


def run_list(args: argparse.Namespace, context: Context) -> Answer:
    """Warnings, those due first."""
    _ = context.home
    own = None
    if args.organisation:
        own = frozenset({get_organisation_id(context.catalog, args.organisation, on=context.today)})
    wanted = WarningFilter(own, rule=args.rule, state=args.state)
    found = list_warnings(wanted, context.today, limit=args.limit)
    total = count_warnings(wanted, context.today)
    rows = [(w.id, _state(w.state), w.due_on, w.title["zh"], w.about, _asked(w), w.why["zh"]) for w in found]
    head = ("编号", "状态 state", "答复期限 due", "规则 rule", "关于 about", "答复单位 asked", "事由 why")
    lines = [*columns(rows, head), f"共 total: {total:,}"] if rows else ["没有预警 no warnings"]
    return Answer({"warnings": [_document(w) for w in found], "total": total}, lines)


def run_show(args: argparse.Namespace, context: Context) -> Answer:
    """One warning with its facts and what happened."""
    _ = context.home
    found = get_warning(args.number)
    line, said = found.line, found.line.document
    names = list_supplier_names(context.catalog, (a.organisation for a in line.addressees))
    people = list_names([event.by for event in found.events])
    law = (
        f"{said['law_title']['zh']} {said['article'] or ''}".strip()
        if said["law"]
        else text("warning.advisory", "zh")
    )
    lines = [
        f"{line.id}  {line.title['zh']} / {line.title['en']}  [{_state(line.state)}]",
        f"  {line.about}：{line.why['zh']} / {line.why['en']}",
        f"  要求 expected: {said['expects']['zh']} / {said['expects']['en']}",
        f"  答复期限 due: {line.due_on}；依据 basis: {law}",
        *(f"  告知 told: {names[a.organisation]}{_part(line, a)}" for a in line.addressees),
        *(f"  依据 rests on: {fact['what']} {fact['ref']}  {fact['on'] or ''}" for fact in said["facts"]),
        *([f"  另有 more: {said['more']}"] if said["more"] else []),
        *(
            f"  {minute(event.at)}  {text(f'warning.act.{event.act}', 'zh')}  {people[event.by]}  {event.words}".rstrip()
            for event in found.events
        ),
    ]
    document = _document(line) | {"events": [asdict(event) for event in found.events]}
    return Answer(document, lines)


def run_acknowledge(args: argparse.Namespace, context: Context) -> Answer:
    """Say, at the console, that it was seen."""
    state = acknowledge_warning(
        number=args.number, organisations=None, ring=context.ring, by=context.operator, at=context.now
    )
    return _done(args.number, state)


def run_answer(args: argparse.Namespace, context: Context) -> Answer:
    """Answer, at the console, for whoever was asked."""
    state = answer_warning(
        number=args.number, organisations=None, words=args.words, ring=context.ring, by=context.operator, at=context.now,
    )  # fmt: skip
    return _done(args.number, state)


def run_judge(args: argparse.Namespace, context: Context) -> Answer:
    """Judge it."""
    state = judge_warning(
        number=args.number, judgement=args.judgement, words=args.reason, calendar=context.calendar, on=context.today,
        ring=context.ring, by=context.operator, at=context.now,
    )  # fmt: skip
    return _done(args.number, state)


def run_rules(args: argparse.Namespace, context: Context) -> Answer:
    """Every rule with its figures."""
    _ = args, context.home
    rules = context.catalog.warnings
    figures = list_rule_figures(rules)
    rows = [
        (
            f.rule, rules[f.rule].title_zh if f.rule in rules else "（已不在目录）", f.warned, f.live, f.lifted, f.escalated,
            f.judged, f.false_alarms, _rate(f.rate, f.low, f.high),
        )
        for f in figures
    ]  # fmt: skip
    head = (
        "规则 rule",
        "名称",
        "预警",
        "待答复",
        "自行解除",
        "上报",
        "已认定",
        "误报",
        "误报率 false alarms（95 %）",
    )
    return Answer({"rules": [asdict(f) for f in figures]}, columns(rows, head))


def _rate(rate: float | None, low: float | None, high: float | None) -> str:
    return "—" if rate is None or low is None or high is None else f"{rate:.0%}（{low:.0%}–{high:.0%}）"


def _done(number: int, state: State) -> Answer:
    return Answer({"warning": number, "state": state}, [f"{number}: {_state(state)}"])


def _state(state: str) -> str:
    return named(f"desk.warning_{state}", state)


def _asked(line: WarningLine) -> str:
    return "、".join(a.organisation for a in line.asked)


def _part(line: WarningLine, one: AddresseeView) -> str:
    if not one.answers:
        return ""
    said = "已答复 has answered" if one.answered else "未答复 owes" if one in line.owing else ""
    return f"（答复 answers{'；' if said else ''}{said}）"


def _document(line: WarningLine) -> dict[str, Any]:
    return asdict(line) | {"document": dict(line.document)}
