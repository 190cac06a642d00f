"""The revocation lists of certification bodies, fetched anew where the settings say from where and to where."""

from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.operation.job_types import Handle, Result
from ecredit.service.operation.platform import Platform
from ecredit.service.signatures.list_fetching import FetchedList, fetch_lists, list_urls
from ecredit.service.signatures.trust import known_authorities

SIGNING_LISTS: Final = "signing_lists"


def fetch_signing_lists(*, at: datetime) -> tuple[FetchedList, ...]:
    """Fetch those of the settings; nothing where they name none. Raises WrongUse where there is no folder for them."""
    urls = list_urls(str(settings.ECREDIT_SIGNING_LIST_URLS))
    folder = str(settings.ECREDIT_SIGNING_LISTS)
    if urls and not folder:
        raise WrongUse(
            "设了 ECREDIT_SIGNING_LIST_URLS，也要设存放的文件夹 ECREDIT_SIGNING_LISTS",
            "with ECREDIT_SIGNING_LIST_URLS the folder ECREDIT_SIGNING_LISTS has to be set too",
        )
    return fetch_lists(urls, Path(folder), known_authorities(), at=at) if urls else ()


def fetch_by_schedule(platform: Platform, _handle: Handle) -> Result:
    """The job. Raises WrongUse with every address that gave none, so that somebody sees it."""
    fetched = fetch_signing_lists(at=platform.now)
    wrong = [f"{one.url}: {one.problem}" for one in fetched if one.problem]
    if wrong:
        raise WrongUse(
            f"吊销列表没有取到：{'；'.join(wrong)}", f"revocation lists were not fetched: {'; '.join(wrong)}"
        )
    return {"lists": len(fetched)}
