"""Coming in, in one step or two, and leaving."""

import json
from typing import Any, Final, cast

from allauth.mfa.webauthn.internal.auth import begin_authentication
from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from ecredit.facts.actors.models import Person
from ecredit.facts.actors.sign_in_actions import note_refusal
from ecredit.service.operation.client_address import client_address
from ecredit.surface.desk.doors import move, open_to_all, session_of, signed_in
from ecredit.surface.desk.first_step import (
    FirstStep,
    find_first_step,
    forget_first_step,
    pass_first_step,
    pass_second_step,
)
from ecredit.surface.desk.forms import posted
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.lockout import count_failure, locked_until
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page
from ecredit.surface.desk.second_factor import PASSKEY, check_code, check_passkey, list_factors
from ecredit.surface.desk.session import stop_session

_REASONS: Final = (
    "idle",
    "too_long",
    "left",
    "ended",
    "disabled",
    "password",
    "role",
    "late",
    "unknown_there",
)
_WAIT, _NO = 429, 403


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
        return _first(request)
    login = posted(request, "login", most=64)
    if until := locked_until(request, login):
        note_refusal(
            person=_known(login),
            address=client_address(request),
            why="locked",
            ring=city().ring,
            at=city().now,
        )
        return _first(request, login, _locked(request, until), _WAIT)
    person = authenticate(request, username=login, password=request.POST.get("password", ""))
    if not isinstance(person, Person):
        note_refusal(
            person=_known(login),
            address=client_address(request),
            why="password",
            ring=city().ring,
            at=city().now,
        )
        return _first(request, login, frame_of(request).t.sign_in_wrong, _NO)
    return pass_first_step(request, person, method="password", next=next_address(request))


@open_to_all(methods=("GET", "POST"))
def second_step(request: HttpRequest) -> HttpResponseBase:
    """The code or the passkey, after the password."""
    step = find_first_step(request)
    if step is None:
        return move(request, f"{reverse('desk:sign_in')}?why=late")
    if request.method != "POST":
        return _second(request, step)
    now, login = city().now, step.person.login
    if until := locked_until(request, login):
        forget_first_step(request)
        note_refusal(
            person=step.person, address=client_address(request), why="locked", ring=city().ring, at=now
        )
        return _first(request, login, _locked(request, until), _WAIT)
    if credential := request.POST.get("credential", ""):
        kind = PASSKEY if check_passkey(step.person, credential) else ""
    else:
        kind = check_code(step.person, posted(request, "code", most=20), now)
    if kind:
        return pass_second_step(request, step, kind)
    count_failure(request, login)
    note_refusal(
        person=step.person, address=client_address(request), why="second_factor", ring=city().ring, at=now
    )
    return _second(request, step, frame_of(request).t.second_wrong, _NO)


@signed_in(methods=("POST",), before_duties=True)
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """End this session."""
    stop_session(request, session_of(request))
    return move(request, f"{reverse('desk:sign_in')}?why=left")


def passkey_request(person: Person) -> str:
    """What a passkey is asked, as JSON for the browser."""
    return json.dumps(cast(Any, begin_authentication(person)))


def _first(request: HttpRequest, login: str = "", wrong: str = "", status: int = 200) -> HttpResponse:
    why = request.GET.get("why", "")
    apps = settings.SOCIALACCOUNT_PROVIDERS.get("openid_connect", {}).get("APPS", ())
    return page(
        request,
        "desk/sign_in.html",
        status=status,
        login=login,
        wrong=wrong,
        why=why if why in _REASONS else "",
        next=next_address(request),
        city_name=apps[0]["name"] if apps else "",
        city_address=reverse("openid_connect_login", args=[apps[0]["provider_id"]]) if apps else "",
    )


def _second(request: HttpRequest, step: FirstStep, wrong: str = "", status: int = 200) -> HttpResponse:
    kinds = {factor.kind for factor in list_factors(step.person)}
    options = passkey_request(step.person) if PASSKEY in kinds else ""
    return page(request, "desk/second_step.html", status=status, wrong=wrong, kinds=kinds, options=options)


def _locked(request: HttpRequest, until: Any) -> str:
    return frame_of(request).t["sign_in_locked"].format(time=timezone.localtime(until).strftime("%H:%M:%S"))


def _known(login: str) -> Person | None:
    return Person.objects.filter(login=login).first()


urlpatterns = [
    path("sign-in", sign_in, name="sign_in"),
    path("second-step", second_step, name="second_step"),
    path("sign-out", sign_out, name="sign_out"),
]
