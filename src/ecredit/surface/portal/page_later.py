"""How many checks that open the operational database the portal makes in a minute: one more is told when to come again.

Counted for the city as a whole, in a file all workers share, and one address may have a quarter of it: else one visitor could
shut the page for everybody. An address stands there as a number made with the city's secret, until its minute is over.
"""

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from ecredit.foundation.kernel.home import Home
from ecredit.service.operation.client_address import address_number, client_address
from ecredit.service.operation.readiness import has_operational_database
from ecredit.service.operation.request_counts import Counts
from ecredit.surface.portal.answers import show
from ecredit.surface.portal.frame import Frame

SIGNATURE: Final = 1
REPORT: Final = 2
"""The pages, each counted by itself."""
_ONE_OF: Final = 4
"""So many addresses must ask at once for the city's places of a minute to be taken."""
_counts: dict[str, Counts] = {}


def hold_back(request: HttpRequest, frame: Frame, door: int) -> HttpResponse | None:
    """Count a check at a page; the answer to one too many (503, with the seconds until the next minute), else None.

    Call it before anything of the request's body is read, and after whatever can be refused without a database or a body. What
    one address asks beyond its share is not counted for the city. Where there is no operational database nothing is counted.
    """
    home = Home(settings.ECREDIT_HOME)
    if not has_operational_database(home):
        return None
    counts = _counts.setdefault(str(home.root), Counts(home.root / "portal_counts.sqlite3"))
    most = int(settings.ECREDIT_CHECKS_A_MINUTE)
    address = address_number(client_address(request), f"check {door}")
    use = counts.count_minute(address, most=-(-most // _ONE_OF), at=frame.now, brief=True)
    if not use.passed:
        use = counts.count_minute(door, most=most, at=frame.now)
    return (
        show_later(request, frame, frame.t.check_later, frame.t.check_later_why, use.left)
        if use.passed
        else None
    )


def brings_nothing(request: HttpRequest) -> bool:
    """Whether a request can hold no file, as its head says: there is no need to look, nor to count."""
    sends = request.META.get("CONTENT_LENGTH") or "0"
    return not int(sends) or request.content_type != "multipart/form-data"


def show_later(request: HttpRequest, frame: Frame, title: str, why: str, wait: int) -> HttpResponse:
    """What cannot be done just now, why, and after how many seconds to come again."""
    answer = show(request, frame, "portal/later.html", {"title": title, "why": why}, status=503)
    answer["Retry-After"] = str(wait)
    answer["Cache-Control"] = "no-store"
    return answer
