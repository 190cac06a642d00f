"""What the catalogue says of leads and their triage: the reasons of a decision, and when a decided lead is looked at again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DecisionReason:
    """Why a finding is confirmed or dismissed; `words`: the officer has to say more in their own words."""

    id: str
    zh: str
    en: str
    words: bool


@dataclass(frozen=True, slots=True)
class Teaching:
    """How decided findings move the caps of flags.

    least       so many decided findings in which a flag spoke, or its factor is 1
    prior       findings of the usual kind that are added to each flag's own
    low, high   the limits of a factor, 1 between them
    """

    least: int
    prior: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Triage:
    """How leads are decided.

    reopen_orders, reopen_share  a decided finding waits again when at least so many of its orders were not there when it was
                                 decided, and at least this share of those that were
    teaching                     what decided findings may change
    confirm, dismiss             reasons by id, in the order written
    """

    reopen_orders: int
    reopen_share: float
    teaching: Teaching
    confirm: dict[str, DecisionReason]
    dismiss: dict[str, DecisionReason]
