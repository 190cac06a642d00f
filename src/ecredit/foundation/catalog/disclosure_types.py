"""What the catalogue says of disclosure: windows to official sites, the offices that issue licences, and what is checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, get_args

RecordKind = Literal["notice", "prompt", "recent"]
CheckKind = Literal["notice", "prompt", "recent", "page"]
CHECK_KINDS: tuple[CheckKind, ...] = get_args(CheckKind)
PageKind = Literal["platform_home", "merchant_page", "exempt_page"]
PAGE_KINDS: tuple[PageKind, ...] = get_args(PageKind)
Finds = Literal["subject_code", "licences", "city_mark", "own_mark", "words", "ending", "windows"]
FINDS: tuple[Finds, ...] = get_args(Finds)


@dataclass(frozen=True, slots=True)
class OfficialSite:
    """An official page to follow, never asked by a page of ours.

    url    https, of a *.gov.cn host; "" where no address was seen, so that only the name is shown
    words  of an office: what its name or its licences' names hold
    verified  the address was seen in a text
    """

    id: str
    zh: str
    en: str
    url: str
    verified: bool
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordLooks:
    """What of a source's records is looked at: the columns with the platform's code, the day it was made known, the day it is held
    against (it takes effect, or was decided), and which rows: `column` holds one of `values` ("" for all rows)."""

    source: str
    platform: str
    published: str
    other: str = ""
    column: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PageLooks:
    """What is looked for on which pages; `or_mark`: a link mark of the city will do instead."""

    pages: tuple[PageKind, ...]
    finds: Finds
    words: tuple[str, ...] = ()
    or_mark: bool = False


@dataclass(frozen=True, slots=True)
class DisclosureCheck:
    """One thing a platform has to disclose.

    number     days of notice, working days to make something known, months back, days before an end, by the kind
    since      only what happened from that day on is looked at
    law, article  what it stands under, by the ids of `Catalog.laws`; verified: article and figure were read in the text itself
    """

    id: str
    kind: CheckKind
    title_zh: str
    title_en: str
    asks_zh: str
    asks_en: str
    looks_at: RecordLooks | PageLooks
    number: int
    law: str
    article: str | None
    verified: bool
    since: date | None = None


@dataclass(frozen=True, slots=True)
class DisclosureRules:
    """Windows by id in their order, offices in the order they are tried, and the id of the window for licences of any other.

    checks by id; a platform is to answer within `answer_workdays`; what was confirmed is public for `shown_months`
    """

    windows: Mapping[str, OfficialSite] = field(default_factory=dict)
    offices: tuple[OfficialSite, ...] = ()
    other: str = ""
    checks: Mapping[str, DisclosureCheck] = field(default_factory=dict)
    answer_workdays: int = 10
    shown_months: int = 12
