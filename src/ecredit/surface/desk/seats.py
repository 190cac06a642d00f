"""A person's seats as pages say them: the role and the organisation by name."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ecredit.facts.actors.organisation_queries import list_registered
from ecredit.facts.actors.queries import get_organisation
from ecredit.facts.actors.rights import Account
from ecredit.facts.actors.types import Seat
from ecredit.foundation.catalog.types import Catalog


@dataclass(frozen=True, slots=True)
class NamedSeat:
    """A role in both languages, and where it is held."""

    role: str
    zh: str
    en: str
    organisation: str
    organisation_name: str


def organisation_name(catalog: Catalog, id: str) -> str:
    """The name of a department or a registered organisation; its id when neither is known."""
    department = catalog.departments.get(id)
    if department is not None:
        return department.name
    registered = get_organisation(id)
    return id if registered is None else registered.name


def seats_of(catalog: Catalog, account: Account) -> list[NamedSeat]:
    """The seats of an account."""
    return name_seats(catalog, account.seats)


def name_seats(catalog: Catalog, seats: Iterable[Seat]) -> list[NamedSeat]:
    """Seats with their names; a role the catalogue no longer has keeps its id."""
    named = []
    for seat in seats:
        role = catalog.roles.get(seat.role)
        zh, en = (seat.role, seat.role) if role is None else (role.zh, role.en)
        named.append(
            NamedSeat(seat.role, zh, en, seat.organisation, organisation_name(catalog, seat.organisation))
        )
    return named


def list_places(catalog: Catalog, on: date) -> list[tuple[str, str]]:
    """Where roles may be held on a day: id and name of departments that still exist and of registered organisations."""
    departments = [
        (d.id, d.name)
        for d in catalog.departments.values()
        if (heir := catalog.find_department(d.id, on=on)) is not None and heir.id == d.id
    ]
    registered = [(o.id, o.name) for o in list_registered() if o.valid_to is None or o.valid_to > on]
    return [*departments, *registered]
