"""Every flag of the catalogue is computed, and its own examples show and do not show it."""

import numpy as np
import pytest

from ecredit.judgement.detection.evidence import bin_statistic, first_weights, learn_weights
from ecredit.judgement.detection.flag_list import list_computed
from ecredit.judgement.detection.shared_columns import Shared
from ecredit.judgement.detection.trade_view import TradeView

ROWS = 4_000


def honest(seed: int = 1) -> dict[str, np.ndarray]:
    """Ordinary orders: each buyer with its own device, address, telephone and payer; parcels that weigh what they should."""
    rng = np.random.default_rng(seed)
    buyer = rng.integers(0, 800, ROWS)
    at = 1.7e9 + rng.random(ROWS) * 3e7
    declared = np.exp(rng.normal(6.4, 0.7, ROWS))
    picked = at + rng.exponential(3e4, ROWS)
    handed = picked + 1.2e5 * np.exp(rng.normal(0, 0.25, ROWS))
    reviewed = rng.random(ROWS) < 0.35
    stars = np.where(reviewed, rng.choice([1.0, 2, 3, 4, 5], ROWS, p=[0.02, 0.03, 0.1, 0.35, 0.5]), np.nan)
    return {
        "shop": rng.integers(0, 40, ROWS), "buyer": buyer, "sku": rng.integers(0, 300, ROWS), "at": at,
        "device": buyer, "ip": buyer, "address": buyer, "phone": buyer, "payer": buyer, "receiver": buyer,
        "payer_receives": np.zeros(ROWS), "registered": 1.6e9 + rng.random(ROWS) * 9e7, "opened": np.full(ROWS, 1.5e9),
        "done": handed + 1e5, "weight": declared * np.exp(rng.normal(0, 0.08, ROWS)) + 25, "declared": declared,
        "fee": 3 + declared / 1_000, "courier": np.zeros(ROWS, dtype=int), "origin": rng.integers(0, 3, ROWS),
        "destination": rng.integers(0, 20, ROWS), "picked": picked, "handed": handed, "scans": rng.integers(5, 10, ROWS) * 1.0,
        "located": np.ones(ROWS), "unnamed": np.zeros(ROWS), "reused": np.ones(ROWS), "sign_site": rng.integers(0, 20, ROWS),
        "stars": stars, "reviewed": np.where(reviewed, handed + rng.exponential(2e5, ROWS) + 4e3, np.nan),
        "text": np.where(reviewed, np.arange(ROWS), -1), "text_length": np.where(reviewed, 20.0, np.nan),
        "refunded": np.full(ROWS, np.nan), "amount": np.full(ROWS, 80.0), "refund": np.full(ROWS, np.nan), "quantity": np.ones(ROWS), "parcels": np.ones(ROWS),
    }  # fmt: skip


def view_of(columns: dict[str, np.ndarray]) -> TradeView:
    view = TradeView(
        ROWS, "orders", np.arange(ROWS, dtype=np.uint64), {}, np.arange(40, dtype=np.uint64), np.arange(800)
    )
    view.columns.update({name: np.array(column) for name, column in columns.items()})
    return view


def with_example(example, rows: int) -> TradeView:
    """Honest orders but for the first `rows`, which are as the example says: by different buyers on different days."""
    columns = {name: np.array(column) for name, column in honest().items()}
    # What rows that are alike would share by chance: nothing.
    columns["buyer"][:rows] = np.arange(rows) + 700
    columns["at"][:rows] = 1.7e9 + np.arange(rows) * 100_000.0
    if "buyer" in example:
        columns["buyer"][:rows] = example["buyer"]
    for name in ("device", "ip", "address", "phone", "payer", "receiver"):
        columns[name][:rows] = columns["buyer"][:rows]
    for name, value in example.items():
        columns[name][:rows] = value
    if "handed" in example and "reviewed" not in example:
        columns["picked"][:rows] = example.get("picked", example["handed"] - 100_000.0)
    if {"device", "address", "phone", "payer"} & set(example) and rows == 1:
        # The buyer is known: it has bought before with what is its own.
        columns["buyer"][1:6] = example.get("buyer", 700)
        for name in ("device", "address", "phone", "payer"):
            columns[name][1:6] = example.get("buyer", 700)
    return view_of(columns)


def test_each_flag_has_its_file_and_each_file_its_flag(catalog):
    assert set(list_computed()) == set(catalog.flags)


def pytest_generate_tests(metafunc):
    if "flag_id" in metafunc.fixturenames:
        from pathlib import Path

        from ecredit.foundation.catalog.load import load_catalog

        metafunc.parametrize("flag_id", list(load_catalog(Path(__file__).parents[2] / "catalog").flags))


def binned_of(flag, example):
    return bin_statistic(flag, list_computed()[flag.id](Shared(with_example(example, flag.rows))))


def test_its_example_shows_it_and_its_counter_example_does_not(flag_id, catalog):
    flag = catalog.flags[flag_id]
    shows, does_not = binned_of(flag, flag.fires), binned_of(flag, flag.passes)
    first = first_weights(shows), first_weights(does_not)
    if first[0][shows.bins[: flag.rows]].mean() <= 0:
        # What half of all do is no sign by itself, and becomes one where other families speak against those who do it.
        chance = np.where(np.arange(ROWS) < flag.rows, 0.99, 0.01)
        first = (learn_weights(shows, chance),) * 2
    said, unsaid = first[0][shows.bins[: flag.rows]].mean(), first[1][does_not.bins[: flag.rows]].mean()
    assert said > 0
    assert said > unsaid
    assert unsaid <= 0.15


def test_only_full_stars_are_no_sign_by_themselves(catalog):
    """Of all flags whose example shows nothing before anything is learnt."""
    silent = [
        flag.id
        for flag in catalog.flags.values()
        if first_weights(binned := binned_of(flag, flag.fires))[binned.bins[: flag.rows]].mean() <= 0
    ]
    assert silent == ["five_stars"]


def test_what_is_not_known_speaks_neither_way(catalog):
    empty = TradeView(ROWS, "orders", np.arange(ROWS, dtype=np.uint64), {}, np.zeros(0), np.zeros(0))
    for flag_id, compute in list_computed().items():
        statistic = np.asarray(compute(Shared(empty)), dtype=float)
        binned = bin_statistic(catalog.flags[flag_id], np.broadcast_to(statistic, (ROWS,)))
        assert not first_weights(binned)[binned.bins].any(), flag_id


@pytest.mark.parametrize("direction", ["weight_low", "weight_high"])
def test_no_flag_adds_more_than_its_strength(direction, catalog):
    flag = catalog.flags[direction]
    view = view_of(honest())
    view.columns["weight"][:3] = 1.0 if direction == "weight_low" else 90_000.0
    binned = bin_statistic(flag, list_computed()[direction](Shared(view)))
    assert first_weights(binned).max() <= flag.strength


def test_a_near_parcel_on_a_rare_route_is_not_fast():
    """Every route is rare here; what goes nowhere takes hours, what goes far days. Only the distance says which is usual."""
    rng, columns = np.random.default_rng(5), honest()
    near = rng.random(ROWS) < 0.1
    columns["origin"], columns["destination"] = np.arange(ROWS), np.arange(ROWS)
    columns["handed"] = columns["picked"] + np.where(near, 3e4, 2e5) * np.exp(rng.normal(0, 0.2, ROWS))
    assert np.isnan(Shared(view_of(columns)).beyond_route(Shared(view_of(columns)).transit)).all()
    columns["distance"] = np.where(near, 1.0, 900.0)
    shared = Shared(view_of(columns))
    beyond = shared.beyond_route(shared.transit)
    assert abs(np.median(beyond[near])) < 0.05
    assert abs(np.median(beyond[~near])) < 0.05
