"""Offering a document to be signed, and taking the offer back. The offering room does it in its own transaction."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Max

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.foundation.proof.pdf_check import looks_like_pdf
from ecredit.foundation.proof.person_pdf import prepare_pdf
from ecredit.foundation.proof.sealing import Sealer
from ecredit.service.signatures.document_rows import OFFERED, WITHDRAWN, mark_of, new_number, view_of
from ecredit.service.signatures.errors import NoSuchDocument, NotToBeSigned, OfferRefused
from ecredit.service.signatures.models import SignDocument
from ecredit.service.signatures.types import JSON, PDF, TEXT, DocumentState, DocumentView, Offer

LONGEST_DOCUMENT: Final = 4 << 20


def offer_document(log: OpenLog, *, offer: Offer, sealer: Sealer, by: Actor) -> DocumentView:
    """Put a document up to be signed, in the caller's transaction and open log. Raises OfferRefused.

    What was offered under the same key before is replaced: it can be signed no longer, and what was signed of it stays.
    """
    content = _checked(offer)
    last = SignDocument.objects.filter(key=offer.key).aggregate(last=Max("version"))["last"] or 0
    row = SignDocument(
        number=new_number("D", log.at),
        key=offer.key,
        version=last + 1,
        kind=offer.kind,
        title=offer.title,
        about=offer.about,
        organisation=offer.organisation,
        media=offer.media,
        edition=offer.edition,
        digest=hashlib.sha256(content).hexdigest(),
        size=len(content),
        content=sealer.seal_bytes(content),
        offered_at=log.at,
        offered_by=by.who,
        leaf=log.next_leaf,
    )
    row.binding = mark_of(sealer.ring, row)
    detail = {
        "key": row.key, "version": row.version, "kind": row.kind, "about": row.about, "organisation": row.organisation,
        "edition": row.edition, "digest": row.digest, "binding": row.binding,
    }  # fmt: skip
    post_journal(log, by=by, verb=OFFERED, about=f"document:{row.number}", detail=detail)
    row.save(force_insert=True)
    return view_of(row, (), row.version)


def offer_alone(*, offer: Offer, sealer: Sealer, by: Actor, at: datetime) -> DocumentView:
    """The same in a transaction of its own."""
    with transaction.atomic():
        log = OpenLog(sealer.ring, at)
        made = offer_document(log, offer=offer, sealer=sealer, by=by)
        log.seal()
    return made


def withdraw_document(log: OpenLog, *, number: str, reason: str, by: Actor, signed_too: bool = False) -> None:
    """Take an offer back, in the caller's transaction and open log; with `signed_too` also one that was signed: nobody signs it any
    more, and its signatures stay. Raises NoSuchDocument; NotToBeSigned once it is taken back, or signed."""
    row = SignDocument.objects.filter(number=number).first()
    if row is None:
        raise NoSuchDocument(f"没有编号为 {number} 的文件", f"there is no document {number}")
    if row.withdrawn_at is not None or (row.signatures.exists() and not signed_too):
        raise NotToBeSigned(
            f"文件 {number} 已签署或已撤回，不能再撤回",
            f"the document {number} was signed or taken back already",
            state=DocumentState.SIGNED if row.withdrawn_at is None else DocumentState.WITHDRAWN,
        )
    row.withdrawn_at = log.at
    post_journal(log, by=by, verb=WITHDRAWN, about=f"document:{number}", detail={"reason": reason})
    row.save(update_fields=["withdrawn_at"])


def _checked(offer: Offer) -> bytes:
    """The bytes that are signed: those that were offered, a PDF with a place for the signature."""
    if not offer.content:
        raise OfferRefused("文件是空的", "the document is empty")
    if len(offer.content) > LONGEST_DOCUMENT:
        raise OfferRefused(
            f"文件太大，最大 {LONGEST_DOCUMENT >> 20} MB",
            f"the document is too long; at most {LONGEST_DOCUMENT >> 20} MB",
        )
    if offer.media not in (TEXT, PDF, JSON):
        raise OfferRefused(
            f"文件类型 {offer.media} 不能签署；可用：{TEXT}、{PDF}、{JSON}",
            f"a document of type {offer.media} cannot be signed; it can be: {TEXT}, {PDF}, {JSON}",
        )
    if (offer.media == PDF) != looks_like_pdf(offer.content):
        raise OfferRefused("文件内容与所称类型不符", "the document is not of the type it is said to be")
    if offer.media == PDF:
        try:
            return prepare_pdf(offer.content)
        except ValueError as error:
            raise OfferRefused(
                "PDF 读不出，或者已经有签名，不能再提供签署",
                "the PDF cannot be read, or is signed already, and cannot be offered to be signed",
            ) from error
    try:
        offer.content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise OfferRefused("文件不是 UTF-8 文字", "the document is no text in UTF-8") from error
    return offer.content
