"""A published monitoring period for the demo city: drafted, asked for by an invented officer, agreed to at the console."""

import secrets
from typing import Final

from ecredit.facts.actors.models import Person
from ecredit.facts.actors.people_actions import FirstRole, register_person, set_active
from ecredit.facts.actors.queries import account_of
from ecredit.facts.actors.rights import Account, allow
from ecredit.facts.actors.types import OPERATOR, Seat
from ecredit.judgement.monitoring.period_rules import last_whole
from ecredit.judgement.monitoring.queries import list_reports
from ecredit.judgement.monitoring.types import SIGNED, Made
from ecredit.service.operation.approved import ask, decide, signature
from ecredit.service.operation.monitor_reports import make_period
from ecredit.surface.cli.context import Context

_ROLE: Final = "credit_officer"
_REASON: Final = "示范：各平台数字已核对"


def publish_demo_period(context: Context) -> Made | None:
    """Publish the last whole month, so that the portal's page is not empty; nothing where a report is there already.

    The officer is made up like everything else, with a password nobody knows, and disabled afterwards.
    """
    if list_reports():
        return None
    city = context.catalog.city[0]
    made = make_period(context, last_whole("month", context.today), by=context.operator)
    drafts = {line.id: line.digest for line in list_reports(period=made.period)}
    first = FirstRole(city, _ROLE, context.catalog, context.today)
    login = f"demo-officer-{secrets.token_hex(3)}"
    person, _ = register_person(
        login=login,
        name="示范信用管理员（虚构）",
        ring=context.ring,
        by=context.operator,
        at=context.now,
        first=first,
    )
    account = account_of(Person.objects.get(pk=person.pk), where="console/demo", on=context.today)
    by = allow(context.catalog, account, SIGNED)
    request = signature(period=made.period, reports=drafts)
    number = ask(context, request, reason=_REASON, by=by, at=context.now)
    console = Account(OPERATOR.who, OPERATOR.who, "console", (Seat(city, _ROLE),))
    decide(context, approval_id=number, agree=True, note=_REASON, account=console, at=context.now)
    set_active(login=login, active=False, ring=context.ring, by=context.operator, at=context.now)
    return made
