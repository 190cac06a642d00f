"""What was just done, said once on the page that follows: its name travels in the address as `?done=`."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from ecredit.service.operation.approved import Carried
from ecredit.surface.desk.doors import move
from ecredit.surface.desk.frame import frame_of


def notice(request: HttpRequest) -> str:
    """The sentence `desk.done_<name>` that the address asks for; empty when there is none."""
    asked, words = request.GET.get("done", ""), frame_of(request).t
    name = f"done_{asked}"
    return words[name] if asked.isidentifier() and name in words else ""


def done_or_asked(
    request: HttpRequest, carried: Carried, route: str, *, acted: str = "acted", **where: object
) -> HttpResponse:
    """To a page that says that it was done, or that another person has to agree."""
    return done(request, acted if carried.asked is None else "asked", route, **where)


def done(request: HttpRequest, what: str, route: str, **where: object) -> HttpResponse:
    """To a page that says what was done."""
    return move(request, f"{reverse(route, kwargs=where or None)}?done={what}")
