"""A grade as its page shows it: reasons under their headings with what each adds up to, what would lift it, its history."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from ecredit.judgement.evaluation.grade_rules import BASE, LIMIT
from ecredit.service.publicity.history_drawing import Given, HistoryDrawing, Scale, draw_history
from ecredit.service.publicity.types import (
    PublicLift,
    PublicPast,
    PublicReason,
    PublicSectorStep,
    PublicSubject,
    PublicTimeStep,
)


@dataclass(frozen=True, slots=True)
class RecordLink:
    """A document behind a reason: where it is shown, and the first day it no longer counts (None: no end is known)."""

    leaf: int
    address: str
    ends: date | None


@dataclass(frozen=True, slots=True)
class ReasonView:
    """A reason with links to the documents it rests on (`further`: how many more there are)."""

    reason: PublicReason
    links: tuple[RecordLink, ...]
    further: int


@dataclass(frozen=True, slots=True)
class ReasonGroup:
    """The reasons under one heading and what they add up to; titles are "" for what the model itself adds."""

    zh: str
    en: str
    points: float
    views: tuple[ReasonView, ...]


@dataclass(frozen=True, slots=True)
class LiftView:
    """What to do, with links to the documents it is done about; `now`: it may be asked for at once."""

    lift: PublicLift
    links: tuple[RecordLink, ...]
    now: bool
    better: bool


@dataclass(frozen=True, slots=True)
class OutlookView:
    """What would lift a grade. `missing`: points short of the next better grade (None: it is the best, or the score is not
    told), `next` that grade; `sooner` is the first day on which time alone gives a better grade."""

    lifts: tuple[LiftView, ...]
    together: LiftView | None
    waits: tuple[tuple[str, str], ...]
    steps: tuple[PublicTimeStep, ...]
    sooner: PublicTimeStep | None
    next: str
    missing: float | None
    known: bool


@dataclass(frozen=True, slots=True)
class HistoryView:
    """The history as a drawing and, newest first, as rows: each with the grade of the trade it had; `mixed`: by several
    editions of the yardstick."""

    drawing: HistoryDrawing
    rows: tuple[tuple[PublicPast, str], ...]
    mixed: bool


def group_reasons(subject: PublicSubject, views: Sequence[ReasonView]) -> tuple[ReasonGroup, ...]:
    """The reasons by heading, in the model's order, what the model itself adds first.

    Of a subject that has no grade the starting score is left out: it is no grade either.
    """
    model = subject.model
    headings = [("", "", "")] if model is None else [("", "", ""), *model.dimensions]
    groups = []
    for name, zh, en in headings:
        own = tuple(view for view in views if _heading_of(subject, view.reason) == name)
        if subject.ungraded:
            own = tuple(view for view in own if view.reason.indicator not in (BASE, LIMIT))
        if own:
            points = round(sum(view.reason.points or 0.0 for view in own), 2)
            groups.append(ReasonGroup(zh, en, points, own))
    return tuple(groups)


def _heading_of(subject: PublicSubject, reason: PublicReason) -> str:
    return "" if subject.model is None else subject.model.under.get(reason.indicator, "")


def sector_of(subject: PublicSubject) -> PublicSectorStep | None:
    """The grade of the trade, where the score may be told; it would tell the score's place else."""
    if (
        subject.grade is None
        or subject.score is None
        or subject.model is None
        or subject.model.sector is None
    ):
        return None
    return subject.model.sector.step_of(subject.grade, subject.score)


def view_outlook(
    subject: PublicSubject, link: Callable[[tuple[int, ...]], tuple[RecordLink, ...]], today: date
) -> OutlookView | None:
    """What the page says of lifting the grade; None for a subject without one."""
    if subject.grade is None or subject.model is None:
        return None
    scale = [step.grade for step in subject.model.scale]
    place = scale.index(subject.grade) if subject.grade in scale else 0
    step = subject.model.scale[place - 1] if place else None
    missing = None
    if step is not None and step.at_least is not None and subject.score is not None:
        missing = round(step.at_least - subject.score, 2)
    told = subject.outlook

    def rank(grade: str | None) -> int:
        return scale.index(grade) if grade in scale else len(scale)

    def view(lift: PublicLift) -> LiftView:
        better = rank(lift.grade) < rank(lift.idle_grade)
        return LiftView(lift, link(lift.leaves), lift.on <= today, better)

    steps = () if told is None else tuple(s for s in told.steps if s.on > today)
    return OutlookView(
        lifts=() if told is None else tuple(map(view, told.lifts)),
        together=None if told is None or told.together is None else view(told.together),
        waits=() if told is None else told.waits,
        steps=steps,
        sooner=next((s for s in steps if rank(s.grade) < place), None),
        next="" if step is None else step.grade,
        missing=missing if missing is not None and missing > 0 else None,
        known=told is not None or subject.score is not None,
    )


def view_history(subject: PublicSubject, today: date) -> HistoryView | None:
    """The history of a grade; None where there is none to tell."""
    model, history = subject.model, subject.history
    if model is None or not history or subject.grade is None:
        return None
    sector = model.sector
    rows = tuple((p, "" if sector is None else sector.step_of(p.grade, p.score).grade) for p in history)
    scale = Scale(model.floor, model.ceiling, tuple((step.grade, step.at_least) for step in model.scale))
    given = [Given(past.on, past.score) for past in history]
    return HistoryView(draw_history(given, scale, today), rows, len({p.edition for p in history}) > 1)
