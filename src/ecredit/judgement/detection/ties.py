"""What an order's shop, buyer, device, address, payer and outlet say of it: the other orders of each, never its own.

An order is likelier forged where others of the same shop, in the same weeks, look forged. Every effect is a log ratio of the
group's share of forged orders (its own order left out, shrunk towards the city's share) to the city's, and is capped:
uncapped, the busiest groups decide everything.
"""

from collections.abc import Callable
from functools import partial
from typing import Literal

import numpy as np

from ecredit.judgement.detection.group_rows import Array, by_code, in_time, pairs, runs, sizes
from ecredit.judgement.detection.side_by_side import side_by_side
from ecredit.judgement.detection.trade_view import TradeView

DAY = 86_400.0
# Few enough that their whole neighbourhood stays near.
_BLOCK = 4_096
# Rows stand in the order of a hash, so the first of them are a fair sample.
_CALIBRATE = 200_000
_SHOP_LOW, _SHOP_HIGH = -2.0, 3.5
_BUYER_LOW = -0.8
_OUTLET_LOW, _OUTLET_HIGH = -0.7, 1.0


def logit(share: Array | float) -> Array:
    """ln of odds, kept finite."""
    kept = np.clip(share, 1e-7, 1 - 1e-7)
    return np.asarray(np.log(kept / (1 - kept)))


def chances(log_odds: Array, share: float) -> tuple[Array, float]:
    """Return `(chance, shift)`: chances whose mean is `share`, and what had to be added to the log-odds for it."""
    sample = np.asarray(log_odds[:_CALIBRATE], dtype=np.float32)
    low, high = -40.0, 40.0
    for _ in range(32):
        middle = (low + high) / 2
        if float(np.mean(_logistic(sample + np.float32(middle)))) > share:
            high = middle
        else:
            low = middle
    shift = (low + high) / 2
    return _logistic(np.asarray(log_odds, dtype=np.float32) + np.float32(shift)), shift


def _logistic(log_odds: Array) -> Array:
    odds = np.exp(-np.clip(log_odds, -40, 40))
    odds += 1
    return np.asarray(np.divide(1, odds, out=odds))


class Group:
    """Orders that share something. Groups of one, and of more than `most`, say nothing.

    `apart`: orders of one group that also share this are not each other's witnesses, as a buyer's at the same shop.
    Members stand one group after the other, so that sums are runs and only the chances are fetched from everywhere.
    """

    def __init__(
        self, codes: Array, prior: float, cap: float, most: int | None = None, apart: Array | None = None
    ) -> None:
        size = sizes(codes)
        kept = np.flatnonzero(codes >= 0)
        if len(kept):
            each = size[codes[kept]]
            kept = kept[(each >= 2) & (each <= (most or len(codes)))]
        order = by_code(codes[kept], None if apart is None else apart[kept])
        self.rows = kept[order].astype(np.int32 if len(codes) < 2**31 else np.int64)
        code = codes[self.rows]
        self.starts, self.size = runs(code)
        self.inner = None
        if apart is not None and len(kept):
            beside = apart[self.rows]
            # What is not known is nobody's like.
            new = np.concatenate([[True], (code[1:] != code[:-1]) | (beside[1:] != beside[:-1])]) | (
                beside < 0
            )
            starts = np.flatnonzero(new)
            self.inner = starts, np.diff(starts, append=len(code))
        self.prior, self.cap = prior, cap

    def effect(self, chance: Array, share: float) -> Array:
        """The log ratio for each order, 0 where the group says nothing."""
        effect = np.zeros(len(chance), dtype=np.float32)
        if not len(self.rows):
            return effect
        own = chance[self.rows]
        total, count = self._of_each(own, self.starts, self.size)
        if self.inner is not None:
            inner, there = self._of_each(own, *self.inner)
            total -= inner
            count -= there
            del inner, there
        else:
            total -= own
            count -= 1
        np.maximum(total, 0.0, out=total)
        total += np.float32(self.prior * share)
        count += np.float32(self.prior)
        count *= np.float32(share)
        total /= count
        np.log(total, out=total)
        np.clip(total, -self.cap, self.cap, out=total)
        effect[self.rows] = total
        return effect

    @staticmethod
    def _of_each(own: Array, starts: Array, size: Array) -> tuple[Array, Array]:
        """Each member's sum and count of its run; added up in double precision, kept in single."""
        total = np.add.reduceat(own, starts, dtype=np.float64).astype(np.float32)
        return np.repeat(total, size), np.repeat(size.astype(np.float32), size)


class ShopWeeks:
    """A shop's share of forged orders: over all time, in the 50 days and in the 14 days around, each shrunk to the wider one."""

    _SPANS = ((25.0, 8.0), (7.0, 6.0))
    _PRIOR = 15.0

    def __init__(self, shop: Array, at: Array, threads: int = 1) -> None:
        self.rows = len(shop)
        known = np.flatnonzero(shop >= 0)
        self.order = known[in_time(shop[known], at[known])].astype(
            np.int32 if len(shop) < 2**31 else np.int64
        )
        code = shop[self.order]
        self.starts, self.size = runs(code)
        moment = np.nan_to_num(at[self.order])
        start = float(moment.min()) if len(moment) else 0.0
        # Shops stand far apart on one line of time, so that one search serves all.
        width = (float(moment.max()) - start if len(moment) else 0.0) + 100 * DAY
        line = code.astype(np.float64) * width + (moment - start)
        ends = side_by_side(
            [
                partial(_standing, line, days * DAY, side)
                for days, _ in self._SPANS
                for side in (_BEFORE, _AFTER)
            ],
            threads,
        )
        self.windows = [
            (ends[2 * place], ends[2 * place + 1], prior) for place, (_, prior) in enumerate(self._SPANS)
        ]

    def effect(self, chance: Array, share: float) -> Array:
        """The log ratio for each order."""
        effect = np.zeros(self.rows, dtype=np.float32)
        if not len(self.order):
            return effect
        own = chance[self.order].astype(np.float64)
        total = np.repeat(np.add.reduceat(own, self.starts), self.size)
        here = (total - own + self._PRIOR * share) / (np.repeat(self.size, self.size) - 1 + self._PRIOR)
        running = np.concatenate([[0.0], np.cumsum(own)])
        for before, after, prior in self.windows:
            inside = np.maximum(running[after] - running[before] - own, 0.0)
            here = (inside + prior * here) / (after - before - 1 + prior)
        effect[self.order] = np.clip(logit(here) - logit(share), _SHOP_LOW, _SHOP_HIGH)
        return effect


_BEFORE: Literal["left"] = "left"
_AFTER: Literal["right"] = "right"


def _standing(line: Array, apart: float, side: Literal["left", "right"]) -> Array:
    """Where each place of a rising line would stand `apart` earlier (`left`) or later (`right`).

    Those of a block stand close together, and are looked for only between the places of its first and its last.
    """
    found = np.empty(len(line), dtype=np.int32)
    for start in range(0, len(line), _BLOCK):
        asked = line[start : start + _BLOCK] + (apart if side == _AFTER else -apart)
        low, high = (int(np.searchsorted(line, end, side=side)) for end in (asked[0], asked[-1]))
        place = np.searchsorted(line[low:high], asked, side=side)
        place += low
        found[start : start + _BLOCK] = place
    return found


class Ties:
    """All ties of a view's orders. `threads`: how many kinds are followed at once; the result is the same for any number."""

    def __init__(self, view: TradeView, threads: int = 1) -> None:
        shop = view["shop"]
        self.threads = threads
        self.shop_codes = shop

        def people(name: str, prior: float, cap: float, most: int) -> Group | None:
            return Group(view[name], prior, cap, most) if view.has(name) else None

        wanted: list[Callable[[], Group | None]] = [
            partial(people, "device", 4.0, 2.5, 300),
            partial(people, "address", 8.0, 2.0, 300),
            partial(people, "payer", 4.0, 2.5, 500),
            lambda: Group(view["buyer"], 4.0, 2.5, apart=shop),
            lambda: Group(pairs(shop, view["origin"]), 10.0, 1.5),
            lambda: Group(view["origin"], 60.0, 1.5),
        ]
        made = side_by_side(wanted, threads)
        self.persons = [group for group in made[:3] if group is not None]
        self.buyer, self.shop_outlet, self.outlet = (group for group in made[3:] if group is not None)
        self.shop = ShopWeeks(shop, np.asarray(view["at"], dtype=np.float64), threads)

    def effects(self, chance: Array, share: float) -> dict[str, Array]:
        """What each kind of tie says of each order."""
        groups: list[Group | ShopWeeks] = [
            self.buyer,
            *self.persons,
            self.outlet,
            self.shop_outlet,
            self.shop,
        ]

        def one(group: Group | ShopWeeks) -> Array:
            return group.effect(chance, share)

        buyer, *of_persons, outlet, shop_outlet, shop = side_by_side(
            [partial(one, group) for group in groups], self.threads
        )
        np.maximum(buyer, _BUYER_LOW, out=buyer)
        persons = np.zeros(len(chance), dtype=np.float32)
        for effect in of_persons:
            np.maximum(persons, effect, out=persons)
        # A device is nearly always its buyer's: what it says more than the buyer is what counts.
        persons -= np.maximum(buyer, 0.0) * np.float32(0.5)
        np.maximum(persons, 0.0, out=persons)
        np.clip(outlet, _OUTLET_LOW, _OUTLET_HIGH, out=outlet)
        here = self.shop_outlet.rows
        outlet[here] += np.clip(shop_outlet[here] - shop[here], _OUTLET_LOW, _OUTLET_HIGH) * np.float32(0.5)
        return {"shop": shop, "buyer": buyer, "persons": persons, "outlet": outlet}
