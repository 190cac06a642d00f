"""`/desk/grade-models/<model>/<n>/trial`: what a dry run found: who moves, from which grade to which, in which groups, and why."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path

from ecredit.facts.actors.approval_queries import list_names
from ecredit.facts.subjects.search_queries import list_hits
from ecredit.judgement.evaluation.trial_actions import TrialView, last_trial
from ecredit.judgement.evaluation.trial_types import Trial, TrialGroup, TrialMove, TrialReason
from ecredit.judgement.evaluation.version_queries import edition_of_all, models_on
from ecredit.judgement.evaluation.version_types import VersionView
from ecredit.surface.desk.doors import needs
from ecredit.surface.desk.drawing_trial import changes_of, shade
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.page_models import find_there
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.table_sources import ListSource
from ecredit.surface.desk.tables import Column, Filter, Table, show_table

_TABLES: Final = {"sector": "industry", "district": "area"}
_UNGRADED, _ELSEWHERE = "", "-"


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A group of one grouping, by its words."""

    grouping: str
    words: str
    found: TrialGroup


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """How many move so; `shade` sets the cell."""

    count: int
    shade: str
    way: str


@needs("model.read")
def trial(request: HttpRequest, model: str, number: int) -> HttpResponseBase:
    """The newest dry run: chart, matrix, and the groups as a table to take along."""
    view, found = _find(model, number)
    frame, of = frame_of(request), found.trial
    groups = [
        GroupLine(name, _words(name, g.key, frame), g) for name, part in of.groups.items() for g in part
    ]
    source = ListSource(
        groups,
        text=lambda line: (line.words,),
        tests={"grouping": lambda line, name: line.grouping == name},
        keys={
            "looked": lambda line: line.found.looked_at,
            "down": lambda line: line.found.down,
            "up": lambda line: line.found.up,
            "mean": lambda line: line.found.mean,
        },
    )
    return show_table(
        request, _GROUPS, source, "desk/model_trial.html",
        view=view, found=found, trial=of, title=_title(view, frame), caption=frame.t.dry_groups,
        chart=changes_of(of.steps), rows=_matrix(of, frame), heads=[_grade(grade, frame) for grade in _nows(of)],
        by=list_names([found.by])[found.by], stale=edition_of_all(models_on(city().catalog, of.from_on)) != of.against,
    )  # fmt: skip


@needs("model.read")
def moves(request: HttpRequest, model: str, number: int) -> HttpResponseBase:
    """Those that lose most, with the reasons that differ. Of natural persons only the number is told."""
    view, found = _find(model, number)
    frame = frame_of(request)
    hits = list_hits([move.subject_id for move in found.trial.worst])
    lines = [
        (move, frame.t.dry_person if move.subject_id not in hits or hits[move.subject_id].is_person
         else hits[move.subject_id].name)
        for move in found.trial.worst
    ]  # fmt: skip
    return show_table(
        request, _MOVES, ListSource(lines, text=lambda line: (line[1], f"S{line[0].subject_id}")),
        "desk/model_moves.html", view=view, title=_title(view, frame), caption=frame.t.dry_worst,
    )  # fmt: skip


@needs("model.read")
def matrix(request: HttpRequest, model: str, number: int) -> HttpResponseBase:
    """From which grade to which, a line each, to take along."""
    view, found = _find(model, number)
    frame = frame_of(request)
    return show_table(
        request, _MATRIX, ListSource(found.trial.matrix), "desk/model_moves.html",
        view=view, title=_title(view, frame), caption=frame.t.dry_matrix,
    )  # fmt: skip


def _find(model: str, number: int) -> tuple[VersionView, TrialView]:
    view, found = find_there(model, number), last_trial(model, number)
    if found is None:
        raise NotThere
    return view, found


def _title(view: VersionView, frame: Frame) -> str:
    title = view.model.title_zh if frame.lang == "zh" else view.model.title_en
    return str(frame.t.version_title).format(title=title, number=view.number)


def _words(grouping: str, key: str, frame: Frame) -> str:
    """What a group is called."""
    if not key:
        return str(frame.t.dry_unsaid)
    if grouping == "size":
        return str(frame.t[f"dry_size_{key}"])
    table = city().catalog.code_tables.get(_TABLES.get(grouping, "subject_kind"))
    entry = None if table is None else table.lookup(key)
    return key if entry is None else frame.say(entry)


def _grade(grade: str, frame: Frame) -> str:
    return str({_UNGRADED: frame.t.dry_ungraded, _ELSEWHERE: frame.t.dry_elsewhere}.get(grade, grade))


def _nows(trial: Trial) -> list[str]:
    return _listed(trial, {now for _, now, _ in trial.matrix})


def _listed(trial: Trial, grades: set[str]) -> list[str]:
    return [*trial.grades, *sorted(grades - set(trial.grades), reverse=True)]


def _matrix(trial: Trial, frame: Frame) -> list[tuple[str, list[MatrixCell], int]]:
    cells = {(was, now): count for was, now, count in trial.matrix}
    most, places = max(cells.values(), default=0), {grade: n for n, grade in enumerate(trial.grades)}
    rows = []
    for was in _listed(trial, {was for was, _ in cells}):
        row = []
        for now in _nows(trial):
            count, way = cells.get((was, now), 0), ""
            if was in places and now in places and was != now:
                way = "down" if places[now] > places[was] else "up"
            row.append(MatrixCell(count, shade(count, most), way if count else ""))
        rows.append((_grade(was, frame), row, sum(cell.count for cell in row)))
    return rows


def _reasons(reasons: tuple[TrialReason, ...], frame: Frame) -> str | None:
    said = (f"{r.zh if frame.lang == 'zh' else r.en}（{r.points}）" for r in reasons)
    return ("；" if frame.lang == "zh" else "; ").join(said) or None


_Move = tuple[TrialMove, str]
_GROUPS: Final[Table[GroupLine]] = Table(
    "trial_groups",
    (
        Column("dry_grouping", lambda line, frame: frame.t[f"dry_by_{line.grouping}"]),
        Column("dry_group", lambda line, _: line.words),
        Column("dry_looked", lambda line, _: line.found.looked_at, "looked"),
        Column("dry_up", lambda line, _: line.found.up, "up"),
        Column("dry_down", lambda line, _: line.found.down, "down"),
        Column("dry_mean", lambda line, _: line.found.mean, "mean"),
    ),
    (
        Filter("q", "dry_group"),
        Filter(
            "grouping", "dry_grouping",
            lambda frame: [(name, frame.t[f"dry_by_{name}"]) for name in ("kind", "sector", "district", "size")],
        ),
    ),
    size=100,
)  # fmt: skip
_MOVES: Final[Table[_Move]] = Table(
    "trial_moves",
    (
        Column("dry_subject", lambda line, _: f"S{line[0].subject_id}"),
        Column("dry_name", lambda line, _: line[1]),
        Column("dry_was", lambda line, frame: _grade(line[0].was, frame)),
        Column("dry_score_was", lambda line, _: line[0].score_was),
        Column("dry_now", lambda line, frame: _grade(line[0].now, frame)),
        Column("dry_score_now", lambda line, _: line[0].score_now),
        Column("dry_left", lambda line, frame: _reasons(line[0].left, frame)),
        Column("dry_entered", lambda line, frame: _reasons(line[0].entered, frame)),
    ),
    (Filter("q", "dry_name"),),
)
_MATRIX: Final[Table[tuple[str, str, int]]] = Table(
    "trial_matrix",
    (
        Column("dry_was", lambda line, frame: _grade(line[0], frame)),
        Column("dry_now", lambda line, frame: _grade(line[1], frame)),
        Column("dry_subjects", lambda line, _: line[2]),
    ),
    size=200,
)
_PLACE: Final = "grade-models/<slug:model>/<int:number>/trial"
urlpatterns = [
    path(_PLACE, trial, name="studio_trial"),
    path(f"{_PLACE}/moves", moves, name="studio_moves"),
    path(f"{_PLACE}/matrix", matrix, name="studio_matrix"),
]
