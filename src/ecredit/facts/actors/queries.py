"""Reads: who may send under which name, and the log's latest head."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from ecredit.facts.actors.models import JournalEntry, LogHead, LogState, Organisation
from ecredit.facts.actors.types import Supplier
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.errors import WrongUse

HOME: Final = "home"
INVENTED: Final = "home.invented"
"""The journal's verb for a home whose data are made up (a demo city)."""


def get_supplier(catalog: Catalog, name_or_id: str, *, on: date) -> Supplier:
    """The department or organisation called so, today or before a reform.

    Raises WrongUse when nobody is: the sentence says how to list those who are.
    """
    department = catalog.find_department(name_or_id, on=on)
    if department is not None:
        return Supplier(id=department.id, name=department.name, kind=department.kind)
    wanted = name_or_id.strip()
    row = Organisation.objects.filter(id=wanted).first() or Organisation.objects.filter(name=wanted).first()
    if row is not None:
        return _supplier(row)
    raise WrongUse(
        f"没有叫“{wanted}”的报送单位；用 ecredit suppliers 查看全部",
        f"no supplier is called '{wanted}'; list them with: ecredit suppliers",
    )


def get_organisation(supplier_id: str) -> Supplier | None:
    """A registered organisation by its id; None for departments."""
    row = Organisation.objects.filter(id=supplier_id).first()
    return None if row is None else _supplier(row)


def _supplier(row: Organisation) -> Supplier:
    return Supplier(id=row.id, name=row.name, kind=row.kind, uscc=row.uscc)


def list_predecessors(catalog: Catalog, supplier_id: str) -> frozenset[str]:
    """The departments whose work this one has taken over, itself included; nobody for other organisations."""
    return frozenset(
        department
        for department in catalog.departments
        if (found := catalog.find_department(department)) is not None and found.id == supplier_id
    )


def list_organisations() -> list[Supplier]:
    """Registered suppliers that are not departments, by id."""
    return [_supplier(row) for row in Organisation.objects.order_by("id")]


def log_size() -> int:
    """How many leaves the log has."""
    return LogState.objects.filter(id=1).values_list("size", flat=True).first() or 0


def log_origin() -> str:
    """The log's name in its signed heads."""
    return LogState.objects.values_list("origin", flat=True).get(id=1)


def is_invented() -> bool:
    """Tell whether it is on record that what this home holds is made up."""
    return JournalEntry.objects.filter(object=HOME, verb=INVENTED).exists()


def latest_head() -> LogHead | None:
    """The last signed head, or None while the log is empty."""
    return LogHead.objects.order_by("-size").first()


def read_journal(*verbs: str) -> Iterator[JournalEntry]:
    """The journal rows of these verbs, oldest first."""
    yield from JournalEntry.objects.filter(verb__in=verbs).order_by("leaf").iterator()
