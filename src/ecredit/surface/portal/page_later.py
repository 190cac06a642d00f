"""How many checks that open the operational database the portal makes in a minute: one more is told when to come again.

Counted for the city as a whole, in a file all workers share, and never by who asks: of visitors nothing is kept.
"""

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from ecredit.foundation.kernel.home import Home
from ecredit.service.operation.readiness import has_operational_database
from ecredit.service.operation.request_counts import Counts
from ecredit.surface.portal.answers import show
from ecredit.surface.portal.frame import Frame

SIGNATURE: Final = 1
REPORT: Final = 2
"""The pages, each counted by itself."""
_counts: dict[str, Counts] = {}


def hold_back(request: HttpRequest, frame: Frame, door: int) -> HttpResponse | None:
    """Count a check at a page; the answer to one too many (503, with the seconds until the next minute), else None.

    Call it before anything of the request's body is read. Where there is no operational database nothing is counted.
    """
    home = Home(settings.ECREDIT_HOME)
    if not has_operational_database(home):
        return None
    counts = _counts.setdefault(str(home.root), Counts(home.root / "portal_counts.sqlite3"))
    use = counts.count_minute(door, most=int(settings.ECREDIT_CHECKS_A_MINUTE), at=frame.now)
    return (
        show_later(request, frame, frame.t.check_later, frame.t.check_later_why, use.left)
        if use.passed
        else None
    )


def show_later(request: HttpRequest, frame: Frame, title: str, why: str, wait: int) -> HttpResponse:
    """What cannot be done just now, why, and after how many seconds to come again."""
    answer = show(request, frame, "portal/later.html", {"title": title, "why": why}, status=503)
    answer["Retry-After"] = str(wait)
    answer["Cache-Control"] = "no-store"
    return answer
