"""`/desk/grade-models`: the model studio: every version of every grade model, drafting one, and going back to an earlier one."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse

from ecredit.facts.actors.approval_queries import list_names, list_waiting_about
from ecredit.foundation.catalog.errors import Fault
from ecredit.foundation.kernel.errors import EcreditError, WrongUse
from ecredit.judgement.evaluation.draft_actions import keep_draft, keep_rollback
from ecredit.judgement.evaluation.draft_rules import LONGEST_TEXT
from ecredit.judgement.evaluation.errors import DraftRefused
from ecredit.judgement.evaluation.version_queries import (
    file_differences,
    find_version_on,
    get_version,
    has_versions,
    list_versions,
)
from ecredit.judgement.evaluation.version_types import VersionView
from ecredit.surface.desk.doors import actor, needs
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.forms import asked_number
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.notices import done, notice
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page
from ecredit.surface.desk.table_sources import ListSource
from ecredit.surface.desk.tables import Column, Filter, Table, show_table

STATE_BADGES: Final = {"in_force": "good", "coming": "blue", "ended": "", "draft": "warn"}


@needs("model.read")
def studio(request: HttpRequest) -> HttpResponseBase:
    """Every version, with the days on which it was, is or will be in force."""
    frame, versions = frame_of(request), list_versions()
    names = list_names(view.by for view in versions)
    waiting = list_waiting_about([f"model:{view.name}" for view in versions])
    lines = [_Line(view, names[view.by], f"model:{view.name}" in waiting) for view in versions]
    source = ListSource(
        lines,
        text=lambda line: (line.title(frame), line.view.name, line.view.label),
        tests={"state": lambda line, state: line.state == state},
        keys={
            "model": lambda line: (line.title(frame), line.view.number),
            "at": lambda line: line.view.at,
            "state": lambda line: line.state,
        },
    )
    return show_table(
        request, _TABLE, source, "desk/models.html",
        caption=frame.t.studio, none_yet=not has_versions(), files=file_differences(city().catalog),
        done=notice(request),
    )  # fmt: skip


@needs("model.draft", methods=("GET", "POST"))
def draft(request: HttpRequest) -> HttpResponse:
    """A draft as a text or a file; with any fault nothing is kept, and every fault is told with its line."""
    by, typed, note = actor(request, "model.draft"), _start(request), request.POST.get("note", "")
    error: EcreditError | None = None
    if request.method == "POST":
        given = request.FILES.get("file")
        try:
            typed = request.POST.get("text", "") if given is None else _read(given.read(4 * LONGEST_TEXT + 1))
            platform = city()
            view = keep_draft(
                text=typed, note=note, catalog=platform.catalog, ring=platform.ring, by=by, at=platform.now
            )
        except EcreditError as refused:
            error = refused
        else:
            return done(request, "drafted", "desk:studio_version", model=view.model_id, number=view.number)
    faults: tuple[Fault, ...] = error.faults if isinstance(error, DraftRefused) else ()
    return page(
        request,
        "desk/model_draft.html",
        status=200 if error is None else 400,
        typed=typed.replace("\r\n", "\n"),
        note=note,
        faults=faults,
        lines=typed.splitlines(),
        wrong="" if error is None or faults else frame_of(request).say(error),
    )


@needs("model.draft", methods=("POST",))
def rollback(request: HttpRequest, model: str, number: int) -> HttpResponse:
    """An earlier version once more, as the next one."""
    platform, by = city(), actor(request, "model.draft")
    find_there(model, number)
    view = keep_rollback(
        model_id=model, number=number, note=request.POST.get("reason", ""), catalog=platform.catalog,
        ring=platform.ring, by=by, at=platform.now,
    )  # fmt: skip
    return done(request, "drafted", "desk:studio_version", model=view.model_id, number=view.number)


def find_there(model: str, number: int) -> VersionView:
    """A version by its address. Raises NotThere."""
    try:
        return get_version(model, number)
    except WrongUse as error:
        raise NotThere from error


def _start(request: HttpRequest) -> str:
    """What a draft begins with: the text of the version that the address names."""
    model, _, number = request.GET.get("from", "").partition("/")
    place = asked_number(number)
    try:
        if place is not None:
            return get_version(model, place).text
        view = find_version_on(model, city().today) if model else None
    except WrongUse:
        return ""
    return "" if view is None else view.text


def _read(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise WrongUse("文件不是 UTF-8；请另存为 UTF-8", "the file is not UTF-8; save it as UTF-8") from None


class _Line:
    """A version in the list."""

    def __init__(self, view: VersionView, by: str, waits: bool) -> None:
        self.view, self.by, self.waits = view, by, waits
        self.state = view.state(city().today)
        last = view.spans[-1] if view.spans else None
        self.since, self.until = (None, None) if last is None else (last.since, last.until)

    def title(self, frame: Frame) -> str:
        """The model's title."""
        return self.view.model.title_zh if frame.lang == "zh" else self.view.model.title_en

    def since_words(self, frame: Frame) -> str | None:
        """From when: a first version always was."""
        if not self.view.spans:
            return None
        return frame.t.studio_always if self.since is None else self.since.isoformat()


def _state_words(line: _Line, frame: Frame) -> str:
    words = frame.t[f"version_{line.state}"]
    return f"{words}（{frame.t.version_waits}）" if line.waits else words


_COLUMNS: Final[tuple[Column[_Line], ...]] = (
    Column(
        "col_model", lambda line, frame: line.title(frame), "model",
        link=lambda line: reverse("desk:studio_version", args=[line.view.model_id, line.view.number]),
    ),
    Column("col_version_number", lambda line, _: line.view.number),
    Column("col_version_label", lambda line, _: line.view.label),
    Column("col_state", _state_words, "state", badge=lambda line: STATE_BADGES[line.state]),
    Column("col_in_force_from", lambda line, frame: line.since_words(frame)),
    Column("col_in_force_until", lambda line, _: line.until),
    Column("col_drafted_by", lambda line, _: line.by),
    Column("col_drafted_at", lambda line, _: line.view.at, "at"),
    Column("note", lambda line, _: line.view.note),
)  # fmt: skip
_STATES: Final = ("in_force", "coming", "draft", "ended")
_TABLE: Final[Table[_Line]] = Table(
    "model_versions",
    _COLUMNS,
    (
        Filter("q", "col_model"),
        Filter(
            "state", "col_state", lambda frame: [(state, frame.t[f"version_{state}"]) for state in _STATES]
        ),
    ),
    sort="model",
    size=100,
)
MENU: Final = (Entry("desk:studio", "studio", "judge", 70, ("model.read",)),)
urlpatterns = [
    path("grade-models", studio, name="studio"),
    path("grade-models/draft", draft, name="studio_draft"),
    path("grade-models/<slug:model>/<int:number>/rollback", rollback, name="studio_rollback"),
]
