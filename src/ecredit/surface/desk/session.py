"""Which session a request belongs to. The row `SignIn` decides; Django's session only carries its number."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest

from ecredit.facts.actors.models import Person, SignIn
from ecredit.facts.actors.queries import account_of
from ecredit.facts.actors.rights import Account
from ecredit.facts.actors.sign_in_actions import end_sign_in, open_sign_in, see_sign_in, why_over
from ecredit.facts.actors.types import Actor
from ecredit.service.operation.client_address import client_address
from ecredit.surface.desk.platform import city

_KEY: Final = "sign_in"
_METHOD: Final = "method"


@dataclass(frozen=True, slots=True)
class Session:
    """A person at the desk."""

    person: Person
    sign_in: SignIn
    account: Account
    method: str

    @property
    def strong(self) -> bool:
        """Whether the city's own sign-on has already asked for two things."""
        return self.method == "oidc" and settings.ECREDIT_OIDC_STRONG is True

    @property
    def actor(self) -> Actor:
        """Who acts on what is one's own (one's password, one's sessions), which takes no permission."""
        return Actor(self.account.who, f"own {self.account.where}")


def start_session(request: HttpRequest, person: Person, *, method: str, at: datetime) -> SignIn:
    """Sign a person in: a new session key, and a row that says from where."""
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return note_session(request, person, method=method, at=at)


def note_session(request: HttpRequest, person: Person, *, method: str, at: datetime) -> SignIn:
    """The row for a session that Django has just begun."""
    # Whatever was stored while nobody was signed in is not carried over: the key is new and so is what it opens.
    request.session.cycle_key()
    opened = open_sign_in(
        person=person,
        session_key=request.session.session_key or "",
        address=client_address(request),
        method=method,
        ring=city().ring,
        at=at,
    )
    request.session[_KEY] = opened.pk
    request.session[_METHOD] = method
    return opened


def find_session(request: HttpRequest) -> tuple[Session | None, str]:
    """The session of a request, or why there is none any more (`idle`, `too_long`, `disabled` …; empty: never was)."""
    number = request.session.get(_KEY)
    if number is None:
        return None, ""
    person = request.user
    sign_in = SignIn.objects.filter(id=number).first()
    if sign_in is None or not isinstance(person, Person) or sign_in.person_id != person.pk:
        logout(request)
        return None, "ended" if sign_in is None else sign_in.ended_why or "ended"
    now, today = city().now, city().today
    if sign_in.session_key != request.session.session_key:
        logout(request)
        return None, "ended"
    why = why_over(sign_in, now)
    if why:
        end_sign_in(sign_in=sign_in, why=why, ring=city().ring, by=Actor(person.who, "rule.session"), at=now)
        logout(request)
        return None, why
    see_sign_in(sign_in=sign_in, at=now)
    account = account_of(person, where=f"desk/s{sign_in.pk}", on=today)
    return Session(person, sign_in, account, request.session.get(_METHOD, "")), ""


def stop_session(request: HttpRequest, session: Session) -> None:
    """The person leaves."""
    end_sign_in(sign_in=session.sign_in, why="left", ring=city().ring, by=session.actor, at=city().now)
    logout(request)


def strengthen_session(request: HttpRequest, kind: str) -> None:
    """A second thing was shown within the session (when setting it up); a new key, as at every rise in rights."""
    request.session[_METHOD] = f"{request.session.get(_METHOD, '')}+{kind}"
    number = request.session[_KEY]
    request.session.cycle_key()
    SignIn.objects.filter(id=number).update(session_key=request.session.session_key or "")


def renew_session(request: HttpRequest, session: Session) -> None:
    """A new key for the same session: after a change of password the old key opens nothing."""
    request.session.cycle_key()
    SignIn.objects.filter(id=session.sign_in.pk).update(session_key=request.session.session_key or "")
