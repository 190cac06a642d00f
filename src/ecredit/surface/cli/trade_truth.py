"""The planted truth of the synthetic trade, in a folder of its own: what is forged, and what is honest and only looks it."""

import numpy as np

from ecredit.surface.cli.trade_types import ATTACKS, CONTROLS, DAY, Frame, mix, taken
from ecredit.surface.cli.trade_world import World
from ecredit.surface.cli.trade_write import Tables, ids, instants, numbers, words


def write_world_truth(world: World, truth: Tables, shop_key: int, buyer_key: int) -> None:
    """Shops (an attacked one with the first day of it; `victim` when others did it to the shop) and accounts."""
    count = len(world.shops["city"])
    number = np.argsort(mix(np.arange(count), shop_key), kind="stable").astype(np.int64)
    shops = taken(world.shops, number)
    known = shops["first"] >= 0
    truth.write("shops", {
        "shop_id": ids(number, shop_key),
        "attack": words(np.where(known, shops["attack"], 0), ATTACKS),
        "control": words(shops["control"], CONTROLS),
        "victim": numbers(shops["victim"]),
        "first_forged_on": instants(shops["first"] * DAY, world.last, known).cast("date32"),
    })  # fmt: skip
    number = np.argsort(mix(np.arange(len(world.buyers["city"])), buyer_key), kind="stable").astype(np.int64)
    buyers = taken(world.buyers, number)
    truth.write("buyers", {
        "buyer_id": ids(number, buyer_key),
        "attack": words(buyers["attack"], ATTACKS),
        "control": words(buyers["control"], CONTROLS),
        "crew": numbers(buyers["crew"], buyers["crew"] >= 0),
        "hired": numbers(buyers["hired"]),
    })  # fmt: skip


def write_order_truth(
    truth: Tables, keys: dict[str, int], orders: Frame, parcels: Frame, reviews: Frame
) -> None:
    """A part's orders, parcels and reviews."""
    parts = (
        ("orders", "order_id", orders),
        ("parcels", "waybill_no", parcels),
        ("reviews", "review_id", reviews),
    )
    for name, column, frame in parts:
        number = frame["number"]
        order = np.argsort(mix(number, keys[name]), kind="stable")
        truth.write(name, {
            column: ids(number[order], keys[name]),
            "attack": words(frame["attack"][order], ATTACKS),
            "control": words(frame["control"][order], CONTROLS),
        })  # fmt: skip
