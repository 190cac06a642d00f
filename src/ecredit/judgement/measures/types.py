"""Values of this room."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final


class State(StrEnum):
    """How a warning stands.

    open          nobody has said anything yet (or what was said was not enough)
    acknowledged  an addressee has seen it
    escalated     the answer is late, somebody above was told
    answered      every addressee who was asked has answered (or what the rule asks for); an officer judges
    justified     judged: rightly warned
    false_alarm   judged: there was nothing to warn of
    lifted        ended by itself: it is no longer so
    """

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    ESCALATED = "escalated"
    ANSWERED = "answered"
    JUSTIFIED = "justified"
    FALSE_ALARM = "false_alarm"
    LIFTED = "lifted"


class Act(StrEnum):
    """What happens to a warning: by a run (the first seven), by the addressee's people, by an officer (the last three)."""

    OPEN = "open"
    REOPEN = "reopen"
    WORSEN = "worsen"
    LIFT = "lift"
    CEASE = "cease"
    RECUR = "recur"
    ESCALATE = "escalate"
    ACKNOWLEDGE = "acknowledge"
    ANSWER = "answer"
    RETURN = "return"
    JUSTIFY = "justify"
    FALSE_ALARM = "false_alarm"


# The journal's verbs; a person's act has one of its own.
RAN: Final = "warning.run"
VERBS: Final[Mapping[Act, str]] = {
    Act.ACKNOWLEDGE: "warning.acknowledge",
    Act.ANSWER: "warning.answer",
    Act.RETURN: "warning.return",
    Act.JUSTIFY: "warning.justify",
    Act.FALSE_ALARM: "warning.false_alarm",
}
JUDGEMENTS: Final = (Act.JUSTIFY, Act.FALSE_ALARM, Act.RETURN)
LIVE: Final = (State.OPEN, State.ACKNOWLEDGED, State.ESCALATED)
SETTLED: Final = (State.JUSTIFIED, State.FALSE_ALARM)


@dataclass(frozen=True, slots=True)
class Fact:
    """A record, grade, rating, finding or window behind a warning.

    id     what tells it from any other (`entry:12`); the same fact is not warned of twice
    what   the kind of thing, `ref` its number or name, `source` the source of a record
    values what is shown of it: column code → value (public columns alone)
    """

    id: str
    what: str
    ref: str
    on: date | None = None
    source: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """What a rule found about somebody.

    about    `subject:12`, `organisation:plat-1` or `shop:s1`
    thing    tells one thing of somebody's from another under the same rule; "" where there is one only
    gravity  how bad, on a scale of the rule's kind: greater is worse
    facts    those that are shown; `more` are there besides
    values   the figures of the sentence that says why
    """

    about: str
    thing: str
    gravity: int
    facts: Sequence[Fact]
    values: Mapping[str, Any]
    more: int = 0
    subject_id: int | None = None
    platforms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A warning as the last run and the people left it."""

    id: int
    key: str
    state: State
    holds: bool
    gravity: int
    due_on: date
    escalates_on: date
    facts: frozenset[str]


@dataclass(frozen=True, slots=True)
class WarningSummary:
    """What a run did.

    ran   False: `why` says so: no_rules, earlier_day (than the last run's), future_day (nobody is warned of tomorrow)
    live  how many wait for an answer now; `by_rule` how many each rule opened or opened again
    """

    ran: bool
    why: str = ""
    run_id: int | None = None
    opened: int = 0
    reopened: int = 0
    worsened: int = 0
    lifted: int = 0
    escalated: int = 0
    live: int = 0
    by_rule: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class AddresseeView:
    """One who was told, whether an answer is expected from them, and whether they have given it."""

    kind: str
    organisation: str
    answers: bool
    answered: bool = False

    @property
    def owes(self) -> bool:
        """Whether an answer is expected and has not come, while the warning waits."""
        return self.answers and not self.answered


@dataclass(frozen=True, slots=True)
class WarningLine:
    """A warning in a list. `title` and `why` are in both languages, by `zh` and `en`."""

    id: int
    rule: str
    title: Mapping[str, str]
    why: Mapping[str, str]
    about: str
    subject_id: int | None
    severity: str
    state: State
    holds: bool
    opened_on: date
    due_on: date
    escalates_on: date
    addressees: Sequence[AddresseeView]
    document: Mapping[str, Any]

    @property
    def asked(self) -> tuple[AddresseeView, ...]:
        """From whom an answer is expected: while it waits, those who still owe one."""
        asked = tuple(one for one in self.addressees if one.answers)
        return (self.owing or asked) if self.state in LIVE else asked

    @property
    def owing(self) -> tuple[AddresseeView, ...]:
        """Who still owes an answer."""
        return tuple(one for one in self.addressees if one.owes) if self.state in LIVE else ()

    def is_overdue(self, on: date) -> bool:
        """Whether an answer was due before this day and has not come."""
        return self.state in LIVE and self.due_on < on


@dataclass(frozen=True, slots=True)
class EventView:
    """One thing that happened; `organisations`: for whom it was answered."""

    act: Act
    state: State
    by: str
    at: datetime
    reason: str
    words: str
    why: Mapping[str, str] | None
    organisations: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class WarningView:
    """A warning whole."""

    line: WarningLine
    events: Sequence[EventView]


@dataclass(frozen=True, slots=True)
class WarningFilter:
    """Which warnings; empty: all. `organisations` restricts to those told to one of these; None: the whole city's. `before`: with a
    smaller number than this."""

    organisations: frozenset[str] | None = None
    rule: str = ""
    state: str = ""
    severity: str = ""
    subject_id: int | None = None
    before: int | None = None
    sort: str = ""
    descending: bool = False


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """How a rule does: how often it warned, how many wait, and how often it was wrong.

    judged       warnings judged, `false_alarms` of them wrongly raised
    rate, low, high  share of false alarms among the judged with its 95 % interval (Wilson); None before any was judged
    """

    rule: str
    warned: int
    live: int
    answered: int
    lifted: int
    escalated: int
    judged: int
    false_alarms: int
    rate: float | None
    low: float | None
    high: float | None
