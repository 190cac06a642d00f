"""What the catalogue says of the kinds of article the city publishes."""

from dataclasses import dataclass
from typing import Final, Literal

NAMES: Final = ("none", "linked", "any")
SUBJECTS: Final = ("none", "hidden", "shown")


@dataclass(frozen=True, slots=True)
class StoryKind:
    """A kind of article.

    write, approve   roles whose people may draft it, and may agree to its publication
    names            whom the text may name: nobody, only the subjects it is linked to, anybody
    office_phone     it may hold an office's landline
    subjects         whether it is linked to subjects, and whether the public sees to which
    one_of, none_of  sources: each linked subject has a record in force of one of these, and none of those
    dated            it has days, a place and a department, and stands in the calendar
    on_top           it stands on top of the front page while it is shown
    days, most_days  how long it is shown unless said otherwise, and at most
    """

    id: str
    zh: str
    en: str
    about_zh: str
    about_en: str
    write: frozenset[str]
    approve: frozenset[str]
    names: Literal["none", "linked", "any"]
    office_phone: bool
    subjects: Literal["none", "hidden", "shown"]
    one_of: tuple[str, ...]
    none_of: tuple[str, ...]
    dated: bool
    on_top: bool
    days: int
    most_days: int
    task_ids: tuple[str, ...]
    verified: bool
