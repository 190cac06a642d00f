"""What an article is made of; no Django."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from ecredit.foundation.kernel.languages import Lang

# The journal's verbs.
DRAFTED, PICTURED, LOOKED = "story.draft", "story.picture", "story.look"
AGREED, SHOWN, ENDED, COPIED = "story.publish", "story.show", "story.end", "story.copy"
# Why an article is no longer shown, or was not shown when its time came.
TAKEN_DOWN, EXPIRED, STANDING, UNFIT = "taken_down", "expired", "standing", "unfit"
LANGUAGES: Final[tuple[Lang, ...]] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that keeps an article from being published: in which field, on which line (1: the first), by which rule,
    and what to do."""

    field: str
    line: int
    rule: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Words:
    """An article in one language; `body` is Markdown."""

    title: str
    summary: str
    body: str


@dataclass(frozen=True, slots=True)
class PictureUse:
    """A picture in an article: which, and what it shows for those who do not see it ("" in English: the Chinese)."""

    digest: str
    alt_zh: str
    alt_en: str = ""


@dataclass(frozen=True, slots=True)
class Campaign:
    """When (both days included), where, by which department, and for which of the city's tasks (ids); `place_en` may be empty."""

    starts_on: date
    ends_on: date
    place_zh: str
    place_en: str
    department: str
    tasks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """A version of an article as it was written; `subjects` are ids, `en` is None where there is only Chinese."""

    kind: str
    zh: Words
    en: Words | None = None
    pictures: tuple[PictureUse, ...] = ()
    subjects: tuple[int, ...] = ()
    campaign: Campaign | None = None

    def words(self) -> tuple[tuple[Lang, Words], ...]:
        """What there is, by language."""
        return (("zh", self.zh),) if self.en is None else (("zh", self.zh), ("en", self.en))


@dataclass(frozen=True, slots=True)
class Plan:
    """When an agreed version is shown: from, and until (the first instant it is not)."""

    version: int
    digest: str
    from_at: datetime
    until_at: datetime


@dataclass(frozen=True, slots=True)
class Ending:
    """That it was ended: when, why (a code), in which words, by whom."""

    version: int
    at: datetime
    why: str
    words: str
    by: str


@dataclass(frozen=True, slots=True)
class Course:
    """What became of an article so far, from its events in order.

    planned   agreed to, and not shown yet · shown: the version that is shown, since `shown_at` · first_at: when any version was
    shown first · ended: the last end, when nothing was agreed to since
    """

    planned: Plan | None = None
    shown: Plan | None = None
    shown_at: datetime | None = None
    first_at: datetime | None = None
    ended: Ending | None = None

    def state_of(self, version: int, *, waiting: bool) -> str:
        """draft · waiting · planned · shown · ended, of the newest version."""
        if waiting:
            return "waiting"
        if self.planned is not None and self.planned.version == version:
            return "planned"
        if self.shown is not None and self.shown.version == version:
            return "shown"
        if self.ended is not None and self.ended.version == version:
            return "ended"
        return "draft"


@dataclass(frozen=True, slots=True)
class StoryLine:
    """An article without its text, as the desk lists it. `state` is that of its newest version."""

    number: int
    kind: str
    organisation: str
    version: int
    title: str
    state: str
    made_at: datetime
    made_by: str
    course: Course


@dataclass(frozen=True, slots=True)
class Version:
    """One version as it was written."""

    version: int
    content: Content
    digest: str
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class PastEvent:
    """One event of an article, as the desk tells it."""

    kind: str
    version: int
    why: str
    words: str
    by: str
    at: datetime
    from_at: datetime | None
    until_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoryView:
    """An article with its newest version, every version there is, and what happened."""

    line: StoryLine
    newest: Version
    versions: tuple[Version, ...]
    events: tuple[PastEvent, ...]


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture as it is kept: re-encoded, without anything but its pixels, and once more small for lists."""

    digest: str
    media: str
    width: int
    height: int
    body: bytes
    small: bytes


@dataclass(frozen=True, slots=True)
class Run:
    """What a run over all articles did: numbers of those shown, ended, and what else changed in the public copy."""

    shown: tuple[int, ...]
    ended: tuple[int, ...]
    copied: int
