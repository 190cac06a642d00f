"""`/desk/supply`: a supplier's home: what is due and when, what was sent, what waits, how good it was, how to send."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import path

from ecredit.facts.collection.batch_queries import list_batches
from ecredit.facts.collection.batch_types import BatchFilter
from ecredit.facts.collection.due import DueSource, list_due
from ecredit.facts.collection.quality import LEAD, WEIGHTS, QualityRow, read_sendings, register_rows
from ecredit.facts.collection.waiting_queries import list_waiting_batches
from ecredit.foundation.catalog.types import Source
from ecredit.service.operation.reminders import list_ending_keys
from ecredit.service.operation.uploads import list_uploads
from ecredit.surface.desk.doors import account_of_request, needs
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.notices import notice
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page
from ecredit.surface.desk.supply_seat import Acting, acting_of
from ecredit.surface.desk.supply_words import STATE_BADGES, deadline_lines, size_text, source_title

_SENT: Final = 8
_WAITING: Final = 5


@dataclass(frozen=True, slots=True)
class DueLine:
    """A source on the supplier's home: how it stands, and how well it was sent this year."""

    source: Source
    title: str
    due: DueSource
    badge: str
    deadline: list[str]
    quality: QualityRow | None


@needs("batch.submit")
def home(request: HttpRequest) -> HttpResponse:
    """Everything a supplier needs to know today."""
    acting = acting_of(request)
    if acting is None:
        raise NotThere
    frame, suppliers = frame_of(request), acting.suppliers
    lines = _lines(frame, acting)
    return page(
        request,
        "desk/supply_home.html",
        acting=acting,
        lines=lines,
        quality=[
            line
            for line in lines
            if line.quality is not None and (line.quality.batches or line.quality.windows)
        ],
        weights=WEIGHTS,
        batches=list_batches(BatchFilter(suppliers), limit=_SENT).batches,
        waiting=list_waiting_batches(suppliers, limit=_WAITING),
        uploads=list_uploads(city().home, who=account_of_request(request).who),
        title_of=lambda source: source_title(frame, source),
        size_text=size_text,
        ending=list_ending_keys(city(), acting.organisation),
        done=notice(request),
    )


def _lines(frame: Frame, acting: Acting) -> list[DueLine]:
    if acting.merged:
        return []
    platform = city()
    today = platform.today
    register = {row.source: row for row in _quality(acting.supplier.id, today)}
    lines = []
    for due in list_due(platform.catalog, platform.calendar, acting.supplier, on=today):
        source = platform.catalog.sources[due.source]
        lines.append(
            DueLine(
                source=source,
                title=source_title(frame, source),
                due=due,
                badge=STATE_BADGES[due.state],
                deadline=deadline_lines(frame, due, source),
                quality=register.get(due.source),
            )
        )
    return lines


def _quality(supplier: str, today: date) -> list[QualityRow]:
    """The register of this year, of one supplier."""
    platform, start, end = city(), date(today.year, 1, 1), today + timedelta(days=1)
    only = frozenset({supplier})
    came = read_sendings(start - LEAD, end, suppliers=only)
    return register_rows(platform.catalog, platform.calendar, came, start=start, end=end, suppliers=only)


MENU: Final = (Entry("desk:supply", "nav_supply", "supply", 10, ("batch.submit",)),)
urlpatterns = [path("supply", home, name="supply")]
