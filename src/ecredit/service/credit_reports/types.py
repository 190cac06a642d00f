"""What a report says and what is kept of one that was issued; no Django."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Literal

Lang = Literal["zh", "en"]
Block = Mapping[str, Any]
"""One piece of a report as its layout knows it: `kind` is text, note, warning, pairs, table, lines, record or sub."""


class Form(StrEnum):
    """What a report holds: what everyone may read, or the subject's whole file."""

    PUBLIC = "public"
    FULL = "full"


class Langs(StrEnum):
    """In which language a report is written; both: Chinese first, then English."""

    ZH = "zh"
    EN = "en"
    BOTH = "both"

    @property
    def each(self) -> tuple[Lang, ...]:
        """The languages, in their order."""
        return _EACH[self]


_EACH: Final[Mapping[Langs, tuple[Lang, ...]]] = {
    Langs.ZH: ("zh",),
    Langs.EN: ("en",),
    Langs.BOTH: ("zh", "en"),
}


@dataclass(frozen=True, slots=True)
class GradeHead:
    """The grade as the head of a report shows it: a letter (or a dash), what it is called, what it means."""

    letter: str
    word: str
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a report under its own heading."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A report in one language, before it has a number.

    facts    rows of two or four texts: label, value      opening  what is said before the first part
    """

    lang: Lang
    title: str
    name: str
    under: str
    facts: tuple[tuple[str, ...], ...]
    grade: GradeHead | None
    opening: tuple[Block, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a report says of whom, in each of its languages. `as_of`: until when what it says was known."""

    form: Form
    code: str
    name: str
    langs: Langs
    told: tuple[Told, ...]
    as_of: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """For what a report is made: purpose in words, and the reference of the subject's consent ("" where none is needed)."""

    purpose: str
    consent: str = ""


@dataclass(frozen=True, slots=True)
class IssuedReport:
    """What is known of a report that was issued. `digest`: SHA-256 of its file, in hexadecimal."""

    number: str
    form: Form
    code: str
    name: str
    langs: Langs
    digest: str
    issued_at: datetime
    leaf: int
    test: bool
    raw: bytes = field(default=b"", repr=False)
