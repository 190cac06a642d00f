"""The city's own sign-on (OpenID Connect): it says who somebody is, and only those already registered come in.

A person is known by the subject that was stored at the first time; the first time, by the login the sign-on names.
"""

from typing import Any, Final, NoReturn

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from ecredit.facts.actors.journal_notes import note
from ecredit.facts.actors.models import Person
from ecredit.facts.actors.sign_in_actions import note_refusal
from ecredit.facts.actors.types import Actor
from ecredit.service.operation.client_address import client_address
from ecredit.surface.desk.first_step import pass_first_step
from ecredit.surface.desk.platform import city

_METHOD: Final = "oidc"


class CitySignOn(DefaultSocialAccountAdapter):
    """Takes over as soon as allauth knows who came; its own sessions and sign-up are not used."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002
        """Nobody registers themselves."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> NoReturn:
        """Lets the person in, or not; always ends allauth's own way."""
        person = _find_person(sociallogin)
        if person is None:
            note_refusal(
                person=None,
                address=client_address(request),
                why="oidc_unknown",
                ring=city().ring,
                at=city().now,
            )
            raise ImmediateHttpResponse(_back("unknown_there"))
        wanted = sociallogin.state.get("next") or ""
        address = wanted if wanted.startswith("/desk/") else reverse("desk:home")
        raise ImmediateHttpResponse(pass_first_step(request, person, method=_METHOD, next=address))

    def on_authentication_error(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> NoReturn:
        """The sign-on said no, or what came back was not ours."""
        note_refusal(
            person=None, address=client_address(request), why="oidc", ring=city().ring, at=city().now
        )
        raise ImmediateHttpResponse(_back("late"))


def _find_person(came: SocialLogin) -> Person | None:
    account, said = came.account, came.account.extra_data
    spoken = {part["sub"] for part in (said.get("userinfo"), said.get("id_token")) if part and "sub" in part}
    if spoken != {account.uid}:
        return None
    known = SocialAccount.objects.filter(provider=account.provider, uid=account.uid).first()
    if known is not None:
        return Person.objects.filter(id=known.user_id, is_active=True).first()
    claims = (said.get("userinfo") or {}) | (said.get("id_token") or {})
    login = claims.get(settings.ECREDIT_OIDC_LOGIN_CLAIM)
    person = (
        Person.objects.filter(login=login, is_active=True).first()
        if isinstance(login, str) and login
        else None
    )
    # A login already tied to another subject is not handed to this one.
    if person is None or SocialAccount.objects.filter(user=person, provider=account.provider).exists():
        return None
    with transaction.atomic():
        SocialAccount.objects.create(user=person, provider=account.provider, uid=account.uid, extra_data={})
        by = Actor(person.who, "sign_in desk")
        note(
            ring=city().ring,
            by=by,
            verb="person.tie_sign_on",
            about=f"person:{person.who}",
            detail={},
            at=city().now,
        )
    return person


def _back(why: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('desk:sign_in')}?why={why}")
