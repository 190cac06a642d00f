"""ecredit catalog: which rules the city works by, what changed when, and who answers for it."""

import argparse
from dataclasses import asdict

from django.utils import timezone

from ecredit.facts.actors.queries import list_people
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.operation.catalog_history import RuleChange, adopt_catalog, list_changes
from ecredit.surface.cli.answer import Answer, columns
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare `catalog`."""
    parser = commands.add_parser("catalog", parents=[everywhere], help="规则 the rules and their changes")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    shown = verbs.add_parser("changes", parents=[everywhere], help="改动 what changed when, by whom")
    shown.set_defaults(run=run_changes)
    adopt = verbs.add_parser(
        "adopt", parents=[everywhere], help="登记改动人 say who answers for the rules as they are"
    )
    adopt.add_argument("--by", required=True, metavar="LOGIN", help="改动人的登录名 the person's login")
    adopt.add_argument("--reason", required=True, help="为什么改 why it was changed")
    adopt.set_defaults(run=run_adopt)


def run_changes(_args: argparse.Namespace, context: Context) -> Answer:
    """Every change on record, newest first."""
    _ = context.home
    found = list_changes()
    lines = columns([_line(change) for change in found], ("时间", "版本", "改动人", "理由", "文件"))
    return Answer(
        {"edition": context.catalog.edition, "changes": [asdict(change) for change in found]},
        lines
        if found
        else [
            "还没有记录；每天的评价会记下当时的规则 / none on record yet; the daily evaluation notes the rules"
        ],
    )


def run_adopt(args: argparse.Namespace, context: Context) -> Answer:
    """Put on record who answers for them."""
    person = next((p for p in list_people(on=context.today) if p.login == args.by), None)
    if person is None:
        raise WrongUse(f"没有登录名为 {args.by} 的人员", f"nobody has the login {args.by}")
    if not any(seat.organisation in context.catalog.city for seat in person.seats):
        raise WrongUse(
            f"{args.by} 不是信用管理部门的人员，不能为全市的规则负责",
            f"{args.by} is not of the credit office and cannot answer for the city's rules",
        )
    change = adopt_catalog(context, person=person.who, why=args.reason, by=context.operator)
    return Answer(asdict(change), [f"版本 {change.edition}：{change.by}（{change.why}） on record"])


def _line(change: RuleChange) -> tuple[str, ...]:
    by = change.by or "尚无人登记 nobody yet"
    files = "、".join(change.files) or "首个有记录的版本 the first on record"
    return f"{timezone.localtime(change.at):%Y-%m-%d %H:%M}", change.edition, by, change.why, files
