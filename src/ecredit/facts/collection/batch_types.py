"""Batches as other rooms see them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class BatchView:
    """One file that came in, and what became of its rows; `rows` is the sum of the five fates.

    `corrects` is the batch it was sent to correct, `corrects_guessed` when only its name said so. `state` is `posting`
    until the last row is decided, then `done`. The counts grow while it is posting. `notes` are what is to be said of the file as a whole.
    """

    id: int
    source: str
    supplier: str
    sent_by: str
    filename: str
    digest: str
    size: int
    state: str
    received_at: datetime
    finished_at: datetime | None
    edition: str
    corrects: int | None
    corrects_guessed: bool
    rows: int
    accepted: int
    superseded: int
    duplicate: int
    quarantined: int
    refused: int
    late: int
    cleared: int
    problems: int
    warnings: int
    problem_counts: Mapping[str, int]
    notes: tuple[str, ...]

    @property
    def done(self) -> bool:
        """Whether nothing more comes of it: every row's fate is decided, or it was taken back."""
        return self.state != "posting"

    @property
    def withdrawn(self) -> bool:
        """Whether it was taken back as a whole."""
        return self.state == "withdrawn"

    @property
    def found(self) -> int:
        """Lines of the problem report."""
        return self.problems + self.warnings


@dataclass(frozen=True, slots=True)
class BatchFilter:
    """Which batches: `suppliers` None is the whole city's, an empty collection nobody's; days are inclusive.
    `with_problems` are those with anything in their report."""

    suppliers: Collection[str] | None
    source: str = ""
    since: date | None = None
    until: date | None = None
    with_problems: bool = False


@dataclass(frozen=True, slots=True)
class BatchPage:
    """A page of batches, newest first. `older` is the batch behind which the next page begins; None on the last."""

    batches: tuple[BatchView, ...]
    older: int | None


@dataclass(frozen=True, slots=True)
class ClearedRows:
    """What one batch put right in an earlier one: how many of its waiting rows are cleared, how many replaced."""

    batch_id: int
    filename: str
    cleared: int
    replaced: int


@dataclass(frozen=True, slots=True)
class BatchFamily:
    """A batch among its corrections: `cleared` is what it put right of earlier ones, `later` what was sent to correct it,
    `waiting` how many of its own rows wait still."""

    cleared: tuple[ClearedRows, ...]
    later: tuple[BatchView, ...]
    waiting: int
