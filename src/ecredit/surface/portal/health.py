"""For whoever watches the process: is it up, and can it do its work?"""

import sqlite3

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ecredit.service.publicity.errors import NoPublicDatabase
from ecredit.surface.portal.reading import public_store


@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """200 while the process answers."""
    return _said("ok", 200)


@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """200 with the projection's instant when the public database can be read, else 503 with the reason.

    The reason names no path: this address is as public as the rest.
    """
    try:
        at = public_store().freshness().projected_at
    except NoPublicDatabase:
        return _said("公示数据库不存在或无法读取 / the public database is missing or unreadable", 503)
    except sqlite3.Error as error:
        named = getattr(error, "sqlite_errorname", type(error).__name__)
        return _said(f"公示数据库读取失败 / reading the public database failed: {named}", 503)
    return _said(f"ready; data as of {at.isoformat()}" if at else "ready; nothing projected yet", 200)


def _said(sentence: str, status: int) -> HttpResponse:
    response = HttpResponse(f"{sentence}\n", content_type="text/plain; charset=utf-8", status=status)
    response["Cache-Control"] = "no-store"
    return response
