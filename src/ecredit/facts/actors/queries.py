"""Reads: who may send under which name, and the log's latest head."""

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
        return Supplier(id=row.id, name=row.name, kind=row.kind)
    raise WrongUse(
        f"没有叫“{wanted}”的报送单位；用 ecredit suppliers 查看全部",
        f"no supplier is called '{wanted}'; list them with: ecredit suppliers",
    )


def list_organisations() -> list[Supplier]:
    """Registered suppliers that are not departments, by id."""
    return [Supplier(id=o.id, name=o.name, kind=o.kind) for o in Organisation.objects.order_by("id")]


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
