"""The ratings of a folder as columns: who rates whom, how high, when, and how likely the trade behind it is forged.

In `reviews` the two parties are always `rater_id`, the person, and `shop_id`, the shop; `direction` says who speaks. Where a
shop is written as the rater of a buyer, the buyer is the one of the order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from ecredit.foundation.engine.duck import sql_text
from ecredit.foundation.engine.steps import Step
from ecredit.judgement.detection.group_rows import Array, encode, match
from ecredit.judgement.detection.trade_view import Given, fetch, first_of_each_key, number, seconds, token

DAY = 86_400.0
SHOPS, PERSONS = "buyer_to_shop", "shop_to_buyer"
_JUMPS = 40


@dataclass(frozen=True, slots=True)
class Rated:
    """Ratings of one direction, in the order of a hash of their ids.

    by, of    codes of who rates and who is rated; `by_keys`, `of_keys` are the hashes they stand for
    stars     1 to 5
    days      since 1970; NaN where not known
    chance    that the trade behind it is forged, by detection; NaN where that was not judged
    chain     code: a rating and those that follow it up
    """

    by: Array
    by_keys: Array
    of: Array
    of_keys: Array
    stars: Array
    days: Array
    chance: Array
    chain: Array


@dataclass(frozen=True, slots=True)
class Read:
    """Ratings by direction, and how many rows of `reviews` had no score that can be read or no party."""

    rated: Mapping[str, Rated]
    left_out: int


def read_rated(connection: duckdb.DuckDBPyConnection, given: Given, scores: Path | None) -> Read:
    """Read the `reviews` that are a view of `connection`; `scores` are detection's of them, None where it did not judge."""
    view_parties(connection, given)
    raw = fetch(connection, Step(_query(given, scores), "rating_rows", "review_id", "ALL"))
    raw = first_of_each_key(raw)
    raw["chain"] = list_chains(raw["key"], raw["follows"], raw["person"], raw["shop"])
    usable = np.isfinite(raw["stars"]) & (raw["person"] != 0) & (raw["shop"] != 0)
    usable &= (raw["stars"] >= 1) & (raw["stars"] <= 5)
    rated = {}
    for direction, by, of, rows in (
        (SHOPS, "person", "shop", usable & (raw["back"] == 0)),
        (PERSONS, "shop", "person", usable & (raw["back"] == 1)),
    ):
        by_codes, by_keys = encode(raw[by][rows])
        of_codes, of_keys = encode(raw[of][rows])
        rated[direction] = Rated(
            by_codes.astype(np.int64), by_keys, of_codes.astype(np.int64), of_keys,
            raw["stars"][rows].astype(np.float64), raw["at"][rows] / DAY, raw["chance"][rows].astype(np.float64),
            np.unique(raw["chain"][rows], return_inverse=True)[1],
        )  # fmt: skip
    return Read(rated, int((~usable).sum()))


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


def _query(given: Given, scores: Path | None) -> str:
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
    return (
        f"SELECT hash(review_id) AS key, {token('person_id')} AS person, {token('shop_id')} AS shop, {number('score')} AS stars, "
        f"{seconds('reviewed_at')} AS at, back, {follows} AS follows, {chance} AS chance FROM rating_rows{joined} "
        "WHERE review_id IS NOT NULL AND review_id <> ''"
    )


def list_chains(key: Array, follows: Array, person: Array, shop: Array) -> Array:
    """A number for each rating that it shares with those that follow it up: the same person about the same shop.

    A circle is one chain. Links are doubled at each step (pointer jumping), so the longest chain costs its logarithm.
    """
    count = len(key)
    itself = np.arange(count)
    to = match(key, follows)
    to = np.where((follows != 0) & (to >= 0), to, itself)
    to = np.where((person[to] == person) & (shop[to] == shop), to, itself)
    least = itself.copy()
    for _ in range(_JUMPS):
        further = to[to]
        least = np.minimum(least, least[to])
        if (further == to).all() and (least == least[to]).all():
            break
        to = further
    # Where a chain ends in one rating that is its number; where it ends in a circle, the least of the circle.
    return least[to] if count else itself
