"""What the catalogue says of flags: what is looked at in trade that may be forged, why, and how much one may weigh."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

FlagFamily = Literal[
    "weight", "route", "send", "identity", "review", "payment", "network", "rater", "burst", "refund", "text"
]
FlagClass = Literal["trade", "malice"]
FlagKind = Literal["brushing", "malicious_review", "empty_parcel", "sybil", "exchange_ring", "refund_abuse"]
Direction = Literal["high", "low"]
Value = float | tuple[float, ...]
"""Of an example: one for all its rows, or one for each."""
FLAG_FAMILIES: tuple[FlagFamily, ...] = get_args(FlagFamily)
FLAG_CLASSES: tuple[FlagClass, ...] = get_args(FlagClass)
FLAG_KINDS: tuple[FlagKind, ...] = get_args(FlagKind)
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing looked at in every order.

    family           flags of one family say much the same thing; together they count up to a cap
    flag_class       trade: for trade that was invented · malice: for reviews meant to ruin a shop
    direction        which end of the statistic is suspicious
    strength         the most it may add, in natural log of odds
    kinds            what it speaks for, the likeliest first
    needs            `table` or `table.column` without which it cannot be judged
    fires, passes    orders that have it and orders that do not, `rows` of them: values of the view's columns; None only in a broken catalogue
    """

    id: str
    zh: str
    en: str
    family: FlagFamily
    flag_class: FlagClass
    direction: Direction
    strength: float
    kinds: tuple[FlagKind, ...]
    needs: tuple[str, ...]
    meaning_zh: str
    meaning_en: str
    formula: str
    source: str
    honest_zh: str
    honest_en: str
    fires: Mapping[str, Value] | None
    passes: Mapping[str, Value] | None
    rows: int
