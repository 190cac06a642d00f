"""The running city as the desk sees it: one for the process, the time asked anew each time."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from ecredit.service.operation.platform import Platform


def city() -> Platform:
    """The platform of `settings.ECREDIT_HOME`."""
    return _platform(settings.ECREDIT_HOME, settings.ECREDIT_CATALOG)


@lru_cache(maxsize=8)
def _platform(_home: Path, _catalog: Path) -> Platform:
    return Platform()
