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
class Triage:
    """How leads are decided.

    reopen_orders, reopen_share  a decided finding waits again when at least so many of its orders were not there when it was
                                 decided, and at least this share of those that were
    confirm, dismiss             reasons by id, in the order written
    """

    reopen_orders: int
    reopen_share: float
    confirm: dict[str, DecisionReason]
    dismiss: dict[str, DecisionReason]
