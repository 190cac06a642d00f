"""How the demo city's subjects behave, which nobody in it knows: earlier and later records come of it, with noise.

All of it is invented. The figures below were set before a grade was ever held against what they make, and follow no weight of any
grading model; the truth is written beside the files (`truth/conduct.json`), never among them.

SPREAD  how much a subject does wrong is lognormal with this spread of its logarithm: the 6 in 100 who do most do half of it
LUCK    this share of decisions falls on anybody, whatever they did: inspections at random, honest mistakes, wrong decisions
TURNS   this share of subjects turns once, on any day of the city's time, and is then anybody: some reform, some fall
EYES    every authority sees with its own eyes: a factor of its own for each subject, lognormal; so some get away with more
PRAISE  how much less is heard that is good of those who do wrong (a pull the other way, a third as strong)
TALK    how much more consumers complain of them: half as strong, for many complaints are about nothing
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from math import exp
from random import Random
from typing import Final

from ecredit.surface.cli.demo_names import chooser
from ecredit.surface.cli.demo_types import DemoShop, DemoSubject

SPREAD: Final = 1.5
LUCK: Final = 0.15
TURNS: Final = 0.20
EYES: Final = 0.5
PRAISE: Final = 0.5
TALK: Final = 0.75
_DAYS: Final = 425
_TRIES: Final = 200
_KEPT_SUMS: Final = 4
# What is praised is seen by everybody alike.
_PUBLIC: Final = ""


@dataclass(frozen=True, slots=True)
class Nature:
    """How prone to wrong a subject is (standard normal, higher is worse), and what it turned to on which day."""

    before: float
    turned_on: date | None
    after: float

    def on(self, day: date) -> float:
        """How prone it was on a day."""
        return self.before if self.turned_on is None or day < self.turned_on else self.after


@dataclass
class Conduct:
    """The natures of a city's subjects, and who is picked for what is written about them."""

    seed: int
    natures: dict[int, Nature]
    _eyes: dict[str, dict[int, float]] = field(default_factory=dict, repr=False)
    _sums: dict[tuple[str, int, date], list[float]] = field(default_factory=dict, repr=False)

    def culprit(
        self, chance: Random, pool: Sequence[DemoSubject], day: date, eye: str, done_on: date | None = None
    ) -> DemoSubject:
        """Whom an authority (`eye`) finds doing wrong, of those who existed well before it was done."""
        lucky = chance.random() < LUCK
        sums = [] if lucky else self._summed(pool, day, eye, SPREAD)
        before = (done_on or day) - timedelta(days=10)
        for _ in range(_TRIES):
            found = chance.choice(pool) if lucky else chance.choices(pool, cum_weights=sums)[0]
            if found.founded < before:
                return found
        return min(pool, key=lambda s: s.founded)

    def worthy(
        self, chance: Random, pool: Sequence[DemoSubject], day: date, besides: Collection[int] = ()
    ) -> DemoSubject:
        """Of whom something good is heard, other than the numbers `besides`."""
        sums = self._summed(pool, day, _PUBLIC, -PRAISE)
        for _ in range(_TRIES):
            found = chance.choices(pool, cum_weights=sums)[0]
            if found.founded < day - timedelta(days=10) and found.number not in besides:
                return found
        return min((s for s in pool if s.number not in besides), key=lambda s: s.founded)

    def shops(
        self, chance: Random, shops: Sequence[DemoShop], day: date, count: int, pull: float
    ) -> list[DemoShop]:
        """So many shops that are complained of or sanctioned, the same one again too."""
        lucky = [chance.random() < LUCK for _ in range(count)]
        sums = list(accumulate(exp(pull * self._prone(s.owner, day)) for s in shops))
        return [
            chance.choice(shops) if each else chance.choices(shops, cum_weights=sums)[0] for each in lucky
        ]

    def fails(self, chance: Random, subject: DemoSubject, day: date, share: float) -> bool:
        """Whether goods are found wanting, as they are in `share` of all checks or a little more, sooner with the prone."""
        odds = share / (1 - share) * exp(self._prone(subject, day) - 0.5)
        return chance.random() < odds / (1 + odds)

    def _prone(self, subject: DemoSubject, day: date) -> float:
        return self.natures[subject.number].on(day)

    def _summed(self, pool: Sequence[DemoSubject], day: date, eye: str, pull: float) -> list[float]:
        key = (eye, id(pool), day)
        if key not in self._sums:
            seen = self._seen(eye)
            # One file asks many times for one day, in a way or two, and the next file for another.
            if len(self._sums) >= _KEPT_SUMS:
                self._sums.clear()
            weights = (exp(pull * self._prone(s, day)) * seen[s.number] for s in pool)
            self._sums[key] = list(accumulate(weights))
        return self._sums[key]

    def _seen(self, eye: str) -> dict[int, float]:
        if eye == _PUBLIC:
            return dict.fromkeys(self.natures, 1.0)
        if eye not in self._eyes:
            chance = chooser(self.seed, f"conduct/{eye}")
            self._eyes[eye] = {number: exp(EYES * chance.gauss(0, 1)) for number in self.natures}
        return self._eyes[eye]


def plant_conduct(subjects: Sequence[DemoSubject], seed: int, today: date) -> Conduct:
    """Give everybody a nature; the same for the same seed and day."""
    chance = chooser(seed, "conduct")
    natures = {}
    for subject in subjects:
        before, turns, day, after = (
            chance.gauss(0, 1),
            chance.random(),
            chance.randrange(1, _DAYS),
            chance.gauss(0, 1),
        )
        turned_on = today - timedelta(days=day) if turns < TURNS else None
        natures[subject.number] = Nature(before, turned_on, after if turned_on is not None else before)
    return Conduct(seed, natures)
