"""The slow, obvious way to grade one subject, in plain Python: what the columns must agree with.

It also answers `show`: the grade as it was on any day (`as_of`), with what was known at any instant (`known_at`).
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from ecredit.facts.records.types import EntryView
from ecredit.judgement.evaluation.condition_rules import meets, number_of
from ecredit.judgement.evaluation.grade_rules import decide_grade
from ecredit.judgement.evaluation.reason_texts import Wording
from ecredit.judgement.evaluation.types import (
    LEAVES_SHOWN,
    Finding,
    Grade,
    Indicator,
    Judgement,
    Measure,
    Model,
)
from ecredit.judgement.evaluation.window_rules import counting_period, counts_on, fading_day, next_change

_CENT = Decimal("0.01")
_HALF = Decimal("0.5")


def current_records(entries: Iterable[EntryView], known_at: datetime | None = None) -> list[EntryView]:
    """Return the newest entry of each document, known by an instant (None: now); withdrawn documents have none."""
    newest: dict[tuple[str, str], EntryView] = {}
    for entry in entries:
        if known_at is not None and entry.known_at > known_at:
            continue
        document = (entry.source_id, entry.doc_key)
        if document not in newest or newest[document].leaf < entry.leaf:
            newest[document] = entry
    return [entry for entry in newest.values() if entry.verb != "withdraw"]


def choose_model(
    models: Sequence[Model], kind: str, records: Sequence[EntryView], as_of: date
) -> tuple[Model | None, date | None]:
    """Return the model for a subject of a register kind, and the first later day on which time may change it."""
    fitting, changes = [], []
    for model in models:
        if kind not in model.subject_kinds:
            continue
        marks = [
            record
            for record in records
            if record.source_id in model.marked_by and meets(model.marked_when, record.values)
        ]
        changes += [r.valid_from for r in marks if r.valid_from is not None and r.valid_from > as_of]
        if not model.marked_by or any(r.valid_from is None or r.valid_from <= as_of for r in marks):
            fitting.append(model)
    return max(fitting, key=lambda model: model.precedence, default=None), min(changes, default=None)


def judge_subject(model: Model, records: Sequence[EntryView], as_of: date, *, status: str = "") -> Judgement:
    """Judge one subject by its current records on a day; `status` is its state in the register."""
    counted, changes = [], []
    for indicator in model.indicators:
        finding, change = _look(indicator, records, as_of)
        if finding is not None:
            counted.append(finding)
        if change is not None:
            changes.append(change)
    grade, score, findings = decide_grade(model, counted, status)
    return Judgement(grade, score, tuple(findings), min(changes, default=None))


def grade_subject(model: Model, records: Sequence[EntryView], as_of: date, *, status: str = "") -> Grade:
    """Judge one subject by its current records and say why in words."""
    judgement = judge_subject(model, records, as_of, status=status)
    wording = Wording(model)
    reasons = tuple(wording.reason(finding) for finding in judgement.findings)
    return Grade(judgement.grade, judgement.score, reasons, judgement.valid_until)


def judge_from_entries(
    models: Sequence[Model],
    kind: str,
    entries: Iterable[EntryView],
    as_of: date,
    *,
    status: str = "",
    known_at: datetime | None = None,
    subject_ids: Collection[int] | None = None,
) -> tuple[Model, Judgement] | None:
    """Judge a subject from the ledger; its model is chosen too. None when no model fits.

    A document may change hands when it is corrected, so `entries` should hold all entries of the subject's documents,
    whoever each is about, and `subject_ids` the subject and those merged into it. Without it all entries are its own.
    """
    current = current_records(entries, known_at)
    records = [record for record in current if subject_ids is None or record.subject_id in subject_ids]
    return judge_records(models, kind, records, as_of, status=status)


def judge_records(
    models: Sequence[Model], kind: str, records: Sequence[EntryView], as_of: date, *, status: str = ""
) -> tuple[Model, Judgement] | None:
    """Judge a subject by its current records under the model that fits it on that day; None when none does."""
    model, change = choose_model(models, kind, records, as_of)
    if model is None:
        return None
    judgement = judge_subject(model, records, as_of, status=status)
    until = min((day for day in (judgement.valid_until, change) if day is not None), default=None)
    return model, Judgement(judgement.grade, judgement.score, judgement.findings, until)


def list_counting(
    indicator: Indicator, records: Sequence[EntryView], as_of: date
) -> tuple[list[tuple[EntryView, Decimal]], date | None]:
    """List the records an indicator counts on a day with the weight of each (1, or a half), and the first later day on which
    that changes by itself."""
    counting, changes = [], []
    for record in records:
        if record.source_id != indicator.source or not meets(indicator.when, record.values):
            continue
        if indicator.measure is Measure.SUM and not _is_amount(record.values.get(indicator.column or "")):
            continue
        period = counting_period(indicator.window, record.valid_from, record.valid_to)
        if period is None:
            continue
        if counts_on(period, as_of):
            fades = fading_day(period, indicator.half_from)
            counting.append((record, Decimal(1) if fades is None or as_of < fades else _HALF))
        change = next_change(period, as_of, indicator.half_from)
        if change is not None:
            changes.append(change)
    return counting, min(changes, default=None)


def _look(
    indicator: Indicator, records: Sequence[EntryView], as_of: date
) -> tuple[Finding | None, date | None]:
    """Return what one indicator finds among the records, and the first later day on which that changes by itself."""
    weighed, change = list_counting(indicator, records, as_of)
    if not weighed:
        return None, change
    return _measure(indicator, [record for record, _ in weighed], [weight for _, weight in weighed]), change


def _is_amount(cell: str | None) -> bool:
    number = number_of(cell)
    return number is not None and number >= 0


def _measure(indicator: Indicator, counting: Sequence[EntryView], weights: Sequence[Decimal]) -> Finding:
    leaves = tuple(sorted((record.leaf for record in counting), reverse=True))
    value: str | None = None
    column = indicator.column or ""
    match indicator.measure:
        case Measure.COUNT:
            points = indicator.points * sum(weights)
        case Measure.EXISTS:
            points = indicator.points * max(weights)
        case Measure.SUM:
            amounts = [number_of(record.values[column]) or Decimal(0) for record in counting]
            points = indicator.points * sum(a * w for a, w in zip(amounts, weights, strict=True))
            value = str(sum(amounts, Decimal(0)).quantize(_CENT, rounding=ROUND_HALF_UP) + 0)
        case Measure.LATEST:
            newest = max(counting, key=lambda record: (record.valid_from or date.min, record.leaf))
            value, leaves = newest.values.get(column) or None, (newest.leaf,)
            points = indicator.values.get(value or "", indicator.otherwise)
    points = points.quantize(_CENT, rounding=ROUND_HALF_UP)
    if indicator.cap is not None:
        points = max(-indicator.cap, min(indicator.cap, points))
    return Finding(
        indicator.id, points, len(counting), leaves[:LEAVES_SHOWN], value, sum(w != 1 for w in weights)
    )
