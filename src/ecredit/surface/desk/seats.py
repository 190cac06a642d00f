"""A person's seats as pages say them: the role and the organisation by name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from ecredit.facts.actors.organisation_queries import list_registered
from ecredit.facts.actors.queries import list_supplier_names
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
    return list_supplier_names(catalog, [id])[id]


def seats_of(catalog: Catalog, account: Account) -> list[NamedSeat]:
    """The seats of an account."""
    return name_seats(catalog, account.seats)


def name_seats(catalog: Catalog, seats: Iterable[Seat]) -> list[NamedSeat]:
    """Seats with their names; a role the catalogue no longer has keeps its id."""
    held = list(seats)
    names = list_supplier_names(catalog, (seat.organisation for seat in held))
    return [name_seat(catalog, seat, names) for seat in held]


def name_seat(catalog: Catalog, seat: Seat, names: Mapping[str, str]) -> NamedSeat:
    """One seat, with the organisations' names at hand: a table asks for them once a page."""
    role = catalog.roles.get(seat.role)
    zh, en = (seat.role, seat.role) if role is None else (role.zh, role.en)
    return NamedSeat(seat.role, zh, en, seat.organisation, names.get(seat.organisation, seat.organisation))


def list_places(catalog: Catalog, on: date) -> list[tuple[str, str]]:
    """Where roles may be held on a day: id and name of departments that still exist and of registered organisations."""
    departments = [
        (d.id, d.name)
        for d in catalog.departments.values()
        if (heir := catalog.find_department(d.id, on=on)) is not None and heir.id == d.id
    ]
    registered = [(o.id, o.name) for o in list_registered() if o.valid_to is None or o.valid_to > on]
    return [*departments, *registered]
