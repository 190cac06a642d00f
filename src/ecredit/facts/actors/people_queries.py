"""Reads: one person whole, for those who look after people and roles."""

from dataclasses import dataclass
from datetime import date, datetime

from ecredit.facts.actors.models import Membership, Person
from ecredit.facts.actors.people_actions import get_person
from ecredit.facts.actors.queries import find_account_of
from ecredit.facts.actors.types import OPERATOR, Actor
from ecredit.foundation.catalog.types import Catalog


@dataclass(frozen=True, slots=True)
class MembershipView:
    """A role held from a day until a day (half-open; None: not taken back)."""

    organisation: str
    role: str
    valid_from: date
    valid_to: date | None
    granted_by: str


@dataclass(frozen=True, slots=True)
class PersonFile:
    """A person with every role ever held, newest first."""

    person: Person
    who: str
    login: str
    name: str
    active: bool
    must_change_password: bool
    password_changed_at: datetime | None
    created_at: datetime
    created_by: str
    memberships: tuple[MembershipView, ...]


def get_person_file(login: str) -> PersonFile:
    """The person of that login. Raises NoSuchPerson."""
    person = get_person(login)
    held = Membership.objects.filter(person=person).order_by("-id")
    return PersonFile(
        person=person,
        who=person.who,
        login=person.login,
        name=person.name,
        active=person.is_active,
        must_change_password=person.must_change_password,
        password_changed_at=person.password_changed_at,
        created_at=person.created_at,
        created_by=person.created_by,
        memberships=tuple(
            MembershipView(m.organisation, m.role, m.valid_from, m.valid_to, m.granted_by) for m in held
        ),
    )


def find_acting_organisation(catalog: Catalog, by: Actor, *, on: date) -> str:
    """For which organisation somebody acts: where the person holds a role with the right that `by` names.

    At the console it is the credit department, when the city has but one. "" when it cannot be told.
    """
    if by.who == OPERATOR.who:
        return catalog.city[0] if len(catalog.city) == 1 else ""
    account = find_account_of(by.who, where="", on=on)
    permission = by.right.split(" ", 1)[0]
    seats = () if account is None else account.seats
    return next(
        (
            seat.organisation
            for seat in seats
            if (role := catalog.roles.get(seat.role)) is not None and permission in role.permissions
        ),
        "",
    )
