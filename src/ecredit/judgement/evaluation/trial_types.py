"""What a dry run of a version finds. A trial is kept as the canonical JSON of a `Trial`."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

# How the groups are made: by the register's kind, the first letter of the industry, the district, the registered capital.
GROUPINGS = ("kind", "sector", "district", "size")
# Changes of the score are counted in steps of so many points, and beyond the last step together.
STEP, STEPS = 5, 8


@dataclass(frozen=True, slots=True)
class TrialGroup:
    """Subjects of one group: how many were looked at, rose and fell by a grade, and by how much scores changed on average.

    `key` is a code of the catalogue, a band of `size`, or "" where no record says it.
    """

    key: str
    looked_at: int
    up: int
    down: int
    mean: float


@dataclass(frozen=True, slots=True)
class TrialReason:
    """A reason that one of the two grades has and the other has not, or not so."""

    indicator: str
    points: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class TrialMove:
    """One subject whose grade or score the version would change. `was` and `now` are "" for not graded."""

    subject_id: int
    was: str
    now: str
    score_was: str
    score_now: str
    entered: tuple[TrialReason, ...]
    left: tuple[TrialReason, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """A dry run over everybody whom the model judges or would judge.

    matrix   (grade now, grade with the version, subjects); "" not graded, "-" another model or none
    steps    how many scores change by how much: (lower edge in points, subjects), in steps of `STEP`, zero apart
    groups   by the name of the grouping
    worst    those that lose most, worst first
    grades   the scale, best first
    """

    model_id: str
    number: int
    edition: str
    against: str
    standing: int | None
    from_on: date
    as_of: date
    looked_at: int
    unchanged: int
    up: int
    down: int
    grades: tuple[str, ...]
    matrix: tuple[tuple[str, str, int], ...]
    steps: tuple[tuple[int, int], ...]
    groups: Mapping[str, tuple[TrialGroup, ...]]
    worst: tuple[TrialMove, ...]

    @property
    def lost(self) -> int:
        """How many have a grade and would have none: neither up nor down."""
        return sum(count for was, now, count in self.matrix if was in self.grades and not now)

    @property
    def got(self) -> int:
        """How many have no grade and would have one."""
        return sum(count for was, now, count in self.matrix if not was and now in self.grades)


def trial_text(trial: Trial) -> str:
    """A trial as canonical JSON: equal trials give equal text."""
    return json.dumps(asdict(trial), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def trial_of(text: str) -> Trial:
    """The trial of a text made by `trial_text`."""
    held: dict[str, Any] = json.loads(text)
    held["from_on"], held["as_of"] = date.fromisoformat(held["from_on"]), date.fromisoformat(held["as_of"])
    held["grades"] = tuple(held["grades"])
    held["matrix"] = tuple((was, now, count) for was, now, count in held["matrix"])
    held["steps"] = tuple((edge, count) for edge, count in held["steps"])
    held["groups"] = {
        name: tuple(TrialGroup(**group) for group in groups) for name, groups in held["groups"].items()
    }
    held["worst"] = tuple(
        TrialMove(
            **{
                **move,
                "entered": tuple(TrialReason(**reason) for reason in move["entered"]),
                "left": tuple(TrialReason(**reason) for reason in move["left"]),
            }
        )
        for move in held["worst"]
    )
    return Trial(**held)
