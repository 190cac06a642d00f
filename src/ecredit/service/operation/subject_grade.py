"""A subject's grade as an officer reads it: by headings, with what would lift it and every grade it had before."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ecredit.facts.records.queries import current_entries, list_entries
from ecredit.facts.records.timeline import TimelineFilter
from ecredit.facts.records.types import EntryView
from ecredit.facts.subjects.queries import SubjectView
from ecredit.judgement.evaluation.grade_rules import sector_grade
from ecredit.judgement.evaluation.lift_rules import find_outlook
from ecredit.judgement.evaluation.queries import find_grade, get_model, grade_history
from ecredit.judgement.evaluation.reason_texts import Wording
from ecredit.judgement.evaluation.reference import judge_records
from ecredit.judgement.evaluation.types import Dimension, GradeRow, Model, Outlook, Reason
from ecredit.judgement.evaluation.version_queries import models_on
from ecredit.service.operation.platform import Platform
from ecredit.service.publicity.history_drawing import Given, HistoryDrawing, Scale, draw_history

_MOST_PAST = 24


@dataclass(frozen=True, slots=True)
class FileHeading:
    """The reasons under one heading and what they add up to; None is what the model itself adds."""

    dimension: Dimension | None
    points: Decimal
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class FileGrade:
    """The grade on a day. `kept`: as the last evaluation gave it; else worked out anew for the day asked about.

    score     None for a subject without a grade: what it starts from is no grade
    sector    the grade of the trade, "" where there is none
    outlook   what would change it, by the models and the entries of that day; None when they do not give this very grade
    past      the grades it had, newest first (only beside the kept one); `drawing`: those of them with a score, on the kept one's scale
    """

    model: str
    version: str
    grade: str | None
    score: Decimal | None
    as_of: date
    valid_until: date | None
    reasons: tuple[Reason, ...]
    kept: bool
    sector: str
    headings: tuple[FileHeading, ...]
    outlook: Outlook | None
    past: tuple[GradeRow, ...]
    drawing: HistoryDrawing | None = None


def read_grade(
    platform: Platform, subject: SubjectView, ids: Collection[int], wanted: TimelineFilter
) -> FileGrade | None:
    """The kept grade, or for a day or an instant asked about the one worked out anew; None where no model fits."""
    entries = list_entries(ids, known_at=wanted.known_at)
    status = _status(subject, ids, entries)
    as_of = wanted.as_of or platform.today
    models = models_on(platform.catalog, as_of, known_at=wanted.known_at)
    records = current_entries(entries, subject_ids=ids)
    judged = judge_records(models, subject.kind, records, as_of, status=status)
    outlook = find_outlook(models, subject.kind, records, as_of, status=status)
    if wanted.as_of is None and wanted.known_at is None:
        row = find_grade(subject.id)
        if row is None or not row.model_id:
            return None
        same = judged is not None and (judged[1].grade, judged[1].score) == (row.grade, row.score)
        past = tuple(grade_history(subject.id)[:_MOST_PAST])
        model = get_model(row.edition)
        made = _made(model, row.grade, row.score, row.reasons)
        return FileGrade(
            row.model_id, row.model_version, row.grade, made[0], row.as_of, row.valid_until, row.reasons, True,
            made[1], made[2], outlook if same else None, past if len(past) > 1 else (),
            _drawn(past, model, platform.today),
        )  # fmt: skip
    if judged is None:
        return None
    model, judgement = judged
    wording = Wording(model)
    reasons = tuple(wording.reason(finding) for finding in judgement.findings)
    score, sector, headings = _made(model, judgement.grade, judgement.score, reasons)
    return FileGrade(
        model.id, model.version, judgement.grade, score, as_of, judgement.valid_until, reasons, False, sector, headings,
        outlook, (),
    )  # fmt: skip


def _made(
    model: Model, grade: str | None, score: Decimal | None, reasons: Sequence[Reason]
) -> tuple[Decimal | None, str, tuple[FileHeading, ...]]:
    headings = []
    for dimension in (None, *model.dimensions):
        own = tuple(r for r in reasons if r.dimension == ("" if dimension is None else dimension.id))
        if own:
            headings.append(FileHeading(dimension, sum((r.points for r in own), Decimal(0)), own))
    if grade is None or score is None:
        return None, "", tuple(headings)
    sector = "" if model.sector is None else sector_grade(model.sector, grade, score)
    return score, sector, tuple(headings)


def _status(subject: SubjectView, ids: Collection[int], entries: list[EntryView]) -> str:
    """The state in the register as these entries say it, so that an earlier day shows the earlier state."""
    standing = current_entries(entries, subject_ids=ids)
    registered = [e.values.get("REGSTATE", "") for e in standing if e.source_id == "registration"]
    return registered[-1] if registered else subject.status


def _drawn(past: Sequence[GradeRow], model: Model, today: date) -> HistoryDrawing | None:
    """The scores with a grade on the scale of a model; None for fewer than two."""
    given = [
        Given(row.as_of, float(row.score)) for row in past if row.grade is not None and row.score is not None
    ]
    if len(given) < 2:
        return None
    steps = tuple(
        (step.grade, None if step.at_least is None else float(step.at_least)) for step in model.scale
    )
    return draw_history(given, Scale(float(model.floor), float(model.ceiling), steps), today)
