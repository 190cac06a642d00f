"""Reads of the operational table."""

from dataclasses import dataclass

from django.db.models import Count, Max

from ecredit.foundation.proof.status_list import PLACES
from ecredit.service.badges.models import Badge


@dataclass(frozen=True, slots=True)
class BadgeCounts:
    """How many badges there are: in force or expired (`live`), and revoked by reason."""

    live: int
    ended: dict[str, int]
    lists: int


def count_badges() -> BadgeCounts:
    """The counts of now."""
    rows = Badge.objects.values_list("ended_why").annotate(number=Count("pk")).order_by("ended_why")
    counts = dict(rows)
    last = Badge.objects.aggregate(last=Max("place"))["last"]
    return BadgeCounts(counts.pop("", 0), counts, 0 if last is None else last // PLACES + 1)
