"""The public database of this home, opened read-only: the only thing the portal reads."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from ecredit.foundation.kernel.home import Home
from ecredit.service.publicity.queries import PublicStore


def public_store() -> PublicStore:
    """The store of `settings.ECREDIT_HOME`; it keeps one connection a thread by itself."""
    return _store(Home(settings.ECREDIT_HOME).public_db)


@lru_cache(maxsize=8)
def _store(path: Path) -> PublicStore:
    return PublicStore(path)
