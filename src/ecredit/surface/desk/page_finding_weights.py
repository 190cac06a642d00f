"""`/desk/finding-weights`: what decided findings teach about the flags, what is in force, and asking that it be adopted."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import path

from ecredit.facts.actors.approval_queries import list_names, list_waiting_about
from ecredit.foundation.kernel.errors import EcreditError
from ecredit.judgement.triage.teach_actions import estimate_weights, list_weights, weights_in_force
from ecredit.service.operation.approved import adoption, carry_out
from ecredit.surface.desk.doors import actor, needs
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.notices import done_or_asked, notice
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page

_ESTIMATE: Final = "estimate"


@dataclass(frozen=True, slots=True)
class FlagLine:
    """A flag: the decided findings in which it spoke, its cap, the factor in force and the one estimated."""

    name: str
    confirmed: int
    dismissed: int
    strength: float
    now: float
    estimated: float


@needs("finding.read")
def weights(request: HttpRequest) -> HttpResponse:
    """Flag by flag."""
    return _show(request)


@needs("weights.adopt", methods=("POST",))
def adopt(request: HttpRequest) -> HttpResponse:
    """Ask that what is estimated be put in force, or that every flag count as in the catalogue; another agrees."""
    by, version = actor(request, "weights.adopt"), weights_in_force()[0]
    try:
        factors = {}
        if request.POST.get("what") == _ESTIMATE:
            estimated = estimate_weights(city().catalog.triage.teaching)
            factors = {flag: found.factor for flag, found in estimated.items() if found.factor != 1.0}
        wanted = adoption(after=version, factors=factors)
        carried = carry_out(city(), wanted, reason=request.POST.get("reason", "")[:500], by=by, at=city().now)
    except EcreditError as error:
        return _show(request, error)
    return done_or_asked(request, carried, "desk:finding_weights", acted="weights")


def _show(request: HttpRequest, error: EcreditError | None = None) -> HttpResponse:
    frame, catalog = frame_of(request), city().catalog
    rules = catalog.triage.teaching
    version, factors = weights_in_force()
    estimated = estimate_weights(rules)
    lines = [
        FlagLine(
            frame.say(catalog.flags[flag]),
            found.confirmed,
            found.dismissed,
            catalog.flags[flag].strength,
            factors.get(flag, 1.0),
            found.factor,
        )
        for flag, found in estimated.items()
        if flag in catalog.flags
    ]
    lines.sort(key=lambda line: (-line.confirmed - line.dismissed, line.name))
    about = f"weights:{version + 1}"
    waiting = list_waiting_about([about]).get(about)
    versions = list_weights()
    return page(
        request,
        "desk/officer_finding_weights.html",
        status=200 if error is None else 400,
        lines=lines,
        rules=rules,
        version=version,
        versions=versions,
        waiting=waiting,
        names=list_names([row.by for row in versions] + ([] if waiting is None else [waiting.asked_by])),
        typed=request.POST.get("reason", ""),
        done=notice(request),
        wrong="" if error is None else frame.say(error),
    )


urlpatterns = [
    path("finding-weights", weights, name="finding_weights"),
    path("finding-weights/adopt", adopt, name="finding_weights_adopt"),
]
