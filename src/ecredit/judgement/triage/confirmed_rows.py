"""The rows of trade that officers found forged: what confirmed findings rest on, as it was when two people confirmed them."""

import json

from ecredit.judgement.triage.models import FindingDecision
from ecredit.judgement.triage.types import CONFIRMED


def list_confirmed_rows() -> frozenset[tuple[str, str]]:
    """(`orders` or `parcels`, id) of every finding whose last decision confirmed it."""
    last: dict[str, tuple[str, str, str]] = {}
    told = FindingDecision.objects.order_by("id").values_list(
        "finding_id", "outcome", "finding__rows_of", "rows"
    )
    for finding, outcome, table, rows in told.iterator():
        last[finding] = (outcome, table, rows)
    return frozenset(
        (table, row)
        for outcome, table, rows in last.values()
        if outcome == CONFIRMED
        for row in json.loads(rows)
    )
