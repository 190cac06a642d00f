"""`/desk/`: where everybody begins: what waits for them, and the ways to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse

from ecredit.facts.actors.approval_queries import count_approvals
from ecredit.facts.actors.rights import Everyone
from ecredit.facts.collection.due import DueState, list_due
from ecredit.facts.collection.held_queries import count_waiting
from ecredit.facts.subjects.review_queries import count_review
from ecredit.facts.subjects.review_types import ReviewState
from ecredit.judgement.disclosure.queries import count_waiting as count_gaps_waiting
from ecredit.judgement.measures.queries import count_answered, count_live
from ecredit.judgement.triage.queries import count_waiting_findings
from ecredit.service.commitments.queries import (
    DECIDABLE,
    CaseFilter,
    CommitmentFilter,
    count_cases,
    count_commitments,
)
from ecredit.service.commitments.types import CaseState
from ecredit.service.operation.job_queries import count_left
from ecredit.surface.desk.doors import account_of_request, reached, signed_in
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.notices import notice
from ecredit.surface.desk.officer_home import officers_work
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page
from ecredit.surface.desk.seats import seats_of
from ecredit.surface.desk.supply_seat import acting_of


@dataclass(frozen=True, slots=True)
class Waits:
    """How much of something waits for the person: the text `desk.<text>`, and where it is done."""

    text: str
    count: int
    address: str
    badge: str


@signed_in()
def home(request: HttpRequest) -> HttpResponse:
    """What waits for the person, of an officer's work the most urgent, and the person's roles."""
    seats = seats_of(city().catalog, account_of_request(request))
    return page(
        request,
        "desk/home.html",
        seats=seats,
        todo=list(_waiting(request)),
        officer=officers_work(request),
        done=notice(request),
    )


def _waiting(request: HttpRequest) -> Iterator[Waits]:
    held = frame_of(request).permissions
    if "batch.submit" in held and (acting := acting_of(request)) is not None and not acting.merged:
        platform = city()
        states = [
            due.state
            for due in list_due(platform.catalog, platform.calendar, acting.supplier, on=platform.today)
        ]
        supply = reverse("desk:supply")
        yield _waits("home_overdue", states.count(DueState.OVERDUE), supply, "bad")
        yield _waits("home_due", states.count(DueState.DUE), supply, "warn")
        rows = count_waiting(acting.suppliers)
        yield _waits("home_rows", rows, reverse("desk:waiting"), "warn")
    if "held.release" in held:
        mine = reached(request, "held.release")
        rows = count_waiting(None if isinstance(mine, Everyone) else mine)
        yield _waits("quarantine", rows, reverse("desk:quarantine"), "warn")
    if "review.decide" in held:
        yield _waits("review", count_review()[ReviewState.OPEN], reverse("desk:review"), "warn")
    if not held.isdisjoint(("finding.confirm", "finding.dismiss")):
        yield _waits("findings", count_waiting_findings(), reverse("desk:findings"), "warn")
    if "warning.answer" in held:
        own = reached(request, "warning.answer")
        told = count_live(None if isinstance(own, Everyone) else own)
        yield _waits("home_warnings", told, reverse("desk:warnings"), "warn")
    if "warning.judge" in held:
        yield _waits(
            "home_warnings_judge", count_answered(), f"{reverse('desk:warnings')}?state=answered", "warn"
        )
    if "disclosure.answer" in held:
        own = reached(request, "disclosure.answer")
        # Only platforms have any: nobody else is told of none.
        if gaps := 0 if isinstance(own, Everyone) else count_gaps_waiting(own):
            yield _waits("home_gaps", gaps, reverse("desk:disclosures"), "warn")
    if "disclosure.settle" in held:
        yield _waits("home_gaps_settle", count_gaps_waiting(), reverse("desk:disclosures"), "warn")
    yield from _promises(request, held)
    if "job.manage" in held:
        yield _waits("home_jobs_left", count_left(), reverse("desk:jobs"), "warn")
    if "approval.decide" in held:
        yield _waits("approvals", count_approvals(), reverse("desk:approvals"), "warn")


def _promises(request: HttpRequest, held: frozenset[str]) -> Iterator[Waits]:
    """Commitments that soon end, cases to answer, cases to decide."""
    today, rules = city().today, city().catalog.commitments.breach
    if "commitment.make" in held and not isinstance(own := reached(request, "commitment.make"), Everyone):
        soon = today + timedelta(days=rules.remind_days[0] if rules.remind_days else 0)
        ending = count_commitments(CommitmentFilter(own, ending_by=soon), today)
        if ending:
            yield _waits("home_commitments", ending, reverse("desk:commitments"), "warn")
    if "breach.answer" in held and not isinstance(own := reached(request, "breach.answer"), Everyone):
        told = count_cases(CaseFilter(own, CaseState.TOLD))
        if told:
            yield _waits("home_breaches", told, f"{reverse('desk:breaches')}?state=told", "warn")
    if "breach.decide" in held:
        answered = count_cases(CaseFilter(None, DECIDABLE), today)
        yield _waits("home_breaches_decide", answered, f"{reverse('desk:breaches')}?state=live", "warn")


def _waits(text: str, count: int, address: str, badge: str) -> Waits:
    return Waits(text, count, address, badge if count else "good")


MENU: Final = (Entry("desk:home", "nav_home", "own", 0),)
urlpatterns = [path("", home, name="home")]
