"""Reads of the public copy of articles, for the portal and whoever serves a copy of it. No tables of Django's are needed.

Every answer is for an instant: what has ended is gone before the next run. What is not due is not in the copy at all, so nothing is
asked of when it began.
"""

import json
import sqlite3
import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from ecredit.foundation.kernel.languages import Lang

_MOST_NUMBER: Final = 2**31 - 1
"""What the tables hold; an address may ask for any number."""
_HEAD: Final = "number, kind, version, shown_at, until_at, first_at, starts_on, ends_on, head"


@dataclass(frozen=True, slots=True)
class PublicKind:
    """A kind of article as everyone may read it, with how many are shown."""

    id: str
    zh: str
    en: str
    about_zh: str
    about_en: str
    dated: bool
    on_top: bool
    count: int = 0


@dataclass(frozen=True, slots=True)
class PublicPicture:
    """A picture in an article: which, what it shows, and its size in pixels."""

    digest: str
    alt_zh: str
    alt_en: str
    width: int
    height: int

    def alt(self, lang: Lang) -> str:
        """What it shows, in Chinese where nothing else was written."""
        return self.alt_en if lang == "en" and self.alt_en else self.alt_zh


@dataclass(frozen=True, slots=True)
class StoryHead:
    """An article without its text; `titles` and `summaries` by language, only Chinese where nothing else was written."""

    number: int
    kind: str
    version: int
    shown_at: datetime
    until_at: datetime
    first_at: datetime
    starts_on: date | None
    ends_on: date | None
    titles: dict[str, str]
    summaries: dict[str, str]
    place_zh: str
    place_en: str
    department: str
    picture: PublicPicture | None

    def has(self, lang: Lang) -> bool:
        """Whether it is written in a language."""
        return lang in self.titles

    def title(self, lang: Lang) -> str:
        """Its title, in Chinese where there is no other."""
        return self.titles.get(lang) or self.titles["zh"]

    def summary(self, lang: Lang) -> str:
        """Its summary, in Chinese where there is no other."""
        return self.summaries.get(lang) or self.summaries["zh"]


@dataclass(frozen=True, slots=True)
class PublicStory:
    """An article: `bodies` are Markdown by language, `subjects` the codes of those it is openly about, `tasks` number
    and title of those a campaign is for."""

    head: StoryHead
    bodies: dict[str, str]
    pictures: tuple[PublicPicture, ...]
    subjects: tuple[str, ...]
    tasks: tuple[tuple[int, str], ...]
    digest: str


@dataclass(frozen=True, slots=True)
class GoneStory:
    """An article that was shown once: since when it is not, and why (`expired`, `taken_down`)."""

    number: int
    on: date
    why: str


class PublicStories:
    """The public copy at a path, opened read-only when first asked; one connection a thread. Without the file it is empty."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()

    def kinds(self, at: datetime) -> list[PublicKind]:
        """The kinds there are, in their order, with how many articles of each are shown."""
        counts = dict(
            self._rows(f"SELECT kind, count(*) FROM story WHERE {_SHOWN} GROUP BY kind", instant(at))
        )
        rows = self._rows("SELECT id, doc FROM kind ORDER BY place")
        return [PublicKind(id, **json.loads(doc), count=counts.get(id, 0)) for id, doc in rows]

    def heads(
        self, at: datetime, *, kind: str | None = None, limit: int = 20, offset: int = 0
    ) -> list[StoryHead]:
        """Articles that are shown, the newest first."""
        where, values = ("AND kind = ?", (kind,)) if kind is not None else ("", ())
        rows = self._rows(
            f"SELECT {_HEAD} FROM story WHERE {_SHOWN} {where} ORDER BY first_at DESC, number DESC LIMIT ? OFFSET ?",
            instant(at),
            *values,
            limit,
            offset,
        )
        return [_head(row) for row in rows]

    def on_top(self, at: datetime) -> list[StoryHead]:
        """Warnings in force, the newest first."""
        rows = self._rows(
            f"SELECT {_HEAD} FROM story WHERE {_SHOWN} AND on_top ORDER BY first_at DESC, number DESC LIMIT 3",
            instant(at),
        )
        return [_head(row) for row in rows]

    def calendar(self, at: datetime) -> list[StoryHead]:
        """What has days, the earliest first."""
        rows = self._rows(
            f"SELECT {_HEAD} FROM story WHERE {_SHOWN} AND starts_on IS NOT NULL ORDER BY starts_on, ends_on, number",
            instant(at),
        )
        return [_head(row) for row in rows]

    def find(self, number: int, at: datetime) -> PublicStory | None:
        """An article that is shown."""
        if number > _MOST_NUMBER:
            return None
        rows = self._rows(
            f"SELECT {_HEAD}, doc FROM story WHERE number = ? AND {_SHOWN}", number, instant(at)
        )
        if not rows:
            return None
        head, doc = _head(rows[0][:-1]), json.loads(rows[0][-1])
        return PublicStory(
            head,
            doc["bodies"],
            tuple(PublicPicture(*picture) for picture in doc["pictures"]),
            tuple(doc["subjects"]),
            tuple((number, title) for number, title in doc.get("tasks", ())),
            doc["digest"],
        )

    def find_gone(self, number: int, at: datetime) -> GoneStory | None:
        """An article that is shown no longer."""
        if number > _MOST_NUMBER:
            return None
        for on, why in self._rows('SELECT "on", why FROM gone WHERE number = ?', number):
            return GoneStory(number, date.fromisoformat(on), why)
        for (until,) in self._rows(
            "SELECT until_at FROM story WHERE number = ? AND until_at <= ?", number, instant(at)
        ):
            return GoneStory(number, _instant(until).date(), "expired")
        return None

    def picture(self, digest: str, *, small: bool = False) -> tuple[str, bytes] | None:
        """A picture of an article that is public: its media type and its bytes."""
        column = "small" if small else "body"
        for media, body in self._rows(f"SELECT media, {column} FROM picture WHERE digest = ?", digest):
            return media, body
        return None

    def next_ending(self, at: datetime) -> date | None:
        """The day from which on something shown at an instant is not."""
        for (until,) in self._rows(f"SELECT min(until_at) FROM story WHERE {_SHOWN}", instant(at)):
            return None if until is None else _instant(until).astimezone(at.tzinfo).date()
        return None

    def state(self) -> str:
        """What changes whenever the content does; "" without a copy."""
        for (state,) in self._rows("SELECT value FROM meta WHERE key = 'state'"):
            return str(state)
        return ""

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        connection = self._connection()
        return [] if connection is None else connection.execute(sql, values).fetchall()

    def _connection(self) -> sqlite3.Connection | None:
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None and self._path.exists():
            found = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)
            self._local.connection = found
        return found


_SHOWN: Final = "until_at > ?"


def instant(at: datetime) -> str:
    """An instant as the copy holds it: of one length, in order."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def _head(row: tuple[Any, ...]) -> StoryHead:
    number, kind, version, shown, until, first, starts, ends, text = row
    head = json.loads(text)
    return StoryHead(
        number,
        kind,
        version,
        _instant(shown),
        _instant(until),
        _instant(first),
        None if starts is None else date.fromisoformat(starts),
        None if ends is None else date.fromisoformat(ends),
        head["titles"],
        head["summaries"],
        head["place_zh"],
        head["place_en"],
        head["department"],
        None if head["picture"] is None else PublicPicture(*head["picture"]),
    )
