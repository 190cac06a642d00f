"""A published monitoring period for the demo city: drafted, asked for by an invented officer, agreed to at the console."""

from typing import Final

from ecredit.facts.actors.rights import allow
from ecredit.judgement.monitoring.period_rules import last_whole
from ecredit.judgement.monitoring.queries import list_reports
from ecredit.judgement.monitoring.types import SIGNED, Made
from ecredit.service.operation.approved import ask, decide, signature
from ecredit.service.operation.monitor_reports import make_period
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.demo_officer import console_account, demo_officer

_REASON: Final = "示范：各平台数字已核对"


def publish_demo_period(context: Context) -> Made | None:
    """Publish the last whole month, so that the portal's page is not empty; nothing where a report is there already."""
    if list_reports():
        return None
    made = make_period(context, last_whole("month", context.today), by=context.operator)
    drafts = {line.id: line.digest for line in list_reports(period=made.period)}
    request = signature(period=made.period, reports=drafts)
    with demo_officer(context) as officer:
        by = allow(context.catalog, officer, SIGNED)
        number = ask(context, request, reason=_REASON, by=by, at=context.now)
        console = console_account(context)
        decide(context, approval_id=number, agree=True, note=_REASON, account=console, at=context.now)
    return made
