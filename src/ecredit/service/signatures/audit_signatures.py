"""The audit of signed documents: rows are as this home wrote them, none is missing, and every signature still holds on its document."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.models import JournalEntry
from ecredit.foundation.proof.cms_check import holds_on
from ecredit.foundation.proof.errors import SealBroken
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.person_pdf import holds_in_pdf
from ecredit.foundation.proof.sealing import Sealer
from ecredit.service.signatures.document_rows import (
    CERTIFIED,
    OFFERED,
    REVOKED,
    SIGNED,
    WITHDRAWN,
    Row,
    is_ours,
)
from ecredit.service.signatures.models import DocumentSignature, PersonCertificate, SignDocument
from ecredit.service.signatures.types import Form

_CODE = "signature"


def audit_signatures(sealer: Sealer) -> Iterator[AuditFinding]:
    """Documents, signatures and test certificates altered, added or removed by hand; documents whose signature does not hold."""
    told = _Told()
    for document in SignDocument.objects.order_by("leaf").iterator(chunk_size=200):
        yield from _row(
            told, sealer.ring, document, OFFERED, f"文件 {document.number}", f"document {document.number}"
        )
        if document.withdrawn_at != told.ended[WITHDRAWN].get(f"document:{document.number}"):
            yield _wrong(
                document.leaf,
                f"文件 {document.number} 是否撤回、何时撤回与日志不符",
                f"whether or when document {document.number} was taken back is not as the journal says",
            )
        yield from _bytes(sealer, document)
    for signature in DocumentSignature.objects.defer("raw").order_by("leaf").iterator(chunk_size=2_000):
        yield from _row(
            told, sealer.ring, signature, SIGNED, f"签名 {signature.number}", f"signature {signature.number}"
        )
    for certificate in PersonCertificate.objects.order_by("leaf").iterator(chunk_size=2_000):
        yield from _row(
            told,
            sealer.ring,
            certificate,
            CERTIFIED,
            f"测试证书 {certificate.serial}",
            f"test certificate {certificate.serial}",
        )
        if certificate.revoked_at != told.ended[REVOKED].get(f"certificate:{certificate.serial}"):
            yield _wrong(
                certificate.leaf,
                f"测试证书 {certificate.serial} 是否吊销、何时吊销与日志不符",
                f"whether or when test certificate {certificate.serial} was revoked is not as the journal says",
            )
    for leaf in sorted(told.rows):
        yield _wrong(
            leaf,
            f"日志第 {leaf} 条记有文件、签名或测试证书，登记却不在",
            f"leaf {leaf} of the journal tells of a document, a signature or a test certificate, and its row is gone",
        )


class _Told:
    """What the journal says."""

    def __init__(self) -> None:
        made = JournalEntry.objects.filter(verb__in=(OFFERED, SIGNED, CERTIFIED))
        self.rows = {
            leaf: (verb, read_object(detail))
            for leaf, verb, detail in made.values_list("leaf", "verb", "detail")
        }
        self.ended = {
            verb: dict(JournalEntry.objects.filter(verb=verb).values_list("object", "at"))
            for verb in (WITHDRAWN, REVOKED)
        }


def _row(told: _Told, ring: KeyRing, row: Row, verb: str, zh: str, en: str) -> Iterator[AuditFinding]:
    said_verb, said = told.rows.pop(row.leaf, ("", {}))
    if said_verb != verb or said.get("binding") != row.binding or not is_ours(ring, row):
        yield _wrong(
            row.leaf, f"{zh}的登记不是本系统所写或被改动", f"the row of {en} is not as this home wrote it"
        )


def _bytes(sealer: Sealer, document: SignDocument) -> Iterator[AuditFinding]:
    content = _opened(sealer, document.content)
    if content is None or hashlib.sha256(content).hexdigest() != document.digest:
        yield _wrong(
            document.leaf,
            f"文件 {document.number} 的内容被改动",
            f"the content of document {document.number} was altered",
        )
        return
    for signature in document.signatures.all():
        raw, holds = _opened(sealer, signature.raw), holds_in_pdf if signature.form == Form.PDF else holds_on
        if raw is None or hashlib.sha256(raw).hexdigest() != signature.digest or not holds(raw, content):
            yield _wrong(
                signature.leaf,
                f"签名 {signature.number} 在文件 {document.number} 上不再成立",
                f"signature {signature.number} does not hold on document {document.number} any more",
            )


def _opened(sealer: Sealer, sealed: bytes | memoryview) -> bytes | None:
    try:
        return sealer.unseal_bytes(bytes(sealed))
    except SealBroken:
        return None


def _wrong(leaf: int, zh: str, en: str) -> AuditFinding:
    return AuditFinding(_CODE, leaf, zh, en)
