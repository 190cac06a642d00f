"""From a run's file of shops to what is kept of each."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import duckdb

from ecredit.foundation.catalog.rating_types import RatingRule
from ecredit.foundation.engine.duck import sql_text
from ecredit.judgement.evaluation.rating_points import find_level
from ecredit.judgement.evaluation.rating_types import RatedShop, RatingFigures

_COUNTS = ("waiting", "people", "follow_ups", "replies", "found_forged")
_PLACES = 4


def read_shop_figures(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    rule: RatingRule,
    notes: Callable[[Collection[str]], Mapping[str, RatedShop]],
) -> list[RatingFigures]:
    """Every shop of the file of which there is a rating, shown or waiting, in the order of their tokens."""
    cursor = connection.execute(
        f"SELECT * FROM read_parquet({sql_text(str(path))}) WHERE ratings > 0 OR waiting > 0 ORDER BY shop_id"
    )
    names = [str(column[0]) for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    known = notes([row["shop_id"] for row in rows])
    return [_figures(row, rule, known.get(row["shop_id"])) for row in rows]


def _figures(row: Mapping[str, Any], rule: RatingRule, note: RatedShop | None) -> RatingFigures:
    more: dict[str, Any] = {
        "effective_ratings": _rounded(row["effective_ratings"]),
        "weighted_down": row["weighted_down"],
        "weighted_down_share": _rounded(row["weighted_down_share"]),
        "reasons": [{**reason, "weight": _rounded(reason["weight"])} for reason in row["reasons"]],
        "not_judged": list(row["not_judged"]),
        **{name: row[name] for name in _COUNTS},
        "dimensions": {
            d.id: {
                **{name: _rounded(row[f"{d.id}_{name}"]) for name in ("rating", "low", "high")},
                "ratings": row[f"{d.id}_ratings"],
                "people": row[f"{d.id}_people"],
            }
            for d in rule.dimensions
            if row.get(f"{d.id}_ratings")
        },
    }
    if rule.points is not None and row["points"] is not None:
        more |= {"points": row["points"], "level": find_level(rule.points, row["points"]).id}
    return RatingFigures(
        rule=rule.id,
        rule_version=rule.version,
        rated=row["shop_id"],
        name="" if note is None else note.name,
        platform_id="" if note is None else note.platform_id,
        operator_uscc="" if note is None else note.operator_uscc,
        disputed=note is not None and note.disputed,
        rating=_rounded(row["rating"]),
        low=_rounded(row["low"]),
        high=_rounded(row["high"]),
        ratings=row["ratings"],
        more=more,
    )


def _rounded(value: float | None) -> float | None:
    """So that the last digits of floating point are no change."""
    return None if value is None else round(value, _PLACES)
