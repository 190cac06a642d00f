"""Reads `items.yaml`: the kinds of information the catalogue editions let the city collect."""

from pathlib import Path

from ecredit.foundation.catalog.load_laws import read_law_refs
from ecredit.foundation.catalog.types import CatalogueItem
from ecredit.foundation.catalog.yaml_nodes import FaultLog, Fields, read_fields


def load_items(root: Path, log: FaultLog) -> dict[str, CatalogueItem]:
    """Return the items by id."""
    items: dict[str, CatalogueItem] = {}
    fields = read_fields(root / "items.yaml", root, log)
    if fields is None:
        return items
    for part in fields.subs("items"):
        item = _read_item(part)
        if item.id in items:
            part.fault(
                "id",
                "duplicate_id",
                f"事项 {item.id} 写了两次；请改名或删去一个",
                f"the item {item.id} is written twice; rename or remove one",
            )
        items[item.id] = item
    fields.done()
    return items


def _read_item(fields: Fields) -> CatalogueItem:
    valid_from, valid_to = fields.period()
    item = CatalogueItem(
        id=fields.text("id"),
        name=fields.text("name"),
        edition=fields.text("edition"),
        category=fields.text("category"),
        valid_from=valid_from,
        valid_to=valid_to,
        basis=read_law_refs(fields, "basis"),
        verified=fields.flag("verified"),
    )
    fields.done()
    return item
