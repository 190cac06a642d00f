"""`/desk/factors`: one's own second factors: setting up, renewing, removing."""

import json
from typing import Any, Final, cast

import segno
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import get_totp_secret, validate_totp_code
from allauth.mfa.webauthn.internal.auth import begin_registration
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.surface.desk.doors import move, session_of, signed_in
from ecredit.surface.desk.duties import needs_factor
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.forms import posted
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.lockout import count_failure, locked_until
from ecredit.surface.desk.notices import done, notice
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page
from ecredit.surface.desk.second_factor import (
    CODES,
    PASSKEY,
    TOTP_KIND,
    add_passkey,
    add_totp,
    list_factors,
    read_passkey,
    remove_factor,
    renew_codes,
)
from ecredit.surface.desk.session import strengthen_session

_SHOWN_ONCE: Final = "recovery_codes_once"


@signed_in(before_duties=True)
def factors(request: HttpRequest) -> HttpResponse:
    """What is set up, and the ways to set up more."""
    return _page(request)


@signed_in(methods=("POST",), before_duties=True)
def totp(request: HttpRequest) -> HttpResponseBase:
    """Keep the telephone's secret once a code made with it is right."""
    session, secret = session_of(request), get_totp_secret()
    _check_it_is_you(request)
    if not validate_totp_code(secret, posted(request, "code", most=20).replace(" ", "")):
        return _page(request, frame_of(request).t.totp_wrong, 400)
    codes = add_totp(person=session.person, secret=secret, ring=city().ring, by=session.actor, at=city().now)
    get_totp_secret(regenerate=True)
    return _set_up(request, codes, TOTP_KIND)


@signed_in(methods=("POST",), before_duties=True)
def passkey(request: HttpRequest) -> HttpResponseBase:
    """Keep a passkey that the browser has just made."""
    session = session_of(request)
    _check_it_is_you(request)
    name = posted(request, "name", most=60)
    made = read_passkey(session.person, request.POST.get("credential", ""))
    if made is None:
        return _page(request, frame_of(request).t.passkey_wrong, 400)
    codes = add_passkey(
        person=session.person,
        name=name or session.person.login,
        credential=made,
        ring=city().ring,
        by=session.actor,
        at=city().now,
    )
    return _set_up(request, codes, PASSKEY)


@signed_in(methods=("POST",), before_duties=True)
def new_codes(request: HttpRequest) -> HttpResponseBase:
    """New recovery codes, shown once."""
    session = session_of(request)
    _check_it_is_you(request)
    if not any(factor.kind != CODES for factor in list_factors(session.person)):
        raise NotThere
    request.session[_SHOWN_ONCE] = renew_codes(
        person=session.person, ring=city().ring, by=session.actor, at=city().now
    )
    return move(request, reverse("desk:recovery_codes"))


@signed_in(methods=("POST",))
def remove(request: HttpRequest, factor_id: int) -> HttpResponseBase:
    """Take one away; the last one stays while a role asks for it."""
    session = session_of(request)
    _check_it_is_you(request)
    main = [factor for factor in list_factors(session.person) if factor.kind != CODES]
    if [factor.id for factor in main] == [factor_id] and needs_factor(session.account):
        raise WrongUse(
            "您的角色要求二次验证，不能删除最后一种；请先添加另一种",
            "your role asks for a second factor, so the last one stays; add another first",
        )
    if not remove_factor(
        person=session.person, factor_id=factor_id, ring=city().ring, by=session.actor, at=city().now
    ):
        raise NotThere
    return done(request, "factor_removed", "desk:factors")


@signed_in(before_duties=True)
def recovery_codes(request: HttpRequest) -> HttpResponseBase:
    """The recovery codes, once; they are not shown again."""
    codes = request.session.pop(_SHOWN_ONCE, None)
    if codes is None:
        return move(request, reverse("desk:factors"))
    return page(request, "desk/recovery_codes.html", codes=codes)


def _set_up(request: HttpRequest, codes: list[str], kind: str) -> HttpResponse:
    strengthen_session(request, kind)
    if not codes:
        return done(request, "factor_added", "desk:factors")
    request.session[_SHOWN_ONCE] = codes
    return move(request, reverse("desk:recovery_codes"))


def _check_it_is_you(request: HttpRequest) -> None:
    """Who has a factor and changes it says the password again: a desk left open must not be enough.

    Raises WrongUse when it is wrong; wrong ones count like those at the sign-in.
    """
    session = session_of(request)
    if "+" not in session.method and not list_factors(session.person):
        return
    if not session.person.has_usable_password() or session.method.startswith("oidc"):
        return
    login = session.person.login
    if locked_until(request, login) is None and session.person.check_password(
        request.POST.get("password", "")
    ):
        return
    count_failure(request, login)
    raise WrongUse("密码不正确，没有更改", "the password is not right; nothing was changed")


def _page(request: HttpRequest, wrong: str = "", status: int = 200) -> HttpResponse:
    session = session_of(request)
    secret, adapter = get_totp_secret(), get_adapter()
    code = segno.make(adapter.build_totp_url(session.person, secret), error="m", micro=False)
    mine = list_factors(session.person)
    return page(
        request,
        "desk/factors.html",
        status=status,
        wrong=wrong,
        done=notice(request),
        factors=mine,
        login=session.person.login,
        must=needs_factor(session.account) and not mine,
        ask_password=bool(mine) and not session.method.startswith("oidc"),
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        picture=code.svg_data_uri(scale=4, border=2),
        options=json.dumps(cast(Any, begin_registration(session.person, passwordless=False))),
    )


urlpatterns = [
    path("factors", factors, name="factors"),
    path("factors/totp", totp, name="factor_totp"),
    path("factors/passkey", passkey, name="factor_passkey"),
    path("factors/codes", new_codes, name="factor_codes"),
    path("factors/recovery-codes", recovery_codes, name="recovery_codes"),
    path("factors/<int:factor_id>/remove", remove, name="factor_remove"),
]
