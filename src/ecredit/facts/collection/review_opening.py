"""Opening review items for rows without a register code, at the end of their batch."""

from datetime import datetime

from ecredit.facts.actors.types import Actor
from ecredit.facts.collection.compare_names import NAME_OF_ANOTHER
from ecredit.facts.collection.held_cells import held_cells
from ecredit.facts.collection.models import Batch, HeldRow
from ecredit.facts.collection.persons import PERSON
from ecredit.facts.subjects.matching_types import RowClaim
from ecredit.facts.subjects.review_actions import open_review_items
from ecredit.facts.subjects.review_queries import rows_without_item
from ecredit.foundation.catalog.types import Catalog, Source
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.sealing import Sealer

# How sources call what helps to tell one firm from another; a sealed column is never compared.
_REPRESENTATIVE = "法定代表人"
_ADDRESS = ("住所", "经营地址", "注册地址", "地址", "经营场所")


def open_reviews(batch: Batch, source: Source, *, home: Home, ring: KeyRing, by: Actor, at: datetime) -> int:
    """Open an item with candidates for every row of the batch that waits for one; returns how many.

    Repeating it opens nothing twice, so a run that was cut off here is finished by the next.
    """
    rows = HeldRow.objects.filter(batch=batch, state="review").order_by("line")
    sealer = Sealer(ring)
    claims = [_claim(row, source, held_cells(row, sealer)) for row in rows]
    if not claims:
        return 0
    return open_review_items(claims, home=home, ring=ring, by=by, at=at).items


def open_questions(catalog: Catalog, *, home: Home, ring: KeyRing, by: Actor, at: datetime) -> int:
    """Open an item for every record of an earlier batch that a register's row has put in question; returns how many.

    Repeating it opens nothing twice.
    """
    asked = HeldRow.objects.filter(state="review", rules=NAME_OF_ANOTHER).order_by("id")
    missing = rows_without_item(asked.values_list("id", flat=True))
    sealer = Sealer(ring)
    claims = [
        _claim(row, catalog.sources[row.batch.source_id], held_cells(row, sealer))
        for row in asked.filter(id__in=missing).select_related("batch")
    ]
    if not claims:
        return 0
    return open_review_items(claims, home=home, ring=ring, by=by, at=at).items


def _claim(row: HeldRow, source: Source, cells: dict[str, str]) -> RowClaim:
    kind = cells.get(source.subject_kind_column or "", "")
    return RowClaim(
        held_row_id=row.id,
        source_id=source.id,
        batch_id=row.batch_id,
        line=row.line,
        name=cells.get(source.name_column, "").strip(),
        address=_first(source, cells, *_ADDRESS),
        legal_rep=_first(source, cells, _REPRESENTATIVE),
        is_person=kind.strip() in (PERSON, "01") or source.default_subject_kind == PERSON,
    )


def _first(source: Source, cells: dict[str, str], *beginnings: str) -> str:
    for column in source.columns:
        if column.name.startswith(beginnings) and not column.sealed and column.type == "text":
            value = cells.get(column.code, "").strip()
            if value:
                return value
    return ""
