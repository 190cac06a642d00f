"""Reads `triage.yaml`: how leads of detection are decided."""

from pathlib import Path

from ecredit.foundation.catalog.triage_types import DecisionReason, Teaching, Triage
from ecredit.foundation.catalog.yaml_nodes import FaultLog, Fields, read_fields

_NOTHING_LEARNT = Teaching(1, 1.0, 1.0, 1.0)


def load_triage(root: Path, log: FaultLog) -> Triage:
    """Return the rules of triage; a catalogue without the file has no reasons, so that nothing can be decided."""
    fields = read_fields(root / "triage.yaml", root, log) if (root / "triage.yaml").exists() else None
    if fields is None:
        return Triage(1, 0.0, _NOTHING_LEARNT, {}, {})
    again = fields.sub("reopens")
    orders, share = (None, None) if again is None else (again.whole("orders"), again.decimal("share"))
    if orders is None or orders < 1 or share is None or share < 0:
        fields.fault(
            "reopens",
            "bad_number",
            "reopens 应写 {orders: 1 或以上的整数, share: 0 或以上的数}",
            "reopens should be {orders: a whole number over 0, share: a number not below 0}",
        )
    if again is not None:
        again.done()
    triage = Triage(
        reopen_orders=orders or 1,
        reopen_share=float(share or 0),
        teaching=_teaching(fields),
        confirm=_reasons(fields, "confirm"),
        dismiss=_reasons(fields, "dismiss"),
    )
    fields.done()
    return triage


def _teaching(fields: Fields) -> Teaching:
    part = fields.sub("teaching")
    if part is None:
        return _NOTHING_LEARNT
    least, prior = part.whole("least"), part.decimal("prior")
    low, high = part.decimal("low"), part.decimal("high")
    part.done()
    if least is None or least < 1 or prior is None or prior <= 0 or low is None or not 0 < low <= 1:
        high = None
    if least is None or prior is None or low is None or high is None or high < 1:
        fields.fault(
            "teaching",
            "bad_number",
            "teaching 应写 {least: 1 或以上, prior: 大于 0, low: 大于 0 不大于 1, high: 不小于 1}",
            "teaching should be {least: 1 or more, prior: over 0, low: over 0 and at most 1, high: not below 1}",
        )
        return _NOTHING_LEARNT
    return Teaching(least, float(prior), float(low), float(high))


def _reasons(fields: Fields, key: str) -> dict[str, DecisionReason]:
    found: dict[str, DecisionReason] = {}
    for part in fields.subs(key):
        reason = DecisionReason(
            part.text("id"), part.text("zh"), part.text("en"), part.flag("words", default=False)
        )
        part.done()
        if reason.id in found:
            part.fault(
                "id",
                "duplicate_id",
                f"理由 {reason.id} 写了两次；请删去一个",
                f"the reason {reason.id} is written twice; remove one",
            )
        found[reason.id] = reason
    if not found:
        fields.fault(
            key, "no_reason", f"{key} 至少要有一种理由", f"at least one reason has to be written under {key}"
        )
    return found
