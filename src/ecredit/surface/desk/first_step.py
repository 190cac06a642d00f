"""Between the two steps of a sign-in: who has shown the first thing, for five minutes, in a session that opens nothing."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from ecredit.facts.actors.models import Person
from ecredit.surface.desk.doors import move
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.second_factor import has_factor
from ecredit.surface.desk.session import start_session

_KEY: Final = "first_step"
_LASTS: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class FirstStep:
    """Whose second step is awaited, how they showed the first, and where they want to go."""

    person: Person
    method: str
    next: str


def pass_first_step(request: HttpRequest, person: Person, *, method: str, next: str) -> HttpResponse:
    """The first thing was right: on to the second where the person has one, else in."""
    strong = method == "oidc" and settings.ECREDIT_OIDC_STRONG
    if strong or not has_factor(person):
        start_session(request, person, method=method, at=city().now)
        return move(request, next)
    # A new key, for the old one may be known to whoever prepared this browser.
    request.session.cycle_key()
    request.session[_KEY] = {
        "person": person.pk,
        "at": city().now.timestamp(),
        "method": method,
        "next": next,
    }
    return move(request, reverse("desk:second_step"))


def find_first_step(request: HttpRequest) -> FirstStep | None:
    """Who waits for the second step; None when nobody does or five minutes have passed."""
    kept = request.session.get(_KEY)
    if kept is None or city().now.timestamp() - kept["at"] > _LASTS.total_seconds():
        return None
    person = Person.objects.filter(id=kept["person"], is_active=True).first()
    return None if person is None else FirstStep(person, kept["method"], kept["next"])


def pass_second_step(request: HttpRequest, step: FirstStep, kind: str) -> HttpResponse:
    """Both things were right."""
    request.session.pop(_KEY, None)
    start_session(request, step.person, method=f"{step.method}+{kind}", at=city().now)
    return move(request, step.next)


def forget_first_step(request: HttpRequest) -> None:
    """Begin anew."""
    request.session.pop(_KEY, None)
