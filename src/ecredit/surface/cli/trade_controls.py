"""Honest trade that looks like forged trade: sales, live streams, group buys, firms that buy for everybody."""

import datetime as dt

import numpy as np

from ecredit.surface.cli.trade_orders import complete, hours
from ecredit.surface.cli.trade_types import (
    CONTROL,
    DAY,
    DAYS,
    FIVE,
    ONE,
    SURE_REVIEW,
    Array,
    Frame,
    chance,
    pick,
)
from ecredit.surface.cli.trade_world import VIRTUAL, World

_SALES = ((11, 11), (6, 18))


def imitate(world: World) -> list[Frame]:
    """The year's honest events that a careless detector takes for forgery."""
    rng = chance(world.seed, 30)
    return [
        *_promotions(world, rng), *_streams(world, rng), *_group_buys(world, rng), *_corporate(world, rng),
        *_launches(world, rng), *_waves(world, rng),
    ]  # fmt: skip


def _some(world: World, rng: np.random.Generator, share: float) -> Array:
    """Shops open the whole year, that sell things."""
    shops = world.shops
    able = np.flatnonzero((shops["opened"] < 0) & (shops["category"] != VIRTUAL) & (shops["weight"] > 0.3))
    return rng.permutation(able)[: max(2, round(share * len(shops["city"])))]


def _yearly(world: World, shop: int) -> float:
    return float(world.shops["weight"][shop] / world.shops["weight"].sum() * world.orders)


def _made(world: World, rng: np.random.Generator, name: str, shop: Array, buyer: Array, at: Array) -> Frame:
    kept = np.flatnonzero((at >= 0) & (at < DAYS * DAY) & (at // DAY >= world.buyers["registered"][buyer]))
    frame = complete(world, rng, shop[kept], buyer[kept], at[kept])
    frame["control"][:] = CONTROL[name]
    return frame


def _promotions(world: World, rng: np.random.Generator) -> list[Frame]:
    frames = []
    for shop in _some(world, rng, 0.04):
        for month, day in _SALES:
            index = next(
                i for i in range(DAYS)
                if ((d := world.last - dt.timedelta(days=DAYS - 1 - i)).month, d.day) == (month, day)
            )  # fmt: skip
            count = int(_yearly(world, int(shop)) / DAYS * rng.uniform(3, 10)) + 2
            at = (index + np.floor(rng.random(count) * 1.5).astype(np.int64)) * DAY + hours(rng, count)
            buyer = pick(rng, world.buyer_running, count)
            frames.append(_made(world, rng, "promotion", np.full(count, shop), buyer, at))
    return frames


def _streams(world: World, rng: np.random.Generator) -> list[Frame]:
    frames = []
    for shop in _some(world, rng, 0.02):
        for _ in range(int(rng.integers(1, 4))):
            length = rng.uniform(2, 8) * 3600
            count = int(_yearly(world, int(shop)) / DAYS / 24 * length / 3600 * rng.uniform(20, 100)) + 8
            begin = int(rng.integers(0, DAYS - 1)) * DAY + int(rng.integers(10, 20)) * 3600
            at = begin + np.floor(rng.random(count) * length).astype(np.int64)
            buyer = pick(rng, world.buyer_running, count)
            frames.append(_made(world, rng, "live_stream", np.full(count, shop), buyer, at))
    return frames


def _group_buys(world: World, rng: np.random.Generator) -> list[Frame]:
    """People of one dormitory or one street's group chat, within the hour."""
    frames, buyers = [], world.buyers
    people = np.flatnonzero(buyers["control"] == CONTROL["dormitory"])
    people = people[np.argsort(buyers["address"][people], kind="stable")]
    homes = np.split(people, np.flatnonzero(np.diff(buyers["address"][people])) + 1)
    homes = [home for home in homes if len(home) >= 3]
    for shop in _some(world, rng, 0.05):
        for _ in range(int(rng.integers(1, 4))):
            home = homes[int(rng.integers(0, len(homes)))]
            count = min(int(rng.integers(3, 31)), len(home))
            who = rng.choice(home, count, replace=False)
            begin = int(rng.integers(0, DAYS - 1)) * DAY + int(rng.integers(9, 22)) * 3600
            at = begin + rng.integers(0, 3600, count)
            frames.append(_made(world, rng, "group_buy", np.full(count, shop), who, at))
    return frames


def _corporate(world: World, rng: np.random.Generator) -> list[Frame]:
    """One to three accounts of a firm that order for all its people within a minute, to one address."""
    frames = []
    for shop in _some(world, rng, 0.02):
        most = max(31, min(500, int(_yearly(world, int(shop)) * 0.5)))
        count = int(rng.integers(30, 1 + most))
        desk = pick(rng, world.buyer_running, int(rng.integers(1, 4)))
        who = rng.choice(desk, count)
        begin = int(rng.integers(0, DAYS - 1)) * DAY + int(rng.integers(9, 18)) * 3600
        frame = _made(
            world, rng, "corporate_bulk", np.full(count, shop), who, begin + rng.integers(0, 60, count)
        )
        if len(frame["at"]):
            frame["address"][:] = frame["address"][0]
            frame["network"][:], frame["city"][:] = frame["address"][0], frame["city"][0]
            frame["sku"][:] = frame["sku"][0]
        frames.append(frame)
    return frames


def _launches(world: World, rng: np.random.Generator) -> list[Frame]:
    """Coupons of a new shop: many orders, and many stars, in its first weeks."""
    frames = []
    for shop in np.flatnonzero(world.shops["control"] == CONTROL["launch"]):
        count = int(_yearly(world, int(shop)) * rng.uniform(0.05, 0.3)) + 5
        begin = int(world.shops["opened"][shop])
        at = (begin + np.floor(rng.random(count) ** 2 * 14).astype(np.int64)) * DAY + hours(rng, count)
        frame = _made(world, rng, "launch", np.full(count, shop), pick(rng, world.buyer_running, count), at)
        frame["tells"] |= np.where(rng.random(len(frame["at"])) < 0.3, FIVE | SURE_REVIEW, 0)
        frames.append(frame)
    return frames


def _waves(world: World, rng: np.random.Generator) -> list[Frame]:
    """Waves of stars after the news, and of single stars after a faulty lot: true, both."""
    frames = []
    for name, bit in (("viral_wave", FIVE), ("honest_bad", ONE)):
        for shop in np.flatnonzero(world.shops["control"] == CONTROL[name]):
            count = int(_yearly(world, int(shop)) * rng.uniform(0.05, 0.2)) + 8
            begin = int(rng.integers(max(int(world.shops["opened"][shop]), 0), DAYS - 10))
            at = (begin + np.floor(rng.random(count) * 6).astype(np.int64)) * DAY + hours(rng, count)
            frame = _made(world, rng, name, np.full(count, shop), pick(rng, world.buyer_running, count), at)
            frame["tells"] |= np.where(rng.random(len(frame["at"])) < 0.6, bit | SURE_REVIEW, 0)
            frames.append(frame)
    return frames
