"""For which organisation a person acts on the suppliers' pages, and whose things that reaches."""

from dataclasses import dataclass

from django.http import HttpRequest

from ecredit.facts.actors.queries import get_supplier, list_supplier_names, list_taken_over
from ecredit.facts.actors.rights import Everyone
from ecredit.facts.actors.types import Supplier
from ecredit.surface.desk.doors import account_of_request, reached
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.platform import city


@dataclass(frozen=True, slots=True)
class Acting:
    """`organisation` is the seat's; `supplier` who sends: the same, or the department it has become part of.

    `choices` are the organisations this person may act for, with their names; `predecessors` the names of those whose
    work it took over, `suppliers` the ids of it and of those.
    """

    organisation: str
    name: str
    supplier: Supplier
    choices: tuple[tuple[str, str], ...]
    predecessors: tuple[str, ...]
    suppliers: frozenset[str]

    @property
    def merged(self) -> bool:
        """Whether the organisation is another's now."""
        return self.supplier.id != self.organisation


def acting_of(request: HttpRequest, *permissions: str) -> Acting | None:
    """The organisation the request names, else the person's first; None when they may send for nobody.

    With `permissions` those of the seats that have one of them count, else those that may send.

    Raises NotThere when the one named is not theirs.
    """
    catalog, wanted = city().catalog, set(permissions or ("batch.submit",))
    own = dict.fromkeys(
        seat.organisation
        for seat in account_of_request(request).seats
        if (role := catalog.roles.get(seat.role)) is not None and wanted & role.permissions
    )
    if not own:
        return None
    asked = request.POST.get("organisation", "") or request.GET.get("org", "")
    if asked and asked not in own:
        raise NotThere
    chosen = asked or next(iter(own))
    supplier = get_supplier(catalog, chosen, on=city().today)
    suppliers = list_taken_over(catalog, chosen)
    names = list_supplier_names(catalog, [*own, *suppliers])
    return Acting(
        organisation=chosen,
        name=names[chosen],
        supplier=supplier,
        choices=tuple((id, names[id]) for id in own),
        predecessors=tuple(names[id] for id in sorted(suppliers - {chosen})),
        suppliers=suppliers,
    )


def readable(request: HttpRequest, permission: str) -> frozenset[str] | None:
    """The suppliers whose things the account may do this with; None: everybody's."""
    found = reached(request, permission)
    return None if isinstance(found, Everyone) else found
