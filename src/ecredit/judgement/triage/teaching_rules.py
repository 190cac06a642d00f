"""What decided findings teach: how much the cap of each flag should count, by how often findings in which it spoke were confirmed. Pure.

A flag that spoke in findings confirmed as often as all others keeps its cap. Few decisions move it little (the prior), too few
not at all, and none further than the catalogue's limits.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from ecredit.foundation.catalog.flag_types import Flag
from ecredit.foundation.catalog.triage_types import Teaching

# A flag speaks in a finding when it adds so much to its log-odds.
SPEAKS = 0.1
_MOST_STRENGTH = 4.0


@dataclass(frozen=True, slots=True)
class FlagFactor:
    """A flag's decided findings, and what its cap is multiplied by."""

    confirmed: int
    dismissed: int
    factor: float


def estimate_factors(
    decided: Iterable[tuple[bool, Collection[str]]], rules: Teaching
) -> dict[str, FlagFactor]:
    """Factors by flag, from each decided finding: whether it was confirmed, and the flags that spoke in it.

    The precision of a flag is (confirmed + prior · p) / (decided + prior), p that of all findings (with one of each added); its
    factor is its precision over p, between the limits. Below `least` decided findings it is 1.
    """
    counts: dict[str, list[int]] = {}
    total = [1, 1]
    for confirmed, flags in decided:
        total[not confirmed] += 1
        for flag in set(flags):
            counts.setdefault(flag, [0, 0])[not confirmed] += 1
    overall = total[0] / sum(total)
    found = {}
    for flag, (yes, no) in sorted(counts.items()):
        precision = (yes + rules.prior * overall) / (yes + no + rules.prior)
        factor = min(max(precision / overall, rules.low), rules.high) if yes + no >= rules.least else 1.0
        found[flag] = FlagFactor(yes, no, round(factor, 2))
    return found


def weighed(flags: Mapping[str, Flag], factors: Mapping[str, float]) -> dict[str, Flag]:
    """The flags with their caps multiplied; none passes the most the catalogue allows."""
    return {
        name: replace(flag, strength=min(flag.strength * factors[name], _MOST_STRENGTH))
        if factors.get(name, 1.0) != 1.0
        else flag
        for name, flag in flags.items()
    }
