"""Who may send what: the catalogue names departments, and kinds of registered organisations."""

from ecredit.facts.actors.types import Supplier
from ecredit.foundation.catalog.texts import Lang, has_text, text
from ecredit.foundation.catalog.types import Catalog, Source


def may_send(source: Source, supplier: Supplier) -> bool:
    """Whether the catalogue lets this supplier send this source."""
    by_kind = supplier.kind in source.supplier_kinds and supplier.kind != "department"
    return supplier.id in source.suppliers or by_kind


def list_senders(source: Source, catalog: Catalog, lang: Lang = "zh") -> list[str]:
    """Who may send a source, as people call them: departments by name, the others by their kind."""
    known = [catalog.departments[id].name if id in catalog.departments else id for id in source.suppliers]
    kinds = [kind for kind in source.supplier_kinds if kind != "department"]
    return [*known, *(text(key, lang) if has_text(key := f"desk.kind_{kind}") else kind for kind in kinds)]


def list_sendable(catalog: Catalog, supplier: Supplier) -> tuple[Source, ...]:
    """The sources a supplier may send, in the catalogue's order."""
    return tuple(source for source in catalog.sources.values() if may_send(source, supplier))
