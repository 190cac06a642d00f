"""Ratings of couriers as departments and platforms filed them, put together for each side; the sides are never mixed."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from datetime import date

import numpy as np

from ecredit.facts.records.queries import mirror_glob, mirror_sources
from ecredit.facts.subjects.queries import canonical_id
from ecredit.foundation.catalog.rating_types import RatingRule
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.engine.duck import open_duck, sql_text
from ecredit.foundation.kernel.home import Home
from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.evaluation.rating_figures import compute_figures, count_people
from ecredit.judgement.evaluation.rating_types import RatingFigures

SOURCE = "courier_rating"
# The sides by the names the code table gives them: the direction, and whether only departments may speak for it.
_SIDES = {
    "监管部门": ("regulator_to_courier", True),
    "商户": ("merchant_to_courier", False),
    "电商平台": ("platform_to_courier", False),
    "消费者": ("consumer_to_courier", False),
}
_OWN_SIDES = frozenset({"监管部门", "电商平台"})
# One who rates a courier again and again has no more than so many voices, as with shops.
_MOST_VOICES = 5.0
_PLACES = 4
Filed = tuple[int, str, str, str, str, str, str, str, str]
"""Subject, supplier, side, rater, waybill, score, and the scores of punctuality, service and safety."""


def read_filed(home: Home, catalog: Catalog, as_of: date) -> list[Filed]:
    """The ratings that stand, made up to a day, in the order of their entries."""
    if SOURCE not in catalog.sources or SOURCE not in mirror_sources(home):
        return []
    with open_duck(threads=1) as connection:
        return connection.execute(
            "WITH latest AS (SELECT *, row_number() OVER (PARTITION BY doc_key ORDER BY leaf DESC) AS place "
            f"FROM read_parquet({sql_text(mirror_glob(home, SOURCE))}, union_by_name=true)) "
            "SELECT subject_id, supplier, rater_side, coalesce(rater_id, ''), coalesce(waybill_no, ''), score, "
            "coalesce(score_timeliness, ''), coalesce(score_service, ''), coalesce(score_safety, '') FROM latest "
            "WHERE place = 1 AND verb <> 'withdraw' AND rated_on <= ? ORDER BY leaf",
            [as_of.isoformat()],
        ).fetchall()


def filed_digest(filed: list[Filed]) -> str:
    """SHA-256 over what was filed."""
    return hashlib.sha256(json.dumps(filed, ensure_ascii=False).encode()).hexdigest()


def rate_couriers(
    filed: list[Filed], catalog: Catalog, rules: Mapping[str, RatingRule]
) -> list[RatingFigures]:
    """Each courier's rating by each side of which there is a rule in force.

    Only a department speaks as a regulator, and no department as anybody else; where the rule asks for a waybill one without is left out.
    """
    canonical = {subject: canonical_id(subject) for subject in {row[0] for row in filed}}
    found: list[RatingFigures] = []
    for side, (direction, by_department) in _SIDES.items():
        rule = rules.get(direction)
        if rule is None:
            continue
        rows = [
            row
            for row in filed
            if row[2] == side
            and (row[1] in catalog.departments) == by_department
            and (row[4] or not rule.needs_order)
        ]
        if rows:
            found += _rate_side(rows, rule, canonical)
    return found


def _rate_side(rows: list[Filed], rule: RatingRule, canonical: Mapping[int, int]) -> list[RatingFigures]:
    subjects = sorted({canonical[row[0]] for row in rows})
    place = {subject: n for n, subject in enumerate(subjects)}
    of = np.array([place[canonical[row[0]]] for row in rows], dtype=np.int64)
    # Whom a department or platform names as rater is its own choice: for these sides it is itself the rater.
    own = rows[0][2] in _OWN_SIDES
    each = _times([(row[1], "" if own else row[3], canonical[row[0]]) for row in rows])
    weight = np.minimum(1.0, _MOST_VOICES / each)
    if not own:
        # One parcel is one experience, however many are said to have rated it.
        weight /= _times([(row[1], row[4] or str(n), canonical[row[0]]) for n, row in enumerate(rows)])
    count = len(subjects)
    raters = sorted({(row[1], "" if own else row[3]) for row in rows})
    number_of = {rater: n for n, rater in enumerate(raters)}
    by = np.array([number_of[row[1], "" if own else row[3]] for row in rows], dtype=np.int64)
    people = count_people(of, by, count)
    whole = compute_figures(of, _stars(rows, 5), weight, count)
    sides, spoke = {}, {}
    for number, dimension in enumerate(rule.dimensions):
        stars = _stars(rows, 6 + number)
        said = np.flatnonzero(np.isfinite(stars))
        sides[dimension.id] = compute_figures(of[said], stars[said], weight[said], count)
        spoke[dimension.id] = count_people(of[said], by[said], count)
    lost = np.bincount(of[weight < 0.9], minlength=count)
    found = []
    for n, subject in enumerate(subjects):
        taken = float(whole.taken[n])
        more = {
            "effective_ratings": round(float(whole.effective[n]), _PLACES),
            "weighted_down": int(whole.weighted_down[n]),
            "weighted_down_share": round(taken, _PLACES),
            "reasons": [{"reason": "repeated", "ratings": int(lost[n]), "weight": round(taken * int(whole.ratings[n]), _PLACES)}]
            if lost[n]
            else [],
            "not_judged": [],
            "people": int(people[n]),
            "dimensions": {
                name: {
                    "rating": round(float(f.rating[n]), _PLACES), "low": round(float(f.low[n]), _PLACES),
                    "high": round(float(f.high[n]), _PLACES), "ratings": int(f.ratings[n]), "people": int(spoke[name][n]),
                }
                for name, f in sides.items()
                if f.ratings[n]
            },
        }  # fmt: skip
        found.append(
            RatingFigures(
                rule.id, rule.version, f"S{subject}", "", "", "", False, round(float(whole.rating[n]), _PLACES),
                round(float(whole.low[n]), _PLACES), round(float(whole.high[n]), _PLACES), int(whole.ratings[n]), more, subject,
            )
        )  # fmt: skip
    return found


def _times(keys: list[tuple[str, str, int]]) -> Array:
    """How often each key stands in the list."""
    many = Counter(keys)
    return np.array([many[key] for key in keys], dtype=np.float64)


def _stars(rows: list[Filed], column: int) -> Array:
    return np.array([float(str(row[column])[:1]) if row[column] else np.nan for row in rows])
