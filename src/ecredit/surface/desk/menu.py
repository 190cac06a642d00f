"""The menu's entries; each page module declares its own in `MENU`, and people see those they may enter."""

from dataclasses import dataclass
from typing import Final

GROUPS: Final = ("own", "supply", "judge", "administer", "watch")
"""The order of the menu's parts; their headings are the texts `desk.menu_<group>`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A menu entry: the page's route (`desk:people`), the text `desk.<text>`, its group and its place in it.

    permissions  any one of them shows the entry; none: everybody sees it
    """

    route: str
    text: str
    group: str
    place: int = 50
    permissions: tuple[str, ...] = ()
