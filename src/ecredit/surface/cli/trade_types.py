"""The words of the synthetic trade: sizes, tiers, attacks, honest look-alikes, tells, and how numbers become opaque tokens.

Everything here is invented. No person, shop, waybill or account exists.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Frame = dict[str, Array]

SIZES: Final = {"small": 30_000, "S": 1_500_000, "M": 20_000_000, "L": 100_000_000}
# The last day of the year of trade unless another is asked for: the same seed gives the same bytes on any day.
LAST_DAY: Final = date(2026, 10, 31)
DAYS: Final = 365
DAY: Final = 86_400

ATTACKS: Final = (
    "", "A1_empty_parcel", "A2_gift_parcel", "A3_sybil_crew", "A4_mutual_ring", "A5_malicious_negative",
    "A6_human_drip", "A7_other_goods", "A8_rented_account", "A9_coattails", "A10_adaptive",
)  # fmt: skip
CONTROLS: Final = (
    "", "promotion", "live_stream", "group_buy", "corporate_bulk", "dormitory", "family", "seasonal", "launch",
    "virtual_goods", "consolidation", "free_sample", "light_goods", "multi_warehouse", "clock_fault", "honest_bad",
    "viral_wave", "refund_abuser",
)  # fmt: skip
CONTROL: Final = {name: code for code, name in enumerate(CONTROLS)}


@dataclass(frozen=True, slots=True)
class Tier:
    """How hard: probability that a tell is hidden, brushers per buyer, forged orders per honest one, unknown devices."""

    camouflage: float
    pool: float
    dose: float
    device_missing: float
    weights_withheld: bool = False


TIERS: Final = {
    "easy": Tier(0.3, 0.06, 0.5, 0.2),
    "standard": Tier(0.6, 0.2, 0.3, 0.3),
    "hard": Tier(0.8, 0.2, 0.3, 0.35),
    "extreme": Tier(0.8, 0.5, 0.1, 0.5, True),
}

# Tells: what a forged order may show, each a bit. The second figure is how often an honest order shows the same.
FALSE_WEIGHT, LIGHT, FEW_SCANS, FAST, TICK, NO_GPS = (1 << i for i in range(6))
BAD_OUTLET, CHEAP, FAST_REVIEW, FIVE, ONE, REFUND = (1 << i for i in range(6, 12))
PAYER, GIFT_SITE, OTHER_WEIGHT, SURE_REVIEW, COPIED_TEXT, OTHER_PHONE = (1 << i for i in range(12, 18))
HONEST_RATES: Final = {
    FALSE_WEIGHT: 0.012, LIGHT: 0.008, FEW_SCANS: 0.03, FAST: 0.012, TICK: 0.01, NO_GPS: 0.05, CHEAP: 0.06,
    FAST_REVIEW: 0.02, FIVE: 0.05, PAYER: 0.0, GIFT_SITE: 0.01, OTHER_WEIGHT: 0.012, SURE_REVIEW: 0.04,
    COPIED_TEXT: 0.06, OTHER_PHONE: 0.04,
}  # fmt: skip

_GOLDEN: Final = 0x9E3779B97F4A7C15
_HEX: Final = np.array([f"{i:02x}".encode() for i in range(256)], dtype="S2")


def chance(seed: int, *path: int) -> np.random.Generator:
    """The stream of chance of one part of the world; independent of every other part and of threads."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *path])))


def mix(numbers: Array, key: int) -> Array:
    """One to one on 64 bits (splitmix64): another key, another shuffle."""
    x = numbers.astype(np.uint64) + np.uint64(key * _GOLDEN % 2**64)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Array = x ^ (x >> np.uint64(31))
    return mixed


def unit(numbers: Array, key: int) -> Array:
    """A lasting draw from [0, 1) for each number."""
    drawn: Array = (mix(numbers, key) >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return drawn


def tokens(numbers: Array, key: int) -> Array:
    """Sixteen hexadecimal places for each number, another for another, that tell nothing about it."""
    mixed = np.ascontiguousarray(mix(numbers, key)).view(np.uint8)
    text: Array = np.ascontiguousarray(_HEX[mixed]).view("S16")
    return text


def pick(rng: np.random.Generator, cumulative: Array, count: int) -> Array:
    """`count` places drawn by the weights whose running sums are given."""
    drawn: Array = np.searchsorted(cumulative, rng.random(count) * cumulative[-1], side="right")
    return np.minimum(drawn, len(cumulative) - 1)


def joined(frames: list[Frame]) -> Frame:
    """Frames one under the other."""
    return {name: np.concatenate([frame[name] for frame in frames]) for name in frames[0]}


def taken(frame: Frame, rows: Array) -> Frame:
    """Some rows of a frame, by place or by mask."""
    return {name: column[rows] for name, column in frame.items()}
