"""Values other rooms use to say who acts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts and by which right. `who` is an organisation's or a person's id, never a name.

    `right` is the permission or rule the act rests on (`supplier.submit`, `operator.console`, `rule.order36`).
    """

    who: str
    right: str


@dataclass(frozen=True, slots=True)
class Supplier:
    """One that may send: a department of the catalogue or a registered organisation, with its code if that is known."""

    id: str
    name: str
    kind: str
    uscc: str = ""


OPERATOR = Actor(who="operator", right="operator.console")
