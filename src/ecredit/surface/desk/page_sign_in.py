"""Coming in and leaving."""

from typing import Final

from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from ecredit.facts.actors.models import Person
from ecredit.facts.actors.sign_in_actions import note_refusal
from ecredit.surface.desk.address import client_address
from ecredit.surface.desk.doors import move, open_to_all, session_of, signed_in
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page
from ecredit.surface.desk.session import start_session, stop_session

_REASONS: Final = ("idle", "too_long", "left", "ended", "disabled", "password", "role")


def next_address(request: HttpRequest) -> str:
    """Where to go after signing in: only to a page of this desk."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if wanted.startswith("/desk/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    return reverse("desk:home")


@open_to_all(methods=("GET", "POST"))
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """The form, and what it says when login or password do not fit (the same sentence for both)."""
    if request.method != "POST":
        if getattr(request, "account", None) is not None:
            return move(request, next_address(request))
        return _form(request)
    login, now = request.POST.get("login", "").strip(), city().now
    person = authenticate(request, username=login, password=request.POST.get("password", ""))
    if not isinstance(person, Person):
        known = Person.objects.filter(login=login).first()
        note_refusal(person=known, address=client_address(request), why="password", at=now)
        return _form(request, login=login, wrong=True)
    start_session(request, person, method="password", at=now)
    return move(request, next_address(request))


@signed_in(methods=("POST",), before_duties=True)
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """End this session."""
    stop_session(request, session_of(request))
    return move(request, f"{reverse('desk:sign_in')}?why=left")


def _form(request: HttpRequest, *, login: str = "", wrong: bool = False) -> HttpResponse:
    why = request.GET.get("why", "")
    return page(
        request,
        "desk/sign_in.html",
        status=403 if wrong else 200,
        login=login,
        wrong=frame_of(request).t.sign_in_wrong if wrong else "",
        why=why if why in _REASONS else "",
        next=next_address(request),
    )


urlpatterns = [path("sign-in", sign_in, name="sign_in"), path("sign-out", sign_out, name="sign_out")]
