"""Reads of documents and their signatures."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Max, Q

from ecredit.foundation.proof.sealing import Sealer
from ecredit.service.signatures.document_rows import signature_view, tidy_number, view_of
from ecredit.service.signatures.errors import NoSuchDocument
from ecredit.service.signatures.models import DocumentSignature, PersonCertificate, SignDocument
from ecredit.service.signatures.types import DocumentState, DocumentView, SignatureView


def find_document(number: str) -> DocumentView | None:
    """The document of a number as somebody types it."""
    row = SignDocument.objects.filter(number=tidy_number(number)).first()
    return None if row is None else view_of_row(row)


def find_document_of(key: str) -> DocumentView | None:
    """The newest version of what a room offered under a key (`commitment:12`); None when nothing was."""
    row = SignDocument.objects.filter(key=key).order_by("-version").first()
    return None if row is None else view_of_row(row)


def list_documents(
    *,
    organisations: Collection[str] | None = None,
    about: str = "",
    kind: str = "",
    waiting: bool = False,
    most: int = 200,
) -> list[DocumentView]:
    """Documents, newest first: of some organisations (None: of all), about somebody, of a kind, those that wait only."""
    rows = SignDocument.objects.defer("content").order_by("-leaf")
    if organisations is not None:
        rows = rows.filter(organisation__in=organisations)
    if about:
        rows = rows.filter(about=about)
    if kind:
        rows = rows.filter(kind=kind)
    if waiting:
        rows = rows.filter(Q(withdrawn_at=None) & Q(signatures=None))
    rows = rows.prefetch_related("signatures")[:most]
    newest = _newest([row.key for row in rows])
    views = [view_of(row, row.signatures.all(), newest[row.key]) for row in rows]
    return [one for one in views if not waiting or one.state is DocumentState.WAITING]


def read_content(sealer: Sealer, number: str) -> bytes:
    """The bytes that are signed. Raises NoSuchDocument, SealBroken."""
    return content_of(sealer, get_row(number))


def read_signature(sealer: Sealer, number: str) -> tuple[SignatureView, bytes]:
    """A signature and its bytes. Raises NoSuchDocument, SealBroken."""
    row = DocumentSignature.objects.filter(number=tidy_number(number)).first()
    if row is None:
        raise NoSuchDocument(f"没有编号为 {number} 的签名", f"there is no signature {number}", number=number)
    return signature_view(row), sealer.unseal_bytes(bytes(row.raw))


def list_test_certificates(who: str = "") -> list[PersonCertificate]:
    """Test certificates, newest first; of one person or of everybody."""
    rows = PersonCertificate.objects.order_by("-leaf")
    return list(rows.filter(who=who) if who else rows)


def get_row(number: str) -> SignDocument:
    """The row of a document. Raises NoSuchDocument."""
    row = SignDocument.objects.filter(number=tidy_number(number)).first()
    if row is None:
        raise NoSuchDocument(f"没有编号为 {number} 的文件", f"there is no document {number}", number=number)
    return row


def content_of(sealer: Sealer, row: SignDocument) -> bytes:
    """What a row holds, opened. Raises SealBroken."""
    return sealer.unseal_bytes(bytes(row.content))


def view_of_row(row: SignDocument) -> DocumentView:
    """What is said of a row."""
    return view_of(row, row.signatures.all(), _newest([row.key])[row.key])


def _newest(keys: Collection[str]) -> dict[str, int]:
    return dict(
        SignDocument.objects.filter(key__in=keys)
        .values_list("key")
        .annotate(newest=Max("version"))
        .order_by()
    )
