"""From the lake to the public database: everything, or only what changed since the last run."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Protocol

from ecredit.foundation.catalog.types import Catalog, Column, Source
from ecredit.judgement.evaluation.rating_types import RatingFigures
from ecredit.judgement.evaluation.types import GradeRow, Model, Outlook
from ecredit.service.publicity.document import read_day
from ecredit.service.publicity.figures import ShownBefore, note_movement, read_shown, restore_movements
from ecredit.service.publicity.grade_changes import change_doc, public_change
from ecredit.service.publicity.grade_outlooks import history_doc, outlook_doc
from ecredit.service.publicity.grade_reasons import ShownDocuments, public_reasons, whole_score, why_ungraded
from ecredit.service.publicity.ledger_reading import Lake, SubjectRecord
from ecredit.service.publicity.public_commitments import COMMITMENTS
from ecredit.service.publicity.public_disclosures import GapRow, platform_rows
from ecredit.service.publicity.public_model import public_model
from ecredit.service.publicity.public_ratings import public_rules, rating_docs, rule_doc
from ecredit.service.publicity.public_reports import ReportRow
from ecredit.service.publicity.reveal import may_show_code, public_columns, reveal_text, revealed
from ecredit.service.publicity.rule_book import rule_book
from ecredit.service.publicity.rules import SourceRules
from ecredit.service.publicity.shown_records import shown_detail
from ecredit.service.publicity.store import (
    ItemRow,
    Label,
    PublicWriter,
    SubjectRow,
    content_digest,
    iso,
    item_doc,
    open_writer,
    read_digest,
    reason_docs,
    rebuild_store,
    reclaim,
    to_json,
)
from ecredit.service.publicity.types import LAWS, ProjectionSummary, Section
from ecredit.service.publicity.what_changed import LastRun, read_last_run, subjects_touched, why_everything

YES_NO = "yes_no"
PERSON = "自然人"
HEAD_TABLES = ("subject_kind", "area", "registration_state")
PLATFORM = "platform_name"
"""The column by which every source names the platform a shop is on."""
_SECTIONS = frozenset(section.value for section in Section)

CodeReader = Callable[[Sequence[int]], Iterable[tuple[int, str, str]]]
"""Subject ids (merged ones too) → (subject id, kind, code); no person's number among them."""


class GradeReader(Protocol):
    """Where the grades are read."""

    def newest(self) -> int:
        """The number of the newest change of any grade; -1 when there is none."""

    def changed_after(self, row: int) -> Iterable[int]:
        """Subjects whose grade changed after the change of this number."""

    def of(self, subject_ids: Sequence[int]) -> Iterable[GradeRow]:
        """The current grades of these subjects."""

    def changes_of(self, subject_ids: Sequence[int]) -> Iterable[tuple[GradeRow, GradeRow]]:
        """The last change of each of these subjects' grades, before and after."""

    def outlooks_of(
        self, rows: Sequence[GradeRow], subjects: Mapping[int, SubjectRecord], at: date
    ) -> Mapping[int, Outlook]:
        """What would change these grades on a day, by subject; one that cannot be judged again the same is left out."""

    def histories_of(self, subject_ids: Sequence[int]) -> Mapping[int, Sequence[GradeRow]]:
        """All grades of those of these subjects that ever had another, newest first."""

    def model(self, edition: str) -> tuple[Model, date]:
        """The model of an edition, and the day it first graded anybody."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a projection reads besides the lake.

    code_order  kinds of codes a subject may be known by in public, best first; others stay in
    suppliers   organisation id → name, for senders that are no departments
    log_size, log_root  the signed head of the log the projection stands under; `log_head` its text, `log_key` what verifies it
    invented    everything is made up, and readers must be told
    withdrawn   entries of documents withdrawn since the lake was brought up: the lake shows them still
    unnamed     of their subjects those whom no register names, which the lake may not know yet
    models      the grading models in force, to be read by everyone
    reports     signed reports on platforms, as rows of the public database
    platforms   the registered platforms: code and name; `gaps`: what two officers found missing of their disclosures
    ratings     what is shown of shops and couriers under the rules whose ratings are public, by subject
    commitments  figures of credit commitments, as a chapter holds them
    """

    catalog: Catalog
    lake: Lake
    codes: CodeReader
    grades: GradeReader
    code_order: Sequence[str]
    suppliers: Mapping[str, str] = field(default_factory=dict)
    log_size: int | None = None
    log_root: str | None = None
    log_head: str | None = None
    log_key: str | None = None
    invented: bool = False
    withdrawn: frozenset[int] = frozenset()
    unnamed: frozenset[int] = frozenset()
    models: Sequence[Model] = ()
    ratings: Callable[[], Iterable[RatingFigures]] = tuple
    reports: Callable[[], Iterable[ReportRow]] = tuple
    commitments: Callable[[], object] = dict
    platforms: Iterable[tuple[str, str]] = ()
    gaps: Callable[[], Iterable[GapRow]] = tuple


@dataclass(slots=True)
class Tally:
    """Counted while a run writes."""

    touched: int = 0
    added: int = 0
    removed: int = 0
    withheld: int = 0
    next_opening: date | None = None
    shown: Set[int] = frozenset()


Announce = Callable[[ProjectionSummary, str, list[object]], None]


def run_projection(
    path: Path,
    inputs: Inputs,
    *,
    at: date,
    now: datetime,
    full: bool = False,
    published: str | None = None,
    announce: Announce | None = None,
) -> ProjectionSummary:
    """Bring the public database to what may be seen on the day `at`; `now` is the instant to put on it.

    `published` is the digest of what was published last: a database that is something else is built anew. `announce` gets
    the summary, the digest of what comes and number and root of its records before anybody can see it.

    Without a reason to build everything anew only subjects are written about whom something changed: a new entry,
    a new grade, a change in the register, or a document whose term ended.
    """
    began = time.perf_counter()
    last = read_last_run(path)
    through, newest = inputs.lake.through_leaf(), inputs.grades.newest()
    prints = inputs.lake.prints()
    why = "asked" if full else why_everything(last, inputs.catalog.edition, at, through, newest)
    if not why and published is not None and read_digest(path) != published:
        why = "altered"
    touched: set[int] | None = None
    if not why and last is not None:
        touched = subjects_touched(
            path, last, inputs.lake, prints, set(inputs.grades.changed_after(last.grade_row)), at
        )
        if len(touched) * 2 > len(prints) > 1000:
            why, touched = "most_changed", None
    # A database that is built anew has no memory: what it held before says what came and went.
    held = read_shown(path) if why else None
    with rebuild_store(path) if why else open_writer(path) as writer:
        tally = _write(writer, inputs, None if why else touched or set(), prints, at)
        if why != "altered":  # what somebody wrote into it by hand tells nothing
            _note_movement(writer, tally, held, at)
        _write_ratings(writer, inputs, at)
        writer.put_reports(inputs.reports())
        writer.put_platforms(platform_rows(inputs.platforms))
        writer.put_gaps(inputs.gaps())
        before = None if why else last
        _close_run(writer, inputs, tally, last=before, at=at, now=now, through=through, newest=newest)
        subjects, items = writer.totals()
        summary = ProjectionSummary(
            full=bool(why),
            why_full=why,
            subjects=subjects,
            items=items,
            touched=tally.touched,
            added=tally.added,
            removed=tally.removed,
            withheld=tally.withheld,
            through_leaf=through,
            seconds=time.perf_counter() - began,
        )
        if announce is not None:
            tell = announce
            writer.before_seen = lambda connection: tell(
                summary, content_digest(connection), shown_detail(connection)
            )
    if not why:
        reclaim(path)
    return replace(summary, seconds=time.perf_counter() - began)


def _write(
    writer: PublicWriter, inputs: Inputs, touched: set[int] | None, prints: Mapping[int, int], at: date
) -> Tally:
    """Take the touched subjects out and write them anew (None: all, into an empty database)."""
    tally = Tally()
    writer.put_code_tables(_english(inputs.catalog))
    before: set[int] = set()
    removed: set[int] = set()
    if touched is not None:
        before = writer.leaves_of(touched)
        removed = writer.remove_subjects(touched)
    inputs.lake.select(None if touched is None else sorted(touched & prints.keys()))
    names: dict[int, str] = {}
    codes = _write_codes(writer, inputs, names)
    tally.touched = len(removed | codes.keys())
    documents = ShownDocuments(unnamed=inputs.unnamed)
    for source in inputs.catalog.sources.values():
        labels: dict[str, Label] = {
            column.code: (column.name, column.unit or "", _table_of(column))
            for column in source.columns
            if column.public
        }
        writer.put_sources([(source.id, source.title_zh, source.title_en, to_json(labels))])
        shops: list[tuple[int, str, str]] = []
        writer.put_items(_item_rows(source, inputs, codes, names, documents, tally, at, shops))
        writer.put_shops(shops)
    editions: set[str] = set()
    for block in inputs.lake.subjects():
        writer.put_subjects(_subject_rows(block, inputs, codes, documents, editions, at))
        # Of whom nothing is public and whom no register names nobody is told: the first sender's word would be all there is.
        writer.leave_out(
            (s.id, s.print, codes[s.id]) for s in block if s.id in codes and not documents.may_be_known(s)
        )
    writer.put_models(public_model(*inputs.grades.model(edition), inputs.catalog) for edition in editions)
    after = documents.shown.keys()
    tally.added, tally.removed = len(after - before), len(before - after)
    tally.shown = after
    writer.put_chapters({**rule_book(inputs.catalog, inputs.models, at), COMMITMENTS: inputs.commitments()})
    return tally


def _note_movement(writer: PublicWriter, tally: Tally, held: ShownBefore | None, at: date) -> None:
    if held is None:
        note_movement(writer.connection, at, tally.added, tally.removed)
        return
    restore_movements(writer.connection, held.movements)
    came, went = len(tally.shown - held.leaves), len(held.leaves - tally.shown)
    note_movement(writer.connection, at, came, went)


def _write_ratings(writer: PublicWriter, inputs: Inputs, at: date) -> None:
    """All ratings of public subjects as they are now: they follow from the trade, not from what was collected since."""
    rules = inputs.catalog.ratings
    shown = (figures for figures in inputs.ratings() if rules[figures.rule].public)
    published = [(rule.id, rule_doc(rule)) for rule in public_rules(inputs.catalog, at)]
    writer.put_ratings(rating_docs(shown, rules), published)


def _write_codes(writer: PublicWriter, inputs: Inputs, names: dict[int, str]) -> dict[int, str]:
    """Give every chosen subject its public code, write its other codes; a subject without one stays out.

    `names` is filled with what those who have one are called.
    """
    chosen: dict[int, str] = {}
    taken: set[str] = set()
    rank = {kind: place for place, kind in enumerate(inputs.code_order)}
    for block in inputs.lake.subjects():
        place = {member: (s.id, n) for s in block for n, member in enumerate(s.members)}
        known: dict[int, list[tuple[int, int, str]]] = {subject.id: [] for subject in block}
        for member, kind, code in inputs.codes(list(place)):
            if kind in rank and may_show_code(code):
                owner, nearness = place[member]
                known[owner].append((rank[kind], nearness, code))
        old: list[tuple[str, str]] = []
        for subject in block:
            # The best kind; of two of a kind its own before that of a subject merged into it.
            codes = dict.fromkeys(code for _, _, code in sorted(known[subject.id]))
            free = [code for code in codes if code not in taken and not writer.has_code(code)]
            if free:
                chosen[subject.id], names[subject.id] = free[0], subject.name
                taken.add(free[0])
                old.extend((code, free[0]) for code in free[1:])
        writer.put_old_codes(old)
    return chosen


def _item_rows(
    source: Source,
    inputs: Inputs,
    codes: Mapping[int, str],
    names: Mapping[int, str],
    documents: ShownDocuments,
    tally: Tally,
    at: date,
    shops: list[tuple[int, str, str]],
) -> Iterator[ItemRow]:
    """Rows of the source's documents; `shops` is filled with the names of the shops they are about."""
    columns = public_columns(source, inputs.catalog)
    if source.publicity == "none" or not columns:
        return
    section = Section(source.section) if source.section in _SECTIONS else Section.OTHER

    @cache
    def named(organisation: str) -> str:
        return _supplier_name(organisation, inputs)

    rules = SourceRules(source, inputs.catalog)
    # Where a row may be about a person its name may be one, also under a firm's code: the subject's own name is shown.
    own_name = source.name_column if PERSON in source.subject_kinds else None
    for block in inputs.lake.documents(source):
        for document in block:
            code = codes.get(document.subject)
            if code is None:
                continue
            if document.leaf in inputs.withdrawn:
                tally.withheld += 1
                documents.withheld.add((document.subject, source.id))
                continue
            if own_name in document.values:
                document.values[own_name] = names[document.subject]
            occurred = document.values.get(source.occurred) or None
            decision = rules.decide(
                document.values,
                read_day(occurred or ""),
                document.received_on,
                at,
                supplier=document.supplier,
            )
            begins, until = decision.shown_from, decision.shown_until
            if not decision.shown or begins is None:
                tally.withheld += 1
                documents.withheld.add((document.subject, source.id))
                if begins is not None and begins > at:
                    tally.next_opening = min(begins, tally.next_opening or begins)
                continue
            documents.add(document.leaf, document.subject, source.id, until)
            shown = revealed(columns, source, document.values)
            if source.shop_name_column and (shop := shown.get(source.shop_name_column)):
                shops.append((document.leaf, shop, shown.get(PLATFORM, "")))
            yield (
                document.leaf,
                code,
                source.id,
                section,
                occurred,
                begins.isoformat(),
                iso(until),
                item_doc(
                    named(document.supplier),
                    decision.clause,
                    occurred,
                    iso(read_day(document.values.get(source.ends or "", ""))),
                    shown,
                    None
                    if document.corrected_on is None
                    else (document.corrected_on.isoformat(), named(document.corrected_by)),
                ),
            )


def _subject_rows(
    block: list[SubjectRecord],
    inputs: Inputs,
    codes: Mapping[int, str],
    documents: ShownDocuments,
    editions: set[str],
    at: date,
) -> Iterator[SubjectRow]:
    """Rows of the subjects; the editions of their models are added to `editions`."""
    areas = inputs.catalog.code_tables.get("area")
    ids = [subject.id for subject in block]
    graded = {row.subject_id: row for row in inputs.grades.of(ids)}
    changed = {after.subject_id: (before, after) for before, after in inputs.grades.changes_of(ids)}
    histories = inputs.grades.histories_of(ids)
    told = [s for s in block if s.id in codes and documents.may_be_known(s)]
    # Only what lowers a grade can be lifted, and only whose reasons may all be read is told.
    lowered = [
        row
        for s in told
        if (row := graded.get(s.id)) is not None and _is_lowered(row, s.id, documents, inputs)
    ]
    outlooks = inputs.grades.outlooks_of(lowered, {s.id: s for s in told}, at)
    for subject in told:
        code = codes[subject.id]
        row = graded.get(subject.id)
        ungraded = why_ungraded(row)
        judged = row if row is not None and ungraded in ("", "state", "nothing") else None
        reasons = (
            [] if judged is None else public_reasons(judged.reasons, subject.id, documents, inputs.catalog)
        )
        grade = judged if ungraded == "" else None
        if judged is not None:
            editions.add(judged.edition)
        change = None
        if grade is not None and subject.id in changed:
            change = public_change(*changed[subject.id], subject.id, documents, inputs.catalog)
        area = areas.lookup(subject.area) if areas is not None and subject.area else None
        yield (
            subject.id,
            code,
            reveal_text(subject.name),
            subject.kind,
            # A number nobody has a name for (000000: registered with the state) tells a reader nothing.
            area.zh if area is not None else "" if subject.area.isdigit() else subject.area,
            subject.status,
            None if grade is None else grade.grade,
            None if grade is None else iso(grade.as_of),
            None if grade is None else iso(grade.valid_until),
            None if grade is None else whole_score(grade, reasons),
            None if judged is None else judged.edition,
            ungraded,
            "[]",
            reason_docs(reasons),
            change_doc(change),
            None
            if grade is None or subject.id not in outlooks
            else outlook_doc(outlooks[subject.id], inputs.grades.model(grade.edition)[0], inputs.catalog),
            None
            if grade is None
            else history_doc(histories.get(subject.id, ()), subject.id, documents, inputs.catalog),
            subject.print,
        )


def _is_lowered(row: GradeRow, subject: int, documents: ShownDocuments, inputs: Inputs) -> bool:
    if why_ungraded(row) or not any(reason.tone == "bad" and reason.leaves for reason in row.reasons):
        return False
    return len(public_reasons(row.reasons, subject, documents, inputs.catalog)) == len(row.reasons)


def _table_of(column: Column) -> str:
    return column.lookup or (YES_NO if column.type == "yes_no" else "")


def _english(catalog: Catalog) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The code tables of public columns and of a profile's head, Chinese → English; and the short English names of laws."""
    columns = (column for source in catalog.sources.values() for column in source.columns if column.public)
    for name in {*HEAD_TABLES, *map(_table_of, columns)} & catalog.code_tables.keys():
        entries = catalog.code_tables[name].entries.values()
        yield name, {entry.zh: entry.en for entry in entries if entry.en}
    yield LAWS, {law.title: law.en for law in catalog.laws.values() if law.en}


def _supplier_name(supplier: str, inputs: Inputs) -> str:
    department = inputs.catalog.departments.get(supplier)
    return department.name if department is not None else inputs.suppliers.get(supplier, supplier)


def _close_run(
    writer: PublicWriter,
    inputs: Inputs,
    tally: Tally,
    *,
    last: LastRun | None,
    at: date,
    now: datetime,
    through: int,
    newest: int,
) -> None:
    openings = [
        day for day in (tally.next_opening, None if last is None else last.next_opening) if day is not None
    ]
    writer.put_meta(
        {
            "projected_at": now.isoformat(),
            "projected_for": at.isoformat(),
            "through_leaf": str(through),
            "grade_row": str(newest),
            "catalogue_edition": inputs.catalog.edition,
            "invented": "1" if inputs.invented else "",
            "next_opening": min(openings).isoformat() if openings else "",
            **({} if inputs.log_size is None else {"log_size": str(inputs.log_size)}),
            **({} if inputs.log_root is None else {"log_root": inputs.log_root}),
            **({} if inputs.log_head is None else {"log_head": inputs.log_head}),
            **({} if inputs.log_key is None else {"log_key": inputs.log_key}),
        }
    )
    writer.settle()
