"""Taking a signature of somebody on a document: made elsewhere and uploaded, or made here with a key file that is used once.

A signature is entered when everything that can be checked of it holds, and is refused whole with what was found when not.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from django.db import IntegrityError, transaction

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.foundation.proof.badge_types import State, Verdict
from ecredit.foundation.proof.certificate_check import TOLERANCE
from ecredit.foundation.proof.cms_check import SignatureAsked, check_cms, read_cms, tidy_cms
from ecredit.foundation.proof.cms_signing import open_key_file, sign_cms
from ecredit.foundation.proof.pdf_certificates import common_name, is_test, key_of
from ecredit.foundation.proof.pdf_check import looks_like_pdf
from ecredit.foundation.proof.person_pdf import check_person_pdf, read_person_pdf, sign_person_pdf
from ecredit.service.signatures.document_rows import SIGNED, mark_of, new_number, signature_view
from ecredit.service.signatures.errors import NotToBeSigned, SignatureRefused
from ecredit.service.signatures.models import DocumentSignature, PersonCertificate, SignDocument
from ecredit.service.signatures.name_rules import Named, Signatory, who_is_named
from ecredit.service.signatures.queries import content_of, get_row, view_of_row
from ecredit.service.signatures.trust import SigningPlace, lists_asked, tests_allowed, trust_of
from ecredit.service.signatures.types import PDF, DocumentState, Form, SignatureView, Way

_UNTOLD: Final = ("revocation", "stale")
"""What is said where no list tells whether a certificate was taken back."""


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs which document, when. The caller has made sure that this person may sign for the document's organisation.

    person   the person, as logs name one (`p12`); `by` is the same person, or the operator who brings what that person signed
    """

    number: str
    person: str
    signatory: Signatory
    by: Actor
    at: datetime


@dataclass(frozen=True, slots=True)
class _Made:
    """A signature that was checked, on its way into the table."""

    form: Form
    raw: bytes
    certificate: x509.Certificate
    said_at: datetime | None


def sign_by_upload(place: SigningPlace, signing: Signing, raw: bytes) -> SignatureView:
    """Enter a signature that was made elsewhere: a detached CMS, or the signed PDF of a document that is one.

    Raises NoSuchDocument, NotToBeSigned, SignatureRefused.
    """
    row = get_row(signing.number)
    _check_open(row, signing.person)
    form = Form.PDF if row.media == PDF and looks_like_pdf(raw) else Form.CMS
    made = _checked(place, signing, row, form, raw)
    return _enter(place, signing, row, Way.UPLOADED, (made,))[0]


def sign_by_key_file(
    place: SigningPlace, signing: Signing, key_file: bytes, passphrase: str
) -> tuple[SignatureView, ...]:
    """Sign here with a PKCS #12 file, which is used once and kept nowhere: a detached signature, and of a PDF the signed PDF too.

    Raises as above, WrongUse when the file cannot be opened.
    """
    row = get_row(signing.number)
    _check_open(row, signing.person)
    signer, content = open_key_file(key_file, passphrase), content_of(place.sealer, row)
    made = [_checked(place, signing, row, Form.CMS, sign_cms(content, signer, at=signing.at))]
    if row.media == PDF:
        raw = sign_person_pdf(content, signer, at=signing.at, reason=row.title)
        made.append(_checked(place, signing, row, Form.PDF, raw))
    return _enter(place, signing, row, Way.KEY_FILE, tuple(made))


def _checked(place: SigningPlace, signing: Signing, row: SignDocument, form: Form, raw: bytes) -> _Made:
    asked = SignatureAsked(trust_of(place, at=signing.at), signing.at, known_at=signing.at)
    content = content_of(place.sealer, row)
    if form is Form.PDF:
        _refuse_failed(check_person_pdf(raw, content, asked))
        certificate, said_at = read_person_pdf(raw)
    else:
        _refuse_failed(check_cms(raw, content, asked))
        read = read_cms(raw)
        certificate, said_at, raw = read.certificate, read.said_at, tidy_cms(raw)
    _check_signer(signing, row, certificate, said_at)
    return _Made(form, raw, certificate, said_at)


def _refuse_failed(verdict: Verdict) -> None:
    failed = [one for one in verdict.findings if one.state is State.FAILS]
    if not failed and lists_asked():
        # Where lists are asked for, a missing or old one is no leave: somebody may have kept it from coming.
        failed = [one for one in verdict.findings if one.code in _UNTOLD and one.state is State.OPEN]
    if failed or not verdict.ok:
        zh = "".join(one.zh for one in failed) or "签名不成立。"
        en = " ".join(one.en for one in failed) or "The signature does not hold."
        raise SignatureRefused(
            f"没有收下签名：{zh}",
            f"the signature was not taken: {en}",
            failed=tuple(one.code for one in failed) or verdict.failed,
        )


def _check_signer(
    signing: Signing, row: SignDocument, certificate: x509.Certificate, said_at: datetime | None
) -> None:
    """What only who knows the document and the person can check."""
    if is_test(certificate) and not tests_allowed():
        raise SignatureRefused(
            "没有收下签名：证书由测试机构签发，本系统只接受依法设立的机构的证书。",
            "the signature was not taken: its certificate is of a test authority, and only licensed ones are accepted here.",
            failed=("test",),
        )
    if who_is_named(certificate, signing.signatory) is Named.NEITHER:
        raise SignatureRefused(
            f"没有收下签名：证书写明的是“{common_name(certificate)}”，不是您（{signing.signatory.name}），也不是{signing.signatory.organisation}。",
            f"the signature was not taken: its certificate names “{common_name(certificate)}”, neither you ({signing.signatory.name}) nor {signing.signatory.organisation}.",
            failed=("named",),
        )
    if _of_somebody_else(signing, certificate):
        raise SignatureRefused(
            "没有收下签名：这张测试证书是发给另一人的。",
            "the signature was not taken: this test certificate was issued to somebody else.",
            failed=("named",),
        )
    if said_at is not None and said_at + TOLERANCE < row.offered_at:
        raise SignatureRefused(
            f"没有收下签名：所称签署时间（{said_at:%Y-%m-%d %H:%M} UTC）早于文件提供的时间，请校准签署所用电脑的时钟后重新签署。",
            f"the signature was not taken: it says it was signed ({said_at:%Y-%m-%d %H:%M} UTC) before the document was offered; set the signer's clock right and sign again.",
            failed=("clock",),
        )


def _of_somebody_else(signing: Signing, certificate: x509.Certificate) -> bool:
    """Whether it is a test certificate that this home gave to another person."""
    issued = PersonCertificate.objects.filter(serial=f"{certificate.serial_number:x}")
    return is_test(certificate) and issued.exclude(who=signing.person).exists()


def _check_open(row: SignDocument, person: str) -> None:
    view = view_of_row(row)
    if view.state in (DocumentState.REPLACED, DocumentState.WITHDRAWN):
        raise NotToBeSigned(
            "这份文件已被新的文本替换或已撤回，不能再签署",
            "this document was replaced by a newer text or taken back, and can be signed no longer",
            state=view.state,
        )
    if any(one.who == person for one in view.signatures):
        raise NotToBeSigned("您已经签署过这份文件", "you have signed this document already", state=view.state)


def _enter(
    place: SigningPlace, signing: Signing, row: SignDocument, way: Way, all_made: tuple[_Made, ...]
) -> tuple[SignatureView, ...]:
    entered: list[SignatureView] = []
    try:
        with transaction.atomic():
            log = OpenLog(place.sealer.ring, signing.at)
            # Once more, now that nobody else writes.
            _check_open(get_row(row.number), signing.person)
            _refuse_anothers(place, signing, row, all_made)
            for made in all_made:
                entered.append(_enter_one(log, place, signing, row, way, made))
            log.seal()
    except IntegrityError as error:
        raise NotToBeSigned(
            "这份签名已经登记过", "this signature was entered already", state=DocumentState.SIGNED
        ) from error
    return tuple(entered)


def _refuse_anothers(
    place: SigningPlace, signing: Signing, row: SignDocument, all_made: tuple[_Made, ...]
) -> None:
    """Refuse what was made with a key that another person signed this document with.

    The key is compared, not the bytes, nor the certificate's: of both, parts that nobody signed can be changed by anybody, and the same
    signature would then stand here as two people's.
    """
    made_with = {key_of(made.certificate) for made in all_made}
    for other in row.signatures.exclude(who=signing.person):
        raw = place.sealer.unseal_bytes(bytes(other.raw))
        certificate = read_person_pdf(raw)[0] if other.form == Form.PDF else read_cms(raw).certificate
        if key_of(certificate) in made_with:
            raise NotToBeSigned(
                "这份文件已由另一人用同一张证书签署，一份签名不能登记为两个人的",
                "this document was signed by another person with the same certificate; one signature is not entered as two people's",
                state=DocumentState.SIGNED,
            )


def _enter_one(
    log: OpenLog, place: SigningPlace, signing: Signing, row: SignDocument, way: Way, made: _Made
) -> SignatureView:
    entry = DocumentSignature(
        number=new_number("S", log.at),
        document=row,
        form=made.form,
        way=way,
        who=signing.person,
        signer=common_name(made.certificate)[:200],
        certificate=made.certificate.fingerprint(hashes.SHA256()).hex(),
        test=is_test(made.certificate),
        said_at=made.said_at,
        received_at=log.at,
        digest=hashlib.sha256(made.raw).hexdigest(),
        raw=place.sealer.seal_bytes(made.raw),
        leaf=log.next_leaf,
    )
    entry.binding = mark_of(place.sealer.ring, entry)
    detail = {
        "signature": entry.number, "signer": entry.who, "form": entry.form, "way": entry.way, "digest": entry.digest, "document": row.digest,
        "version": row.version, "edition": row.edition, "certificate": entry.certificate, "test": entry.test, "binding": entry.binding,
    }  # fmt: skip
    post_journal(log, by=signing.by, verb=SIGNED, about=f"document:{row.number}", detail=detail)
    entry.save(force_insert=True)
    return signature_view(entry)
