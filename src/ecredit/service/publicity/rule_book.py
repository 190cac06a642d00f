"""The rules everyone may read, out of the catalogue: chapters of the public database, so that the portal needs no catalogue.

The rule is published, not where its limits are: of what is looked at in trade the title and the honest look-alike, never a
strength, a formula or a figure.
"""

from datetime import date
from typing import Final

from ecredit.foundation.catalog.types import Catalog

DISTRICTS: Final = "districts"
_AREAS: Final = "area"


def rule_book(catalog: Catalog, on: date) -> dict[str, object]:
    """Every chapter by its name, as JSON holds it, for a day."""
    return {DISTRICTS: _districts(catalog, on)}


def _districts(catalog: Catalog, on: date) -> list[tuple[str, str, str]]:
    """Code, Chinese and English name of the districts in force: the areas that lie in another area of the table."""
    table = catalog.code_tables.get(_AREAS)
    if table is None:
        return []
    entries = (entry for entry in table.entries.values() if entry.parent and entry.in_force(on))
    return sorted((entry.code, entry.zh, entry.en) for entry in entries)
