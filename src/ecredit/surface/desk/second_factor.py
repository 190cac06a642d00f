"""A person's second factors: a code from the telephone (TOTP), passkeys, and recovery codes for the day both are lost.

allauth keeps and checks them; here is what it leaves open: a code counts once, whatever process checks it, and every
change is in the journal.
"""

import hashlib
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm
from allauth.mfa.webauthn.internal.auth import WebAuthn
from cryptography.exceptions import InvalidSignature
from django.db import transaction
from django.forms import Form

from ecredit.facts.actors.journal_notes import note
from ecredit.facts.actors.models import Person
from ecredit.facts.actors.types import Actor
from ecredit.foundation.proof.keys import KeyRing

TOTP_KIND, PASSKEY, CODES = "totp", "webauthn", "recovery_codes"
_MAIN: Final = (TOTP_KIND, PASSKEY)
# Longer than a code is good for, with a step's tolerance on either side.
_SPENT_FOR: Final = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Factor:
    """A second factor as it may be shown. `left` counts unused recovery codes, else None."""

    id: int
    kind: str
    name: str
    created_at: datetime
    last_used_at: datetime | None
    left: int | None = None


def has_factor(person: Person) -> bool:
    """Whether a second step is asked of the person."""
    return bool(Authenticator.objects.filter(user=person, type__in=_MAIN).exists())


def list_factors(person: Person) -> list[Factor]:
    """What the person has set up, oldest first."""
    return [
        Factor(
            id=row.pk,
            kind=row.type,
            name=row.wrap().name if row.type == PASSKEY else "",
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            left=len(row.wrap().get_unused_codes()) if row.type == CODES else None,
        )
        for row in Authenticator.objects.filter(user=person).order_by("id")
    ]


def check_code(person: Person, code: str, at: datetime) -> str:
    """Check a code of the telephone or a recovery code: the kind that fits, empty when none does."""
    code = code.replace(" ", "")
    form = AuthenticateForm(user=person, data={"code": code})
    if not form.is_valid():
        return ""
    factor: Authenticator = form.authenticator
    if factor.type == TOTP_KIND and not _spend(factor.pk, code, at):
        return ""
    factor.record_usage()
    return str(factor.type)


def check_passkey(person: Person, credential: str) -> bool:
    """Check what a passkey answered."""
    form = AuthenticateWebAuthnForm(user=person, data={"credential": credential})
    if not _is_valid(form):
        return False
    form.cleaned_data["credential"].record_usage()
    return True


def read_passkey(person: Person, credential: str) -> dict[str, Any] | None:
    """A passkey that the browser has just made, checked; None when it is none, or not the one asked for."""
    form = AddWebAuthnForm(user=person, data={"name": "", "credential": credential})
    return form.cleaned_data["credential"] if _is_valid(form) else None


def add_totp(*, person: Person, secret: str, ring: KeyRing, by: Actor, at: datetime) -> list[str]:
    """Keep a telephone's secret, whose first code was checked; gives recovery codes when these are the first."""
    with transaction.atomic():
        Authenticator.objects.filter(user=person, type=TOTP_KIND).delete()
        TOTP.activate(person, secret)
        return _added(person, TOTP_KIND, ring, by, at)


def add_passkey(
    *, person: Person, name: str, credential: dict[str, Any], ring: KeyRing, by: Actor, at: datetime
) -> list[str]:
    """Keep a passkey; gives recovery codes when these are the first."""
    with transaction.atomic():
        WebAuthn.add(person, name, credential)
        return _added(person, PASSKEY, ring, by, at)


def renew_codes(*, person: Person, ring: KeyRing, by: Actor, at: datetime) -> list[str]:
    """New recovery codes; the old ones count no more."""
    with transaction.atomic():
        Authenticator.objects.filter(user=person, type=CODES).delete()
        _note(person, "factor.codes", {}, ring, by, at)
        return _codes(person)


def remove_factor(*, person: Person, factor_id: int, ring: KeyRing, by: Actor, at: datetime) -> bool:
    """Take one factor away; recovery codes go with the last. False when the person has no such factor."""
    with transaction.atomic():
        row = Authenticator.objects.filter(user=person, id=factor_id, type__in=_MAIN).first()
        if row is None:
            return False
        kind = row.type
        row.delete()
        if not has_factor(person):
            Authenticator.objects.filter(user=person).delete()
        _note(person, "factor.remove", {"kind": kind}, ring, by, at)
    return True


def remove_all(*, person: Person, ring: KeyRing, by: Actor, at: datetime) -> None:
    """Take all away (they were lost); who must have one is led to a new one at the next sign-in."""
    with transaction.atomic():
        Authenticator.objects.filter(user=person).delete()
        _note(person, "factor.reset", {}, ring, by, at)


def _is_valid(form: Form) -> bool:
    """What is sent as a credential is anybody's text, and the libraries meet it with whatever error comes first."""
    try:
        return form.is_valid()
    except (LookupError, TypeError, ValueError, AttributeError, struct.error, InvalidSignature):
        return False


def _added(person: Person, kind: str, ring: KeyRing, by: Actor, at: datetime) -> list[str]:
    _note(person, "factor.add", {"kind": kind}, ring, by, at)
    return [] if Authenticator.objects.filter(user=person, type=CODES).exists() else _codes(person)


def _codes(person: Person) -> list[str]:
    codes: Sequence[str] = RecoveryCodes.activate(person).get_unused_codes()
    return list(codes)


def _note(
    person: Person, verb: str, detail: dict[str, object], ring: KeyRing, by: Actor, at: datetime
) -> None:
    note(ring=ring, by=by, verb=verb, about=f"person:{person.who}", detail=detail, at=at)


def _spend(factor_id: int, code: str, at: datetime) -> bool:
    """Mark a code as used, for good and in the database: allauth's own mark is in the memory of one process."""
    digest = hashlib.sha256(code.encode()).hexdigest()[:16]
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().get(id=factor_id)
        spent: Iterable[tuple[str, float]] = row.data.get("spent", [])
        kept = [[mark, until] for mark, until in spent if until > at.timestamp()]
        if digest in (mark for mark, _ in kept):
            return False
        row.data["spent"] = [*kept, [digest, (at + _SPENT_FOR).timestamp()]]
        row.save(update_fields=["data"])
    return True
