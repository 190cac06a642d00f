"""What an order's shop, buyer, device, address, payer and outlet say of it: the other orders of each, never its own.

An order is likelier forged where others of the same shop, in the same weeks, look forged. Every effect is a log ratio of the
group's share of forged orders (its own order left out, shrunk towards the city's share) to the city's, and is capped:
uncapped, the busiest groups decide everything.
"""

import numpy as np

from ecredit.judgement.detection.group_rows import Array, compact, in_time, pairs, sizes
from ecredit.judgement.detection.trade_view import TradeView

DAY = 86_400.0
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
    """

    def __init__(
        self, codes: Array, prior: float, cap: float, most: int | None = None, apart: Array | None = None
    ) -> None:
        known = np.flatnonzero(codes >= 0)
        size = sizes(codes)
        kept = known[size[codes[known]] >= 2] if len(known) else known
        if most is not None and len(kept):
            kept = kept[size[codes[kept]] <= most]
        self.rows = kept
        self.codes = compact(codes[kept]).astype(np.int32)
        self.size = np.bincount(self.codes) if len(kept) else np.zeros(0)
        self.same = None
        if apart is not None and len(kept):
            same = pairs(self.codes, apart[kept])
            lonely = np.flatnonzero(same < 0)
            same[lonely] = int(same.max(initial=-1)) + 1 + np.arange(len(lonely))
            self.same = same.astype(np.int32)
        self.prior, self.cap = prior, cap

    def effect(self, chance: Array, share: float) -> Array:
        """The log ratio for each order, 0 where the group says nothing."""
        effect = np.zeros(len(chance), dtype=np.float32)
        if not len(self.rows):
            return effect
        own = chance[self.rows].astype(np.float64)
        near: Array = own
        beside: Array = np.ones(1)
        if self.same is not None:
            near, beside = np.bincount(self.same, weights=own)[self.same], np.bincount(self.same)[self.same]
        total = np.bincount(self.codes, weights=own)[self.codes]
        count = self.size[self.codes] - beside
        others = (np.maximum(total - near, 0.0) + self.prior * share) / (count + self.prior)
        effect[self.rows] = np.clip(np.log(others / share), -self.cap, self.cap)
        return effect


class ShopWeeks:
    """A shop's share of forged orders: over all time, in the 50 days and in the 14 days around, each shrunk to the wider one."""

    _SPANS = ((25.0, 8.0), (7.0, 6.0))
    _PRIOR = 15.0

    def __init__(self, shop: Array, at: Array) -> None:
        self.rows = len(shop)
        known = np.flatnonzero(shop >= 0)
        self.order = known[in_time(shop[known], at[known])]
        self.shop = shop[self.order]
        moment = np.nan_to_num(at[self.order])
        start = float(moment.min()) if len(moment) else 0.0
        # Shops stand far apart on one line of time, so that one search serves all.
        width = (float(moment.max()) - start if len(moment) else 0.0) + 100 * DAY
        line = self.shop.astype(np.float64) * width + (moment - start)
        self.windows = [
            (
                np.searchsorted(line, line - days * DAY).astype(np.int32),
                np.searchsorted(line, line + days * DAY, side="right").astype(np.int32),
                prior,
            )
            for days, prior in self._SPANS
        ]
        self.size = np.bincount(self.shop) if len(self.shop) else np.zeros(0)

    def effect(self, chance: Array, share: float) -> Array:
        """The log ratio for each order."""
        effect = np.zeros(self.rows, dtype=np.float32)
        if not len(self.order):
            return effect
        own = chance[self.order].astype(np.float64)
        total = np.bincount(self.shop, weights=own)[self.shop]
        here = (total - own + self._PRIOR * share) / (self.size[self.shop] - 1 + self._PRIOR)
        running = np.concatenate([[0.0], np.cumsum(own)])
        for before, after, prior in self.windows:
            inside = np.maximum(running[after] - running[before] - own, 0.0)
            here = (inside + prior * here) / (after - before - 1 + prior)
        effect[self.order] = np.clip(logit(here) - logit(share), _SHOP_LOW, _SHOP_HIGH)
        return effect


class Ties:
    """All ties of a view's orders."""

    def __init__(self, view: TradeView) -> None:
        shop = view["shop"]
        self.shop_codes = shop
        self.shop = ShopWeeks(shop, np.asarray(view["at"], dtype=np.float64))
        self.buyer = Group(view["buyer"], 4.0, 2.5, apart=shop)
        self.persons = [
            Group(view[name], prior, cap, most)
            for name, prior, cap, most in (
                ("device", 4.0, 2.5, 300),
                ("address", 8.0, 2.0, 300),
                ("payer", 4.0, 2.5, 500),
            )
            if view.has(name)
        ]
        self.outlet = Group(view["origin"], 60.0, 1.5)
        self.shop_outlet = Group(pairs(shop, view["origin"]), 10.0, 1.5)

    def effects(self, chance: Array, share: float) -> dict[str, Array]:
        """What each kind of tie says of each order."""
        shop = self.shop.effect(chance, share)
        buyer = np.maximum(self.buyer.effect(chance, share), _BUYER_LOW)
        persons = np.zeros(len(chance), dtype=np.float32)
        for group in self.persons:
            np.maximum(persons, group.effect(chance, share), out=persons)
        # A device is nearly always its buyer's: what it says more than the buyer is what counts.
        persons = np.maximum(persons - np.maximum(buyer, 0.0) * 0.5, 0.0)
        outlet = np.clip(self.outlet.effect(chance, share), _OUTLET_LOW, _OUTLET_HIGH)
        here = self.shop_outlet.rows
        beyond = self.shop_outlet.effect(chance, share)[here] - shop[here]
        outlet[here] += np.clip(beyond, _OUTLET_LOW, _OUTLET_HIGH) * 0.5
        return {"shop": shop, "buyer": buyer, "persons": persons, "outlet": outlet}
