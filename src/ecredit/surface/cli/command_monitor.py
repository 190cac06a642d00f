"""ecredit monitor list|make|show|sign|withdraw|publish: periodic reports on how platforms stand."""

import argparse
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from ecredit.facts.actors.approval_queries import list_names, list_waiting_about
from ecredit.facts.actors.rights import Account
from ecredit.facts.actors.types import OPERATOR, Seat
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.judgement.monitoring.period_rules import last_whole, read_period
from ecredit.judgement.monitoring.queries import find_report, get_report, list_reports
from ecredit.judgement.monitoring.sign_actions import withdraw_report
from ecredit.judgement.monitoring.types import CITY, ReportLine
from ecredit.service.operation.approved import ask, decide, signature
from ecredit.service.operation.monitor_reports import make_period
from ecredit.service.publicity.report_actions import publish_reports
from ecredit.surface.cli.answer import Answer, columns, minute, named
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers

_CITY_WORDS = ("city", "全市")


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare the verbs."""
    parser = commands.add_parser(
        "monitor", parents=[everywhere], help="平台信用监测报告 periodic reports on platforms"
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    listing = verbs.add_parser("list", parents=[everywhere], help="列出报告 the reports there are")
    listing.add_argument("period", nargs="?", metavar="PERIOD", help="期间 2026-10、2026-Q4、2026 a period")
    listing.set_defaults(run=run_list)
    make = verbs.add_parser(
        "make", parents=[everywhere], help="生成各平台和全市的草稿 draft every platform's and the city's"
    )
    make.add_argument(
        "period", nargs="?", metavar="PERIOD", help="期间，不写为上个月 a period; default: last month"
    )
    make.add_argument("--reason", default="", help="已签发的报告重新生成的理由 why signed ones are made anew")
    make.set_defaults(run=run_make)
    show = verbs.add_parser("show", parents=[everywhere], help="一份报告的数字 the figures of one")
    _which(show)
    show.set_defaults(run=run_show)
    sign = verbs.add_parser(
        "sign",
        parents=[everywhere],
        help="提请签发，或同意他人提请的 ask for signature, or agree to what another asked",
    )
    _which(sign)
    sign.add_argument("--reason", required=True)
    sign.set_defaults(run=run_sign)
    withdraw = verbs.add_parser(
        "withdraw",
        parents=[everywhere],
        help="起草撤回，签发后生效 draft a withdrawal, effective when signed",
    )
    _which(withdraw)
    withdraw.add_argument("--reason", required=True)
    withdraw.set_defaults(run=run_withdraw)
    publish = verbs.add_parser(
        "publish",
        parents=[everywhere],
        help="把已签发的放进公示库 bring what is signed to the public database",
    )
    publish.set_defaults(run=run_publish)


def _which(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("period", metavar="PERIOD", help="期间 a period such as 2026-10")
    parser.add_argument(
        "platform",
        nargs="?",
        metavar="PLATFORM",
        help="平台的代码，或 city；不写：show 为全市，sign 为全部 a code, or city",
    )


def run_list(args: argparse.Namespace, context: Context) -> Answer:
    """The newest version of each report, and signed ones another took the place of."""
    _ = context.home
    period = None if args.period is None else read_period(args.period).name
    lines = list_reports(period=period)
    rows = [_row(line) for line in lines]
    head = ("编号 id", "期间 period", "平台 platform", "稿 version", "状态 state", "生成 made", "签发 signed")
    empty = ["还没有监测报告 no report yet; make one with: ecredit monitor make"]
    return Answer({"reports": [asdict(line) for line in lines]}, columns(rows, head) if rows else empty)


def _row(line: ReportLine) -> tuple[object, ...]:
    signed = "" if line.signed_at is None else minute(line.signed_at)
    name = line.name or "全市 city"
    return (
        line.id,
        line.period,
        f"{name} {line.platform}".strip(),
        line.version,
        _state(line),
        minute(line.made_at),
        signed,
    )


def _state(line: ReportLine) -> str:
    return named(f"monitor.state.{line.state}", line.state)


def run_make(args: argparse.Namespace, context: Context) -> Answer:
    """Draft the reports of a period that is over."""
    period = last_whole("month", context.today) if args.period is None else read_period(args.period)
    made = make_period(context, period, by=context.operator, reason=args.reason)
    lines = [
        f"{made.period}：新稿 new drafts {made.made}，没有变化 unchanged {made.unchanged}（{made.seconds:.1f} s）",
    ]
    if made.signed:
        lines.append(
            f"  已签发而数字有变 signed, and would differ now: {len(made.signed)}；重新生成请写 --reason made anew only with --reason"
        )
    lines.append("下一步 next: ecredit monitor show / sign")
    return Answer(asdict(made), lines)


def run_show(args: argparse.Namespace, context: Context) -> Answer:
    """The newest version of a report with its figures, those for officers included."""
    _ = context.home
    view = find_report(read_period(args.period).name, _code(args.platform))
    if view is None:
        raise WrongUse(
            "没有这份报告；用 ecredit monitor list 查看有哪些",
            "there is no such report; see: ecredit monitor list",
        )
    line = view.line
    lines = [
        f"{line.name or '全市 the city'} {line.period}（{line.starts_on} 至 to {line.ends_on}，不含 not included）",
        f"  第 {line.version} 稿 version，{_state(line)}，{line.digest[:16]}",
        *columns(
            [_figure_row(f) for f in view.document["figures"]],
            ("指标 figure", "数 value", "由 of", "名次 place", ""),
        ),
    ]
    if "withdrawn" in view.document:
        lines.append(f"  撤回 withdrawn: {view.document['withdrawn']}")
    names = list_names(comment.by for comment in view.comments)
    lines += [f"  意见 {names[c.by]} {minute(c.at)}: {c.words}" for c in view.comments]
    return Answer({"report": asdict(line), "document": view.document}, lines)


def _figure_row(figure: dict[str, Any]) -> tuple[object, ...]:
    place = "" if figure["place"] is None else f"{figure['place']['place']}/{figure['place']['of']}"
    of = "" if figure["of"] is None else f"{figure['of']:,}"
    why = "" if figure["because"] is None else f"{figure['because']['zh']} {figure['because']['en']}"
    return f"{figure['title']['zh']} {figure['title']['en']}", _shown(figure), of, place, why


def _shown(figure: dict[str, Any]) -> str:
    value = figure["value"]
    if value is None:
        return "—"
    return f"{value:.1%}" if figure["unit"] == "share" else f"{value:,.2f}".rstrip("0").rstrip(".")


def run_sign(args: argparse.Namespace, context: Context) -> Answer:
    """Ask for the signature of a period's drafts (or of one); where another asked already, agree to that."""
    period = read_period(args.period).name
    waiting = list_waiting_about([f"monitor:{period}"]).get(f"monitor:{period}")
    if waiting is not None:
        if args.platform is not None:
            raise WrongUse(
                f"第 {waiting.id} 号提请在等待，须整体同意；不写平台",
                f"request {waiting.id} waits and is agreed to as a whole; leave the platform out",
            )
        decide(
            context,
            approval_id=waiting.id,
            agree=True,
            note=args.reason,
            account=_console(context),
            at=context.now,
        )
        signed = [get_report(int(id)).line for id in waiting.params["reports"]]
        said = f"已签发并公布 signed and published: {len(signed)}"
        return Answer({"signed": [asdict(line) for line in signed], "asked": None}, [said])
    drafts = [line for line in list_reports(period=period) if line.state == "draft"]
    if args.platform is not None:
        drafts = [line for line in drafts if line.platform == _code(args.platform)]
    if not drafts:
        raise WrongUse(f"{period} 没有待签发的草稿", f"no draft of {period} waits for a signature")
    request = signature(period=period, reports={line.id: line.digest for line in drafts})
    number = ask(context, request, reason=args.reason, by=context.operator, at=context.now)
    return Answer(
        {"signed": [], "asked": number, "reports": [asdict(line) for line in drafts]},
        [
            f"已提请签发 {len(drafts)} 份（第 {number} 号），须另一人同意：后台“待我复核”",
            f"asked for {len(drafts)} signatures (request {number}); another person agrees at the desk",
        ],
    )


def _console(context: Context) -> Account:
    """The console's operator as one who may agree: never to what the console asked itself."""
    seat = Seat(context.catalog.city[0], "credit_officer")
    return Account(who=OPERATOR.who, name=OPERATOR.who, where="console", seats=(seat,))


def run_withdraw(args: argparse.Namespace, context: Context) -> Answer:
    """Draft the version that withdraws a signed report."""
    if args.platform is None:
        raise WrongUse("请写明平台的代码，或 city", "name the platform's code, or city")
    view = find_report(read_period(args.period).name, _code(args.platform))
    if view is None:
        raise WrongUse("没有这份报告", "there is no such report")
    new = withdraw_report(
        report_id=view.line.id, reason=args.reason, ring=context.ring, by=context.operator, at=context.now
    )
    said = f"已起草撤回，签发后生效 withdrawal drafted, effective when signed: ecredit monitor sign {view.line.period}"
    return Answer({"report": new, "withdraws": view.line.id}, [said])


def run_publish(_args: argparse.Namespace, context: Context) -> Answer:
    """Bring the public database to what is signed; signing does so by itself."""
    changed = publish_reports(home=context.home, ring=context.ring, by=context.operator, at=context.now)
    lines: Iterable[str] = [f"公示库变动 versions written or taken out: {changed}"]
    return Answer({"changed": changed}, list(lines))


def _code(platform: str | None) -> str:
    return CITY if platform is None or platform in _CITY_WORDS else platform.strip().upper()
