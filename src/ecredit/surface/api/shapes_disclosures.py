"""What the routes of platforms' disclosures answer and take."""

from datetime import date, datetime

from ninja import Schema
from pydantic import ConfigDict, Field

from ecredit.surface.api.shapes_warnings import Said


class GapShape(Schema):
    """Something of the organisation's disclosures that is missing or late; a lead until it is `confirmed`.

    `where` is a page's address or the number of a record; `late` by how many days (working days for sanctions), null where that is
    no matter of days; `verified`: article and figure were read in the text of the law.
    """

    id: int
    check: str
    platform: str
    state: str = Field(description="open, answered, confirmed, dismissed, mended or gone")
    holds: bool
    title: Said
    asks: Said
    saw: Said
    where: str
    seen_on: date
    late: int | None
    law: str
    article: str | None
    verified: bool
    found_on: date
    due_on: date


class GapPageShape(Schema):
    """A page of gaps, newest first."""

    items: list[GapShape]
    next: str | None


class GapStep(Schema):
    """One thing that happened to a gap; who did it is not told."""

    act: str
    state: str
    at: datetime
    words: str


class GapWhole(GapShape):
    """A gap with what happened."""

    steps: list[GapStep]


class GapAnswer(Schema):
    """An answer: how it is, what was done, by when."""

    model_config = ConfigDict(extra="forbid")
    words: str = Field(min_length=1, max_length=2000, pattern=r"\S")


class GapState(Schema):
    """How the gap stands now."""

    id: int
    state: str


class DisclosedPlatformShape(Schema):
    """A registered platform, and how much is shown of it today; `confirmed`: gaps that two officers found so."""

    code: str
    name: str
    disclosures: int
    sanctions: int
    spot_checks: int
    confirmed: int


class DisclosedPlatformsShape(Schema):
    """Every registered platform."""

    items: list[DisclosedPlatformShape]


class PublicGapShape(Schema):
    """Something two officers found missing or late; `mended`: it is put right since."""

    title_zh: str
    title_en: str
    saw_zh: str
    saw_en: str
    clause: str
    verified: bool
    seen_on: date
    confirmed_on: date
    late: int | None
    mended: bool
    entry: int | None
    url: str


class DisclosureDocumentShape(Schema):
    """A document about somebody on the platform: a sanction, or a spot check. `fields` by column code."""

    leaf: int
    code: str
    name: str
    occurred_on: date | None
    fields: dict[str, str]


class PublicDisclosureShape(DisclosedPlatformShape):
    """A platform's public disclosures: confirmed gaps, and the newest sanctions and spot checks, fifty of each at most."""

    gaps: list[PublicGapShape]
    newest_sanctions: list[DisclosureDocumentShape]
    newest_spot_checks: list[DisclosureDocumentShape]
