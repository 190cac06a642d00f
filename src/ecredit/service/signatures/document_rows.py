"""Between rows of the tables and what they say; how each is bound to the keys and named in the journal."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from ecredit.facts.actors.canonical import instant_text
from ecredit.foundation.proof.binding import bind, is_bound
from ecredit.foundation.proof.keys import KeyRing
from ecredit.service.signatures.models import DocumentSignature, PersonCertificate, SignDocument
from ecredit.service.signatures.types import DocumentState, DocumentView, Form, SignatureView, Way

OFFERED: Final = "document.offer"
WITHDRAWN: Final = "document.withdraw"
SIGNED: Final = "document.sign"
CERTIFIED: Final = "certificate.issue"
REVOKED: Final = "certificate.revoke"
"""The journal's verbs."""
DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Of a number: no letter that is read as a digit (Crockford's base 32)."""
_RANDOM: Final = 10
_ZONE: Final = ZoneInfo("Asia/Shanghai")
_TYPED_WRONG: Final = str.maketrans("OIL", "011")

Row = SignDocument | DocumentSignature | PersonCertificate


def mark_of(ring: KeyRing, row: Row) -> str:
    """The mark of a row under the home's keys."""
    return bind(ring, row._meta.db_table, *_fields(row))


def is_ours(ring: KeyRing, row: Row) -> bool:
    """Whether this home wrote the row, and so."""
    return is_bound(ring, row.binding, row._meta.db_table, *_fields(row))


def new_number(letter: str, at: datetime) -> str:
    """A letter, the day and ten random signs (50 bits): who has no number cannot guess one."""
    return f"{letter}{at.astimezone(_ZONE):%Y%m%d}-{''.join(secrets.choice(DIGITS) for _ in range(_RANDOM))}"


def tidy_number(typed: str) -> str:
    """A number as it is written: people put blanks in it, and read 0 as O and 1 as I or L."""
    return "".join(typed.split()).upper().translate(_TYPED_WRONG)


def view_of(row: SignDocument, signatures: Iterable[DocumentSignature], newest: int) -> DocumentView:
    """What is said of a document; `newest` is the last version under its key."""
    signed = tuple(signature_view(one) for one in sorted(signatures, key=lambda one: one.leaf))
    return DocumentView(
        number=row.number,
        key=row.key,
        version=row.version,
        kind=row.kind,
        title=row.title,
        about=row.about,
        organisation=row.organisation,
        media=row.media,
        edition=row.edition,
        digest=row.digest,
        size=row.size,
        state=_state(row, signed, newest),
        offered_at=row.offered_at,
        leaf=row.leaf,
        signatures=signed,
    )


def signature_view(row: DocumentSignature) -> SignatureView:
    """What is said of a signature."""
    return SignatureView(
        number=row.number,
        document=row.document_id,
        form=Form(row.form),
        way=Way(row.way),
        who=row.who,
        signer=row.signer,
        certificate=row.certificate,
        digest=row.digest,
        test=row.test,
        said_at=row.said_at,
        received_at=row.received_at,
        leaf=row.leaf,
    )


def _state(row: SignDocument, signed: tuple[SignatureView, ...], newest: int) -> DocumentState:
    if row.withdrawn_at is not None:
        return DocumentState.WITHDRAWN
    if row.version < newest:
        return DocumentState.REPLACED
    return DocumentState.SIGNED if signed else DocumentState.WAITING


def _fields(row: Row) -> tuple[object, ...]:
    """What is bound: all but what may change later (withdrawn, revoked: those are in the journal) and sealed bytes."""
    if isinstance(row, SignDocument):
        return (
            row.number, row.key, row.version, row.kind, row.title, row.about, row.organisation, row.media, row.edition, row.digest,
            row.size, instant_text(row.offered_at), row.offered_by, row.leaf,
        )  # fmt: skip
    if isinstance(row, DocumentSignature):
        return (
            row.number, row.document_id, row.form, row.way, row.who, row.signer, row.certificate, row.test,
            None if row.said_at is None else instant_text(row.said_at), instant_text(row.received_at), row.digest, row.leaf,
        )  # fmt: skip
    return (
        row.serial, row.who, row.organisation, row.digest, instant_text(row.issued_at), instant_text(row.valid_until), row.leaf,
    )  # fmt: skip
