"""Counted from what platforms report of those who sell on them: merchants, shops, their licences, checks and commitments."""

from datetime import datetime, timedelta
from typing import Any, Final

from ecredit.foundation.kernel.periods import add_months
from ecredit.judgement.evaluation.queries import current_letters
from ecredit.judgement.monitoring.columns import WHOLE, has_source, midnight, standing
from ecredit.judgement.monitoring.period_rules import ReportPeriod
from ecredit.judgement.monitoring.types import (
    CITY,
    FEW,
    NO_RUN,
    NO_SOURCE,
    NOT_KEPT,
    NOT_REPORTED,
    Asked,
    Counted,
    Measured,
    Part,
)

# A platform verifies its merchants anew at least so often (网络交易监督管理办法 第二十四条, not verified).
_FRESH_MONTHS: Final = 6
_PERSON: Final = "自然人"
_YES, _NO = ("是", "yes", "Y", "1", "true"), ("否", "no", "N", "0", "false")
_SHOPS: Final = ("platform_uscc", "opened_on", "closed_on", "licence_shown")
_MERCHANTS: Final = (
    "platform_uscc",
    "subject_name",
    "subject_kind",
    "uscc",
    "entered_on",
    "exited_on",
    "verified_on",
)
# Brackets of either width are one.
_NAME: Final = "translate({0}, '（） ', '()')"


def count_market(asked: Asked) -> Counted:
    """All figures of this family for all periods; two tables a source and period, one question each."""
    found: Counted = {}
    registered = _registered(asked)
    for period in asked.periods:
        cut = known_before(asked, period)
        found |= _merchants(asked, period, cut, registered)
        found |= _shops(asked, period, cut)
    return found


def known_before(asked: Asked, period: ReportPeriod) -> datetime:
    """By when something must have come in to count for a period's end: for the report's own, whatever is known when it is made."""
    if period == asked.now:
        return asked.at
    late = timedelta(days=asked.catalog.monitoring.late_days)
    return min(asked.at, midnight(period.ends_on + late))


def absent(asked: Asked, figures: tuple[str, ...], period: ReportPeriod, because: str) -> Counted:
    """None of these can be given for anybody."""
    codes = [CITY, *(platform.uscc for platform in asked.platforms)]
    return {(figure, period, code): Measured(because=because) for figure in figures for code in codes}


def _registered(asked: Asked) -> bool:
    """Make `register(subject_id)`: subjects with a registration that stands; whether there is any such source."""
    if not has_source(asked, "registration"):
        return False
    table = standing(asked, "registration", (), known_before=asked.at)
    asked.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE register AS SELECT DISTINCT subject_id FROM {table}"
    )
    return True


def _merchants(asked: Asked, period: ReportPeriod, cut: datetime, registered: bool) -> Counted:
    figures = ("merchants", "merchants_registered", "merchants_fresh", "realname_matched")
    if not has_source(asked, "platform_merchants"):
        return absent(asked, figures, period, NO_SOURCE)
    table = standing(asked, "platform_merchants", _MERCHANTS, known_before=cut)
    end = f"DATE '{period.ends_on}'"
    fresh = f"DATE '{add_months(period.ends_on, -_FRESH_MONTHS)}'"
    matches = "false"
    if registered:
        matches = (
            "m.uscc IS NOT NULL AND m.subject_id IN (SELECT subject_id FROM register) AND "
            f"{_NAME.format('m.subject_name')} = {_NAME.format('w.name')}"
        )
    run = asked.connection.execute
    run(
        f"""CREATE OR REPLACE TEMP TABLE merchant AS
        SELECT m.subject_id, m.platform_uscc AS platform, m.subject_kind = '{_PERSON}' AS person, {matches} AS matched,
               CAST(m.verified_on AS DATE) >= {fresh} AND CAST(m.verified_on AS DATE) < {end} AS fresh,
               coalesce(CAST(m.entered_on AS DATE) < {end}, true) AND coalesce(CAST(m.exited_on AS DATE) >= {end}, true) AS there
        FROM {table} m JOIN who w ON w.id = m.subject_id"""
    )
    rows = run(
        f"""SELECT coalesce(platform, '{WHOLE}'), count(*) FILTER (there), count(*) FILTER (there AND NOT person),
               count(*) FILTER (there AND NOT person AND matched), count(*) FILTER (there AND fresh)
        FROM merchant WHERE platform IS NOT NULL GROUP BY GROUPING SETS ((platform), ())"""
    ).fetchall()
    found = absent(asked, figures, period, NOT_REPORTED)
    known = {code for _, _, code in found}
    for platform, there, firms, matched, is_fresh in rows:
        code = CITY if platform == WHOLE else platform
        if code not in known:
            continue
        found["merchants", period, code] = Measured(there)
        found["merchants_registered", period, code] = (
            Measured(matched, firms) if registered else Measured(because=NO_SOURCE)
        )
        found["merchants_fresh", period, code] = Measured(is_fresh, there)
    return found | _realname(asked, period, cut, known)


def _realname(asked: Asked, period: ReportPeriod, cut: datetime, known: set[str]) -> Counted:
    figure = "realname_matched"
    if figure not in asked.catalog.monitoring.figures or not has_source(asked, "realname_result"):
        return absent(asked, (figure,), period, NO_SOURCE)
    rule = asked.catalog.monitoring.figures[figure]
    table = standing(asked, "realname_result", ("result", "verified_on", "valid_until"), known_before=cut)
    end = f"DATE '{period.ends_on}'"
    rows = asked.connection.execute(
        f"""WITH last AS (
            SELECT subject_id, arg_max(result, CAST(verified_on AS DATE)) AS result FROM {table}
            WHERE CAST(verified_on AS DATE) < {end} AND coalesce(CAST(valid_until AS DATE) >= {end}, true) GROUP BY 1
        ), seller AS (SELECT DISTINCT platform, subject_id FROM merchant WHERE there)
        SELECT coalesce(platform, '{WHOLE}'), count(DISTINCT subject_id) FILTER (result IN ({_listed(rule.counted)})),
               count(DISTINCT subject_id)
        FROM seller JOIN last USING (subject_id) WHERE platform IS NOT NULL GROUP BY GROUPING SETS ((platform), ())"""
    ).fetchall()
    # Merchants are known, and nobody of them was ever checked: too few to say anything.
    found: Counted = {
        (figure, period, code): Measured(because=FEW)
        for (code,) in asked.connection.execute("SELECT DISTINCT platform FROM merchant").fetchall()
        if code in known
    }
    for platform, same, checked in rows:
        code = CITY if platform == WHOLE else platform
        if code in known:
            found[figure, period, code] = Measured(same, checked)
    return found


def _shops(asked: Asked, period: ReportPeriod, cut: datetime) -> Counted:
    figures = ("shops", "licence_shown", "commitments", "shop_grades")
    if not has_source(asked, "shops"):
        return absent(asked, figures, period, NO_SOURCE)
    table = standing(asked, "shops", _SHOPS, known_before=cut)
    end = f"DATE '{period.ends_on}'"
    run = asked.connection.execute
    run(
        f"""CREATE OR REPLACE TEMP TABLE shop AS
        SELECT s.subject_id, s.platform_uscc AS platform, w.is_person, CASE WHEN s.licence_shown IN ({_listed(_YES)}) THEN true
               WHEN s.licence_shown IN ({_listed(_NO)}) THEN false END AS shown,
               coalesce(CAST(s.opened_on AS DATE) < {end}, true) AND coalesce(CAST(s.closed_on AS DATE) >= {end}, true) AS there
        FROM {table} s JOIN who w ON w.id = s.subject_id WHERE s.platform_uscc IS NOT NULL"""
    )
    rows = run(
        f"""SELECT coalesce(platform, '{WHOLE}'), count(*) FILTER (there), count(*) FILTER (there AND shown),
               count(*) FILTER (there AND shown IS NOT NULL)
        FROM shop GROUP BY GROUPING SETS ((platform), ())"""
    ).fetchall()
    found = absent(asked, figures, period, NOT_REPORTED)
    known = {code for _, _, code in found}
    for platform, there, shown, said in rows:
        code = CITY if platform == WHOLE else platform
        if code in known:
            found["shops", period, code] = Measured(there)
            found["licence_shown", period, code] = Measured(shown, said)
    return found | _commitments(asked, period, cut, known) | _grades(asked, period, known)


def _commitments(asked: Asked, period: ReportPeriod, cut: datetime, known: set[str]) -> Counted:
    if not has_source(asked, "commitment"):
        return absent(asked, ("commitments",), period, NO_SOURCE)
    table = standing(asked, "commitment", ("committed_on", "valid_until"), known_before=cut)
    end = f"DATE '{period.ends_on}'"
    rows = asked.connection.execute(
        f"""WITH promised AS (SELECT DISTINCT subject_id FROM {table}
            WHERE CAST(committed_on AS DATE) < {end} AND coalesce(CAST(valid_until AS DATE) >= {end}, true))
        SELECT coalesce(platform, '{WHOLE}'),
               count(DISTINCT subject_id) FILTER (subject_id IN (SELECT subject_id FROM promised)), count(DISTINCT subject_id)
        FROM shop WHERE there GROUP BY GROUPING SETS ((platform), ())"""
    ).fetchall()
    return _by_platform("commitments", period, rows, known)


def _by_platform(figure: str, period: ReportPeriod, rows: list[Any], known: set[str]) -> Counted:
    found: Counted = {}
    for platform, top, of in rows:
        code = CITY if platform == WHOLE else platform
        if code in known:
            found[figure, period, code] = Measured(top, of)
    return found


def _grades(asked: Asked, period: ReportPeriod, known: set[str]) -> Counted:
    """Grades as they are now: for another period than the report's own, or long after it, they say nothing."""
    figure = "shop_grades"
    if not kept_for(asked, period):
        return absent(asked, (figure,), period, NOT_KEPT)
    letters = current_letters()
    if not letters:
        return absent(asked, (figure,), period, NO_RUN)
    counted = (
        asked.catalog.monitoring.figures[figure].counted if figure in asked.catalog.monitoring.figures else ()
    )
    sellers: dict[str, set[int]] = {code: set() for code in known}
    for platform, subject in asked.connection.execute(
        "SELECT DISTINCT platform, subject_id FROM shop WHERE there AND NOT is_person"
    ).fetchall():
        sellers[CITY].add(subject)
        if platform in sellers:
            sellers[platform].add(subject)
    found: Counted = {}
    for code, subjects in sellers.items():
        if not subjects:
            continue
        spread: dict[str, int] = {}
        for subject in subjects:
            letter = letters.get(subject)
            if letter:
                spread[letter] = spread.get(letter, 0) + 1
        parts = tuple(Part(letter, letter, spread[letter]) for letter in sorted(spread))
        found[figure, period, code] = Measured(
            sum(spread.get(letter, 0) for letter in counted), sum(spread.values()), parts
        )
    return found


def kept_for(asked: Asked, period: ReportPeriod) -> bool:
    """Whether what is only known as it is now may stand for a period: the report's own, made soon after it."""
    late = timedelta(days=asked.catalog.monitoring.late_days)
    return period == asked.now and asked.at < midnight(period.ends_on + late)


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values) or "NULL"
