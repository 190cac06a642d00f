"""What the routes of commitments answer."""

from datetime import date

from ninja import Schema


class CommitmentLine(Schema):
    """A commitment shown today; `last_day` null: without end. `fulfilment` is 未履行 only after a case, and such a commitment may be
    shown beyond its last day: `shown_until` is the first day it no longer is (null: no end)."""

    code: str
    name: str
    number: str
    accepted_by: str
    committed_on: date | None
    last_day: date | None
    shown_until: date | None
    fulfilment: str


class CommitmentPageShape(Schema):
    """A page of commitments, newest first."""

    items: list[CommitmentLine]
    count: int
    next: str | None


class ShareShape(Schema):
    """A count with its denominator, share and 95 % interval; `because` says why it is not given, "" where it is."""

    count: int | None
    of: int | None
    share: float | None
    low: float | None
    high: float | None
    because: str


class CommitmentGroup(Schema):
    """A group: `by` city, sector or platform, `key` the sector or the platform's code. Nothing is given of a small one."""

    by: str
    key: str
    name: str
    operators: int | None
    because: str
    figures: dict[str, ShareShape]


class CommitmentFiguresShape(Schema):
    """The figures of a day; groups of fewer than `least` are not given."""

    as_of: date
    least: int
    soon_days: int
    groups: list[CommitmentGroup]
