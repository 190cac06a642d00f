"""Everything that follows from what was collected."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date

from ecredit.facts.actors.types import Actor
from ecredit.facts.subjects.branch_actions import link_branches
from ecredit.judgement.evaluation.column_spread import Spread
from ecredit.judgement.evaluation.evaluate_actions import evaluate
from ecredit.judgement.measures.warn_actions import warn
from ecredit.judgement.triage.detect_actions import look_for_forged_trade
from ecredit.service.operation.catalog_history import note_catalog
from ecredit.service.operation.city_ratings import rate_everything
from ecredit.service.operation.disclosure_checks import check_mirrored
from ecredit.service.operation.finding_records import post_waiting_records
from ecredit.service.operation.log_stamps import try_to_stamp
from ecredit.service.operation.platform import Platform
from ecredit.service.publicity.project_actions import project

Told = Callable[[int, int, str, str], None]


def evaluate_everything(
    platform: Platform, *, by: Actor, as_of: date, full: bool = False, told: Told | None = None,
    spread: Spread | None = None,
) -> dict[str, dict[str, object]]:  # fmt: skip
    """Branches linked, grades, ratings, disclosures, projection, forged trade, warnings, in this order; each does only what is new. One process at a time.

    Nothing is published of a lead, and warnings look at all of these, so they come last. `told` hears before each step
    how many of seven are done, with a sentence; between steps it may end it by raising. `spread`: where
    everybody is graded when all of them are, if not here.
    """
    home, catalog, ring, at = platform.home, platform.catalog, platform.ring, platform.now
    with home.alone_in_lake():
        note_catalog(platform, by=by)
        _tell(told, 0, "正在关联分支机构", "linking branches")
        linked = link_branches(ring=ring, by=by, at=at)
        _tell(told, 1, "正在评价", "grading")
        graded = evaluate(
            home=home, catalog=catalog, ring=ring, as_of=as_of, by=by, at=at, full=full, spread=spread
        )
        _tell(told, 2, "正在计算评分", "rating shops")
        rated = rate_everything(platform, by=by, as_of=as_of, full=full)
        _tell(told, 3, "正在检查平台公示", "checking what platforms disclose")
        checked = check_mirrored(platform, by=by, on=as_of)
        _tell(told, 4, "正在更新公示", "publishing")
        projected = project(home=home, catalog=catalog, ring=ring, as_of=as_of, by=by, at=at, full=full)
        stamped = try_to_stamp(home)
        _tell(told, 5, "正在检测虚假交易", "looking for forged trade")
        detected = look_for_forged_trade(
            home=home, catalog=catalog, ring=ring, as_of=as_of, by=by, at=at, full=full
        )
        records = post_waiting_records(platform, by=by)
        _tell(told, 6, "正在研判预警", "looking for what to warn of")
        warned = warn(
            home=home, catalog=catalog, calendar=platform.calendar, ring=ring, as_of=as_of, by=by, at=at
        )
    return {
        "branches": asdict(linked),
        "evaluation": asdict(graded),
        "ratings": asdict(rated),
        "publicity": asdict(projected),
        "stamp": stamped,
        "warnings": asdict(warned),
        "disclosure": asdict(checked),
        "detection": {**asdict(detected), "posted": records.posted, "not_posted": list(records.faulty)},
    }


def _tell(told: Told | None, done: int, zh: str, en: str) -> None:
    if told is not None:
        told(done, 7, zh, en)
