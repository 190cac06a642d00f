"""Values other rooms use to say who acts."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts and by which right. `who` is an organisation's or a person's id, never a name.

    `right` is the permission or rule the act rests on (`supplier.submit`, `operator.console`, `rule.order36`), and after a
    blank from where: the session or the key (`review.decide desk/s17`).
    """

    who: str
    right: str


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did to an object, as the journal has it."""

    about: str
    verb: str
    who: str
    right: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Supplier:
    """One that may send: a department of the catalogue or a registered organisation, with its code if that is known."""

    id: str
    name: str
    kind: str
    uscc: str = ""


@dataclass(frozen=True, slots=True)
class Seat:
    """A role held in an organisation."""

    organisation: str
    role: str


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person as other rooms see one, with the roles held."""

    who: str
    login: str
    name: str
    active: bool
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key as it may be shown: never its secret."""

    id: int
    organisation: str
    title: str
    prefix: str
    scopes: tuple[str, ...]
    per_minute: int
    per_day: int
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None

    def state(self, at: datetime) -> str:
        """`valid`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at <= at else "valid"


OPERATOR = Actor(who="operator", right="operator.console")
