"""Who may send what: the catalogue names departments, and kinds of registered organisations."""

from ecredit.facts.actors.types import Supplier
from ecredit.foundation.catalog.types import Catalog, Source


def may_send(source: Source, supplier: Supplier) -> bool:
    """Whether the catalogue lets this supplier send this source."""
    by_kind = supplier.kind in source.supplier_kinds and supplier.kind != "department"
    return supplier.id in source.suppliers or by_kind


def list_sendable(catalog: Catalog, supplier: Supplier) -> tuple[Source, ...]:
    """The sources a supplier may send, in the catalogue's order."""
    return tuple(source for source in catalog.sources.values() if may_send(source, supplier))
