"""The doors views stand behind: who may enter, by which method, and what is answered to those who may not.

Every view of the desk has one, and a test walks them all. What a view raises is answered here, too: NotAllowed as 403,
NotThere as 404, any other anticipated error as a page with its sentence.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode

from ecredit.facts.actors.errors import NotAllowed
from ecredit.facts.actors.rights import Account, Everyone, allow, may, reach
from ecredit.facts.actors.types import Actor
from ecredit.foundation.kernel.errors import EcreditError
from ecredit.surface.desk.duties import first_duty
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import refusal
from ecredit.surface.desk.session import Session, find_session

Given = ParamSpec("Given")
View = Callable[Concatenate[HttpRequest, Given], HttpResponseBase]
_SAFE: Final = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Door:
    """What a view asks of whoever comes: any one of `permissions`, or only a session, or nothing (`open`)."""

    permissions: tuple[str, ...]
    methods: tuple[str, ...]
    open: bool = False
    # Reachable also before a password was chosen or a second factor set up.
    before_duties: bool = field(default=False)


def needs(*permissions: str, methods: tuple[str, ...] = ("GET",)) -> Callable[[View[Given]], View[Given]]:
    """A view for those who have any one of the permissions."""
    return _behind(Door(permissions, methods))


def signed_in(
    *, methods: tuple[str, ...] = ("GET",), before_duties: bool = False
) -> Callable[[View[Given]], View[Given]]:
    """A view for everybody who has signed in."""
    return _behind(Door((), methods, before_duties=before_duties))


def open_to_all(*, methods: tuple[str, ...] = ("GET",)) -> Callable[[View[Given]], View[Given]]:
    """A view for everybody; `request.account` is absent."""
    return _behind(Door((), methods, open=True))


def session_of(request: HttpRequest) -> Session:
    """The session of a request behind a door that asks for one."""
    return cast(Session, getattr(request, "desk"))  # noqa: B009 - HttpRequest does not declare it


def account_of_request(request: HttpRequest) -> Account:
    """The account of a request behind a door that asks for one; the same as `request.account`."""
    return session_of(request).account


def actor(request: HttpRequest, permission: str, *, of: str | None = None) -> Actor:
    """Who acts, by this permission on a thing of the organisation `of`. Raises NotAllowed.

    For a thing of another organisation raise NotThere instead: see `own_or_not_there`.
    """
    return allow(city().catalog, account_of_request(request), permission, of=of)


def reached(request: HttpRequest, permission: str) -> frozenset[str] | Everyone:
    """Whose things the account may do this with."""
    return reach(city().catalog, account_of_request(request), permission)


def own_or_not_there(request: HttpRequest, permission: str, *, of: str) -> Actor:
    """Who acts on a thing of `of`. Raises NotThere when it is another organisation's, NotAllowed without the right."""
    whole = allow(city().catalog, account_of_request(request), permission)
    if not may(city().catalog, account_of_request(request), permission, of=of):
        raise NotThere
    return whole


def _behind(door: Door) -> Callable[[View[Given]], View[Given]]:
    methods = tuple(dict.fromkeys((*door.methods, *(("HEAD",) if "GET" in door.methods else ()))))

    def guard(view: View[Given]) -> View[Given]:
        @wraps(view)
        def answered(request: HttpRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponseBase:
            if request.method not in methods:
                response = refusal(request, "method", 405)
                response["Allow"] = ", ".join(methods)
                return response
            try:
                return _enter(request, door) or view(request, *args, **kwargs)
            except NotAllowed as error:
                return refusal(request, "forbidden", 403, error)
            except NotThere as error:
                return refusal(request, "missing", 404, error)
            except EcreditError as error:
                return refusal(request, "wrong", 400, error)

        cast(Any, answered).door = door
        return answered

    return guard


def _enter(request: HttpRequest, door: Door) -> HttpResponseBase | None:
    """Let somebody in (None), or the answer that sends them elsewhere. Raises NotAllowed."""
    session, why = find_session(request)
    if session is not None:
        cast(Any, request).desk = session
        cast(Any, request).account = session.account
    if door.open:
        return None
    if session is None:
        return send_to_sign_in(request, why)
    if not door.before_duties and (duty := first_duty(session)):
        return move(request, reverse(duty))
    catalog, account = city().catalog, session.account
    if door.permissions and not any(may(catalog, account, permission) for permission in door.permissions):
        allow(catalog, account, door.permissions[0])
    return None


def send_to_sign_in(request: HttpRequest, why: str = "") -> HttpResponse:
    """To the sign-in page, and back here afterwards when this was a page to look at."""
    query = {"why": why} if why else {}
    if request.method in _SAFE and request.path != reverse("desk:home"):
        query["next"] = request.get_full_path()
    address = reverse("desk:sign_in")
    return move(request, f"{address}?{urlencode(query)}" if query else address)


def move(request: HttpRequest, address: str) -> HttpResponse:
    """To another page: a redirect, which htmx is told in its own way so that it does not paste a page into a page."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)
