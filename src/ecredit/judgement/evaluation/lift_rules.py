"""What would lift a grade: what the subject itself can do, and what time alone does. Each answer is judged anew, not estimated.

Only remedies the catalogue names are told (`models/shared/remedies.yaml`), so nothing is promised that the law does not give;
信用修复管理办法 第三条: what is repaired is used no longer. 个人信息保护法 第二十四条: a decision must be explainable.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ecredit.facts.records.types import EntryView
from ecredit.foundation.kernel.periods import add_months
from ecredit.judgement.evaluation.reference import choose_model, judge_records, list_counting
from ecredit.judgement.evaluation.types import Indicator, Judgement, Lift, Model, Outlook, Remedy, TimeStep
from ecredit.judgement.evaluation.window_rules import counting_period

ALONE = 5
"""Up to so many records of one remedy are also looked at one by one."""
_MONTHS_AHEAD = 37
_MOST_STEPS = 60


@dataclass(frozen=True, slots=True)
class _Act:
    """What can be done about one record, and from which day it may be asked for."""

    record: EntryView
    remedy: Remedy
    renews: bool
    on: date


@dataclass(frozen=True, slots=True)
class _Case:
    """One subject as it is judged."""

    models: Sequence[Model]
    kind: str
    records: Sequence[EntryView]
    status: str

    def judge(self, day: date, done: Sequence[_Act] = ()) -> Judgement | None:
        """The judgement on a day, once these acts have happened."""
        records = _after(self.records, done)
        judged = judge_records(self.models, self.kind, records, day, status=self.status)
        return None if judged is None else judged[1]


def find_outlook(
    models: Sequence[Model],
    kind: str,
    records: Sequence[EntryView],
    as_of: date,
    *,
    status: str = "",
    renewals: bool = True,
) -> Outlook | None:
    """Return what would change the grade of a subject with these current records; None when no model fits it.

    `renewals=False` leaves out what ended and could be renewed: it is no longer anybody's to read but the subject's.
    """
    case = _Case(models, kind, records, status)
    model, _ = choose_model(models, kind, records, as_of)
    if model is None:
        return None
    acts = [act for act in _acts(model, records, as_of) if renewals or not act.renews]
    grouped: dict[str, list[_Act]] = defaultdict(list)
    for act in acts:
        grouped[act.remedy.id].append(act)
    lifts = []
    for group in grouped.values():
        alone = [[act] for act in group] if 1 < len(group) <= ALONE else []
        lifts += [lift for part in (group, *alone) if (lift := _lift(case, part)) is not None]
    together = _lift(case, acts) if len(grouped) > 1 else None
    helped = {act.record.leaf for act in acts}
    return Outlook(
        tuple(lifts), together, tuple(_steps(case, as_of)), tuple(_waits(model, records, as_of, helped))
    )


def _acts(model: Model, records: Sequence[EntryView], as_of: date) -> Iterable[_Act]:
    """What can be done, newest record first. A record that several indicators count has the remedy that takes longest."""
    found: dict[int, _Act] = {}
    ends: dict[int, list[date | None]] = defaultdict(list)
    for indicator in model.indicators:
        counting = [record for record, _ in list_counting(indicator, records, as_of)[0]]
        if indicator.tone != "good":
            for record in counting:
                period = counting_period(indicator.window, record.valid_from, record.valid_to)
                ends[record.leaf].append(None if period is None else period[1])
        if indicator.remedy is None:
            continue
        renews = indicator.tone == "good"
        ended = _lapsed(indicator, records, as_of) if renews and not counting else []
        for record in ended if renews else counting:
            act = _Act(record, indicator.remedy, renews, _askable(indicator.remedy, record, as_of))
            if record.leaf not in found or found[record.leaf].on < act.on:
                found[record.leaf] = act
    for leaf in sorted(found, reverse=True):
        act, known = found[leaf], ends[leaf]
        # Where time does it sooner there is nothing to ask for.
        if act.renews or any(end is None or end > act.on for end in known):
            yield act


def _lapsed(indicator: Indicator, records: Sequence[EntryView], as_of: date) -> list[EntryView]:
    """The record that counted last and ended, once it is made to last again; none when there never was one."""
    ended = [
        record
        for record in records
        if record.valid_to is not None
        and record.valid_to <= as_of
        and list_counting(indicator, [replace(record, valid_to=None)], as_of)[0]
    ]
    return sorted(ended, key=lambda record: (record.valid_to or date.min, record.leaf))[-1:]


def _askable(remedy: Remedy, record: EntryView, as_of: date) -> date:
    if remedy.after_months is None or record.valid_from is None:
        return as_of
    return max(as_of, add_months(record.valid_from, remedy.after_months))


def _after(records: Sequence[EntryView], done: Sequence[_Act]) -> list[EntryView]:
    acts = {act.record.leaf: act for act in done}
    left = []
    for record in records:
        act = acts.get(record.leaf)
        if act is None:
            left.append(record)
        elif act.renews:
            left.append(replace(record, valid_to=None))
        elif act.remedy.becomes:
            left.append(replace(record, values={**record.values, **act.remedy.becomes}))
    return left


def _lift(case: _Case, acts: Sequence[_Act]) -> Lift | None:
    """What these acts make of the grade on the day all of them may be asked for; None when they change nothing."""
    on = max(act.on for act in acts)
    idle, done = case.judge(on), case.judge(on, acts)
    if idle is None or done is None or (idle.grade, idle.score) == (done.grade, done.score):
        return None
    remedies = tuple({act.remedy.id: act.remedy for act in acts}.values())
    leaves = tuple(act.record.leaf for act in acts)
    return Lift(remedies, leaves, on, done.grade, done.score, idle.grade, idle.score)


def _steps(case: _Case, as_of: date) -> Iterable[TimeStep]:
    """The days on which the grade or the score becomes another though nothing happens."""
    last, horizon = case.judge(as_of), add_months(as_of, _MONTHS_AHEAD)
    for _ in range(_MOST_STEPS):
        if last is None or last.valid_until is None or last.valid_until > horizon:
            return
        day, before = last.valid_until, (last.grade, last.score)
        last = case.judge(day)
        if last is not None and (last.grade, last.score) != before:
            yield TimeStep(day, last.grade, last.score)


def _waits(model: Model, records: Sequence[EntryView], as_of: date, helped: set[int]) -> Iterable[str]:
    """The indicators that lower the score by records about which nothing can be done but wait."""
    for indicator in model.indicators:
        counting = [record for record, _ in list_counting(indicator, records, as_of)[0]]
        lowers = indicator.tone == "bad" or indicator.veto is not None
        if lowers and any(record.leaf not in helped for record in counting):
            yield indicator.id
