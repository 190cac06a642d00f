"""The public database and the public copies of badges and articles of this home, opened read-only: the only things the portal reads."""

import sqlite3
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from ecredit.foundation.kernel.home import Home
from ecredit.service.badges.public_badges import PublicBadges
from ecredit.service.publicity.errors import NoPublicDatabase
from ecredit.service.publicity.public_log import PublicLog
from ecredit.service.publicity.queries import PublicStore
from ecredit.service.telling.public_stories import PublicStories


@dataclass(frozen=True, slots=True)
class LastHead:
    """A signed head as pages show it: leaves, root in hexadecimal, its text and key ("" where not known), since when."""

    size: int
    root: str
    text: str
    key: str
    at: datetime | None


def public_store() -> PublicStore:
    """The store of `settings.ECREDIT_HOME`; it keeps one connection a thread by itself."""
    return _store(settings.ECREDIT_HOME)


def public_badges() -> PublicBadges:
    """The badges of this home; empty where none were issued."""
    return _badges(settings.ECREDIT_HOME)


def public_stories() -> PublicStories:
    """The articles of this home; empty where none is shown."""
    return _stories(settings.ECREDIT_HOME)


def next_ending(at: datetime) -> date | None:
    """The first day from which on something that is shown at an instant must not be; None while no end is known."""
    ends = (public_store().next_ending(at.date()), public_stories().next_ending(at))
    return min((end for end in ends if end is not None), default=None)


def public_log() -> PublicLog:
    """The public copy of this home's log; empty where none was published."""
    return _log(settings.ECREDIT_HOME)


def last_head() -> LastHead | None:
    """The last signed head there is to show: that of the log's public copy, else the one the public database stands under."""
    head = public_log().head()
    if head is not None:
        return LastHead(head.size, head.root, head.text, head.key, head.at)
    fresh = public_store().freshness()
    if fresh.log_size is None or not fresh.log_root:
        return None
    return LastHead(
        fresh.log_size, fresh.log_root, fresh.log_head or "", fresh.log_key or "", fresh.projected_at
    )


def public_db() -> Path:
    """The public database's file."""
    return Home(settings.ECREDIT_HOME).public_db


def is_invented() -> bool:
    """Tell whether every page must say that the data are made up; no, while there is no data to say it of."""
    try:
        return public_store().is_invented()
    except (NoPublicDatabase, sqlite3.Error):
        return False


@lru_cache(maxsize=8)
def _store(home: Path) -> PublicStore:
    return PublicStore(Home(home).public_db)


@lru_cache(maxsize=8)
def _stories(home: Path) -> PublicStories:
    return PublicStories(Home(home).stories_db)


@lru_cache(maxsize=8)
def _log(home: Path) -> PublicLog:
    return PublicLog(Home(home).public_log_db)


@lru_cache(maxsize=8)
def _badges(home: Path) -> PublicBadges:
    return PublicBadges(Home(home).badges_db)
