"""The public database of this home, opened read-only: the only thing the portal reads."""

import sqlite3
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from ecredit.foundation.kernel.home import Home
from ecredit.service.publicity.errors import NoPublicDatabase
from ecredit.service.publicity.queries import PublicStore


def public_store() -> PublicStore:
    """The store of `settings.ECREDIT_HOME`; it keeps one connection a thread by itself."""
    return _store(Home(settings.ECREDIT_HOME).public_db)


def is_invented() -> bool:
    """Tell whether every page must say that the data are made up; no, while there is no data to say it of."""
    try:
        return public_store().is_invented()
    except (NoPublicDatabase, sqlite3.Error):
        return False


@lru_cache(maxsize=8)
def _store(path: Path) -> PublicStore:
    return PublicStore(path)
