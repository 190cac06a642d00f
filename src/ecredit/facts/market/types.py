"""Values of this room."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TradeReceipt:
    """What became of one trade table. `rows` is the sum of the five fates."""

    table: str
    batch_id: int
    supplier: str
    folder: str
    digest: str
    rows: int
    accepted: int
    superseded: int
    duplicate: int
    quarantined: int
    refused: int
    problems: int
    warnings: int
    already_received: bool
    received_at: datetime
    report: str
    problem_counts: Mapping[str, int]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """A rule over one column of a table; `holds`: a row that breaks it is kept out of the lake."""

    rule: str
    column: str
    holds: bool = True
