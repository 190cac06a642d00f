"""A synthetic year of trade in a folder: the tables of a platform under `trade/`, the planted truth beside it under `truth/`."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.surface.cli.demo_codes import make_uscc
from ecredit.surface.cli.trade_attacks import forge
from ecredit.surface.cli.trade_controls import imitate
from ecredit.surface.cli.trade_orders import finish, honest_part
from ecredit.surface.cli.trade_parcels import SCAN_KINDS, SIGNED, SIGNERS, ship
from ecredit.surface.cli.trade_reviews import NO_TEXT, TEXTS, review
from ecredit.surface.cli.trade_truth import write_order_truth, write_world_truth
from ecredit.surface.cli.trade_types import DAY, DAYS, Array, Frame, joined, mix, taken, unit
from ecredit.surface.cli.trade_world import CATEGORIES, World, make_world
from ecredit.surface.cli.trade_write import Tables, ids, instants, numbers, words

Progress = Callable[[int, int, str], None]
END = DAYS * DAY
# Below so many orders there is no room for every attack and look-alike.
FEWEST = 20_000
# Keys of the tokens: one shuffle for each kind of thing.
SHOP, BUYER, ORDER, SKU, DEVICE, ADDRESS, NETWORK, PAYMENT, PAYER, WAYBILL, PHONE, SITE, OPERATOR, REVIEW, PLATFORM, COURIER, BANK, PAYEE = (
    range(101, 119)
)  # fmt: skip
MARKER = "SYNTHETIC-合成数据.txt"
_MARKED = "本目录为程序生成的合成数据，人、店、运单、账户均不存在。\nAll of this is synthetic: no person, shop, waybill or account exists.\n"
_STATUS = ("paid", "shipped", "completed", "cancelled", "refunded")
_DISTRICTS = ("320402", "320404", "320411", "320412", "320413", "320481")


@dataclass(frozen=True, slots=True)
class Traded:
    """What was written: rows of each table, of the truth's, and where."""

    folder: Path
    tier: str
    seed: int
    rows: dict[str, int]
    forged: int


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs a shop: the operator's code, the shop's name, the district's code."""

    uscc: str
    shop_name: str
    district: str


def build_trade(
    out: Path,
    *,
    orders: int,
    tier: str,
    seed: int,
    last: date,
    texts: bool,
    progress: Progress,
    days: int = DAYS,
    operators: Sequence[Operator] = (),
) -> Traded:
    """Write `out/trade` and `out/truth`. An earlier year of trade is replaced; WrongUse when something else is there.

    days       only what was ordered in the last so many days of the year
    operators  who runs the shops, in turn; without any they are made up, too
    """
    _clear(out)
    world = make_world(seed=seed, tier=tier, orders=orders, last=last)
    forged, honest = forge(world), imitate(world)
    planted = joined([*forged, *honest])
    planted = taken(planted, np.argsort(planted["at"], kind="stable"))
    # Nobody sells before opening, buys before registering, or after the year.
    ripe = planted["at"] // DAY >= world.shops["opened"][planted["shop"]]
    ripe &= planted["at"] // DAY > world.buyers["registered"][planted["buyer"]]
    planted = taken(planted, np.flatnonzero(ripe & (planted["at"] < END)))
    _note(world, planted)
    salt = seed * 1_000
    with Tables(out / "trade", texts=texts) as trade, Tables(out / "truth") as truth:
        _write_shops(world, trade, salt, operators)
        _write_buyers(world, trade, salt)
        write_world_truth(world, truth, salt + SHOP, salt + BUYER)
        for part in range(world.parts):
            edges = np.array(world.days_of(part)) * DAY
            first, after = np.searchsorted(planted["at"], edges)
            frame = finish(world, part, [honest_part(world, part), taken(planted, np.arange(first, after))])
            frame = taken(frame, np.flatnonzero(frame["at"] >= (DAYS - days) * DAY))
            parcels, scans = ship(world, part, frame)
            reviews = review(world, part, frame)
            _write_orders(world, trade, salt, frame)
            sent = _write_parcels(world, trade, salt, parcels, scans)
            kept = _write_reviews(world, trade, salt, frame, reviews)
            keys = {"orders": salt + ORDER, "parcels": salt + WAYBILL, "reviews": salt + REVIEW}
            write_order_truth(truth, keys, frame, sent, kept)
            progress(part + 1, world.parts, f"{part + 1}")
    progress(world.parts, world.parts, "")
    return Traded(out, tier, seed, trade.rows, int((planted["attack"] > 0).sum()))


def _clear(out: Path) -> None:
    if out.exists() and any(out.iterdir()):
        if not (out / MARKER).is_file():
            raise WrongUse(
                f"{out} 里已有别的内容；请换一个空目录",
                f"{out} holds something else already; choose an empty folder",
            )
        for name in ("trade", "truth"):
            shutil.rmtree(out / name, ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    (out / MARKER).write_text(_MARKED, encoding="utf-8")


def _note(world: World, planted: Frame) -> None:
    """Each attacked shop's first day of it, and the real people who took part."""
    forged = np.flatnonzero(planted["attack"] > 0)
    shops, at = np.unique(planted["shop"][forged], return_index=True)
    world.shops["first"][shops] = planted["at"][forged][at] // DAY
    world.buyers["hired"] = np.zeros(len(world.buyers["city"]), dtype=bool)
    world.buyers["hired"][planted["buyer"][forged]] = True


def _write_shops(world: World, trade: Tables, salt: int, operators: Sequence[Operator]) -> None:
    shops, count = world.shops, len(world.shops["city"])
    order = np.argsort(mix(np.arange(count), salt + SHOP), kind="stable")
    number, shops = order.astype(np.int64), taken(world.shops, order)
    # Some operators keep several shops.
    operator = np.where(unit(number, 84) < 0.15, (unit(number, 85) * count).astype(np.int64), number)
    district = (unit(operator, 86) * len(_DISTRICTS)).astype(np.int64)
    codes = [
        make_uscc("91", _DISTRICTS[d], int(o) + 50_000_000) for o, d in zip(operator, district, strict=True)
    ]
    named = unit(number, 87) < 0.85
    shown = [f"{CATEGORIES[c]}示范店{m:06d}" for c, m in zip(
        shops["category"], mix(number, salt + 200) % np.uint64(10**6), strict=True)]  # fmt: skip
    areas = [_DISTRICTS[d] for d in district]
    if operators:
        mine = [operators[int(n) % len(operators)] for n in number]
        codes, shown = [each.uscc for each in mine], [each.shop_name for each in mine]
        areas = [each.district for each in mine]
    trade.write("shops", {
        "shop_id": ids(number, salt + SHOP),
        "platform_id": ids(shops["platform"], salt + PLATFORM),
        "operator_uscc": words(np.arange(count), codes, named),
        "name": words(np.arange(count), shown),
        "category": words(shops["category"], CATEGORIES),
        "district": words(np.arange(count), areas),
        "opened_on": instants(shops["opened"] * DAY, world.last).cast("date32"),
    })  # fmt: skip


def _write_buyers(world: World, trade: Tables, salt: int) -> None:
    buyers = world.buyers
    number = np.argsort(mix(np.arange(len(buyers["city"])), salt + BUYER), kind="stable").astype(np.int64)
    second = (unit(number, 88) * DAY).astype(np.int64)
    registered = np.minimum(buyers["registered"][number] * DAY + second, END - 1)
    trade.write("buyers", {
        "buyer_id": ids(number, salt + BUYER),
        "platform_id": ids((unit(number, 89) * 4).astype(np.int64), salt + PLATFORM),
        "registered_at": instants(registered, world.last),
    })  # fmt: skip


def _write_orders(world: World, trade: Tables, salt: int, frame: Frame) -> None:
    last = world.last
    sent = ~frame["virtual"] & ~frame["cancelled"]
    paid, arrived = frame["paid"] < END, (frame["signed"] < END) & ~frame["cancelled"]
    completed = frame["signed"] + np.int64(3 * DAY) + (unit(frame["number"], 90) * 4 * DAY).astype(np.int64)
    refunded_at = (
        np.where(unit(frame["number"], 91) < 0.3, frame["paid"], frame["signed"]) + frame["refund_wait"]
    )
    back = frame["refunded"] & (refunded_at < END)
    done = arrived & (completed < END) & ~back
    status = np.where(sent & (frame["paid"] + DAY < END), 1, 0)
    status = np.where(done, 2, status)
    status = np.where(frame["cancelled"], 3, np.where(back, 4, status))
    shop = frame["shop"]
    platform = world.shops["platform"][shop]
    trade.write("orders", {
        "order_id": ids(frame["number"], salt + ORDER),
        "platform_id": ids(platform, salt + PLATFORM),
        "shop_id": ids(shop, salt + SHOP),
        "buyer_id": ids(frame["buyer"], salt + BUYER),
        "sku_id": ids(shop * 128 + frame["sku"], salt + SKU),
        "category": words(world.shops["category"][shop], CATEGORIES),
        "quantity": numbers(frame["quantity"].astype(np.int32)),
        "amount": numbers(frame["amount"]),
        "ordered_at": instants(frame["at"], last),
        "paid_at": instants(frame["paid"], last, paid),
        "completed_at": instants(completed, last, done),
        "status": words(status, _STATUS),
        "refund_amount": numbers(frame["refund"], back),
        "refunded_at": instants(refunded_at, last, back),
        "device_id": ids(frame["device"], salt + DEVICE, frame["device"] >= 0),
        "ip_id": ids(_network(frame), salt + NETWORK, unit(frame["number"], 92) < 0.9),
        "address_id": ids(frame["address"], salt + ADDRESS, ~frame["virtual"]),
    })  # fmt: skip
    order = np.flatnonzero(paid)
    order = order[np.lexsort((mix(frame["number"][order], salt + PAYMENT), frame["paid"][order]))]
    paying = taken(frame, order)
    bank = (unit(paying["payer"], 93) * 3).astype(np.int64)
    trade.write("payments", {
        "payment_id": ids(paying["number"], salt + PAYMENT),
        "order_id": ids(paying["number"], salt + ORDER),
        "institution_id": ids(bank, salt + BANK),
        "payer_id": ids(paying["payer"], salt + PAYER),
        "payee_id": ids(paying["shop"], salt + PAYEE),
        "amount": numbers(paying["amount"]),
        "paid_at": instants(paying["paid"], last),
        "refund_amount": numbers(paying["refund"], back[order]),
        "refunded_at": instants(refunded_at[order], last, back[order]),
    })  # fmt: skip


def _network(frame: Frame) -> Array:
    """Whence an order came: the home's line, or the telephone network's, where many share an address."""
    roams = unit(frame["number"], 94) < 0.35
    return np.where(
        roams,
        10**12 + frame["city"] * 64 + (unit(frame["number"], 95) * 64).astype(np.int64),
        frame["network"],
    )


def _write_parcels(world: World, trade: Tables, salt: int, parcels: Frame, scans: Frame) -> Frame:
    last = world.last
    known = np.flatnonzero(parcels["created"] < END)
    order = known[np.lexsort((mix(parcels["number"][known], salt + WAYBILL), parcels["created"][known]))]
    sent = taken(parcels, order)
    signed = (sent["signed"] < END) & ~sent["back"]
    linked = unit(sent["number"], 96) < 0.97
    trade.write("parcels", {
        "waybill_no": ids(sent["number"], salt + WAYBILL),
        "order_id": ids(sent["number"], salt + ORDER, linked),
        "courier_id": ids(sent["courier"], salt + COURIER),
        "shop_id": ids(sent["shop"], salt + SHOP),
        "origin_site_id": ids(sent["origin"], salt + SITE),
        "destination_site_id": ids(sent["final"], salt + SITE),
        "receiver_address_id": ids(sent["address"], salt + ADDRESS),
        "receiver_phone_id": ids(sent["phone"], salt + PHONE),
        "weight_g": numbers(sent["weight"].astype(np.int32), sent["weight"] >= 0),
        "declared_weight_g": numbers(sent["declared"].astype(np.int32)),
        "fee": numbers(sent["fee"]),
        "created_at": instants(sent["created"], last),
        "signed_at": instants(sent["signed"], last, signed),
        "signed_by": words(sent["by"], SIGNERS, signed),
    })  # fmt: skip
    known = np.flatnonzero(
        (scans["at"] < END) & (scans["true_at"] < END) & (parcels["created"] < END)[scans["parcel"]]
    )
    order = known[
        np.lexsort((mix(parcels["number"][scans["parcel"][known]], salt + WAYBILL), scans["at"][known]))
    ]
    seen = taken(scans, order)
    placed = ~np.isnan(seen["lat"])
    handed = (seen["kind"] == SIGNED) | (unit(seen["operator"], 97) < 0.9)
    trade.write("scans", {
        "waybill_no": ids(parcels["number"][seen["parcel"]], salt + WAYBILL),
        "scanned_at": instants(seen["at"], last),
        "kind": words(seen["kind"], SCAN_KINDS),
        "site_id": ids(seen["site"], salt + SITE),
        "lat": numbers(seen["lat"], placed),
        "lon": numbers(seen["lon"], placed),
        "operator_id": ids(seen["operator"], salt + OPERATOR, handed),
    })  # fmt: skip
    return sent


def _write_reviews(world: World, trade: Tables, salt: int, frame: Frame, reviews: Frame) -> Frame:
    known = np.flatnonzero(reviews["at"] < END)
    order = known[np.lexsort((mix(reviews["number"][known], salt + REVIEW), reviews["at"][known]))]
    said = taken(reviews, order)
    follows = said["follows"] >= 0
    first = reviews["number"][np.maximum(said["follows"], 0)]
    trade.write("reviews", {
        "review_id": ids(said["number"], salt + REVIEW),
        "order_id": ids(frame["number"][said["order"]], salt + ORDER),
        "shop_id": ids(said["shop"], salt + SHOP),
        "rater_id": ids(said["buyer"], salt + BUYER),
        "direction": words(said["by_shop"].astype(np.int64), ("buyer_to_shop", "shop_to_buyer")),
        "score": numbers(said["score"].astype(np.int32)),
        "text": words(np.maximum(said["text"], 0), TEXTS, said["text"] != NO_TEXT),
        "reviewed_at": instants(said["at"], world.last),
        "follows_review_id": ids(first, salt + REVIEW, follows),
    })  # fmt: skip
    return said
