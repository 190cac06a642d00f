"""What was compared, in words a person can check."""

from collections.abc import Mapping
from typing import Any

from ecredit.facts.subjects.matching_types import Compared, RowClaim
from ecredit.foundation.catalog.texts import text

# Field → (column of the two sides); `written` is the whole name, shown first.
_SHOWN = {
    "written": "name",
    "core": "core",
    "trade": "trade",
    "area": "area_name",
    "form": "form",
    "branch": "branch",
    "address": "address_text",
    "legal_rep": "legal_rep",
}


def compared_fields(
    claim: RowClaim, row: Mapping[str, Any], verdicts: Mapping[str, tuple[str, float]]
) -> tuple[Compared, ...]:
    """One entry a field that at least one side gives, in the order a person reads them."""
    made = [
        _compared(field, row[f"row_{column}"] or "", row[column] or "", *verdicts[field], row)
        for field, column in _SHOWN.items()
        if row[f"row_{column}"] or row[column]
    ]
    if "earlier" in verdicts:
        verdict, weight = verdicts["earlier"]
        made.insert(0, _compared("earlier", claim.name, str(row["earlier_item"]), verdict, weight, row))
    return tuple(made)


def _compared(
    field: str, ours: str, theirs: str, verdict: str, weight: float, row: Mapping[str, Any]
) -> Compared:
    values = {"row": _said(field, ours), "subject": _said(field, theirs), "count": row["core_count"] or 0}
    english = {
        "row": _said(field, ours, "en"),
        "subject": _said(field, theirs, "en"),
        "count": values["count"],
    }
    key = f"match.{field}.{verdict}"
    return Compared(
        field=field,
        row=ours,
        subject=theirs,
        verdict=verdict,
        weight=round(weight, 3),
        zh=text(key, "zh", **values),
        en=text(key, "en", **english),
    )


def _said(field: str, value: str, lang: Any = "zh") -> str:
    if field == "form" and value:
        return text(f"match.form_name.{value}", lang)
    return value or text("match.nothing", lang)
