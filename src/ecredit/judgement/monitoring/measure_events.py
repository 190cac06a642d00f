"""Counted from what happened and was reported: complaints closed, sanctions and disclosures of platforms."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from ecredit.judgement.monitoring.columns import has_source, known_between, standing
from ecredit.judgement.monitoring.figure_rules import median
from ecredit.judgement.monitoring.measure_market import absent
from ecredit.judgement.monitoring.period_rules import ReportPeriod
from ecredit.judgement.monitoring.types import (
    CITY,
    NO_FILE,
    NO_SOURCE,
    NOT_REPORTED,
    Asked,
    Counted,
    Measured,
    Part,
)

_COMPLAINTS: Final = ("complaints", "complaints_settled", "complaint_days")
# The source, its column with the platform's code, of the day, of the kind, and the kind's code table, by figure.
_BY_CODE: Final = {
    "sanctions": ("platform_sanction", "platform_uscc", "decided_on", "measure", "platform_measure"),
    "disclosures": ("platform_disclosure", "uscc", "happened_on", "kind", "disclosure_kind"),
}


def count_events(asked: Asked) -> Counted:
    """All figures of this family: one table a source, one question each, whatever the number of periods."""
    found = _complaints(asked)
    for figure in _BY_CODE:
        found |= _by_code(asked, figure)
    return found


def _complaints(asked: Asked) -> Counted:
    source = asked.catalog.sources.get("complaint_outcome")
    if source is None or not has_source(asked, source.id):
        return {k: v for p in asked.periods for k, v in absent(asked, _COMPLAINTS, p, NO_SOURCE).items()}
    table = standing(asked, source.id, ("platform_name", "received_on", "closed_on", "outcome"))
    first, last = asked.periods[0].starts_on, asked.now.ends_on
    rows = asked.connection.execute(
        f"""SELECT coalesce(p.uscc, ''), CAST(c.received_on AS DATE), CAST(c.closed_on AS DATE), coalesce(c.outcome, ''), count(*)
        FROM {table} c LEFT JOIN platform p ON p.name = trim(c.platform_name)
        WHERE CAST(c.closed_on AS DATE) >= DATE '{first}' AND CAST(c.closed_on AS DATE) < DATE '{last}'
        GROUP BY ALL"""
    ).fetchall()
    workdays = source.deadline.workdays or 0
    found: Counted = {}
    for period in asked.periods:
        due = asked.calendar.add_workdays(period.ends_on, workdays).on if workdays else period.ends_on
        # Nothing came in while the period's complaints were to be reported: none closed, or nobody told.
        if not known_between(asked, source.id, period.starts_on, due):
            found |= absent(asked, _COMPLAINTS, period, NO_FILE)
            continue
        mine = [row for row in rows if period.starts_on <= row[2] < period.ends_on]
        found |= _complaints_in(asked, period, mine)
    return found


def _complaints_in(asked: Asked, period: ReportPeriod, rows: list[Any]) -> Counted:
    rule = asked.catalog.monitoring.figures.get("complaints_settled")
    counted, left_out = (rule.counted, rule.left_out) if rule is not None else ((), ())
    by_platform: dict[str, list[Any]] = {code: [] for code in (CITY, *(p.uscc for p in asked.platforms))}
    for row in rows:
        by_platform[CITY].append(row)
        if row[0]:
            by_platform[row[0]].append(row)
    days = _Workdays(asked)
    found: Counted = {}
    for code, mine in by_platform.items():
        outcomes = Counter[str]()
        for _, _, _, outcome, times in mine:
            outcomes[outcome] += times
        total = sum(outcomes.values())
        judged = sum(times for outcome, times in outcomes.items() if outcome not in left_out)
        parts = _parts(asked, "complaint_result", outcomes)
        middle = median(
            (days.between(received, closed), times) for _, received, closed, _, times in mine if received
        )
        found["complaints", period, code] = Measured(total, parts=parts)
        found["complaints_settled", period, code] = Measured(sum(outcomes[c] for c in counted), judged)
        found["complaint_days", period, code] = Measured(0.0 if middle is None else middle, total)
    return found


class _Workdays:
    """Working days between two days, each pair counted once."""

    def __init__(self, asked: Asked) -> None:
        self._calendar = asked.calendar
        self._known: dict[tuple[date, date], int] = {}

    def between(self, received: date, closed: date) -> int:
        """Working days after the one up to and including the other."""
        pair = received, closed
        if pair not in self._known:
            self._known[pair] = self._calendar.workdays_between(received, closed)
        return self._known[pair]


def _by_code(asked: Asked, figure: str) -> Counted:
    source, platform, day, kind, codes = _BY_CODE[figure]
    if not has_source(asked, source):
        return {k: v for p in asked.periods for k, v in absent(asked, (figure,), p, NO_SOURCE).items()}
    table = standing(asked, source, (platform, day, kind))
    rows = asked.connection.execute(
        f"""SELECT {platform}, CAST({day} AS DATE), coalesce({kind}, ''), count(*) FROM {table}
        WHERE {platform} IS NOT NULL GROUP BY ALL"""
    ).fetchall()
    # One that never sent any may have had none or told none: nobody can say zero for it.
    ever = {row[0] for row in rows}
    found: Counted = {}
    for period in asked.periods:
        spread: dict[str, Counter[str]] = defaultdict(Counter)
        for code, on, of, times in rows:
            if on is not None and period.starts_on <= on < period.ends_on:
                spread[code][of] += times
                spread[CITY][of] += times
        for code in (CITY, *(p.uscc for p in asked.platforms)):
            told = ever if code == CITY else code in ever
            found[figure, period, code] = (
                Measured(sum(spread[code].values()), parts=_parts(asked, codes, spread[code]))
                if told
                else Measured(because=NOT_REPORTED)
            )
    return found


def _parts(asked: Asked, table: str, spread: Counter[str]) -> tuple[Part, ...]:
    """Counts by a code table's values, in its order; what is in no table comes last."""
    entries = asked.catalog.code_tables[table].entries.values() if table in asked.catalog.code_tables else ()
    named = {entry.code: (entry.zh, entry.en or entry.zh) for entry in entries} | {
        entry.zh: (entry.zh, entry.en or entry.zh) for entry in entries
    }
    order = {code: place for place, code in enumerate(named)}
    parts: dict[tuple[str, str], int] = {}
    for code in sorted(_known(spread), key=lambda c: (order.get(c, len(order)), c)):
        words = named.get(code, (code or "未填", code or "not said"))
        parts[words] = parts.get(words, 0) + spread[code]
    return tuple(Part(zh, en, count) for (zh, en), count in parts.items())


def _known(spread: Counter[str]) -> Iterable[str]:
    return [code for code, times in spread.items() if times]
