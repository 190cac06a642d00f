"""The ratings of a folder as columns: who rates whom, how high, when, and how likely the trade behind it is forged.

In `reviews` the two parties are always `rater_id`, the person, and `shop_id`, the shop; `direction` says who speaks. Where a
shop is written as the rater of a buyer, the buyer is the one of the order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from ecredit.foundation.engine.duck import sql_name, sql_text
from ecredit.foundation.engine.steps import Step
from ecredit.judgement.detection.group_rows import Array, encode
from ecredit.judgement.detection.trade_view import Given, fetch, first_of_each_key, number, seconds, token
from ecredit.judgement.evaluation.rating_chains import list_chains
from ecredit.judgement.evaluation.rating_under import BACK, DAY, Under, list_shown

SHOPS, PERSONS = "buyer_to_shop", "shop_to_buyer"


@dataclass(frozen=True, slots=True)
class Rated:
    """Ratings of one direction, in the order of a hash of their ids.

    by, of    codes of who rates and who is rated; `by_keys`, `of_keys` are the hashes they stand for
    stars     1 to 5
    days      since 1970; NaN where not known
    chance    that the trade behind it is forged, by detection; NaN where that was not judged
    chain     code: a rating and those that follow it up
    more      under the city's rules also `found` (officers found the trade behind it forged), `follows`, `replied`, and the
              scores of single dimensions by their column, NaN where there is none
    """

    by: Array
    by_keys: Array
    of: Array
    of_keys: Array
    stars: Array
    days: Array
    chance: Array
    chain: Array
    more: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Read:
    """Ratings by direction, and how many rows of `reviews` had no score that can be read or no party.

    waiting   by direction, of the ratings that are not shown yet, the hash of who is rated
    """

    rated: Mapping[str, Rated]
    left_out: int
    waiting: Mapping[str, Array] = field(default_factory=dict)


def read_rated(
    connection: duckdb.DuckDBPyConnection, given: Given, scores: Path | None, under: Under | None = None
) -> Read:
    """Read the `reviews` that are a view of `connection`; `scores` are detection's of them, None where it did not judge.

    under    the city's rules; without them every rating counts at once
    """
    view_parties(connection, given)
    more = {} if under is None else _more(connection, given, under)
    raw = fetch(connection, Step(_query(given, scores, more), "rating_rows", "review_id", "ALL"))
    raw = first_of_each_key(raw)
    raw["chain"] = list_chains(raw["key"], raw["follows"], raw["person"], raw["shop"])
    usable = np.isfinite(raw["stars"]) & (raw["person"] != 0) & (raw["shop"] != 0)
    usable &= (raw["stars"] >= 1) & (raw["stars"] <= 5)
    waiting = np.zeros(len(usable), dtype=bool)
    if under is not None:
        needs = np.array([under.rules[name].needs_order for name in BACK])[raw["back"].astype(np.int64)]
        usable &= ~needs | (raw["order"] != 0)
        # What is no rating opens nobody else's.
        shown = list_shown({**raw, "order": np.where(usable, raw["order"], 0)}, under.rules)
        waiting = usable & (shown.at > under.at)
        raw["follow_up"] = shown.follows
        more = {**more, "follow_up": ""}
    rated = {}
    for direction, by, of, rows in (
        (SHOPS, "person", "shop", usable & ~waiting & (raw["back"] == 0)),
        (PERSONS, "shop", "person", usable & ~waiting & (raw["back"] == 1)),
    ):
        by_codes, by_keys = encode(raw[by][rows])
        of_codes, of_keys = encode(raw[of][rows])
        rated[direction] = Rated(
            by_codes.astype(np.int64), by_keys, of_codes.astype(np.int64), of_keys,
            raw["stars"][rows].astype(np.float64), raw["at"][rows] / DAY, raw["chance"][rows].astype(np.float64),
            np.unique(raw["chain"][rows], return_inverse=True)[1], {name: raw[name][rows] for name in more},
        )  # fmt: skip
    kept_back = {
        direction: raw[of][waiting & (raw["back"] == back)]
        for back, (direction, of) in enumerate(((SHOPS, "shop"), (PERSONS, "person")))
    }
    return Read(rated, int((~usable).sum()), kept_back)


def _more(connection: duckdb.DuckDBPyConnection, given: Given, under: Under) -> dict[str, str]:
    """SQL of what the city's rules ask of each rating besides, by name."""
    reviews = given["reviews"]
    scores = dict.fromkeys(d.column for name in BACK for d in under.rules[name].dimensions)
    return {
        **{column: number(column) for column in scores if column in reviews},
        "order": token("order_id") if "order_id" in reviews else "0::UBIGINT",
        "replied": "(replied_at IS NOT NULL)::INT" if "replied_at" in reviews else "0",
        "found": _found(connection, given, under.confirmed),
    }


def _found(connection: duckdb.DuckDBPyConnection, given: Given, confirmed: frozenset[tuple[str, str]]) -> str:
    """SQL: whether officers found the trade behind a rating forged."""
    if not confirmed or "order_id" not in given["reviews"]:
        return "0"
    of, ids = zip(*sorted(confirmed), strict=True)
    connection.register("confirmed_rows", pa.table({"of": list(of), "id": list(ids)}))
    parcels = ""
    if {"waybill_no", "order_id"} <= set(given.get("parcels", ())):
        parcels = (
            " UNION SELECT order_id FROM parcels JOIN confirmed_rows ON waybill_no = id AND of = 'parcels'"
        )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE confirmed_orders AS SELECT id AS order_id FROM confirmed_rows WHERE of = 'orders'{parcels}"
    )
    connection.unregister("confirmed_rows")
    return (
        "coalesce(order_id IN (SELECT order_id FROM confirmed_orders WHERE order_id IS NOT NULL), false)::INT"
    )


def view_parties(connection: duckdb.DuckDBPyConnection, given: Given) -> None:
    """Make `rating_rows` (reviews with the person in `person_id`), `rated_shops` and `rated_persons` views of `connection`."""
    reviews = given["reviews"]
    back = "coalesce(direction, '') = 'shop_to_buyer'" if "direction" in reviews else "false"
    swapped = f"({back} AND rater_id = shop_id)"
    person, joined = f"CASE WHEN {swapped} THEN NULL ELSE rater_id END", ""
    if "order_id" in reviews and {"order_id", "buyer_id"} <= set(given.get("orders", ())):
        # Only the few orders that are asked for, or nothing at all.
        joined = (
            " LEFT JOIN (SELECT order_id AS of_order, min(buyer_id) AS buyer FROM orders WHERE order_id IN "
            f"(SELECT order_id FROM reviews WHERE {swapped}) GROUP BY 1) ON order_id = of_order AND {swapped}"
        )
        person = f"CASE WHEN {swapped} THEN buyer ELSE rater_id END"
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW rating_rows AS SELECT reviews.*, ({back})::INT AS back, {person} AS person_id FROM reviews{joined}"
    )
    more = " UNION SELECT shop_id FROM shops" if "shops" in given else ""
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW rated_shops AS SELECT shop_id FROM reviews{more or ' UNION SELECT NULL'}"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW rated_persons AS SELECT DISTINCT person_id AS rater_id FROM rating_rows"
    )


def _query(given: Given, scores: Path | None, more: Mapping[str, str]) -> str:
    reviews = given["reviews"]
    follows = token("follows_review_id") if "follows_review_id" in reviews else "0::UBIGINT"
    chance, joined = "'nan'::DOUBLE", ""
    if scores is not None and "order_id" in reviews:
        # Detection knows nothing of a rating whose order it never saw.
        joined = (
            f" LEFT JOIN (SELECT review_id AS scored, score AS forged FROM read_parquet({sql_text(str(scores))}) "
            "SEMI JOIN (SELECT review_id FROM reviews SEMI JOIN orders USING (order_id)) USING (review_id)) "
            "ON review_id = scored"
        )
        chance = "coalesce(forged, 'nan'::DOUBLE)"
    further = "".join(f", {sql} AS {sql_name(name)}" for name, sql in more.items())
    return (
        f"SELECT hash(review_id) AS key, {token('person_id')} AS person, {token('shop_id')} AS shop, {number('score')} AS stars, "
        f"{seconds('reviewed_at')} AS at, back, {follows} AS follows, {chance} AS chance{further} FROM rating_rows{joined} "
        "WHERE review_id IS NOT NULL AND review_id <> ''"
    )
