"""Forged trade, A1 to A10: whose shops, which accounts, when, how much, and which tells it shows.

Each tell is hidden with the tier's probability (the camouflage), and what is hidden is drawn as honest orders draw it.
"""

from collections.abc import Callable

import numpy as np

from ecredit.surface.cli.trade_orders import complete, hours
from ecredit.surface.cli.trade_types import (
    BAD_OUTLET,
    CHEAP,
    COPIED_TEXT,
    DAY,
    DAYS,
    FALSE_WEIGHT,
    FAST,
    FAST_REVIEW,
    FEW_SCANS,
    FIVE,
    GIFT_SITE,
    LIGHT,
    NO_GPS,
    ONE,
    OTHER_PHONE,
    OTHER_WEIGHT,
    PAYER,
    REFUND,
    SURE_REVIEW,
    TICK,
    Array,
    Frame,
    chance,
    pick,
    taken,
)
from ecredit.surface.cli.trade_world import VIRTUAL, World

_A1, _A2, _A3, _A4, _A5, _A6, _A7, _A8, _A9, _A10 = range(1, 11)
# How many of the attacked shops each attack has.
_SHARES = (0.17, 0.12, 0.14, 0.12, 0.1, 0.13, 0.08, 0.06, 0.05, 0.03)
_PRAISE = FAST_REVIEW | FIVE | SURE_REVIEW | COPIED_TEXT
_EMPTY = FALSE_WEIGHT | FEW_SCANS | FAST | TICK | NO_GPS | BAD_OUTLET | CHEAP | OTHER_PHONE | PAYER
_COST_LOW, _COST_HIGH = 1_500.0, 60_000.0  # yuan a shop may spend in the year
_COST_EACH = {_A1: 6.0, _A2: 9.0, _A3: 12.0, _A4: 4.0, _A6: 18.0, _A7: 15.0, _A8: 12.0, _A9: 10.0, _A10: 8.0}
_CREW_LOW, _CREW_HIGH = 60, 250


def forge(world: World) -> list[Frame]:
    """All forged orders of the year, and the honest ones by which crews hide. Marks shops and adds the crews' accounts."""
    rng = chance(world.seed, 20)
    count = len(world.shops["city"])
    share = rng.uniform(0.045, 0.055)
    attacked = max(20, round(count * share))
    busy = world.shops["weight"] / world.shops["weight"].sum() * world.orders
    able = np.flatnonzero((busy > 40) & (world.shops["category"] != VIRTUAL))
    chosen = rng.permutation(able)[:attacked]
    kinds = np.sort(pick(rng, np.cumsum(_SHARES), len(chosen))) + 1
    kinds[: len(_SHARES) * 2] = np.tile(np.arange(1, len(_SHARES) + 1), 2)[: len(kinds)]
    world.shops["attack"][chosen] = kinds
    makers: dict[int, Callable[[World, np.random.Generator, Array], list[Frame]]] = {
        _A1: _by_pool, _A2: _by_pool, _A3: _crews, _A4: _mutual, _A5: _negatives, _A6: _drip, _A7: _old_customers,
        _A8: _rented, _A9: _coattails, _A10: _by_pool,
    }  # fmt: skip
    frames = []
    for kind, make in makers.items():
        shops = chosen[kinds == kind]
        if len(shops):
            frames += make(world, chance(world.seed, 21, kind), shops)
    return frames


def _campaign(world: World, rng: np.random.Generator, shop: int, kind: int) -> tuple[int, int, int]:
    """When a shop begins, for how many days, and how many orders it can pay for."""
    begin = max(int(world.shops["opened"][shop]), 0) + 3
    begin = int(rng.integers(begin, max(begin + 1, DAYS - 40)))
    length = min(int(rng.integers(20, 150)), DAYS - 2 - begin)
    honest = world.shops["weight"][shop] / world.shops["weight"].sum() * world.orders
    dose = float(np.clip(world.tier.dose * np.exp(rng.normal(0, 0.6)), 0.1, 1.5))
    budget = float(np.exp(rng.uniform(np.log(_COST_LOW), np.log(_COST_HIGH))))
    return begin, max(length, 2), max(12, int(min(dose * honest, budget / _COST_EACH[kind])))


def _times(rng: np.random.Generator, begin: int, length: int, count: int) -> Array:
    times: Array = np.minimum(begin + np.floor(rng.random(count) * length), DAYS - 1).astype(np.int64) * DAY
    return times + hours(rng, count)


def _forged(
    world: World, rng: np.random.Generator, kind: int, tells: int, shop: Array, buyer: Array, at: Array
) -> Frame:
    frame = complete(world, rng, shop, buyer, at)
    frame["attack"][:] = kind
    frame["control"][:] = 0
    for bit in (1 << place for place in range(18)):
        if tells & bit:
            shown = rng.random(len(at)) >= world.tier.camouflage
            frame["tells"] |= np.where(shown, bit, 0)
    if tells & PAYER:
        shown = (frame["tells"] & PAYER > 0) & (rng.random(len(at)) < 0.4)
        frame["payer"] = np.where(
            shown, 3 * 10**9 + frame["shop"] * 4 + rng.integers(0, 3, len(at)), frame["payer"]
        )
    return frame


def _pool(world: World, rng: np.random.Generator) -> Array:
    """Real people who also forge for money: drawn by activity, so that they buy like anyone else."""
    count = len(world.buyer_running)
    size = max(60, round(world.tier.pool * count * 0.5))
    return np.unique(pick(rng, world.buyer_running, size))


def _by_pool(world: World, rng: np.random.Generator, shops: Array) -> list[Frame]:
    """A1, A2, A10: bought waybills or little gifts, under the names of hired accounts."""
    pool, frames = _pool(world, rng), []
    for shop in shops:
        kind = int(world.shops["attack"][shop])
        begin, length, count = _campaign(world, rng, int(shop), kind)
        buyer, at = rng.choice(pool, count), _times(rng, begin, length, count)
        gift = LIGHT | GIFT_SITE | BAD_OUTLET | CHEAP | _PRAISE
        tells = gift if kind == _A2 else _EMPTY | _PRAISE
        frame = _forged(world, rng, kind, tells, np.full(count, shop), buyer, at)
        if (
            kind == _A10
        ):  # after each fortnight's warning it stops what told most, in an order fixed beforehand
            for days, dropped in (
                (14, FALSE_WEIGHT | TICK),
                (28, FEW_SCANS | FAST | BAD_OUTLET),
                (42, _PRAISE | CHEAP),
            ):
                frame["tells"] = np.where(
                    at > (begin + days) * DAY, frame["tells"] & ~dropped, frame["tells"]
                )
        frames.append(frame)
    return frames


def _accounts(world: World, rng: np.random.Generator, count: int, kind: int, crew: int) -> Array:
    """New accounts that belong to nobody, with few devices and addresses between them."""
    buyers, first = world.buyers, len(world.buyers["city"])
    devices, places = max(2, count // 6), max(3, count // 3)
    home = rng.choice(world.cities, places)
    place = rng.integers(0, places, count)
    hidden = rng.random(count) < world.tier.camouflage
    number = np.arange(first, first + count)
    own_city = rng.choice(world.cities, count)
    young = rng.integers(-60, 120, count)
    aged = DAYS - 1 - np.floor(rng.beta(1.2, 1.0, count) * 2_600).astype(np.int64)
    added = {
        "activity": np.zeros(count), "city": np.where(hidden, own_city, home[place]),
        "address": np.where(hidden, number, 4 * 10**9 + crew * 256 + place),
        "device": np.where(rng.random(count) < world.tier.camouflage, number, 5 * 10**9 + crew * 64 + rng.integers(0, devices, count)),
        "control": np.zeros(count, dtype=np.int64), "registered": np.where(rng.random(count) < world.tier.camouflage, aged, young),
        "devices": np.ones(count, dtype=np.int64), "attack": np.full(count, kind), "crew": np.full(count, crew),
        "liked": rng.integers(0, 20, count),
    }  # fmt: skip
    for name, column in added.items():
        buyers[name] = np.concatenate([buyers[name], column.astype(buyers[name].dtype)])
    return number


def _honest_by(world: World, rng: np.random.Generator, accounts: Array, most: int) -> Frame:
    """What accounts buy to look like people."""
    buyer = np.repeat(accounts, rng.integers(0, most + 1, len(accounts)))
    begin = np.maximum(world.buyers["registered"][buyer] + 1, 0)
    day = begin + np.floor(rng.random(len(buyer)) * np.maximum(DAYS - 1 - begin, 1)).astype(np.int64)
    shop = pick(rng, world.shop_running, len(buyer))
    kept = np.flatnonzero((world.shops["opened"][shop] <= day) & (day < DAYS))
    return complete(world, rng, shop[kept], buyer[kept], day[kept] * DAY + hours(rng, len(kept)))


def _crews(world: World, rng: np.random.Generator, shops: Array) -> list[Frame]:
    """A3: crews of invented accounts that go through their customers' shops in lockstep."""
    frames, begins = [], {int(s): _campaign(world, rng, int(s), _A3) for s in shops}
    crews = max(1, min(len(shops) // 4, 80))
    most = max(12, min(_CREW_HIGH, sum(c for _, _, c in begins.values()) // crews // 2))
    for crew in range(crews):
        size = int(rng.integers(min(_CREW_LOW, most - 1), most))
        members = _accounts(world, rng, size, _A3, crew)
        frames.append(_honest_by(world, rng, members, 8))
        for shop in shops[crew::crews]:
            begin, length, count = begins[int(shop)]
            while count > 0:
                burst = min(count, size)
                start = begin + int(rng.integers(0, length))
                who = rng.choice(members, burst, replace=False)
                at = _times(rng, max(start, 0), int(rng.integers(2, 15)), burst)
                ripe = at // DAY > world.buyers["registered"][who]
                frames.append(
                    _forged(
                        world, rng, _A3, _PRAISE | _EMPTY, np.full(burst, shop)[ripe], who[ripe], at[ripe]
                    )
                )
                count -= burst
    return frames


def _mutual(world: World, rng: np.random.Generator, shops: Array) -> list[Frame]:
    """A4: shops that owe each other orders; each brings the accounts of its own people."""
    frames, at = [], 0
    while at < len(shops):
        size = int(rng.integers(4, 21))
        ring = shops[at : at + size]
        if len(shops) - at - size < 4:
            ring = shops[at:]
        at += len(ring)
        teams = []
        for shop in ring:
            members = _accounts(world, rng, int(rng.integers(6, 16)), _A4, 10_000 + int(shop))
            teams.append(members)
            frames.append(_honest_by(world, rng, members, 10))
        begin, length, _ = _campaign(world, rng, int(ring[0]), _A4)
        for place, shop in enumerate(ring):
            others = [team for other, team in enumerate(teams) if other != place] or teams
            _, _, count = _campaign(world, rng, int(shop), _A4)
            crowd = np.concatenate(others)
            count = min(count, len(crowd) * 4)
            who, when = rng.choice(crowd, count), _times(rng, begin, length + 30, count)
            ripe = (when // DAY > world.buyers["registered"][who]) & (
                when // DAY >= world.shops["opened"][shop]
            )
            tells = _PRAISE | OTHER_WEIGHT | LIGHT
            frames.append(_forged(world, rng, _A4, tells, np.full(count, shop)[ripe], who[ripe], when[ripe]))
    return frames


def _negatives(world: World, rng: np.random.Generator, shops: Array) -> list[Frame]:
    """A5: real orders placed to ruin a shop with one star, most of them refunded. The shop is the victim."""
    frames, pool = [], _pool(world, rng)
    hunters = rng.choice(pool, max(30, len(pool) // 10))
    world.shops["victim"][shops] = True
    for shop in shops:
        if rng.random() < 0.6:
            world.shops["opened"][shop] = rng.integers(5, DAYS - 100)
            begin = int(world.shops["opened"][shop]) + int(rng.integers(10, 85))
        else:
            begin = int(rng.integers(max(int(world.shops["opened"][shop]), 0) + 5, DAYS - 30))
        burst = rng.random() < 0.6
        length, count = (
            (int(rng.integers(1, 6)), int(rng.integers(5, 81))) if burst else (14, int(rng.integers(70, 141)))
        )
        honest = world.shops["weight"][shop] / world.shops["weight"].sum() * world.orders
        count = int(max(5, min(count, honest)))
        frame = _forged(
            world, rng, _A5, ONE | REFUND | SURE_REVIEW | COPIED_TEXT, np.full(count, shop), rng.choice(hunters, count),
            _times(rng, begin, length, count),
        )  # fmt: skip
        frame["tells"] |= np.where(rng.random(count) < 0.85, ONE | SURE_REVIEW, 0)
        frame["tells"] |= np.where(rng.random(count) < 0.5, REFUND, 0)
        frames.append(frame)
    return frames


def _drip(world: World, rng: np.random.Generator, shops: Array) -> list[Frame]:
    """A6: real people, one to five orders a month each among their own, through the whole year."""
    pool, frames = _pool(world, rng), []
    for shop in shops:
        _, _, count = _campaign(world, rng, int(shop), _A6)
        begin = max(int(world.shops["opened"][shop]), 0) + 1
        at = _times(rng, begin, DAYS - begin, count)
        tells = _PRAISE | LIGHT | OTHER_WEIGHT | CHEAP | PAYER
        frames.append(_forged(world, rng, _A6, tells, np.full(count, shop), rng.choice(pool, count), at))
    return frames


def _old_customers(world: World, rng: np.random.Generator, shops: Array) -> list[Frame]:
    """A7: former customers get something worth little in place of what they ordered, and their money back."""
    frames = []
    for shop in shops:
        begin, length, count = _campaign(world, rng, int(shop), _A7)
        near = pick(rng, world.buyer_running, max(8, count // 2))
        tells = OTHER_WEIGHT | LIGHT | PAYER | _PRAISE
        at = _times(rng, begin, length, count)
        frames.append(_forged(world, rng, _A7, tells, np.full(count, shop), rng.choice(near, count), at))
    return frames


def _rented(world: World, rng: np.random.Generator, shops: Array) -> list[Frame]:
    """A8: old accounts in other hands: another device, another address, one to three orders."""
    frames = []
    for shop in shops:
        begin, length, count = _campaign(world, rng, int(shop), _A8)
        rented = np.repeat(pick(rng, world.buyer_running, count), rng.integers(1, 4, count))[:count]
        frame = _forged(
            world,
            rng,
            _A8,
            _PRAISE | LIGHT | OTHER_PHONE,
            np.full(count, shop),
            rented,
            _times(rng, begin, length, count),
        )
        shown = rng.random(count) >= world.tier.camouflage
        known = frame["device"] >= 0
        frame["device"] = np.where(
            shown & known, 6 * 10**9 + shop * 32 + rng.integers(0, 12, count), frame["device"]
        )
        moved = rng.random(count) >= world.tier.camouflage
        frame["address"] = np.where(
            moved, 6 * 10**9 + shop * 32 + rng.integers(0, 25, count), frame["address"]
        )
        frame["network"] = np.where(shown, frame["device"], frame["network"])
        frames.append(frame)
    return frames


def _coattails(world: World, rng: np.random.Generator, shops: Array) -> list[Frame]:
    """A9: the target is bought within minutes of something everybody buys, so that the two look related."""
    frames, popular = [], np.argsort(-world.shops["weight"], kind="stable")[:20]
    pool = _pool(world, rng)
    for shop in shops:
        begin, length, count = _campaign(world, rng, int(shop), _A9)
        who, at = rng.choice(pool, count), _times(rng, begin, length, count)
        tells = _PRAISE | LIGHT
        frames.append(_forged(world, rng, _A9, tells, np.full(count, shop), who, at))
        beside = rng.choice(popular, count)
        ripe = world.shops["opened"][beside] <= at // DAY
        near = rng.random(count) >= world.tier.camouflage / 2
        gap = np.where(near, rng.integers(-600, 600, count), rng.integers(-2 * DAY, 2 * DAY, count))
        whole = complete(world, rng, beside, who, np.clip(at + gap, 0, DAYS * DAY - 1))
        frames.append(taken(whole, np.flatnonzero(ripe)))
    return frames
