"""Gaps of disclosure for the demo city: a page an inspector saw, and what two invented officers confirmed, so that the pages are not empty."""

from datetime import timedelta
from typing import Final

from ecredit.facts.actors.rights import allow
from ecredit.judgement.disclosure.check_actions import list_disclosing
from ecredit.judgement.disclosure.queries import PENDING, get_gap, list_gaps, list_pages
from ecredit.judgement.disclosure.types import CONFIRM, Act, GapFilter
from ecredit.service.operation.approved import ask, decide, gap_decision
from ecredit.service.operation.disclosure_checks import PageGiven, check_page
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.demo_officer import console_account, demo_officer

_REASON: Final = "示范：已核对平台公告"
_CONFIRMED: Final = ("rule_notice", "page_windows")
# What an inspector saved of a platform's first page: its code and its rules, and no window to any credit site.
_PAGE: Final = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{name}</title></head><body>
<h1>{name}</h1><nav><a href="/rules">交易规则</a> <a href="/complaints">投诉举报</a></nav>
<footer>营业执照 统一社会信用代码 {code}</footer></body></html>"""


def confirm_demo_gaps(context: Context) -> int:
    """Take a page and confirm one gap of each of two kinds; gives how many. Nothing where a page was taken already."""
    platforms = sorted(list_disclosing(context.today).values(), key=lambda p: p.uscc)
    if not platforms or list_pages(None, limit=1):
        return 0
    first = platforms[0]
    raw = _PAGE.format(name=first.name, code=first.uscc).encode()
    given = PageGiven(
        platform=first.uscc,
        kind="platform_home",
        url=f"https://{first.id}.example/",
        seen_at=context.now - timedelta(hours=2),
    )
    check_page(context, raw, given, inspected=True, by=context.operator)
    confirmed = 0
    with demo_officer(context) as officer:
        by = allow(context.catalog, officer, CONFIRM)
        for check in _CONFIRMED:
            for gap in list_gaps(GapFilter(check=check, state=PENDING), context.today, limit=1):
                wish = gap_decision(number=gap.id, act=Act.CONFIRM, digest=get_gap(gap.id).digest)
                number = ask(context, wish, reason=_REASON, by=by, at=context.now)
                console = console_account(context)
                decide(context, approval_id=number, agree=True, note=_REASON, account=console, at=context.now)
                confirmed += 1
    return confirmed
