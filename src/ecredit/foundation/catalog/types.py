"""What the catalogue says, as frozen values.

Periods are half-open: `valid_from` is the first day something holds, `valid_to` the first day it no longer does; None is an open end.
`verified`: the text itself was seen; false: from a secondary source or memory, and a person must check it before it is quoted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from ecredit.foundation.catalog.commitment_types import CommitmentRules
from ecredit.foundation.catalog.disclosure_types import DisclosureRules
from ecredit.foundation.catalog.flag_types import Flag
from ecredit.foundation.catalog.monitor_types import Monitoring
from ecredit.foundation.catalog.publicity_types import FoundTerm, TermKind
from ecredit.foundation.catalog.rating_types import RatingRule
from ecredit.foundation.catalog.role_types import Permission, Role
from ecredit.foundation.catalog.schedule_types import ScheduledJob
from ecredit.foundation.catalog.spelling import spelled
from ecredit.foundation.catalog.story_types import StoryKind
from ecredit.foundation.catalog.trade_types import Trade
from ecredit.foundation.catalog.triage_types import Triage
from ecredit.foundation.catalog.warning_types import WarningRule

ColumnType = Literal[
    "text", "code", "date", "amount", "number", "integer", "uscc", "org_code", "reg_no", "any_code", "person_id", "phone",
    "url", "yes_no",
]  # fmt: skip
Personal = Literal["none", "name", "identity", "phone", "address"]
Severity = Literal["hold", "warn"]
KeyMode = Literal["all", "first"]
Sharing = Literal["unconditional", "conditional", "none"]
Tone = Literal["neutral", "good", "bad"]


def in_force(on: date, valid_from: date | None, valid_to: date | None) -> bool:
    """Tell whether `on` lies in the half-open period; None is an open end."""
    return (valid_from is None or valid_from <= on) and (valid_to is None or on < valid_to)


@dataclass(frozen=True, slots=True)
class LawRef:
    """A pointer to a law's article; `article` is written as in `Law.articles`, e.g. "27"."""

    law: str
    article: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One article: our summary of it (never its full text)."""

    text_summary: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Law:
    """A law, rule, policy paper or standard with its days in force; `en` is a short English name, "" where there is none."""

    id: str
    title: str
    number: str | None
    issuer: str
    valid_from: date | None
    valid_to: date | None
    verified: bool
    url_note: str
    articles: Mapping[str, Article]
    en: str = ""

    def in_force(self, on: date) -> bool:
        """Tell whether the law holds on a day."""
        return in_force(on, self.valid_from, self.valid_to)


@dataclass(frozen=True, slots=True)
class FormerName:
    """A name the department has or had; `when` keeps what is known when no exact day is."""

    name: str
    valid_from: date | None
    valid_to: date | None
    verified: bool
    when: str = ""


@dataclass(frozen=True, slots=True)
class Department:
    """A department (or district government, court …) that supplies data or shares in the twenty tasks.

    `merged_into` is the id of the department that does its work today, `merged_on` the day if known.
    """

    id: str
    name: str
    names: tuple[FormerName, ...]
    kind: str
    merged_into: str | None
    role: str
    tasks_lead: tuple[int, ...]
    tasks_coop: tuple[int, ...]
    verified: bool
    merged_on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """One of the city's twenty tasks; `lead` and `cooperating` are department ids."""

    number: int
    id: str
    title: str
    text: str
    sentences: tuple[str, ...]
    lead: tuple[str, ...]
    cooperating: tuple[str, ...]
    open_ended: bool = False


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """One value of a code table. Closed with a date, never deleted."""

    code: str
    zh: str
    en: str
    valid_from: date | None
    valid_to: date | None
    parent: str | None
    aliases: tuple[str, ...]

    def in_force(self, on: date) -> bool:
        """Tell whether the value may be used on a day."""
        return in_force(on, self.valid_from, self.valid_to)


@dataclass(frozen=True, slots=True)
class CodeTable:
    """A closed list of values; `index` maps every accepted spelling (see spelling.py) to its code."""

    id: str
    title: str
    source: str
    verified: bool
    entries: Mapping[str, CodeEntry]
    index: Mapping[str, str] = field(repr=False, compare=False)

    def lookup(self, text: str) -> CodeEntry | None:
        """Find a value by its code, Chinese name or alias; width, case and blanks do not matter."""
        code = self.index.get(text)
        if code is None:
            code = self.index.get(spelled(text))
        return None if code is None else self.entries[code]


@dataclass(frozen=True, slots=True)
class CatalogueItem:
    """A kind of information the catalogue of public credit information lets the city collect."""

    id: str
    name: str
    edition: str
    category: str
    valid_from: date | None
    valid_to: date | None
    basis: tuple[LawRef, ...]
    verified: bool

    def in_force(self, on: date) -> bool:
        """Tell whether information of a day may be collected under this item."""
        return in_force(on, self.valid_from, self.valid_to)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a source.

    type           how the cell is read; `amount` is in `unit` (元 or 万元) with at most `decimals` places; reg_no: 15 digits
                   are checked, other older numbers kept; any_code: a code of any form, kept as it is, unless a spreadsheet
                   made a number of it; person_id: see document_column
    required, required_when  filled in every row; or when else, in words for the template (the machine's form is a check)
    max_length     in characters; in a column with a lookup, of the code
    lookup         id of the code table its values come from; `lookup_strict` holds a row with any other value
    many           the characters that separate several values in one cell, the one to recommend last: ",，、;；"
    public         may leave to the public database
    personal       what kind of personal data it holds; identity, phone and address are sealed at rest
    aliases        other headers under which suppliers send it
    document_column  the column that says which document a number is of: its check digit is looked at only
                   where that says identity card or nothing
    """

    code: str
    name: str
    type: ColumnType
    required: bool = False
    required_when: str | None = None
    max_length: int | None = None
    lookup: str | None = None
    many: str | None = None
    public: bool = False
    personal: Personal = "none"
    aliases: tuple[str, ...] = ()
    lookup_strict: bool = True
    note: str = ""
    verified: bool = False
    unit: str | None = None
    decimals: int | None = None
    document_column: str | None = None

    @property
    def sealed(self) -> bool:
        """True when the value is encrypted at rest and masked on the way out."""
        return self.personal in ("identity", "phone", "address")


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """A check over one or several columns of a row; rules and their params are listed in check_rules.py."""

    rule: str
    columns: tuple[str, ...]
    params: Mapping[str, object]
    severity: Severity


@dataclass(frozen=True, slots=True)
class Deadline:
    """When the supplier must report.

    after_event  `workdays` working days or `days` calendar days after the date in `column`
    periodic     in each of `months`, with `grace_workdays` after the month's end
    """

    kind: Literal["after_event", "periodic", "none"]
    column: str | None
    workdays: int | None
    days: int | None
    months: tuple[int, ...]
    grace_workdays: int | None
    basis: LawRef | None
    verified: bool


@dataclass(frozen=True, slots=True)
class ExpectedVolume:
    """How many rows a supplier sends in a period; the city's own setting, not a legal figure."""

    per: Literal["month", "half_year", "year"]
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of file the city collects: who sends it, on which basis, what is in it, what follows.

    key, key_mode     the natural key of a document: all the columns, or the first non-empty of them
    party             where one document may be about several: the party's place in its key, the first filled of these
                      columns, register codes first and the name last; a name put right is the same document then
    identifiers       IdKind value → column code, the codes that decide who a row is about
    occurred, ends    columns with the day it became true and the day it stops
    code_origin       "official" when the column codes are a published standard's, "ours" when made here
    issued_by         columns with the name of the department (or other sender) whose document it is, the issuer first
    own_code          kind of supplier → the column that must hold its own code: a platform speaks for itself only
    only_departments  column → values (of its code table) that departments alone may send
    describes         for a register's own source: what it says of a subject (`address`, `legal_rep`, …) → column code
    found_terms       findings that are public by a rule of their own
    shop_name_column, headers  the public column by which a shop's operator is found, too; every spelling of a header → column code
    """

    id: str
    title_zh: str
    title_en: str
    item: str
    suppliers: tuple[str, ...]
    supplier_kinds: tuple[str, ...]
    legal_basis: tuple[LawRef, ...]
    subject_kinds: tuple[str, ...]
    columns: tuple[Column, ...]
    identifiers: Mapping[str, str]
    name_column: str
    subject_kind_column: str | None
    default_subject_kind: str
    key: tuple[str, ...]
    key_mode: KeyMode
    occurred: str
    ends: str | None
    checks: tuple[CheckSpec, ...]
    sharing: Sharing
    sharing_note: str
    publicity: str
    section: str
    retention_months: int
    deadline: Deadline
    expected: ExpectedVolume
    valid_from: date | None
    valid_to: date | None
    verified: bool
    task_ids: tuple[str, ...]
    tone: Tone
    code_origin: Literal["official", "ours"]
    about: str
    headers: Mapping[str, str] = field(repr=False, compare=False)
    describes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    own_code: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    party: tuple[str, ...] = ()
    issued_by: tuple[str, ...] = ()
    only_departments: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    shop_name_column: str | None = None
    found_terms: tuple[FoundTerm, ...] = ()

    def column(self, code: str) -> Column:
        """Return the column of a code; KeyError when the source has none."""
        for column in self.columns:
            if column.code == code:
                return column
        raise KeyError(code)

    def in_force(self, on: date) -> bool:
        """Tell whether the source is collected on a day."""
        return in_force(on, self.valid_from, self.valid_to)


@dataclass(frozen=True, slots=True)
class TermClass:
    """A class of how long negative information is shown, in one edition of the rule.

    `min_months` before which nobody may apply for repair, `max_months` at which showing stops by itself.
    """

    id: str
    name: str
    min_months: int
    max_months: int | None
    shown: bool
    valid_from: date | None
    valid_to: date | None
    basis: LawRef | None
    verified: bool

    def in_force(self, on: date) -> bool:
        """Tell whether this edition holds on a day."""
        return in_force(on, self.valid_from, self.valid_to)


@dataclass(frozen=True, slots=True)
class SectorException:
    """What one sector's own order says instead of the classes. Exceptions are tried in the order written.

    authorities   department ids whose decisions it is about
    only_kinds    it applies when every penalty kind of the record is among these; empty: to any record
    fine_below    and the fine (万元) is below this; None: the fine does not matter, 0: the city has yet to
                  set the figure and the exception applies to nothing
    until_column  shown until the day in this column of the source when it is later than `months` give
    condition     the same in words
    """

    id: str
    authorities: tuple[str, ...]
    law: LawRef
    condition: str
    only_kinds: tuple[str, ...]
    fine_below: Decimal | None
    shown: bool
    months: int | None
    counted_from: Literal["decision", "publication"]
    until_column: str | None
    verified: bool


@dataclass(frozen=True, slots=True)
class TermRule:
    """From when until when something is public, in one edition.

    columns     what it reads → the column codes that may hold it, the first a source has counts
                (`kinds`, `own_until`, `fine`, `ends`)
    classes     penalty kind → class id; `verified_kinds` are those whose class was seen in a text
    precedence  `exception`: a sector's exception wins; `shorter`: whichever ends sooner for the subject
    """

    id: str
    title: str
    valid_from: date | None
    valid_to: date | None
    kind: TermKind
    classes: Mapping[str, str]
    verified_kinds: frozenset[str]
    default_class: str | None
    months: int | None
    columns: Mapping[str, tuple[str, ...]]
    exceptions: tuple[SectorException, ...]
    precedence: Literal["exception", "shorter"]
    basis: LawRef | None
    verified: bool

    def in_force(self, on: date) -> bool:
        """Tell whether this edition holds on a day."""
        return in_force(on, self.valid_from, self.valid_to)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything the catalogue folder says, checked whole; made by load.load_catalog.

    folder, edition   where it was read from; 12 hex digits that change when any rule in the folder changes
    department_index  every accepted form of a department's name (see spelling.py) → its id
    own_days          the city's own table of working days: day → True when people work
    city              ids of the departments that run the city's credit system
    trade, flags, triage, ratings, warnings, monitoring  trade tables; what is looked at; how it is decided; who rates whom; what is
                      warned of; which figures are given
    commitments       templates of credit commitments, and how a breach is found
    stories           kinds of article for the public
    disclosure        official sites to follow, and what of disclosures is checked
    """

    folder: Path
    edition: str
    laws: Mapping[str, Law]
    departments: Mapping[str, Department]
    department_index: Mapping[str, str] = field(repr=False, compare=False)
    tasks: tuple[Task, ...]
    code_tables: Mapping[str, CodeTable]
    items: Mapping[str, CatalogueItem]
    sources: Mapping[str, Source]
    term_classes: tuple[TermClass, ...]
    term_rules: tuple[TermRule, ...]
    own_days: Mapping[date, bool]
    permissions: Mapping[str, Permission]
    roles: Mapping[str, Role]
    city: tuple[str, ...]
    schedule: tuple[ScheduledJob, ...]
    trade: Trade
    flags: Mapping[str, Flag]
    triage: Triage
    ratings: Mapping[str, RatingRule]
    warnings: Mapping[str, WarningRule]
    monitoring: Monitoring
    commitments: CommitmentRules
    stories: Mapping[str, StoryKind]
    disclosure: DisclosureRules

    def find_department(self, name_or_id: str, on: date | None = None) -> Department | None:
        """Find who does a department's work, by id, full or short name, today's or a predecessor's.

        Mergers are followed; with `on`, only those that had happened by that day, or whose day is not known.
        """
        found = self.departments.get(name_or_id)
        if found is None:
            known = self.department_index.get(spelled(name_or_id))
            found = None if known is None else self.departments[known]
        while found is not None and found.merged_into is not None:
            if on is not None and found.merged_on is not None and on < found.merged_on:
                break
            found = self.departments[found.merged_into]
        return found

    def find_term_rule(self, rule_id: str, on: date) -> TermRule | None:
        """Find the edition of a publicity rule in force on a day."""
        return next((r for r in self.term_rules if r.id == rule_id and r.in_force(on)), None)

    def find_term_class(self, class_id: str, on: date) -> TermClass | None:
        """Find the edition of a term class in force on a day."""
        return next((c for c in self.term_classes if c.id == class_id and c.in_force(on)), None)
