"""`/desk/grade-models/<model>/<n>`: a version as a tree in words, what differs from another, its trial, and asking for it."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path

from ecredit.facts.actors.approval_queries import list_names, list_waiting_about
from ecredit.foundation.kernel.errors import EcreditError
from ecredit.judgement.evaluation.diff_rules import Difference, list_differences
from ecredit.judgement.evaluation.model_words import ModelWords
from ecredit.judgement.evaluation.trial_actions import last_trial
from ecredit.judgement.evaluation.types import Indicator, Model
from ecredit.judgement.evaluation.version_queries import find_version_on, list_adoptions, list_versions
from ecredit.judgement.evaluation.version_types import VersionView
from ecredit.service.operation.approved import carry_out
from ecredit.service.operation.job_actions import start_job
from ecredit.service.operation.job_queries import list_jobs
from ecredit.service.operation.job_types import JobState, JobView
from ecredit.service.operation.model_trials import TRY_MODEL, adoption_of
from ecredit.surface.desk.doors import actor, needs
from ecredit.surface.desk.forms import posted_day
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.notices import done, done_or_asked, notice
from ecredit.surface.desk.page_models import STATE_BADGES, find_there
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page
from ecredit.surface.desk.table_sources import ListSource
from ecredit.surface.desk.tables import Column, Table, show_table

_MODEL_PARTS: Final = (
    "kinds",
    "marked_by",
    "base",
    "bounds",
    "scale",
    "sector",
    "little_known",
    "nothing_known",
    "basis",
)
_TOLD: Final = ("when", "cap", "veto", "remedy", "verified")
_JOBS: Final = 20


@dataclass(frozen=True, slots=True)
class IndicatorLine:
    """An indicator in words: its parts with their names."""

    title: str
    source: str
    source_id: str
    points: str
    window: str
    decay: str
    clause: str
    tone: str
    parts: tuple[tuple[str, str], ...]


@needs("model.read")
def version(request: HttpRequest, model: str, number: int) -> HttpResponse:
    """One version whole."""
    return _show(request, find_there(model, number))


@needs("model.read")
def diff(request: HttpRequest, model: str, number: int, other: int) -> HttpResponseBase:
    """What `other` says and this version does not, and the other way about."""
    view, before, frame = find_there(model, number), find_there(model, other), frame_of(request)
    found = list_differences(before.model, view.model, ModelWords(city().catalog, frame.lang))
    return show_table(
        request, _DIFF, ListSource(found), "desk/model_diff.html",
        view=view, before=before, title=_title(view, frame),
        caption=frame.t.diff_heading.format(before=other, after=number), count=len(found),
    )  # fmt: skip


@needs("model.try", methods=("POST",))
def try_it(request: HttpRequest, model: str, number: int) -> HttpResponse:
    """Put a trial into the queue."""
    view, by, platform = find_there(model, number), actor(request, "model.try"), city()
    params = {
        "model": view.model_id,
        "number": view.number,
        "from": str(posted_day(request, "from") or platform.today),
    }
    if _trying(view) is None:
        start_job(kind=TRY_MODEL, params=params, ring=platform.ring, by=by, at=platform.now)
    return done(request, "trying", "desk:studio_version", model=model, number=number)


@needs("model.adopt", methods=("POST",))
def propose(request: HttpRequest, model: str, number: int) -> HttpResponse:
    """Ask that it be adopted from a day; another person agrees."""
    view, by, platform = find_there(model, number), actor(request, "model.adopt"), city()
    from_on = posted_day(request, "from") or platform.today
    try:
        wanted = adoption_of(model_id=model, number=number, from_on=from_on)
        reason = request.POST.get("reason", "")[:500]
        carried = carry_out(platform, wanted, reason=reason, by=by, at=platform.now)
    except EcreditError as error:
        return _show(request, view, error)
    return done_or_asked(request, carried, "desk:studio_version", model=model, number=number)


def _show(request: HttpRequest, view: VersionView, error: EcreditError | None = None) -> HttpResponse:
    frame, today = frame_of(request), city().today
    saying = ModelWords(city().catalog, frame.lang)
    versions = list_versions(view.model_id)
    standing = find_version_on(view.model_id, today)
    adoptions = [a for a in list_adoptions(view.model_id) if a.number == view.number]
    about = f"model:{view.name}"
    waiting = list_waiting_about([about]).get(about)
    whos = [view.by, *(a.by for a in adoptions), *([] if waiting is None else [waiting.asked_by])]
    trial = last_trial(view.model_id, view.number)
    return page(
        request,
        "desk/model_version.html",
        status=200 if error is None else 400,
        view=view,
        title=_title(view, frame),
        state=view.state(today),
        badges=STATE_BADGES,
        parts=[(saying.part(part), saying.model_part(view.model, part)) for part in _MODEL_PARTS],
        tree=_tree(view.model, saying),
        others=[v for v in reversed(versions) if v.number != view.number],
        standing=standing,
        adoptions=adoptions,
        waiting=waiting,
        names=list_names(whos),
        trial=trial,
        trying=_trying(view),
        today=today,
        typed=request.POST.get("reason", ""),
        typed_from=request.POST.get("from", "")
        or (trial.trial.from_on.isoformat() if trial else today.isoformat()),
        done=notice(request),
        wrong="" if error is None else frame.say(error),
    )


def _tree(model: Model, saying: ModelWords) -> list[tuple[str, list[IndicatorLine]]]:
    """Heading by heading, the indicators under it."""
    headings = [(saying.dimension(model, d.id), d.id) for d in model.dimensions]
    found = [
        (name, [_line(model, i, saying) for i in model.indicators if i.dimension == dimension])
        for name, dimension in headings
    ]
    rest = [
        _line(model, i, saying)
        for i in model.indicators
        if i.dimension not in {d.id for d in model.dimensions}
    ]
    return [*found, *([("", rest)] if rest else [])]


def _line(model: Model, indicator: Indicator, saying: ModelWords) -> IndicatorLine:
    def say(part: str) -> str:
        return saying.indicator_part(model, indicator, part)

    told = tuple((saying.part(part), say(part)) for part in _TOLD)
    return IndicatorLine(
        say("title"),
        say("source"),
        indicator.source,
        say("points"),
        say("window"),
        say("decay"),
        say("clause"),
        indicator.tone,
        told,
    )


def _trying(view: VersionView) -> JobView | None:
    """The trial of this version that waits or runs."""
    jobs = list_jobs(kinds=[TRY_MODEL], states=[JobState.WAITING, JobState.RUNNING], limit=_JOBS)
    wanted = {"model": view.model_id, "number": view.number}
    return next((job for job in jobs if wanted.items() <= dict(job.params).items()), None)


def _title(view: VersionView, frame: Frame) -> str:
    return view.model.title_zh if frame.lang == "zh" else view.model.title_en


def _how(found: Difference, frame: Frame) -> str:
    return frame.t[f"diff_{found.how}"]


_DIFF: Final[Table[Difference]] = Table(
    "model_diff",
    (
        Column("diff_of", lambda found, frame: found.of or frame.t.diff_whole),
        Column("diff_part", lambda found, _: found.part),
        Column(
            "diff_how",
            _how,
            badge=lambda found: {"added": "good", "removed": "bad", "changed": "blue"}[found.how],
        ),
        Column("before", lambda found, _: found.before or None),
        Column("after", lambda found, _: found.after or None),
    ),
    size=200,
)
urlpatterns = [
    path("grade-models/<slug:model>/<int:number>", version, name="studio_version"),
    path("grade-models/<slug:model>/<int:number>/against/<int:other>", diff, name="studio_diff"),
    path("grade-models/<slug:model>/<int:number>/try", try_it, name="studio_try"),
    path("grade-models/<slug:model>/<int:number>/propose", propose, name="studio_propose"),
]
