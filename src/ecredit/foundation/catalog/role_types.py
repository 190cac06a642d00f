"""Who may do what, as `catalog/roles/` says it."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Permission:
    """Something that can be done, named as a verb (`batch.submit`).

    four_eyes  it takes effect when another person has agreed
    personal   who does it sees personal data: a purpose is asked and the reading journaled
    machine    a key may carry it; everything else needs a person
    """

    id: str
    zh: str
    en: str
    four_eyes: bool
    personal: bool
    machine: bool


@dataclass(frozen=True, slots=True)
class Role:
    """What a person of an organisation may do.

    of        kinds of organisation whose people may have it (`city`: the departments that run the credit system)
    scope     `own`: only what is the organisation's own; `all`: the whole city's
    excludes  roles that the same person cannot have; second_factor: who holds it must show one besides the password
    """

    id: str
    zh: str
    en: str
    of: frozenset[str]
    scope: Literal["own", "all"]
    permissions: frozenset[str]
    excludes: frozenset[str]
    second_factor: bool = False
