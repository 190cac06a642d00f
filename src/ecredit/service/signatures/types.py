"""What other rooms offer to be signed, and what they learn of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ecredit.foundation.proof.badge_types import State, Verdict

TEXT = "text/plain; charset=utf-8"
PDF = "application/pdf"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Offer:
    """A document another room wants signed.

    key           what the offering room calls it, as the journal would (`commitment:12`); a later offer under it is a new
                  version, and the older one can be signed no longer
    kind          the word for what it is (`commitment`, `application`, `decision`)
    title         one line that people see
    about         whom it concerns, as the journal names it (`subject:12`)
    organisation  whose person signs: the id of a registered organisation or of a department
    content       the very bytes that are signed; into a PDF a place for the signature is put first
    media         TEXT, PDF or JSON
    edition       which version of the text it is made by (a template's), "" where there is none
    """

    key: str
    kind: str
    title: str
    about: str
    organisation: str
    content: bytes
    media: str
    edition: str = ""


class DocumentState(StrEnum):
    """Where a document stands."""

    WAITING = "waiting"
    SIGNED = "signed"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class Form(StrEnum):
    """How a signature is kept: detached, or inside the PDF."""

    CMS = "cms"
    PDF = "pdf"


class Way(StrEnum):
    """Where it was made: here, with a key file that was used once; or by a tool of the signer's."""

    KEY_FILE = "key_file"
    UPLOADED = "uploaded"


@dataclass(frozen=True, slots=True)
class SignatureView:
    """A signature on record: who signed, when it says it did, when it came, under which certificate."""

    number: str
    document: str
    form: Form
    way: Way
    who: str
    signer: str
    certificate: str
    digest: str
    test: bool
    said_at: datetime | None
    received_at: datetime
    leaf: int


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document on record, without its content."""

    number: str
    key: str
    version: int
    kind: str
    title: str
    about: str
    organisation: str
    media: str
    edition: str
    digest: str
    size: int
    state: DocumentState
    offered_at: datetime
    leaf: int
    signatures: tuple[SignatureView, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """One of the four conditions of 电子签名法 第十三条: whether it is met, and by what one can tell.

    verified    whether the article was read in its text
    """

    number: int
    zh: str
    en: str
    state: State
    why_zh: str
    why_en: str
    verified: bool


@dataclass(frozen=True, slots=True)
class SignedVerdict:
    """What checking one signature on record gave: the checks, and the law's four conditions."""

    signature: SignatureView
    verdict: Verdict
    conditions: tuple[Condition, ...]
