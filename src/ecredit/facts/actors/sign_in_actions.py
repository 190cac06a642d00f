"""Opening and ending sessions at the desk. Each is noted in the journal with the address it came from.

Noted, not written into the log at once: signing in must not wait for whoever is loading a file, and somebody who
guesses passwords must not be able to make everybody wait.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from ecredit.facts.actors.journal_notes import note
from ecredit.facts.actors.models import Person, SignIn
from ecredit.facts.actors.types import Actor
from ecredit.foundation.proof.keys import KeyRing

IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=12)
# `seen_at` is written at most this often: a page looked at should not have to write.
_SEEN_EVERY: Final = timedelta(seconds=60)
NOBODY: Final = "nobody"


def open_sign_in(
    *, person: Person, session_key: str, address: str, method: str, ring: KeyRing, at: datetime
) -> SignIn:
    """A session begins; `method` is how the person showed who they are (`password`, `password+totp`, `oidc`)."""
    with transaction.atomic():
        opened = SignIn.objects.create(
            person=person, opened_at=at, seen_at=at, address=address, session_key=session_key
        )
        note(
            ring=ring,
            by=Actor(person.who, f"sign_in desk/s{opened.pk}"),
            verb="session.open",
            about=f"person:{person.who}",
            detail={"address": address, "method": method},
            at=at,
        )
    return opened


def why_over(sign_in: SignIn, at: datetime) -> str:
    """Why a session is over at an instant (`idle`, `too_long`, or what ended it); empty while it lasts."""
    if sign_in.ended_at is not None:
        return sign_in.ended_why
    if at - sign_in.opened_at >= LONGEST:
        return "too_long"
    return "idle" if at - sign_in.seen_at >= IDLE else ""


def see_sign_in(*, sign_in: SignIn, at: datetime) -> None:
    """The person did something just now."""
    if at - sign_in.seen_at >= _SEEN_EVERY:
        SignIn.objects.filter(id=sign_in.pk, ended_at=None).update(seen_at=at)


def end_sign_in(*, sign_in: SignIn, why: str, ring: KeyRing, by: Actor, at: datetime) -> None:
    """End one session; again changes nothing."""
    with transaction.atomic():
        if SignIn.objects.filter(id=sign_in.pk, ended_at=None).update(ended_at=at, ended_why=why):
            _note_end(sign_in.pk, sign_in.person.who, why, ring, by, at)


def end_sign_ins(
    *, person: Person, why: str, ring: KeyRing, by: Actor, at: datetime, but: int | None = None
) -> int:
    """End all of a person's sessions (except the one numbered `but`); gives how many there were."""
    with transaction.atomic():
        open_ones = SignIn.objects.filter(person=person, ended_at=None)
        if but is not None:
            open_ones = open_ones.exclude(id=but)
        numbers = list(open_ones.values_list("id", flat=True))
        SignIn.objects.filter(id__in=numbers).update(ended_at=at, ended_why=why)
        for number in numbers:
            _note_end(number, person.who, why, ring, by, at)
    return len(numbers)


def note_refusal(*, person: Person | None, address: str, why: str, ring: KeyRing, at: datetime) -> None:
    """Somebody was not let in. What was typed is not kept: people type their password where the login belongs."""
    about = f"person:{person.who}" if person is not None else "person:unknown"
    detail = {"address": address, "why": why}
    by = Actor(NOBODY, "sign_in desk")
    note(ring=ring, by=by, verb="session.refuse", about=about, detail=detail, at=at)


def _note_end(number: int, who: str, why: str, ring: KeyRing, by: Actor, at: datetime) -> None:
    detail = {"session": f"s{number}", "why": why}
    note(ring=ring, by=by, verb="session.close", about=f"person:{who}", detail=detail, at=at)
