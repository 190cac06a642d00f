"""Orders: what honest people buy, part by part of the year, and what every order has whoever made it."""

import datetime as dt

import numpy as np

from ecredit.surface.cli.trade_types import (
    CONTROL,
    DAY,
    DAYS,
    HONEST_RATES,
    OTHER_PHONE,
    PAYER,
    REFUND,
    Array,
    Frame,
    chance,
    joined,
    pick,
    taken,
    unit,
)
from ecredit.surface.cli.trade_world import VIRTUAL, World

_REPEAT = 0.25
_EVENTS = {(11, 11): 4.0, (6, 18): 3.0, (12, 12): 1.8, (9, 9): 1.3}


def day_weights(world: World) -> Array:
    """How much is bought on each day of the year: weekends and the great sales."""
    weights = np.ones(DAYS)
    for index in range(DAYS):
        day = world.last - dt.timedelta(days=DAYS - 1 - index)
        weights[index] = _EVENTS.get((day.month, day.day), 1.0) * (1.12 if day.weekday() >= 5 else 1.0)
    return weights


def honest_part(world: World, part: int) -> Frame:
    """A part's ordinary orders, by time."""
    rng = chance(world.seed, 10, part)
    days = day_weights(world)
    first, after = world.days_of(part)
    count = round(world.orders * days[first:after].sum() / days.sum() * 1.06)
    day = first + pick(rng, np.cumsum(days[first:after]), count)
    buyer = pick(rng, world.buyer_running, count)
    shop, other = pick(rng, world.shop_running, count), pick(rng, world.shop_running, count)
    liked = world.shops["category"][other] == world.buyers["liked"][buyer]
    shop = np.where(liked, other, shop)
    again = rng.random(count) < _REPEAT
    regular = np.floor(rng.random(count) ** 2 * 60).astype(np.int64)
    known = np.searchsorted(world.buyer_running, unit(shop * 64 + regular, 72) * world.buyer_running[-1])
    buyer = np.where(again, np.minimum(known, len(world.buyer_running) - 1), buyer)
    away = np.abs((day - world.shops["season"][shop] + DAYS // 2) % DAYS - DAYS // 2)
    seasonal = world.shops["control"][shop] == CONTROL["seasonal"]
    kept = (day >= world.shops["opened"][shop]) & (~seasonal | (away < 25) | (rng.random(count) < 0.03))
    kept &= day > world.buyers["registered"][buyer]
    at = day * DAY + hours(rng, count)
    rows = np.flatnonzero(kept)
    return complete(world, rng, shop[rows], buyer[rows], at[rows])


def hours(rng: np.random.Generator, count: int) -> Array:
    """Seconds of the day at which people buy: few at night, most in the evening."""
    seconds: Array = (((rng.beta(4, 3, count) * 24 + 2) % 24) * 3600).astype(np.int64)
    return seconds


def complete(world: World, rng: np.random.Generator, shop: Array, buyer: Array, at: Array) -> Frame:
    """Everything else about orders of which only who, where and when is known, as honest people leave it."""
    count, shops, buyers = len(shop), world.shops, world.buyers
    sku = np.floor(rng.random(count) ** 1.6 * shops["skus"][shop]).astype(np.int64)
    item = shop * 128 + sku
    quantity = rng.choice([1, 2, 3, 5], count, p=[0.8, 0.13, 0.05, 0.02])
    price = shops["price"][shop] * np.exp((unit(item, 73) - 0.5) * 1.2)
    elsewhere = rng.random(count) < 0.07
    device = buyers["device"][buyer] * 4 + np.floor(rng.random(count) ** 2 * buyers["devices"][buyer]).astype(
        np.int64
    )
    device[rng.random(count) < world.tier.device_missing] = -1
    tells = np.zeros(count, dtype=np.int64)
    for bit, rate in HONEST_RATES.items():
        tells |= np.where(rng.random(count) < rate, bit, 0)
    abuser = buyers["control"][buyer] == CONTROL["refund_abuser"]
    tells |= np.where(abuser & (rng.random(count) < 0.45), REFUND, 0)
    control = np.where(buyers["control"][buyer] > 0, buyers["control"][buyer], shops["control"][shop])
    address = np.where(elsewhere, 10**9 + buyer * 4 + rng.integers(0, 3, count), buyers["address"][buyer])
    return {
        "shop": shop.astype(np.int64), "buyer": buyer.astype(np.int64), "at": at.astype(np.int64), "sku": sku,
        "quantity": quantity, "amount": np.round(price * quantity, 2).clip(0.9, None), "device": device,
        "address": address, "city": buyers["city"][buyer], "network": address, "payer": buyer.astype(np.int64),
        "tells": tells, "attack": np.zeros(count, dtype=np.int64), "control": control,
        "wave": np.full(count, -1, dtype=np.int64),
    }  # fmt: skip


def finish(world: World, part: int, frames: list[Frame]) -> Frame:
    """The part's orders of all kinds, by time, with number, payment, refund and end."""
    frame = joined(frames)
    frame = taken(frame, np.lexsort((frame["buyer"], frame["at"])))
    rng, count = chance(world.seed, 11, part), len(frame["at"])
    shop, tells = frame["shop"], frame["tells"]
    frame["number"] = np.int64(part) * 2**40 + np.arange(count)
    frame["paid"] = frame["at"] + np.ceil(rng.exponential(90, count)).astype(np.int64) + 2
    usual = np.clip(world.shops["rate"][shop] * (1 + (5 - world.shops["quality"][shop])), 0, 0.6)
    forged = (frame["attack"] > 0) & (tells & REFUND == 0)
    frame["cancelled"] = (rng.random(count) < 0.03) & (frame["attack"] == 0)
    refunded = (rng.random(count) < np.where(forged, usual * 0.25, usual)) | (tells & REFUND > 0)
    frame["refunded"] = refunded & ~frame["cancelled"]
    frame["refund_wait"] = np.ceil(rng.exponential(5 * DAY, count)).astype(np.int64) + 3600
    share = np.where(rng.random(count) < 0.15, rng.uniform(0.2, 0.9, count), 1.0)
    frame["refund"] = np.round(frame["amount"] * share, 2)
    frame["virtual"] = (world.shops["category"][shop] == VIRTUAL) | (rng.random(count) < 0.004)
    relative = rng.random(count) < 0.02
    frame["payer"] = np.where(relative & (tells & PAYER == 0), 10**9 + frame["buyer"], frame["payer"])
    frame["phone"] = np.where(tells & OTHER_PHONE > 0, 2 * 10**9 + frame["number"] % 10**9, frame["buyer"])
    return frame
