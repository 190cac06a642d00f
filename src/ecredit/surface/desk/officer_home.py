"""What stands on an officer's home: who sends worst, how much waits and since when, the next matches to judge."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.http import HttpRequest

from ecredit.facts.actors.queries import list_supplier_names
from ecredit.facts.actors.rights import Everyone
from ecredit.facts.collection.held_queries import count_waiting, find_oldest_waiting
from ecredit.facts.collection.quality_board import SupplierQuality, quality_board
from ecredit.facts.collection.review_row_queries import ReviewLine, list_review_lines
from ecredit.facts.subjects.review_types import ReviewState
from ecredit.surface.desk.doors import reached
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.trend import Trend, trend_of

MONTHS: Final = 6
"""The quality board's usual span: its figures are kept and read once for both."""
_WORST, _NEXT = 5, 5


@dataclass(frozen=True, slots=True)
class Worst:
    """A supplier that is late, sends nothing or sends badly."""

    quality: SupplierQuality
    name: str
    trend: Trend


@dataclass(frozen=True, slots=True)
class Officer:
    """The parts of an officer's home; None where the person may not see one."""

    worst: tuple[Worst, ...] | None
    waiting: int | None
    oldest: datetime | None
    oldest_days: int
    matches: tuple[ReviewLine, ...] | None


def officers_work(request: HttpRequest) -> Officer | None:
    """The most urgent of the whole city's work; None for whoever sees only an organisation's own."""
    frame, platform = frame_of(request), city()
    worst = None
    if frame.may("quality.read") and isinstance(reached(request, "quality.read"), Everyone):
        worst = _worst()
    waiting, oldest = None, None
    if frame.may("held.release") and isinstance(reached(request, "held.release"), Everyone):
        waiting, oldest = count_waiting(), find_oldest_waiting()
    matches = None
    if frame.may("review.decide"):
        matches = tuple(list_review_lines(platform.catalog, state=ReviewState.OPEN, limit=_NEXT))
    if worst is None and waiting is None and matches is None:
        return None
    days = 0 if oldest is None else max((platform.now - oldest).days, 0)
    return Officer(worst, waiting, oldest, days, matches)


def _worst() -> tuple[Worst, ...]:
    platform = city()
    board = quality_board(
        platform.catalog, platform.calendar, until=platform.today, months=MONTHS, suppliers=None
    )
    troubled = [one for one in board if one.missed or one.late or one.error_rate]
    troubled.sort(key=lambda one: (-one.missed, -one.late, -(one.error_rate or 0.0), one.supplier))
    names = list_supplier_names(platform.catalog, (one.supplier for one in troubled[:_WORST]))
    return tuple(Worst(one, names[one.supplier], trend_of(one.months)) for one in troubled[:_WORST])
