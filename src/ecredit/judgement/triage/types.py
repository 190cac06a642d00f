"""Values of this room."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

WAITING: Final = "waiting"
CONFIRMED: Final = "confirmed"
DISMISSED: Final = "dismissed"
# The journal's verbs of this room; a decision's is that of its permission.
DETECTED: Final = "detection.run"
CONFIRM: Final = "finding.confirm"
DISMISS: Final = "finding.dismiss"
READ: Final = "finding.read"
OUTCOMES: Final = {CONFIRM: CONFIRMED, DISMISS: DISMISSED}


@dataclass(frozen=True, slots=True)
class DetectionSummary:
    """What looking for forged trade did.

    ran        False: nothing had changed (`why` is `unchanged`) or there is no trade (`no_trade`)
    new, kept, gone  findings for the first time, found again, and not found any more that were found the run before
    returned   decided ones that wait again because the evidence grew clearly
    waiting    how many wait for an officer now; `without_subject` of all are tied to no subject
    """

    ran: bool
    why: str
    run_id: int | None = None
    found: int = 0
    new: int = 0
    kept: int = 0
    gone: int = 0
    returned: int = 0
    waiting: int = 0
    without_subject: int = 0
    rows: Mapping[str, int] | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ShopNote:
    """What the lake says of a shop. `disputed`: its senders name different operators, and none is taken."""

    shop_id: str
    name: str
    platform_id: str
    operator_uscc: str
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class DecisionView:
    """What an officer decided: `outcome` confirmed or dismissed, `reason` of the catalogue, `words` their own.

    kind, shop_name, window_from, window_to, orders, score  the finding's when it was decided
    """

    number: int
    outcome: str
    reason: str
    words: str
    by: str
    at: datetime
    kind: str
    shop_name: str
    window_from: datetime | None
    window_to: datetime | None
    orders: int
    score: float


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A finding in the queue."""

    finding_id: str
    kind: str
    victim: bool
    shop_id: str
    shop_name: str
    platform_id: str
    subject_id: int | None
    score: float
    rows: int
    window_from: datetime | None
    window_to: datetime | None
    state: str
    gone: bool
    returned: bool
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding whole. `document` is as detection gave it, without the ids of its rows; `rows_of` is `orders` or `parcels`.

    record     number of the record that was put down when it was confirmed; None: none (yet)
    folder     where its rows are, below the home; "" before there are any
    not_judged the flags that could not be judged, with the columns they would need
    """

    line: FindingLine
    operator_uscc: str
    document: Mapping[str, Any]
    rows_of: str
    digest: str
    record: int | None
    folder: str
    not_judged: Mapping[str, Sequence[str]]
    run_id: int
    run_at: datetime
    decisions: Sequence[DecisionView]


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Which findings; empty: all. `text` is looked for in the shop's name and id and the finding's id."""

    kind: str = ""
    platform: str = ""
    state: str = ""
    strength: str = ""
    text: str = ""
    sort: str = ""
    descending: bool = True


@dataclass(frozen=True, slots=True)
class ConfirmedTrade:
    """A confirmed finding as it counts: the shop, the orders it was confirmed on, and when."""

    shop_id: str
    orders: tuple[str, ...]
    at: datetime
