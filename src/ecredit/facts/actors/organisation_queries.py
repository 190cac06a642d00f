"""Reads: registered organisations whole, for those who look after them."""

from dataclasses import dataclass
from datetime import date, datetime

from ecredit.facts.actors.models import Organisation
from ecredit.foundation.kernel.errors import WrongUse


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """An organisation that is no department, from when until when it exists, and whose work it took over."""

    id: str
    name: str
    kind: str
    uscc: str
    predecessor: str
    valid_from: date | None
    valid_to: date | None
    registered_at: datetime
    registered_by: str


def list_registered() -> list[OrganisationView]:
    """Every registered organisation, by id."""
    return [_view(row) for row in Organisation.objects.order_by("id")]


def list_platform_names(on: date) -> list[tuple[str, str]]:
    """Code and name of every registered platform that is there on a day."""
    return [
        (row.uscc, row.name)
        for row in list_registered()
        if row.kind == "platform"
        and row.uscc
        and (row.valid_from is None or row.valid_from <= on)
        and (row.valid_to is None or on < row.valid_to)
    ]


def get_registered(id: str) -> OrganisationView:
    """One of them. Raises WrongUse."""
    row = Organisation.objects.filter(id=id).first()
    if row is None:
        raise WrongUse(f"没有登记编号为 {id} 的单位", f"no organisation {id} is registered")
    return _view(row)


def _view(row: Organisation) -> OrganisationView:
    return OrganisationView(
        row.id, row.name, row.kind, row.uscc, row.predecessor_id or "", row.valid_from, row.valid_to,
        row.registered_at, row.registered_by,
    )  # fmt: skip
