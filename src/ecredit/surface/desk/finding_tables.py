"""The tables of a finding's rows: orders, payments, parcels with their scans, reviews. Tokens, times and amounts; nobody's name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from ecredit.foundation.catalog.types import Catalog
from ecredit.judgement.triage.finding_rows import PAGED, FindingRows
from ecredit.judgement.triage.types import FindingView
from ecredit.surface.desk.frame import Frame
from ecredit.surface.desk.table_sources import Asked, Rows, offset_rows
from ecredit.surface.desk.tables import Column, Table

_Row = dict[str, Any]
_BLOCK: Final = 200
# So much of a token tells it from others on a page; the row's own is whole.
_SHORT: Final = 10
# Of each table the columns shown, with the text that heads them.
_SHOWN: Final = {
    "orders": {
        "ordered_at": "col_ordered_at", "order_id": "col_order_id", "amount": "col_amount", "quantity": "col_quantity",
        "status": "col_status", "buyer_id": "col_buyer_id", "device_id": "col_device_id", "address_id": "col_address_id",
        "ip_id": "col_ip_id", "paid_at": "col_paid_at", "completed_at": "col_completed_at",
        "refund_amount": "col_refund_amount",
    },
    "payments": {
        "paid_at": "col_paid_at", "payment_id": "col_payment_id", "order_id": "col_order_id", "amount": "col_amount",
        "payer_id": "col_payer_id", "payee_id": "col_payee_id", "refund_amount": "col_refund_amount",
        "refunded_at": "col_refunded_at",
    },
    "parcels": {
        "created_at": "col_created_at", "waybill_no": "col_waybill_no", "order_id": "col_order_id",
        "weight_g": "col_weight_g", "declared_weight_g": "col_declared_weight_g", "fee": "col_fee",
        "origin_site_id": "col_origin_site_id", "destination_site_id": "col_destination_site_id",
        "signed_at": "col_signed_at", "signed_by": "col_signed_by", "receiver_address_id": "col_address_id",
        "receiver_phone_id": "col_receiver_phone_id",
    },
    "reviews": {
        "reviewed_at": "col_reviewed_at", "review_id": "col_review_id", "order_id": "col_order_id",
        "rater_id": "col_rater_id", "direction": "col_direction", "score": "col_stars", "text": "col_words",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Source:
    """A finding's rows of one table, as a table's source."""

    files: FindingRows
    name: str
    finding_id: str
    total: int

    def page(self, asked: Asked) -> Rows[_Row]:
        """One page, by offset."""
        rows = self.files.read(self.name, self.finding_id, limit=asked.size, offset=asked.offset)
        return offset_rows(rows, self.total, asked)

    def stream(self, asked: Asked) -> Iterator[_Row]:
        """Everything, in blocks."""
        for offset in range(0, self.total, _BLOCK):
            yield from self.page(Asked(asked.filters, asked.sort, asked.descending, str(offset), _BLOCK)).rows


def list_rows_table(
    name: str, found: FindingView, files: FindingRows, catalog: Catalog, *, total: int
) -> tuple[Table[_Row], _Source]:
    """The table of a finding's rows of this name, and where they come from."""
    columns = [
        Column(text, _value(catalog, name, column, PAGED[name][1])) for column, text in _SHOWN[name].items()
    ]
    if name == found.rows_of:
        columns.append(Column("col_flags_shown", _flags_shown(catalog, found)))
    if name == "parcels":
        columns.append(Column("col_scans", _scans(catalog)))
    table: Table[_Row] = Table(f"finding_{name}", tuple(columns), size=25)
    return table, _Source(files, name, found.line.finding_id, total)


def _value(catalog: Catalog, table: str, column: str, key: str) -> Callable[[_Row, Frame], Any]:
    said = next(c for c in catalog.trade.tables[table].columns if c.id == column)
    choices = said.choices

    def value(row: _Row, frame: Frame) -> Any:
        found = row[column]
        if isinstance(found, float) and found.is_integer():
            return int(found)
        if said.type == "token" and column != key:
            return None if found is None else found[:_SHORT]
        return choices.get(found, found) if choices and frame.lang == "zh" else found

    return value


def _flags_shown(catalog: Catalog, found: FindingView) -> Callable[[_Row, Frame], str]:
    """What of the evidence a row shows, as far as it is named there (fifty rows of each)."""
    named: dict[str, list[str]] = {}
    for piece in found.document["evidence"]:
        for row in piece["rows"]:
            named.setdefault(row, []).append(piece["flag"])
    key = "order_id" if found.rows_of == "orders" else "waybill_no"

    def value(row: _Row, frame: Frame) -> str:
        flags = [catalog.flags[flag] for flag in named.get(row[key], []) if flag in catalog.flags]
        return ("、" if frame.lang == "zh" else ", ").join(frame.say(flag) for flag in flags)

    return value


def _scans(catalog: Catalog) -> Callable[[_Row, Frame], str]:
    kinds = next(c.choices for c in catalog.trade.tables["scans"].columns if c.id == "kind")

    def value(row: _Row, frame: Frame) -> str:
        return " → ".join(
            f"{scan['scanned_at']:%m-%d %H:%M} {kinds.get(scan['kind'], scan['kind']) if frame.lang == 'zh' else scan['kind']}"
            + (f" {scan['site_id'][:6]}" if scan["site_id"] else "")
            for scan in row.get("scans", ())
        )

    return value
