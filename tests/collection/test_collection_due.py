"""What is due: windows and working days of the sources a supplier may send."""

from datetime import date, datetime, time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ecredit.facts.actors.types import Supplier
from ecredit.facts.collection.due import DueState, list_due
from ecredit.facts.collection.models import Batch
from ecredit.foundation.kernel.workdays import WorkCalendar

GONGSHANG = Supplier("gongshang", "常州市市场监督管理局", "department")
PLATFORM = Supplier("p", "某平台", "platform", "91320400MA1MW5UU6U")


def came(source: str, on: date, *, supplier: str = "gongshang", good: int = 5) -> None:
    Batch.objects.create(
        source_id=source, supplier=supplier, sent_by="x", filename="a", digest=f"{source}{on}", size=1,
        state="done", received_at=timezone.make_aware(datetime.combine(on, time(9))), edition="e",
        rows=good, accepted=good,
    )  # fmt: skip


def due_of(catalog, supplier: Supplier, source: str, on: date):
    (found,) = [d for d in list_due(catalog, WorkCalendar(), supplier, on=on) if d.source == source]
    return found


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("on", "sent", "state", "left"),
    [
        # The July window of the platforms' report: open on 1 July, last day 31 July.
        (date(2026, 7, 1), (), DueState.DUE, 22),
        (date(2026, 7, 31), (), DueState.DUE, 0),
        (date(2026, 8, 3), (), DueState.OVERDUE, -1),
        (date(2026, 7, 31), (date(2026, 6, 30),), DueState.DUE, 0),
        (date(2026, 8, 3), (date(2026, 7, 31),), DueState.SENT, -1),
        (date(2026, 8, 3), (date(2026, 7, 2), date(2026, 8, 2)), DueState.SENT, -1),
        (date(2026, 8, 3), (date(2026, 8, 2),), DueState.LATE, -1),
    ],
)
def test_a_periodic_source(catalog, on, sent, state, left):
    for day in sent:
        came("platform_merchants", day, supplier="p")
    due = due_of(catalog, PLATFORM, "platform_merchants", on)
    assert (due.state, due.workdays_left) == (state, left)
    assert due.window is not None and due.window.name == "2026-07"
    assert due.next_window is not None and due.next_window.name == "2027-01"


@pytest.mark.django_db
def test_events_are_in_time_from_a_day(catalog):
    # Seven working days: an event of Thursday 30 April is due on Wednesday 13 May (1 to 5 May off, 9 May worked).
    calendar = WorkCalendar()
    on = date(2026, 5, 13)
    due = due_of(catalog, GONGSHANG, "dual_publicity_penalty", on)
    assert due.in_time_from is not None
    assert calendar.add_workdays(due.in_time_from, 7).on >= on
    assert calendar.add_workdays(date.fromordinal(due.in_time_from.toordinal() - 1), 7).on < on


@pytest.mark.django_db
def test_the_rhythm(catalog):
    on = date(2026, 6, 20)
    assert due_of(catalog, GONGSHANG, "dual_publicity_penalty", on).state is DueState.QUIET
    came("dual_publicity_penalty", date(2026, 5, 25), good=7)
    due = due_of(catalog, GONGSHANG, "dual_publicity_penalty", on)
    assert (due.state, due.good, due.last_received) == (DueState.ROLLING, 0, date(2026, 5, 25))
    came("dual_publicity_penalty", date(2026, 6, 1), good=7)
    due = due_of(catalog, GONGSHANG, "dual_publicity_penalty", on)
    assert (due.good, due.files, due.period_from) == (7, 1, date(2026, 6, 1))
    # Nothing is expected of this one, so silence is nothing.
    assert due_of(catalog, GONGSHANG, "spot_check", on).state is DueState.ROLLING


@pytest.mark.django_db
def test_what_a_predecessor_sent_counts(catalog):
    came("dual_publicity_penalty", date(2026, 6, 1), supplier="zhijian", good=3)
    assert due_of(catalog, GONGSHANG, "dual_publicity_penalty", date(2026, 6, 20)).good == 3


@pytest.mark.django_db
def test_only_own_sources_the_pressing_ones_first_in_one_query(catalog):
    with CaptureQueriesContext(connection) as queries:
        found = list_due(catalog, WorkCalendar(), GONGSHANG, on=date(2026, 6, 20))
    assert len(queries) == 1
    assert {"registration", "shops", "dual_publicity_penalty"} <= {due.source for due in found}
    assert "customs_rating" not in {due.source for due in found}
    states = [due.state for due in found]
    assert states.index(DueState.DUE) < states.index(DueState.ROLLING)
    assert not list_due(catalog, WorkCalendar(), Supplier("x", "x", "bank"), on=date(2026, 6, 20))
