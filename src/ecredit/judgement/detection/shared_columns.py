"""What several flags look at, worked out once: usual weights, routes, sessions, who shares what."""

from collections import defaultdict
from collections.abc import Callable
from functools import cached_property
from threading import RLock
from typing import Any

import numpy as np

from ecredit.judgement.detection.evidence import SAMPLE
from ecredit.judgement.detection.group_rows import (
    Array,
    count_distinct,
    count_sessions,
    first_of_each,
    in_time,
    medians,
    of_group,
    pairs,
    rows_of,
    sizes,
    usual,
)
from ecredit.judgement.detection.trade_view import TradeView

HOUR, DAY = 3_600.0, 86_400.0
# Parcels' distances are told apart in so many steps; what goes no further than this goes nowhere.
_ZONES, _SAME_SITE_KM = 24, 3.0


class Shared:
    """Columns derived from a view, kept until they are dropped. Every one has a value per order."""

    def __init__(self, view: TradeView) -> None:
        self.view = view
        self.rows = view.rows
        self._kept: dict[tuple[str, str], Any] = {}
        self._locks: defaultdict[tuple[str, str], RLock] = defaultdict(RLock)

    def forget(self) -> None:
        """Let go of what was kept; it is computed again when asked for."""
        for name in [name for name, kind in vars(Shared).items() if isinstance(kind, cached_property)]:
            self.__dict__.pop(name, None)
        self._kept.clear()

    def _once(self, what: str, name: str, compute: Callable[[Array], Any]) -> Any:
        """What is computed of a column, once until it is let go: another thread that asks meanwhile waits."""
        with self._locks[what, name]:
            if (what, name) not in self._kept:
                self._kept[what, name] = compute(self.view[name])
            return self._kept[what, name]

    @cached_property
    def quantity(self) -> Array:
        """Pieces; one where nothing is said."""
        given = self.view["quantity"]
        return np.where(np.isfinite(given) & (given > 0), given, 1.0)

    @cached_property
    def weight(self) -> Array:
        """Grams weighed; nothing, none and negative are not known: a missing weight is no weight of 0."""
        weight = self.view["weight"]
        return np.where(weight > 0, weight, np.nan)

    @cached_property
    def expected_weight(self) -> Array:
        """What the goods should weigh: as declared, else the article's usual weight times the pieces, else the shop's usual."""
        view, declared = self.view, self.view["declared"]
        expected = np.where(declared > 0, declared, np.nan)
        if view.has("sku"):
            each = medians(view["sku"], self.weight / self.quantity, 6)
            expected = np.where(np.isfinite(expected), expected, of_group(each, view["sku"]) * self.quantity)
        return expected

    @cached_property
    def weight_ratio(self) -> Array:
        """ln of weighed over expected weight, 60 g of wrapping added to both."""
        ratio: Array = np.log((self.weight + 60.0) / (self.expected_weight + 60.0))
        return ratio

    @cached_property
    def route(self) -> Array:
        """A code for each pair of sites a parcel goes from and to."""
        return pairs(self.view["origin"], self.view["destination"])

    @cached_property
    def transit(self) -> Array:
        """ln of the seconds from pick-up to signature, ten minutes at least."""
        handed = np.where(np.isfinite(self.view["handed"]), self.view["handed"], self.view["signed"])
        picked = np.where(np.isfinite(self.view["picked"]), self.view["picked"], self.view["created"])
        # What was signed before it was picked up tells of a clock, not of a fast parcel.
        took: Array = np.log(np.maximum(np.where(handed >= picked, handed - picked, np.nan), 600.0))
        return took

    @cached_property
    def handed(self) -> Array:
        """When it was signed for: the scan, else what the parcel says."""
        handed = self.view["handed"]
        return np.where(np.isfinite(handed), handed, self.view["signed"])

    @cached_property
    def zone(self) -> Array:
        """A code for how far a parcel goes: the same site first, then steps of equal numbers of parcels; -1 not known."""
        far = self.view["distance"]
        known = np.isfinite(far)
        zone = np.full(self.rows, -1, dtype=np.int32)
        sample = far[:SAMPLE][known[:SAMPLE]]
        if len(sample):
            cuts = np.unique(np.quantile(sample, np.arange(1, _ZONES) / _ZONES))
            cuts = np.append(_SAME_SITE_KM, cuts[cuts > _SAME_SITE_KM])
            zone[known] = np.searchsorted(cuts, far[known])
        return zone

    def beyond_route(self, values: Array) -> Array:
        """Values less what is usual: for how far it goes with this courier, then on the route.

        A parcel within one city is near, not fast: where neither its distance nor its route is known, nothing is said.
        """
        zone = self.zone
        finite = values[np.isfinite(values)]
        anywhere = float(np.median(finite)) if len(finite) else np.nan
        with_courier = pairs(self.view["courier"], zone)
        usual_here = of_group(medians(with_courier, values, 30), with_courier)
        fill_usual(usual_here, zone, values, 30)
        left = values - np.where(np.isfinite(usual_here), usual_here, anywhere)
        on_route = of_group(medians(self.route, left, 6), self.route)
        return left - np.where(np.isfinite(on_route), on_route, np.where(zone >= 0, 0.0, np.nan))

    @cached_property
    def shop_orders(self) -> Array:
        """How many orders the shop has."""
        return of_group(sizes(self.view["shop"]).astype(np.float64), self.view["shop"])

    @cached_property
    def buyer_orders(self) -> Array:
        """How many orders the buyer has."""
        return of_group(sizes(self.view["buyer"]).astype(np.float64), self.view["buyer"])

    @cached_property
    def day(self) -> Array:
        """The order's day, counted from the first; -1 without a time."""
        at = self.view["at"]
        known = np.isfinite(at)
        first = float(np.floor(np.min(at[known]) / DAY)) if known.any() else 0.0
        return np.where(known, np.floor(np.where(known, at, 0.0) / DAY) - first, -1).astype(np.int64)

    @cached_property
    def signed_second(self) -> Array:
        """Seconds from the nearest full hour to the signature, 300 at most."""
        second = np.mod(self.handed, HOUR)
        return np.minimum(np.minimum(second, HOUR - second), 300.0)

    def not_usual(self, name: str, least: int) -> Array:
        """1 where a buyer's order has another value than the buyer's usual one (seen at least so often), else 0."""
        often, other = self._once("usual", name, self._against_usual)
        return np.where(often >= least, other * 1.0, np.nan)

    def _against_usual(self, column: Array) -> tuple[Array, Array]:
        """How often a row's buyer has its usual value, 0 where the row has none; whether the row has another one."""
        buyer = self.view["buyer"]
        best, often = (per_buyer.astype(np.int32) for per_buyer in usual(buyer, column))
        often = of_group(often, buyer, 0)
        often[column < 0] = 0
        return often, column != of_group(best, buyer, -1)

    def people(self, name: str) -> Array:
        """How many different buyers use each device, address, account (per one of these)."""
        many: Array = self._once("people", name, lambda column: count_distinct(column, self.view["buyer"]))
        return many

    def crowd(self, name: str) -> Array:
        """ln of how many different buyers use this device, address, account."""
        people = self.people(name)
        many = np.where(people > 0, np.log(np.clip(people, 1, 3_000)), np.nan)
        return of_group(many, self.view[name])

    def crowd_at_shop(self, name: str) -> Array:
        """ln of the buyers who used it at this shop on different days, over what its crowd and the shop's size explain.

        A group that orders together on one day counts once: people who live together order together.
        """
        view, column, shop = self.view, self.view[name], self.view["shop"]
        people = self.people(name)
        # Where one buyer is alone there is no crowd.
        beyond = np.where((column >= 0) & (shop >= 0), 0.0, np.nan)
        rows = rows_of(people >= 2, column)
        rows = rows[shop[rows] >= 0]
        here = pairs(column[rows], shop[rows])
        buyers = count_distinct(here, view["buyer"][rows]).astype(np.float64)
        once = first_of_each(pairs(here, self.day[rows]))
        days = sizes(np.where(once, here, -1)) if len(buyers) else np.zeros(0)
        days = np.pad(days, (0, max(len(buyers) - len(days), 0)))
        both = of_group(np.minimum(buyers, days), here)
        everywhere = people[column[rows]].astype(np.float64)
        explained = (everywhere - 1.0) * self.shop_orders[rows] / max(self.rows, 1)
        beyond[rows] = np.log(np.maximum(both, 1.0)) - np.log1p(np.maximum(explained, 0.0))
        return beyond

    @cached_property
    def reviewed_after(self) -> Array:
        """ln of the seconds from signature (else completion) to the review, half a minute at least."""
        start = np.where(np.isfinite(self.handed), self.handed, self.view["done"])
        waited = self.view["reviewed"] - start
        after: Array = np.log(np.maximum(np.where(waited >= 0, waited, np.nan), 30.0))
        return after

    @cached_property
    def stars(self) -> Array:
        """Stars given, NaN without a review."""
        return np.asarray(self.view["stars"], dtype=np.float64)

    def only(self, mask: Array, values: Array) -> Array:
        """Values where the mask holds, not known elsewhere."""
        return np.where(mask, values, np.nan)

    @cached_property
    def same_text(self) -> Array:
        """ln of how many reviews use the same words; texts under six signs say nothing."""
        text = self.view["text"]
        many = of_group(sizes(text).astype(np.float64), text)
        return np.where(self.view["text_length"] >= 6, np.log(many), np.nan)

    @cached_property
    def same_text_shop(self) -> Array:
        """The same within one shop."""
        both = pairs(self.view["text"], self.view["shop"])
        many = of_group(sizes(both).astype(np.float64), both)
        return np.where(self.view["text_length"] >= 6, np.log(many), np.nan)

    @cached_property
    def two_shops(self) -> tuple[Array, Array]:
        """For each order: 1 when its buyer bought at another shop within a quarter of an hour; and how much more often than
        chance different buyers did so at the same two shops (ln)."""
        view = self.view
        order = in_time(view["buyer"], np.asarray(view["at"]))
        buyer, shop, at = view["buyer"][order], view["shop"][order], view["at"][order]
        near = (buyer[1:] == buyer[:-1]) & (at[1:] - at[:-1] <= 900.0) & (shop[1:] != shop[:-1])
        near &= (buyer[1:] >= 0) & (shop[1:] >= 0) & (shop[:-1] >= 0)
        left = np.flatnonzero(near)
        beside, beyond = np.zeros(self.rows), np.zeros(self.rows)
        if not len(left):
            return beside, beyond
        one, other = np.minimum(shop[left], shop[left + 1]), np.maximum(shop[left], shop[left + 1])
        couple = pairs(one, other)
        people = count_distinct(couple, buyer[left]).astype(np.float64)
        share = sizes(view["shop"]) / max(self.rows, 1)
        chance = np.zeros(len(people))
        chance[couple] = 2.0 * len(left) * share[one] * share[other]
        excess = np.where(people >= 2, np.log((people + 0.5) / (chance + 0.5)), 0.0)[couple]
        for place in (order[left], order[left + 1]):
            beside[place] = 1.0
            np.maximum.at(beyond, place, excess)
        return beside, beyond

    @cached_property
    def visits(self) -> Array:
        """How many shopping trips the buyer made to the shop: no hour between a trip's orders."""
        both = pairs(self.view["shop"], self.view["buyer"])
        many = count_sessions(both, np.asarray(self.view["at"]), HOUR)
        return of_group(many.astype(np.float64), both)


def fill_usual(values: Array, codes: Array, of: Array, least: int) -> None:
    """Set what is not known in `values` to the median of `of` in its group, in place; see `medians`."""
    lacking = np.flatnonzero(~np.isfinite(values) & (codes >= 0))
    if not len(lacking):
        return
    asked = np.zeros(int(codes.max()) + 1, dtype=bool)
    asked[codes[lacking]] = True
    rows = rows_of(asked, codes)
    values[lacking] = medians(codes[rows], of[rows], least)[codes[lacking]]
