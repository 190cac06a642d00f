"""The world the trade happens in: cities, couriers with their outlets, shops, buyers and the accounts of crews."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from ecredit.surface.cli.trade_types import CONTROL, DAYS, TIERS, Array, Frame, Tier, chance, unit

COURIERS = 6
CATEGORIES = (
    "服装", "鞋靴", "箱包", "美妆", "个护", "母婴", "玩具", "食品", "生鲜", "酒水",
    "家电", "数码", "手机配件", "家居", "家纺", "图书", "运动", "宠物", "饰品", "虚拟商品",
)  # fmt: skip
VIRTUAL, TRINKETS = 19, 18
_KM = 2_400.0


@dataclass(slots=True)
class World:
    """Everything that lasts through the year. Numbers are internal; they leave as tokens only."""

    seed: int
    tier: Tier
    orders: int
    last: date
    city_x: Array
    city_y: Array
    city_weight: Array
    outlets_of: Array
    outlet_from: Array
    outlets: int
    fault: Array
    skew: Array
    complicit: Array
    shops: Frame
    buyers: Frame
    shop_running: Array
    buyer_running: Array

    @property
    def cities(self) -> int:
        """How many cities."""
        return len(self.city_x)

    @property
    def parts(self) -> int:
        """Into how many parts the year is cut, so that memory stays bounded: months, or less in a large world."""
        return min(DAYS, max(12, self.orders // 150_000))

    def days_of(self, part: int) -> tuple[int, int]:
        """A part's first day and the day after its last."""
        return DAYS * part // self.parts, DAYS * (part + 1) // self.parts

    def outlet(self, courier: Array, city: Array, lot: Array) -> Array:
        """One of a courier's outlets in a city; `lot` in [0, 1) says which."""
        number: Array = (
            courier * self.outlets + self.outlet_from[city] + (lot * self.outlets_of[city]).astype(np.int64)
        )
        return number

    def hub(self, courier: Array, city: Array) -> Array:
        """A courier's hub in a city."""
        number: Array = COURIERS * self.outlets + courier * self.cities + city
        return number

    def kilometres(self, one: Array, other: Array) -> Array:
        """Between two cities; 8 km within one."""
        way: Array = np.hypot(self.city_x[one] - self.city_x[other], self.city_y[one] - self.city_y[other])
        return way + 8.0


def make_world(*, seed: int, tier: str, orders: int, last: date) -> World:
    """Found the cities, open the shops, register the buyers."""
    rng = chance(seed, 1)
    cities = 20 if orders < 200_000 else 40
    weight = rng.dirichlet(np.full(cities, 0.7)) * 0.9 + 0.1 / cities
    outlets_of = np.maximum(1, np.round(weight * orders / COURIERS / 2_500)).astype(np.int64)
    outlets = int(outlets_of.sum())
    sites = COURIERS * (outlets + cities)
    fault = np.zeros(sites, dtype=np.int64)
    wrong = rng.permutation(COURIERS * outlets)[: max(2, COURIERS * outlets // 100)]
    fault[wrong] = rng.choice(np.array([-8 * 3600, 8 * 3600]), len(wrong))
    world = World(
        seed=seed, tier=TIERS[tier], orders=orders, last=last,
        city_x=rng.random(cities) * _KM, city_y=rng.random(cities) * _KM, city_weight=weight,
        outlets_of=outlets_of, outlet_from=np.concatenate([[0], np.cumsum(outlets_of)[:-1]]), outlets=outlets,
        fault=fault, skew=np.round(rng.normal(0, 180, sites)).astype(np.int64),
        complicit=rng.permutation(COURIERS * outlets)[: max(4, COURIERS * outlets // 25)],
        shops={}, buyers={}, shop_running=np.empty(0), buyer_running=np.empty(0),
    )  # fmt: skip
    world.shops = _open_shops(world)
    world.buyers = _register_buyers(world)
    world.shop_running = np.cumsum(world.shops["weight"])
    world.buyer_running = np.cumsum(world.buyers["activity"])
    return world


def _open_shops(world: World) -> Frame:
    rng, count = chance(world.seed, 2), max(60, world.orders // 220)
    category = rng.integers(0, VIRTUAL, count)
    opened = -np.round(rng.exponential(700, count)).astype(np.int64) - 30
    young = rng.random(count) < 0.12
    opened[young] = rng.integers(10, DAYS - 40, young.sum())
    control = np.zeros(count, dtype=np.int64)
    share = {
        "seasonal": 0.02, "virtual_goods": 0.02, "free_sample": 0.015, "light_goods": 0.03, "multi_warehouse": 0.06,
        "honest_bad": 0.012, "viral_wave": 0.006,
    }  # fmt: skip
    order, at = rng.permutation(count), 0
    for name, part in share.items():
        number = max(1, round(part * count))
        control[order[at : at + number]] = CONTROL[name]
        at += number
    control[(control == 0) & young] = CONTROL["launch"]
    category[control == CONTROL["virtual_goods"]] = VIRTUAL
    category[control == CONTROL["light_goods"]] = TRINKETS
    grams = np.exp(rng.normal(np.log(600), 0.7, count))
    tiny = (control == CONTROL["light_goods"]) | (rng.random(count) < 0.03)
    grams[tiny] = rng.uniform(20, 70, tiny.sum())
    many = control == CONTROL["multi_warehouse"]
    quality = np.clip(rng.normal(4.6, 0.25, count), 3.6, 5.0)
    quality[control == CONTROL["honest_bad"]] = 2.4
    size = np.exp(rng.normal(0, 1.5, count))
    size = np.clip(size, 0.02, np.quantile(size, 0.995))
    size[control > 0] = np.maximum(size[control > 0], 0.4)
    return {
        "weight": size,
        "category": category,
        "opened": opened,
        "control": control,
        "grams": grams,
        "price": np.exp(rng.normal(4.2, 0.9, count)),
        "skus": 1 + np.floor(rng.pareto(0.9, count) * 3).clip(0, 80).astype(np.int64),
        "quality": quality,
        "city": _cities(world, rng, count),
        "warehouses": np.where(
            many, rng.integers(3, 7, count), rng.choice([1, 2, 3], count, p=[0.8, 0.14, 0.06])
        ),
        "courier": rng.integers(0, COURIERS, count),
        "rate": rng.uniform(0.04, 0.12, len(CATEGORIES))[category],
        "platform": rng.integers(0, 4, count),
        "attack": np.zeros(count, dtype=np.int64),
        "victim": np.zeros(count, dtype=bool),
        "first": np.full(count, -1, dtype=np.int64),
        "season": rng.integers(0, DAYS, count),
    }


def _register_buyers(world: World) -> Frame:
    """Real people; families share a device and an address, dormitories and consolidators an address."""
    rng, count = chance(world.seed, 3), max(1_000, round(0.13 * world.orders))
    people = np.arange(count, dtype=np.int64)
    activity = np.minimum(np.exp(rng.normal(0, 1.0, count)), 40.0)
    city, address, device = _cities(world, rng, count), people.copy(), people.copy()
    control = np.zeros(count, dtype=np.int64)
    shuffled = rng.permutation(count)
    families = shuffled[: count // 10 // 2 * 2].reshape(-1, 2)
    address[families[:, 1]], device[families[:, 1]] = families[:, 0], families[:, 0]
    city[families[:, 1]] = city[families[:, 0]]
    control[families.ravel()] = CONTROL["family"]
    at, place = families.size, count
    stop = at + max(60, count * 6 // 100)
    while at < stop:
        size = min(int(25 * (1 + rng.pareto(1.1))), 2_000, stop - at)
        who = shuffled[at : at + size]
        address[who], city[who], control[who] = place, city[who[0]], CONTROL["dormitory"]
        at, place = at + size, place + 1
    who = shuffled[at : at + count // 100]
    port = rng.choice(world.cities, 5)
    lot = rng.integers(0, 5, len(who))
    address[who], city[who], control[who] = place + lot, port[lot], CONTROL["consolidation"]
    at += len(who)
    abusers = shuffled[at : at + max(3, count // 400)]
    control[abusers] = CONTROL["refund_abuser"]
    activity[abusers] = np.maximum(activity[abusers], 2.0)
    registered = DAYS - 1 - np.floor(rng.beta(1.2, 1.0, count) * 2_600).astype(np.int64)
    return {
        "activity": activity, "city": city, "address": address, "device": device, "control": control,
        "registered": registered, "devices": rng.choice([1, 2, 3], count, p=[0.6, 0.3, 0.1]),
        "attack": np.zeros(count, dtype=np.int64), "crew": np.full(count, -1, dtype=np.int64),
        "liked": (unit(people, 71) * len(CATEGORIES)).astype(np.int64),
    }  # fmt: skip


def _cities(world: World, rng: np.random.Generator, count: int) -> Array:
    return rng.choice(world.cities, count, p=world.city_weight / world.city_weight.sum()).astype(np.int64)
