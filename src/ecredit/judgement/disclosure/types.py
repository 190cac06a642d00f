"""Values of this room."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from ecredit.foundation.catalog.disclosure_types import PageKind


class State(StrEnum):
    """How a gap stands.

    open       a lead: nobody has said anything yet
    answered   the platform has answered; an officer looks at it
    confirmed  two officers found it so: it is public
    dismissed  it was not so
    mended     it was so and is put right; public still when it was confirmed
    gone       the record or page it rested on no longer says so, before anybody confirmed it
    """

    OPEN = "open"
    ANSWERED = "answered"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    MENDED = "mended"
    GONE = "gone"


class Act(StrEnum):
    """What happens to a gap: by looking (the first six; `lapse`: the record no longer says so, `cease`: it is put right), by the platform's people, by officers (the last four)."""

    OPEN = "open"
    CHANGE = "change"
    CEASE = "cease"
    LAPSE = "lapse"
    RECUR = "recur"
    CLAIM = "claim"
    ANSWER = "answer"
    CONFIRM = "confirm"
    DISMISS = "dismiss"
    MEND = "mend"
    REVOKE = "revoke"


# The journal's verbs: a look at the records, a page taken, and a person's act each with one of its own.
CHECKED: Final = "disclosure.check"
PAGE_TAKEN: Final = "disclosure.page"
CONFIRM: Final = "disclosure.confirm"
VERBS: Final[Mapping[Act, str]] = {
    Act.ANSWER: "disclosure.answer",
    Act.CONFIRM: CONFIRM,
    Act.DISMISS: "disclosure.dismiss",
    Act.MEND: "disclosure.mend",
    Act.REVOKE: "disclosure.revoke",
}
LIVE: Final = (State.OPEN, State.ANSWERED)
PUBLIC: Final = (State.CONFIRMED, State.MENDED)


@dataclass(frozen=True, slots=True)
class Disclosing:
    """A registered platform: its code, its id as a supplier, its name, since when it could have disclosed anything."""

    uscc: str
    id: str
    name: str
    since: date


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Something that is missing or late, as a look found it.

    key      tells it from any other; the same is found again under the same key
    check    id of the check in the catalogue
    saw      what was seen instead: a code of the texts `disclosure.saw.…`, with its `values`
    late     by how many days or working days; None where that is no matter of days
    where    number of the record's entry, or the page's address
    """

    key: str
    check: str
    platform: str
    saw: str
    seen_on: date
    values: Mapping[str, Any] = field(default_factory=dict)
    late: int | None = None
    entry: int | None = None
    url: str = ""
    page_kind: PageKind | None = None
    page: int | None = None
    subject: str = ""
    subject_name: str = ""
    cells: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MarkSeen:
    """A link of a page to one of the city's badges or profiles, as it stands on the day.

    address  where the link leads            own      of the subject the page is about
    live     the badge is in force           on_page  a signed mark: given out for this page; None: it is signed for none
    """

    address: str
    own: bool
    live: bool
    on_page: bool | None = None


@dataclass(frozen=True, slots=True)
class PageAbout:
    """What a page was taken as: of which kind, where, about whom, when seen, and, if it announces an end, of which day.

    licences  numbers of the subject's licences in force on that day; "" is none
    """

    kind: PageKind
    url: str
    subject: str
    seen_on: date
    ends_on: date | None = None
    licences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PageVerdict:
    """What one check says of a page: it does not apply (`asked` false), it is there, or it is missing and what was seen instead."""

    check: str
    asked: bool
    missing: bool = False
    saw: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    late: int | None = None


@dataclass(frozen=True, slots=True)
class KeptGap:
    """A gap as the last look and the people left it. `inspected`: an officer saw it, so a platform's own page does not end it."""

    id: int
    key: str
    state: State
    holds: bool
    content: str
    inspected: bool


@dataclass(frozen=True, slots=True)
class CheckSummary:
    """What a look at the records did; `live` is how many wait for an answer or an officer now."""

    ran: bool
    why: str = ""
    platforms: int = 0
    found: int = 0
    opened: int = 0
    changed: int = 0
    ceased: int = 0
    live: int = 0
    public_changed: bool = False
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class PageSummary:
    """What taking a page did: its number, what each check said, and the gaps that are open about it now."""

    page: int
    encoding: str
    verdicts: Sequence[PageVerdict]
    opened: int
    ended: int
    public_changed: bool


@dataclass(frozen=True, slots=True)
class GapLine:
    """A gap in a list. `document` holds all that is shown: words of the check as they were, clause, what was seen, where."""

    id: int
    check: str
    platform: str
    organisation: str
    state: State
    holds: bool
    found_on: date
    due_on: date
    late: int | None
    inspected: bool
    confirmed_on: date | None
    document: Mapping[str, Any]

    def is_overdue(self, on: date) -> bool:
        """Whether the platform's answer was due before this day and has not come."""
        return self.state is State.OPEN and self.due_on < on


@dataclass(frozen=True, slots=True)
class GapEvent:
    """One thing that happened."""

    act: Act
    state: State
    by: str
    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class GapView:
    """A gap whole."""

    line: GapLine
    digest: str
    events: Sequence[GapEvent]


@dataclass(frozen=True, slots=True)
class GapFilter:
    """Which gaps; empty: all. `organisations` restricts to platforms of these ids; None: the whole city's."""

    organisations: frozenset[str] | None = None
    platform: str = ""
    check: str = ""
    state: str = ""
    before: int | None = None
    sort: str = ""
    descending: bool = False


@dataclass(frozen=True, slots=True)
class PageLine:
    """A page that was taken."""

    id: int
    platform: str
    kind: PageKind
    url: str
    subject: str
    seen_at: datetime
    digest: str
    size: int
    encoding: str
    inspected: bool
    by: str
    at: datetime
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PlatformStanding:
    """How a platform stands: gaps by state, the greatest lateness of those that are confirmed or wait, checks it misses."""

    platform: str
    name: str
    organisation: str
    open: int
    answered: int
    confirmed: int
    mended: int
    latest: int | None
    checks: tuple[str, ...]
    overdue: int
