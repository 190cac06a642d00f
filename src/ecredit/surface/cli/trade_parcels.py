"""Parcels and their scans: goods that travel as goods do, and waybills behind which there is nothing."""

import numpy as np

from ecredit.surface.cli.trade_types import (
    BAD_OUTLET,
    CHEAP,
    CONTROL,
    DAY,
    FALSE_WEIGHT,
    FAST,
    FEW_SCANS,
    GIFT_SITE,
    LIGHT,
    NO_GPS,
    OTHER_WEIGHT,
    TICK,
    Array,
    Frame,
    chance,
    pick,
    taken,
    unit,
)
from ecredit.surface.cli.trade_world import COURIERS, World

PICKUP, DEPART, ARRIVE, OUT, SIGNED, RETURNED = range(6)
SCAN_KINDS = ("pickup", "depart", "arrive", "out_for_delivery", "signed", "returned")
SIGNERS = ("self", "station", "locker", "proxy")
_RURAL = 0.25


def ship(world: World, part: int, orders: Frame) -> tuple[Frame, Frame]:
    """The part's parcels and scans. Adds `signed` to the orders: when the goods came, or were said to have come."""
    rng = chance(world.seed, 12, part)
    orders["signed"] = (
        orders["paid"] + 60 + np.ceil(rng.exponential(600, len(orders["paid"]))).astype(np.int64)
    )
    sent = np.flatnonzero(~orders["virtual"] & ~orders["cancelled"])
    parcels = _parcels(world, rng, taken(orders, sent), sent)
    orders["signed"][sent] = parcels["signed"]
    return parcels, _scans(world, rng, parcels)


def _parcels(world: World, rng: np.random.Generator, orders: Frame, places: Array) -> Frame:
    count, tells, shop, shops = len(places), orders["tells"], orders["shop"], world.shops
    courier = np.where(rng.random(count) < 0.8, shops["courier"][shop], rng.integers(0, COURIERS, count))
    house = np.floor(rng.random(count) ** 2 * shops["warehouses"][shop]).astype(np.int64)
    house = np.where(rng.random(count) < 0.08, rng.integers(1, 5, count), house)
    running = np.cumsum(world.city_weight)
    far = np.searchsorted(running, unit(shop * 8 + house, 74) * running[-1]).clip(0, world.cities - 1)
    origin_city = np.where(house == 0, shops["city"][shop], far)
    gift = np.flatnonzero(tells & GIFT_SITE > 0)
    origin_city[gift] = rng.integers(0, min(3, world.cities), len(gift))
    origin = world.outlet(courier, origin_city, unit(shop * 8 + house, 75))
    false = np.flatnonzero(tells & BAD_OUTLET > 0)
    origin[false] = world.complicit[
        (unit(shop[false], 76) * 6).astype(np.int64) % 6 * 7 % len(world.complicit)
    ]
    roaming = false[rng.random(len(false)) < 0.5]
    origin[roaming] = rng.choice(world.complicit, len(roaming))
    courier[false] = origin[false] // world.outlets
    origin_city[false] = np.searchsorted(world.outlet_from, origin[false] % world.outlets, side="right") - 1
    city = orders["city"]
    way = world.kilometres(origin_city, city)
    goods = shops["grams"][shop] * np.exp((unit(shop * 128 + orders["sku"], 77) - 0.5) * 1.1)
    goods = np.maximum(goods * orders["quantity"], 8.0)
    declared = np.round(goods)
    real = goods * np.exp(rng.normal(0, 0.08, count)) + rng.uniform(10, 40, count)
    sample = (shops["control"][shop] == CONTROL["free_sample"]) & (rng.random(count) < 0.4)
    light = (tells & LIGHT > 0) | sample
    real = np.where(light, rng.uniform(25, 110, count), real)
    other = np.exp(rng.normal(np.log(500), 0.9, count))
    real = np.where((tells & OTHER_WEIGHT > 0) & ~light, other, real)
    real = np.where(rng.random(count) < 0.15, np.ceil(real / 500) * 500, real)
    lot = rng.random(count)
    fabricated = np.where(lot < 0.35, 0, np.where(lot < 0.75, 1000, rng.uniform(20, 3000, count)))
    real = np.where(tells & FALSE_WEIGHT > 0, fabricated, real)
    missing = rng.random(count) < np.linspace(0.05, 0.15, COURIERS)[courier]
    if world.tier.weights_withheld:
        missing |= courier % 3 == 0
    tariff = 2.6 + np.ceil(np.maximum(goods, 1) / 1000) * (0.5 + way / 1500)
    fee = tariff * np.exp(rng.normal(0, 0.12, count)) * (0.75 + 0.4 * unit(shop, 78))
    fee = np.where(tells & CHEAP > 0, rng.uniform(0.6, 1.8, count), fee)
    pickup = orders["paid"] + 300 + np.ceil(rng.exponential(8 * 3600, count)).astype(np.int64)
    travel = (10 + way / 45) * np.exp(rng.normal(0, 0.35, count)) * 3600
    travel = np.where(tells & FAST > 0, rng.uniform(3, 20, count) * 3600, travel)
    signed = _by_day(pickup + travel.astype(np.int64), rng)
    by = pick(rng, np.cumsum([0.45, 0.35, 0.15, 0.05]), count)
    batch = (by == 1) & (rng.random(count) < 0.7)
    signed = np.where(batch, -(-signed // 1800) * 1800 + rng.integers(0, 40, count), signed)
    ticks = (tells & TICK > 0) & (orders["attack"] > 0)
    signed = np.where(ticks, -(-signed // 7200) * 7200 + rng.integers(0, 4, count), signed)
    rural = unit(orders["address"], 79) < _RURAL
    gps = (rng.random(count) < np.where(rural, 0.4, 0.92)) & (tells & NO_GPS == 0)
    final = world.outlet(courier, city, unit(orders["address"], 80))
    faulty = (world.fault[origin] != 0) | (world.fault[final] != 0)
    return {
        "order": places, "number": orders["number"], "courier": courier, "shop": shop, "origin": origin, "final": final,
        "origin_city": origin_city, "city": city, "address": orders["address"], "phone": orders["phone"],
        "weight": np.where(missing, -1, np.round(real)).astype(np.int64), "declared": declared.astype(np.int64),
        "fee": np.round(fee, 2), "created": orders["paid"] + (pickup - orders["paid"]) // 3, "pickup": pickup,
        "signed": signed, "by": by, "gps": gps, "way": way, "tells": tells, "attack": orders["attack"],
        "control": np.where((orders["control"] == 0) & faulty, CONTROL["clock_fault"], orders["control"]),
        "back": orders["refunded"] & (rng.random(count) < 0.2) & (orders["attack"] == 0),
    }  # fmt: skip


def _by_day(at: Array, rng: np.random.Generator) -> Array:
    """Nobody delivers at night: what would come between 22 and 8 comes in the morning."""
    second = at % DAY
    night = (second < 8 * 3600) | (second > 22 * 3600)
    morning = (at + 2 * 3600) // DAY * DAY + 8 * 3600 + rng.integers(0, 4 * 3600, len(at))
    moved: Array = np.where(night, morning, at)
    return moved


def _scans(world: World, rng: np.random.Generator, parcels: Frame) -> Frame:
    """Each parcel's scans, by parcel; the clock of an outlet is as wrong as it is."""
    few = parcels["tells"] & FEW_SCANS > 0
    number = np.clip(3 + rng.poisson(1 + parcels["way"] / 350), 4, 16)
    number = np.where(few, rng.integers(2, 4, len(few)), number)
    parcel = np.repeat(np.arange(len(number)), number)
    starts = np.cumsum(number) - number
    step = np.arange(len(parcel)) - starts[parcel]
    last = number[parcel] - 1
    share = np.where((step == 0) | (step == last), step, step + (rng.random(len(step)) - 0.5) * 0.6) / last
    begin, end = parcels["pickup"][parcel], parcels["signed"][parcel]
    at = begin + np.round(share * (end - begin)).astype(np.int64)
    kind = np.where(step % 2 == 1, DEPART, ARRIVE)
    kind = np.where((step == last - 1) & (step > 0) & (last > 2), OUT, kind)
    kind = np.where(step == 0, PICKUP, kind)
    kind = np.where(step == last, np.where(parcels["back"][parcel], RETURNED, SIGNED), kind)
    courier = parcels["courier"][parcel]
    between = np.where(share < 0.4, parcels["origin_city"][parcel], parcels["city"][parcel])
    through = (share > 0.35) & (share < 0.65)
    between = np.where(through, (mixed_city(parcels, world)[parcel]), between)
    site = world.hub(courier, between)
    site = np.where(step <= 1, parcels["origin"][parcel], site)
    site = np.where((step >= last - 1) & (step > 0), parcels["final"][parcel], site)
    done = kind == SIGNED
    shown = at + world.skew[site] + world.fault[site]
    # A tick is made by the machine that invents the scans, whose clock is its own.
    shown = np.where((parcels["tells"][parcel] & TICK > 0) & done, at, shown)
    place = parcels["address"][parcel]
    city = parcels["city"][parcel]
    seen = done & parcels["gps"][parcel]
    lat = np.where(seen, 22 + world.city_y[city] / 111 + (unit(place, 81) - 0.5) * 0.3, np.nan)
    lon = np.where(seen, 102 + world.city_x[city] / 95 + (unit(place, 82) - 0.5) * 0.3, np.nan)
    noise = rng.normal(0, 0.0004, (2, len(at)))
    return {
        "parcel": parcel, "at": shown, "true_at": at, "kind": kind, "site": site, "lat": np.round(lat + noise[0], 5),
        "lon": np.round(lon + noise[1], 5), "operator": site * 8 + rng.integers(0, 5, len(at)),
    }  # fmt: skip


def mixed_city(parcels: Frame, world: World) -> Array:
    """The city whose hub the parcels between two cities pass."""
    pair = parcels["origin_city"] * world.cities + parcels["city"]
    through: Array = (unit(pair, 83) * world.cities).astype(np.int64)
    return through
