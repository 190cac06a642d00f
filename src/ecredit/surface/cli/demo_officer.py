"""An invented officer of the demo city, who asks for what another person agrees to at the console."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ecredit.facts.actors.models import Person
from ecredit.facts.actors.people_actions import FirstRole, register_person, set_active
from ecredit.facts.actors.queries import account_of
from ecredit.facts.actors.rights import Account
from ecredit.facts.actors.types import OPERATOR, Seat
from ecredit.surface.cli.context import Context

_ROLE: Final = "credit_officer"


@contextmanager
def demo_officer(context: Context) -> Iterator[Account]:
    """One with a password nobody knows, disabled when the block ends."""
    login = f"demo-officer-{secrets.token_hex(3)}"
    person, _ = register_person(
        login=login,
        name="示范信用管理员（虚构）",
        ring=context.ring,
        by=context.operator,
        at=context.now,
        first=FirstRole(context.catalog.city[0], _ROLE, context.catalog, context.today),
    )
    yield account_of(Person.objects.get(pk=person.pk), where="console/demo", on=context.today)
    set_active(login=login, active=False, ring=context.ring, by=context.operator, at=context.now)


def console_account(context: Context) -> Account:
    """The console's operator as the one who agrees."""
    return Account(OPERATOR.who, OPERATOR.who, "console", (Seat(context.catalog.city[0], _ROLE),))
