"""The menu's entries; each page module declares its own in `MENU`, and people see those they may enter."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ecredit.facts.actors.rights import Account

GROUPS: Final = ("own", "supply", "judge", "administer", "watch")
"""The order of the menu's parts; their headings are the texts `desk.menu_<group>`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A menu entry: the page's route (`desk:people`), the text `desk.<text>`, its group and its place in it.

    permissions  any one of them shows the entry; none: everybody sees it
    only         tells for whom of these there is anything behind it; None: for all
    """

    route: str
    text: str
    group: str
    place: int = 50
    permissions: tuple[str, ...] = ()
    only: Callable[[Account], bool] | None = None
