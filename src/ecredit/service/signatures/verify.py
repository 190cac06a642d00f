"""Checking a signature on record anew: its bytes, its certificate as of today, its row, and the law's four conditions."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from ecredit.foundation.proof.badge_types import Finding, State, Verdict
from ecredit.foundation.proof.certificate_check import unreadable
from ecredit.foundation.proof.cms_check import SignatureAsked, check_cms, tidy_cms
from ecredit.foundation.proof.pdf_check import looks_like_pdf
from ecredit.foundation.proof.person_pdf import check_person_pdf
from ecredit.service.signatures.condition_rules import judge_conditions
from ecredit.service.signatures.document_rows import is_ours, signature_view
from ecredit.service.signatures.models import DocumentSignature
from ecredit.service.signatures.queries import content_of, get_row
from ecredit.service.signatures.trust import SigningPlace, trust_for_visitors, trust_of
from ecredit.service.signatures.types import Condition, Form, SignedVerdict, Way


def check_document(place: SigningPlace, number: str, *, at: datetime) -> tuple[SignedVerdict, ...]:
    """Every signature on a document, checked now. Raises NoSuchDocument, SealBroken."""
    document = get_row(number)
    content, trust = content_of(place.sealer, document), trust_of(place, at=at)
    return tuple(
        _check(place, row, content, SignatureAsked(trust, at, known_at=row.received_at))
        for row in document.signatures.order_by("leaf")
    )


def _check(
    place: SigningPlace, row: DocumentSignature, content: bytes, asked: SignatureAsked
) -> SignedVerdict:
    check = check_person_pdf if row.form == Form.PDF else check_cms
    verdict = check(place.sealer.unseal_bytes(bytes(row.raw)), content, asked)
    ours = is_ours(place.sealer.ring, row)
    record = (
        _recorded(row)
        if ours
        else Finding(
            "record", State.FAILS, "登记不是本系统所写或被改动。", "Its row is not as this home wrote it."
        )
    )
    whole: Verdict = replace(verdict, findings=(*verdict.findings, record))
    conditions = judge_conditions(whole, way=Way(row.way), on_record=ours)
    return SignedVerdict(signature_view(row), whole, conditions)


def _recorded(row: DocumentSignature) -> Finding:
    return Finding(
        "record",
        State.HOLDS,
        f"收到于 {row.received_at:%Y-%m-%d %H:%M} UTC，记入透明日志第 {row.leaf} 条；收下时核对过，证书写明的是签署人或其单位。",
        f"It was received on {row.received_at:%Y-%m-%d %H:%M} UTC and is leaf {row.leaf} of the transparency log; it was seen then that the certificate names the signer or their organisation.",
    )


def check_given(
    place: SigningPlace, raw: bytes, document: bytes | None, *, at: datetime
) -> tuple[Verdict, tuple[Condition, ...]]:
    """A signature that somebody brings to be checked: on a document, or a signed PDF (the document may then be absent).

    When it is the very one that is on record here, it is known since when it existed and where it was made. Nothing is kept.
    """
    is_pdf = looks_like_pdf(raw)
    row = DocumentSignature.objects.filter(
        digest=hashlib.sha256(raw if is_pdf else _der(raw)).hexdigest()
    ).first()
    known_at = row.received_at if row is not None and is_ours(place.sealer.ring, row) else None
    asked = SignatureAsked(trust_for_visitors(place, at=at), at, known_at)
    verdict = check_person_pdf(raw, document, asked) if is_pdf else check_cms(raw, document or b"", asked)
    if row is None or known_at is None:
        return verdict, judge_conditions(verdict)
    whole = replace(verdict, findings=(*verdict.findings, _recorded(row)))
    return whole, judge_conditions(whole, way=Way(row.way), on_record=True)


def _der(raw: bytes) -> bytes:
    try:
        return tidy_cms(raw)
    except unreadable():
        return raw
