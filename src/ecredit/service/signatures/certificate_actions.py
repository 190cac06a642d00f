"""Test certificates: issued to somebody, and taken back. The key goes with the file that is handed over and stays nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives import hashes
from django.db import transaction

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.foundation.proof.people_authority import Holder, KeyFile
from ecredit.service.signatures.document_rows import CERTIFIED, REVOKED, mark_of
from ecredit.service.signatures.errors import NoSuchCertificate
from ecredit.service.signatures.models import PersonCertificate
from ecredit.service.signatures.name_rules import Signatory
from ecredit.service.signatures.trust import SigningPlace, authority_of

LASTS = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Wanted:
    """For whom a test certificate is: the person (`p12`), with the organisation to sign for (its id), and how it names both."""

    who: str
    organisation: str
    signatory: Signatory
    kind: str = "ec"
    lasts: timedelta = LASTS


def issue_test_certificate(
    place: SigningPlace, wanted: Wanted, *, passphrase: str, by: Actor, at: datetime
) -> KeyFile:
    """A certificate with its key as a PKCS #12 file. Raises NoTestCertificates where none are issued."""
    with transaction.atomic():
        log = OpenLog(place.sealer.ring, at)
        named = Holder(wanted.signatory.name, wanted.signatory.organisation, wanted.signatory.uscc)
        # Under the log's lock, so that two first ones do not make two authorities.
        made = authority_of(place, at=at).certify(
            named, passphrase=passphrase, at=at, lasts=wanted.lasts, kind=wanted.kind
        )
        row = PersonCertificate(
            serial=f"{made.certificate.serial_number:x}",
            who=wanted.who,
            organisation=wanted.organisation,
            digest=made.certificate.fingerprint(hashes.SHA256()).hex(),
            issued_at=log.at,
            valid_until=made.certificate.not_valid_after_utc,
            leaf=log.next_leaf,
        )
        row.binding = mark_of(place.sealer.ring, row)
        detail = {
            "who": row.who,
            "organisation": row.organisation,
            "digest": row.digest,
            "binding": row.binding,
        }
        post_journal(log, by=by, verb=CERTIFIED, about=f"certificate:{row.serial}", detail=detail)
        row.save(force_insert=True)
        log.seal()
    return made


def revoke_test_certificate(
    place: SigningPlace, serial: str, *, reason: str, by: Actor, at: datetime
) -> None:
    """Take one back; again it changes nothing. Raises NoSuchCertificate."""
    with transaction.atomic():
        log = OpenLog(place.sealer.ring, at)
        row = PersonCertificate.objects.filter(serial=serial.strip().lower()).first()
        if row is None:
            raise NoSuchCertificate(
                f"没有签发过序列号为 {serial} 的测试证书",
                f"no test certificate {serial} was issued",
                serial=serial,
            )
        if row.revoked_at is None:
            row.revoked_at = log.at
            post_journal(
                log, by=by, verb=REVOKED, about=f"certificate:{row.serial}", detail={"reason": reason}
            )
            row.save(update_fields=["revoked_at"])
            log.seal()
