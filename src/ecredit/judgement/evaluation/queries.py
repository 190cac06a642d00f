"""Reads of grades, with their reasons in words."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Any

from django.db import connection
from django.db.models import Count, Max

from ecredit.facts.actors.bulk import select_in
from ecredit.judgement.evaluation.model_document import model_of
from ecredit.judgement.evaluation.models import Grade, ModelEdition, Run
from ecredit.judgement.evaluation.reason_texts import Wording, end_reason
from ecredit.judgement.evaluation.types import Finding, GradeRow, Model, Reason

_FIELDS = (
    "id, subject_id, model_id, model_version, edition, grade, score, findings, as_of, computed_at, valid_until, "
    "through_leaf, public, is_current"
)
_BLOCK = 10_000


def current_grades(subject_ids: Iterable[int] | None = None) -> Iterator[GradeRow]:
    """Go through the current grade of these subjects, or of all of them; those never graded have none."""
    if subject_ids is None:
        yield from grades_since(-1)
        return
    sql = f"SELECT {_FIELDS} FROM evaluation_grade WHERE is_current AND subject_id IN ({{values}})"
    yield from _read(select_in(sql, list(subject_ids), kind="bigint"))


def grades_since(row_id: int) -> Iterator[GradeRow]:
    """Go through the current grades that changed after a row, oldest change first; memory does not grow with them."""
    wordings: dict[str, Wording] = {}
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {_FIELDS} FROM evaluation_grade WHERE is_current AND id > %s ORDER BY id LIMIT {_BLOCK}",
                [row_id],
            )
            rows = cursor.fetchall()
        if not rows:
            return
        yield from _read(rows, wordings)
        row_id = rows[-1][0]


def changed_since(row_id: int) -> list[int]:
    """List the subjects whose grade changed after a row."""
    return sorted(Grade.objects.filter(id__gt=row_id).values_list("subject_id", flat=True).distinct())


def newest_row() -> int:
    """Return the number of the newest change of any grade, -1 when there is none."""
    top = Grade.objects.aggregate(top=Max("id"))["top"]
    return -1 if top is None else int(top)


def find_grade(subject_id: int) -> GradeRow | None:
    """Return a subject's current grade, or None when it never had one."""
    return next(current_grades([subject_id]), None)


def grade_history(subject_id: int) -> list[GradeRow]:
    """List every grade a subject ever had, newest first."""
    sql = f"SELECT {_FIELDS} FROM evaluation_grade WHERE subject_id IN ({{values}}) ORDER BY id DESC"
    return list(_read(select_in(sql, [subject_id], kind="bigint")))


def grade_histories(subject_ids: Iterable[int], most: int = 41) -> Mapping[int, list[GradeRow]]:
    """The newest grades of those of these subjects that ever had more than one, at most so many each, newest first."""
    sql = f"""
        SELECT {_FIELDS} FROM (
            SELECT *, row_number() OVER (PARTITION BY subject_id ORDER BY id DESC) AS place,
                   count(*) OVER (PARTITION BY subject_id) AS times
            FROM evaluation_grade WHERE subject_id IN ({{values}})) ranked
        WHERE times > 1 AND place <= {most} ORDER BY id DESC"""
    found: dict[int, list[GradeRow]] = defaultdict(list)
    for row in _read(select_in(sql, list(subject_ids), kind="bigint")):
        found[row.subject_id].append(row)
    for rows in found.values():
        rows.sort(key=lambda row: -row.row_id)
    return found


def last_changes(subject_ids: Iterable[int]) -> Iterator[tuple[GradeRow, GradeRow]]:
    """For each of these subjects whose grade ever became another: the last grade before it did, and the first after.

    One that was not graded in between has no such change since.
    """
    sql = """
        WITH kept AS (
            SELECT id, subject_id, grade, lag(id) OVER w AS before_id, lag(grade) OVER w AS was
            FROM evaluation_grade WHERE subject_id IN ({values})
            WINDOW w AS (PARTITION BY subject_id ORDER BY id)
        ), last AS (
            SELECT max(CASE WHEN grade <> was THEN id END) AS id FROM kept GROUP BY subject_id
            HAVING max(CASE WHEN grade <> was THEN id END) > coalesce(max(CASE WHEN grade IS NULL THEN id END), -1)
        )
        SELECT kept.before_id, kept.id FROM kept JOIN last ON last.id = kept.id"""
    pairs = list(select_in(sql, list(subject_ids), kind="bigint"))
    wanted = [row for pair in pairs for row in pair]
    rows = select_in(
        f"SELECT {_FIELDS} FROM evaluation_grade WHERE id IN ({{values}})", wanted, kind="bigint"
    )
    found = {row.row_id: row for row in _read(rows)}
    yield from ((found[before], found[after]) for before, after in pairs)


def find_last_change(
    subject_id: int, *, as_of: date, known_at: datetime | None = None
) -> tuple[GradeRow, GradeRow] | None:
    """As `last_changes` for one subject, among the grades given for a day up to `as_of` and by an instant; None when none."""
    rows = [
        row
        for row in grade_history(subject_id)
        if row.as_of <= as_of and (known_at is None or row.computed_at <= known_at)
    ]
    for after, before in pairwise(rows):
        if after.grade is None or before.grade is None:
            return None
        if after.grade != before.grade:
            return before, after
    return None


def count_grades() -> Mapping[str, Mapping[str, int]]:
    """Count the current grades: model id → grade ("" = not graded) → subjects. Ended ones are left out."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    rows = Grade.objects.filter(is_current=True).exclude(model_id="").values_list("model_id", "grade")
    for model_id, grade, subjects in rows.annotate(subjects=Count("id")).order_by("model_id", "grade"):
        found[model_id][grade or ""] = subjects
    return dict(found)


def last_evaluated() -> tuple[date, datetime] | None:
    """Return the day of the last evaluation and the instant it was made, or None before the first."""
    return Run.objects.order_by("-id").values_list("as_of", "at").first()


def get_model(edition: str) -> Model:
    """Return a model as it was when it graded. Raises ModelEdition.DoesNotExist."""
    return model_of(ModelEdition.objects.get(edition=edition).document)


def first_used(edition: str) -> datetime:
    """Return when a model first graded anybody. Raises ModelEdition.DoesNotExist."""
    return ModelEdition.objects.values_list("first_used_at", flat=True).get(edition=edition)


def findings_of(document: str) -> tuple[Finding, ...]:
    """Return the findings of a kept grade."""
    return tuple(
        Finding(
            indicator=part["indicator"],
            points=part["points"] if isinstance(part["points"], Decimal) else Decimal(part["points"]),
            records=part.get("records", 0),
            leaves=tuple(part.get("leaves", ())),
            value=part.get("value"),
            faded=part.get("faded", 0),
        )
        for part in json.loads(document, parse_float=_points)
    )


@lru_cache(maxsize=10_000)
def _points(text: str) -> Decimal:
    return Decimal(text)


def _read(rows: Iterable[tuple[Any, ...]], wordings: dict[str, Wording] | None = None) -> Iterator[GradeRow]:
    known: dict[str, Wording] = {} if wordings is None else wordings
    for row in rows:
        yield _row(row, known)


def _row(row: tuple[Any, ...], wordings: dict[str, Wording]) -> GradeRow:
    (
        row_id, subject_id, model_id, version, edition, grade, score, findings, as_of, computed_at, valid_until,
        through_leaf, public, is_current,
    ) = row  # fmt: skip
    reasons: tuple[Reason, ...]
    if edition:
        if edition not in wordings:
            wordings[edition] = Wording(get_model(edition))
        reasons = tuple(wordings[edition].reason(finding) for finding in findings_of(findings))
    else:
        reasons = tuple(end_reason(finding) for finding in findings_of(findings))
    return GradeRow(
        row_id=row_id,
        subject_id=subject_id,
        model_id=model_id,
        model_version=version,
        edition=edition,
        grade=grade,
        score=None if score is None else round(Decimal(str(score)), 2),
        reasons=reasons,
        as_of=_day(as_of),
        computed_at=_instant(computed_at),
        valid_until=None if valid_until is None else _day(valid_until),
        through_leaf=through_leaf,
        is_current=bool(is_current),
        public=bool(public),
    )


def _day(value: Any) -> date:
    """SQLite gives ISO text, PostgreSQL a date."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def _instant(value: Any) -> datetime:
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def current_letters() -> dict[int, str]:
    """The current grade of every subject that has one, without its reasons."""
    rows = Grade.objects.filter(is_current=True, grade__isnull=False).exclude(model_id="")
    return {subject: grade for subject, grade in rows.values_list("subject_id", "grade").iterator() if grade}
