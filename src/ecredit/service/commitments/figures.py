"""How many promised, kept their word, broke it, and whose promise soon ends: by platform and by kind of operator.

Counted over the ledger's mirror, wherever a commitment was made. Below `least` operators nothing of a group is given: what rests on
few would tell of the few. Nor is anything given from which that could be worked out by subtraction.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from ecredit.facts.actors.queries import list_organisations
from ecredit.facts.subjects.lake import current_path
from ecredit.foundation.catalog.commitment_types import AUDIENCES
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.engine.duck import open_duck, sql_text
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.judgement.monitoring.columns import has_source, open_who, standing
from ecredit.judgement.monitoring.figure_rules import decide_beside, wilson
from ecredit.judgement.monitoring.types import FEW, NO_SOURCE, Asked, MonitoredPlatform
from ecredit.service.commitments.types import BROKEN, KEPT, SOURCE

FIGURES: Final = ("promised", "kept", "broken", "ending")
CITY, PLATFORM, SECTOR = "city", "platform", "sector"
PAIRED: Final = "paired"
"""Why a figure is not given: with it another group's, which is small, could be worked out."""
_SELLERS: Final = ("merchant", "person_seller")
_DIGITS: Final = 6
_SHOPS: Final = ("platform_uscc", "opened_on", "closed_on")
_LICENCE: Final = "courier_licence"

Group = dict[str, Any]
"""A row of the document: `by` (city, platform, sector), `key`, `name`, `operators`, `because`, and of each figure its count, share
and interval."""


def count_commitment_figures(home: Home, catalog: Catalog, *, on: date, at: datetime) -> dict[str, Any]:
    """The figures of a day as JSON holds them. Raises WrongUse before the first evaluation, as `open_who`."""
    rules = catalog.commitments.breach
    soon = rules.remind_days[0] if rules.remind_days else 0
    platforms = tuple(
        MonitoredPlatform(one.uscc, one.id, one.name, on)
        for one in list_organisations(on=on)
        if one.kind == "platform" and one.uscc
    )
    with open_duck(spill=home.lake / "commitments.spill", threads=2, memory="2GB") as connection:
        asked = Asked(home, catalog, WorkCalendar(), platforms, (), at, connection)
        open_who(asked)
        _open_promises(asked, on, soon)
        _open_operators(asked, on)
        counted = {
            (by, key): counts
            for by, key, *counts in connection.execute(
                """SELECT o.by, o.key, count(DISTINCT o.subject_id),
                   count(DISTINCT o.subject_id) FILTER (p.promised), count(DISTINCT o.subject_id) FILTER (p.kept),
                   count(DISTINCT o.subject_id) FILTER (p.broken), count(DISTINCT o.subject_id) FILTER (p.ending)
                   FROM operator o LEFT JOIN promise p ON p.subject_id = o.subject_id GROUP BY o.by, o.key"""
            ).fetchall()
        }
        told = has_source(asked, SOURCE)
    names = {one.uscc: one.name for one in platforms}
    keys = [
        (CITY, ""),
        *((SECTOR, audience) for audience in AUDIENCES),
        *((PLATFORM, code) for code in sorted(names)),
    ]
    groups = [
        group_of(by, key, names.get(key, ""), counted.get((by, key)), least=rules.least, told=told)
        for by, key in keys
    ]
    guard_few(groups, counted, rules.least)
    return {"as_of": on.isoformat(), "least": rules.least, "soon_days": soon, "groups": groups}


def guard_few(groups: list[Group], counted: Mapping[tuple[str, str], Sequence[int]], least: int) -> None:
    """Withhold what, taken from the whole city and the rest, would tell what is withheld of a group of few: of merchants and individual
    sellers, who are the city's operators, and of platforms. The city itself stays: it is what the parts beside it add up to anyway."""
    for by, shown in ((SECTOR, _SELLERS), (PLATFORM, None)):
        parts = {
            key: counts for (of, key), counts in counted.items() if of == by and key in (shown or (key,))
        }
        rows = {group["key"]: group for group in groups if group["by"] == by and group["key"] in parts}
        if not any(group["by"] == CITY and group["because"] == "" for group in groups):
            continue
        _hide_groups(rows, parts, least)
        for figure in FIGURES:
            of = 0 if figure == "promised" else 1
            behind = {key: counts[of] for key, counts in parts.items()}
            dark = {key for key in parts if not _is_shown(rows.get(key), figure)}
            for key in _beside(behind, dark, least):
                rows[key]["figures"][figure] = _withheld(PAIRED)


def _hide_groups(rows: Mapping[str, Group], parts: Mapping[str, Sequence[int]], least: int) -> None:
    dark = {key for key in parts if key not in rows or rows[key]["because"]}
    for key in _beside({key: counts[0] for key, counts in parts.items()}, dark, least):
        rows[key].update(operators=None, because=PAIRED, figures={})


def _beside(behind: Mapping[str, int], dark: Collection[str], least: int) -> set[str]:
    """Which others are hidden too. Many of whom nothing is given (a platform that is not registered) need nobody beside them."""
    if sum(behind[key] for key in dark) >= least and any(behind[key] >= least for key in dark):
        return set()
    return decide_beside(behind, dark, least)


def _is_shown(row: Group | None, figure: str) -> bool:
    return row is not None and not row["because"] and not row["figures"][figure]["because"]


def group_of(by: str, key: str, name: str, counts: list[int] | None, *, least: int, told: bool) -> Group:
    """A group as it may be shown: nothing of it below `least`, nor where nobody reports commitments at all."""
    operators = 0 if counts is None else counts[0]
    head: Group = {"by": by, "key": key, "name": name}
    because = NO_SOURCE if not told else FEW if operators < least else ""
    if because or counts is None:
        return head | {"operators": None, "because": because or FEW, "figures": {}}
    promised = counts[1]
    figures = {}
    for figure, top in zip(FIGURES, counts[1:], strict=True):
        of = operators if figure == "promised" else promised
        figures[figure] = share_of(top, of, least)
    return head | {"operators": operators, "because": "", "figures": figures}


def share_of(top: int, of: int, least: int) -> dict[str, Any]:
    """A count with its share and 95 % interval; only why not, where it would rest on fewer than `least`."""
    if of < max(least, 1):
        return _withheld(FEW)
    low, high = wilson(top, of)
    return {
        "count": top, "of": of, "share": round(top / of, _DIGITS), "low": round(low, _DIGITS), "high": round(high, _DIGITS),
        "because": "",
    }  # fmt: skip


def _withheld(because: str) -> dict[str, Any]:
    return {"count": None, "of": None, "share": None, "low": None, "high": None, "because": because}


def figure_lines(document: Mapping[str, Any]) -> Iterator[tuple[Group, str, dict[str, Any]]]:
    """Every figure of every group, one after the other; of a group of which nothing is given, why."""
    for group in document["groups"]:
        if group["because"]:
            for figure in FIGURES:
                yield group, figure, _withheld(group["because"])
            continue
        for figure in FIGURES:
            yield group, figure, group["figures"][figure]


def _open_promises(asked: Asked, on: date, soon: int) -> None:
    """Make `promise`: a row a subject with any commitment. Kept and broken are of those who have one in force or had one found broken."""
    run = asked.connection.execute
    if not has_source(asked, SOURCE):
        run(
            "CREATE OR REPLACE TEMP TABLE promise AS SELECT 0::BIGINT AS subject_id, false AS promised, false AS kept, false AS broken,"
            " false AS ending WHERE false"
        )
        return
    table = standing(asked, SOURCE, ("committed_on", "valid_until", "fulfilment"), known_before=None)
    day, edge = f"DATE '{on}'", f"DATE '{on + timedelta(days=soon)}'"
    run(
        f"""CREATE OR REPLACE TEMP TABLE promise AS WITH one AS (
            SELECT subject_id, fulfilment, TRY_CAST(valid_until AS DATE) AS until,
                   coalesce(TRY_CAST(committed_on AS DATE) <= {day}, false) AND coalesce(TRY_CAST(valid_until AS DATE) >= {day}, true) AS stands
            FROM {table})
        SELECT subject_id, bool_or(stands) AS promised,
               bool_or(stands AND coalesce(fulfilment, '') = {sql_text(KEPT)}) AND NOT bool_or(stands AND coalesce(fulfilment, '') = {sql_text(BROKEN)}) AS kept,
               bool_or(stands AND coalesce(fulfilment, '') = {sql_text(BROKEN)}) AS broken,
               bool_or(stands) AND coalesce(max(coalesce(until, DATE '9999-12-31')) FILTER (stands) <= {edge}, false) AS ending
        FROM one GROUP BY subject_id"""
    )


def _open_operators(asked: Asked, on: date) -> None:
    """Make `operator`: who is in which group on a day; a subject may be in several."""
    run, day = asked.connection.execute, f"DATE '{on}'"
    people = f"read_parquet({sql_text(str(current_path(asked.home)))})"
    parts = [
        f"SELECT '{SECTOR}' AS by, 'platform' AS key, s.canonical_id AS subject_id FROM {people} s JOIN platform p ON p.uscc = s.code"
    ]
    if has_source(asked, "shops"):
        shops = standing(asked, "shops", _SHOPS)
        run(
            f"""CREATE OR REPLACE TEMP TABLE open_shop AS SELECT s.subject_id, s.platform_uscc AS platform, w.is_person
            FROM {shops} s JOIN who w ON w.id = s.subject_id
            WHERE coalesce(TRY_CAST(s.opened_on AS DATE) <= {day}, true) AND coalesce(TRY_CAST(s.closed_on AS DATE) > {day}, true)"""
        )
        parts += [
            f"SELECT '{CITY}', '', subject_id FROM open_shop",
            f"SELECT '{PLATFORM}', coalesce(platform, ''), subject_id FROM open_shop",
            f"SELECT '{SECTOR}', CASE WHEN is_person THEN 'person_seller' ELSE 'merchant' END, subject_id FROM open_shop",
        ]
    if has_source(asked, _LICENCE):
        parts.append(f"SELECT '{SECTOR}', 'courier', subject_id FROM {standing(asked, _LICENCE, ())}")
    run(f"CREATE OR REPLACE TEMP TABLE operator AS {' UNION ALL '.join(parts)}")
