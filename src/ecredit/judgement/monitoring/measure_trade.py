"""Counted from the trade platforms send and what follows from it: orders, confirmed forged trade, what waits, ratings of shops.

Whose a shop is says who sent its trade, not what a row calls its platform: a sender speaks only for itself.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from ecredit.facts.market.lake_queries import sql_current
from ecredit.facts.market.models import TradeBatch
from ecredit.foundation.engine.duck import sql_text
from ecredit.judgement.evaluation.rating_queries import find_rating_run, list_shop_stars
from ecredit.judgement.monitoring.columns import midnight
from ecredit.judgement.monitoring.figure_rules import median
from ecredit.judgement.monitoring.measure_market import absent, kept_for
from ecredit.judgement.monitoring.types import (
    CITY,
    NO_RUN,
    NO_TRADE,
    NOT_KEPT,
    Asked,
    Counted,
    Measured,
    Part,
)
from ecredit.judgement.triage.queries import last_run, list_confirmed, list_waiting_shops

_FORGED: Final = ("forged_shops", "forged_orders")
_RATED: Final = ("shop_rating", "ratings_weighted_down")
_BANDS: Final = ((1.0, 2.0), (2.0, 3.0), (3.0, 4.0), (4.0, 4.5), (4.5, 5.0))
# Orders of a period are counted for the ratio of complaints; it is no figure by itself.
ORDERS: Final = "orders"


def count_trade(asked: Asked) -> Counted:
    """All figures of this family; two passes over the lake of trade, whatever the number of periods and platforms."""
    figures = (ORDERS, *_FORGED, "findings_waiting", *_RATED)
    found: Counted = {k: v for p in asked.periods for k, v in absent(asked, figures, p, NO_TRADE).items()}
    senders = {p.id: p.uscc for p in asked.platforms}
    batches = list(TradeBatch.objects.filter(state="done").order_by("pk"))
    if not batches:
        return found
    sending = {senders[batch.supplier] for batch in batches if batch.supplier in senders} | {CITY}
    holders = _shop_senders(asked, batches, senders)
    found |= _orders(asked, batches, senders)
    found |= _forged(asked, sending, holders)
    return found | _ratings(asked, sending, holders)


def _rows(asked: Asked, table: str, batches: list[TradeBatch]) -> str | None:
    """SQL of a trade table's rows that count with who sent each (`supplier`); None where it never came."""
    mine = [batch for batch in batches if batch.table == table]
    if not mine:
        return None
    sent = ", ".join(f"({batch.pk}, {sql_text(batch.supplier)})" for batch in mine)
    rows = sql_current(asked.home, asked.catalog.trade.tables[table], asked.catalog.trade, mine)
    return f"({rows}) JOIN (VALUES {sent}) sent(_batch, supplier) USING (_batch)"


def _shop_senders(asked: Asked, batches: list[TradeBatch], senders: dict[str, str]) -> dict[str, str]:
    """Shop → the code of the platform that sent its trade; a shop two senders know belongs to neither."""
    parts = [
        f"SELECT DISTINCT shop_id, supplier FROM {rows}"
        for table in ("shops", "orders", "reviews")
        if (rows := _rows(asked, table, batches)) is not None
    ]
    if not parts:
        return {}
    with asked.home.alone_in_trade():
        found = asked.connection.execute(
            f"""SELECT shop_id, min(supplier) FROM ({" UNION ".join(parts)}) GROUP BY 1 HAVING count(DISTINCT supplier) = 1"""
        ).fetchall()
    return {shop: senders[supplier] for shop, supplier in found if supplier in senders}


def _orders(asked: Asked, batches: list[TradeBatch], senders: dict[str, str]) -> Counted:
    rows = _rows(asked, "orders", batches)
    if rows is None:
        return {}
    first, last = asked.periods[0].starts_on, asked.now.ends_on
    with asked.home.alone_in_trade():
        counted = asked.connection.execute(
            f"""SELECT supplier, date_trunc('month', ordered_at)::DATE, count(*) FROM {rows}
            WHERE ordered_at >= DATE '{first}' AND ordered_at < DATE '{last}' GROUP BY ALL"""
        ).fetchall()
    found: Counted = {}
    for period in asked.periods:
        totals: dict[str, int] = defaultdict(int)
        for supplier, month, count in counted:
            if period.starts_on <= month < period.ends_on:
                totals[CITY] += count
                if supplier in senders:
                    totals[senders[supplier]] += count
        for code, count in totals.items():
            found[ORDERS, period, code] = Measured(count)
    return found


def _forged(asked: Asked, sending: Iterable[str], holders: dict[str, str]) -> Counted:
    figures = (*_FORGED, "findings_waiting")
    if last_run() is None:
        return {k: v for p in asked.periods for k, v in absent(asked, figures, p, NO_RUN).items()}
    confirmed = list_confirmed(
        since=midnight(asked.periods[0].starts_on), until=min(midnight(asked.now.ends_on), asked.at)
    )
    found: Counted = {}
    for period in asked.periods:
        shops: dict[str, set[str]] = {code: set() for code in sending}
        orders: dict[str, set[str]] = {code: set() for code in sending}
        start, end = midnight(period.starts_on), midnight(period.ends_on)
        for finding in confirmed:
            if start <= finding.at < end:
                for code in {CITY, holders.get(finding.shop_id, CITY)} & shops.keys():
                    shops[code].add(finding.shop_id)
                    orders[code] |= set(finding.orders)
        for code in shops:
            found["forged_shops", period, code] = Measured(len(shops[code]))
            found["forged_orders", period, code] = Measured(len(orders[code]))
        found |= absent(asked, ("findings_waiting",), period, NOT_KEPT)
    if kept_for(asked, asked.now):
        waiting = list_waiting_shops()
        for code in sending:
            count = len(waiting) if code == CITY else sum(holders.get(shop) == code for shop in waiting)
            found["findings_waiting", asked.now, code] = Measured(count)
    return found


def _ratings(asked: Asked, sending: Iterable[str], holders: dict[str, str]) -> Counted:
    """Ratings as they are shown now; those of shops with too few ratings to be shown are left out."""
    found = {k: v for p in asked.periods for k, v in absent(asked, _RATED, p, NOT_KEPT).items()}
    if not kept_for(asked, asked.now):
        return found
    rule = asked.catalog.ratings.get("buyer_to_shop")
    if find_rating_run() is None or rule is None:
        return found | absent(asked, _RATED, asked.now, NO_RUN)
    rows: dict[str, list[Any]] = {code: [] for code in sending}
    for shop in list_shop_stars(least=rule.public_from):
        for code in {CITY, holders.get(shop.shop_id, CITY)} & rows.keys():
            rows[code].append(shop)
    for code, mine in rows.items():
        middle = median((shop.rating, 1) for shop in mine)
        parts = tuple(
            Part(f"{low:g}–{high:g} 分", f"{low:g}–{high:g}", count)
            for place, (low, high) in enumerate(_BANDS)
            if (count := sum(_in_band(shop.rating, place) for shop in mine))
        )
        total = sum(shop.ratings for shop in mine)
        down = sum(shop.weighted_down for shop in mine)
        found["shop_rating", asked.now, code] = Measured(0.0 if middle is None else middle, len(mine), parts)
        found["ratings_weighted_down", asked.now, code] = Measured(down, total)
    return found


def _in_band(rating: float, place: int) -> bool:
    low, high = _BANDS[place]
    return low <= rating < high or (place == len(_BANDS) - 1 and rating == high)
