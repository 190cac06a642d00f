"""Writing the public site into a folder: by command, and by the schedule into the folder of the settings."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils.module_loading import import_string

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.operation.job_types import Handle, Result
from ecredit.service.operation.platform import Platform
from ecredit.service.publicity.static_export import ExportSummary, Told, export_site

PUBLISH: Final = "publish_static"


def publish_static(folder: Path, *, day: date, address: str = "", told: Told | None = None) -> ExportSummary:
    """The public site of a day as files. Raises WrongUse for an address that is none, or a folder that is not ours.

    The pages are a floor up: which class makes them is named in the settings.
    """
    address = address.rstrip("/")
    if address and not address.startswith(("https://", "http://")):
        raise WrongUse(
            f"{address} 不是网址，应以 https:// 开头", f"{address} is no address; it begins with https://"
        )
    site = import_string(settings.ECREDIT_STATIC_PAGES)(day, address)
    return export_site(site, folder, day=day, told=told)


def usual_address() -> str:
    """The portal's own address; "" while the settings name none that the public could use."""
    site = str(settings.ECREDIT_SITE)
    return site if site.startswith("https://") else ""


def publish_by_schedule(platform: Platform, job: Handle) -> Result:
    """Into the folder of the settings, when there is one."""
    if not settings.ECREDIT_STATIC_SITE:
        job.tell(
            0,
            None,
            "没有导出：没有设置 ECREDIT_STATIC_SITE",
            "nothing was written: ECREDIT_STATIC_SITE is not set",
        )
        return {"folder": None}
    summary = publish_static(
        Path(settings.ECREDIT_STATIC_SITE),
        day=platform.today,
        address=usual_address(),
        told=lambda done: job.tell(done, None, f"已写出 {done:,} 个主体", f"{done:,} subjects written"),
    )
    return {"folder": settings.ECREDIT_STATIC_SITE, **summary_document(summary)}


def summary_document(summary: ExportSummary) -> dict[str, Any]:
    """As JSON holds it."""
    said = asdict(summary)
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in said.items()}
