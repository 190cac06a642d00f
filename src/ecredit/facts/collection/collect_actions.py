"""Collecting a file: from bytes to a receipt.

A file is landed first, then read, checked and posted block by block. Each block is one transaction that moves the
ledger, the held rows, the subjects and the batch's counts together, so that a kill at any moment leaves a batch that
says truly how far it came; the same call, or `resume_batches`, goes on from there.
"""

import gc
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from ecredit.facts.actors.bulk import refresh_statistics
from ecredit.facts.actors.canonical import instant_text
from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.queries import get_organisation, list_taken_over
from ecredit.facts.actors.types import Actor, Supplier
from ecredit.facts.collection.bind_columns import bind_columns
from ecredit.facts.collection.entitled import list_senders, may_send
from ecredit.facts.collection.errors import AnothersFile, NoOwnCode, NotEntitled
from ecredit.facts.collection.file_notes import header_notes, sentences_of
from ecredit.facts.collection.landing import (
    BatchBusy,
    Landed,
    alone_with_batch,
    drop_lock,
    forget_landed,
    land_file,
    plain_copy,
    scratch_folder,
    sweep_landing,
)
from ecredit.facts.collection.likely_source import open_as
from ecredit.facts.collection.models import Batch
from ecredit.facts.collection.own_words import Speaker
from ecredit.facts.collection.post_block import COUNTS, post_block
from ecredit.facts.collection.prepare import Preparation, Prepared
from ecredit.facts.collection.prepare_ahead import PreparingChild, ahead, child_for
from ecredit.facts.collection.prepare_worker import Request
from ecredit.facts.collection.problem_report import ProblemReport
from ecredit.facts.collection.queries import (
    REFUSED,
    find_earlier_batch,
    find_same_file,
    may_fare_better,
    receipt_of,
    report_path,
    resolution_problems,
)
from ecredit.facts.collection.reading import ReadLimits, TableReading
from ecredit.facts.collection.report_pages import note_places
from ecredit.facts.collection.review_opening import open_questions, open_reviews
from ecredit.facts.collection.types import Issue, Receipt
from ecredit.facts.collection.whose_file import check_whose_file
from ecredit.facts.subjects.lookup import KnownSubjects
from ecredit.foundation.catalog.spelling import spelled
from ecredit.foundation.catalog.types import Catalog, Source
from ecredit.foundation.kernel.errors import EcreditError, InputRefused, WrongUse
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.kernel.masking import redact
from ecredit.foundation.kernel.text_forms import printable
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.sealing import Sealer

# From how many rows in a block on the database must know how its tables have grown, and which it reads by key.
_MANY_ROWS = 5_000
_READ_WHILE_POSTING = ("subjects_subject", "subjects_identifier", "records_entry", "collection_held_row")

# What the journal holds of a finished batch.
CLOSED = (*COUNTS, "problems", "warnings", "problem_counts")

# Of a refusal the journal keeps which it was and how many of what, never a text.
_REASON = re.compile("[a-z_]{1,40}")
_COUNTS = ("missing", "unknown", "size", "limit", "line")

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Collector:
    """What collecting needs that is the same for every file of a run."""

    home: Home
    catalog: Catalog
    ring: KeyRing
    calendar: WorkCalendar

    @property
    def sealer(self) -> Sealer:
        """Seals personal data with the home's keys."""
        return Sealer(self.ring)


@dataclass(frozen=True, slots=True)
class _Sending:
    """One file as it comes: of what, from whom, who sends it for them, when, and what it is called."""

    source: Source
    supplier: Supplier
    by: Actor
    at: datetime
    name: str
    on_behalf: bool = False


def collect_file(
    collector: Collector,
    *,
    source_id: str,
    path: Path,
    supplier: Supplier,
    by: Actor,
    at: datetime,
    filename: str = "",
    corrects: int | None = None,
    on_behalf: bool = False,
    progress: Progress | None = None,
) -> Receipt:
    """Collect one file of a source from a supplier and give its receipt.

    The same bytes again change nothing and give the first receipt, marked `already_received`; if the first try was
    cut off, it is finished; if rows were refused, or wait, under another edition of the catalogue, they are tried again. Raises
    InputRefused (the file is no such table, the supplier may not send it, or it is plainly another department's and not
    sent `on_behalf` of that one) and WrongUse (no such source or batch); then nothing of the file is kept but, in the
    journal, that one was refused.
    """
    source = get_source(collector.catalog, source_id)
    sending = _Sending(source, supplier, by, at, redact(printable(filename or path.name)), on_behalf)
    usual = "not_entitled"
    try:
        check_entitled(source, supplier, collector.catalog)
        usual = "unreadable"
        return _collect(collector, sending, path, corrects, progress)
    except InputRefused as refusal:
        _note_refusal(collector, sending, refusal, usual)
        raise


def _collect(
    collector: Collector, sending: _Sending, path: Path, corrects: int | None, progress: Progress | None
) -> Receipt:
    source, sealer = sending.source, collector.sealer
    landed = land_file(collector.home, sealer, path)
    known = find_same_file(source.id, sending.supplier.id, landed.digest)
    edition = collector.catalog.edition
    if known is not None and known.edition != edition and may_fare_better(known):
        # What the rules refused or held then they may take now: the rest of the file is known and changes nothing. It may
        # have come under these rules before, and the catalogue have gone back to them.
        known = find_same_file(source.id, sending.supplier.id, landed.digest, edition=edition)
    if known is not None and known.state == "done":
        drop_lock(collector.home, known.id)
        receipt = receipt_of(known, collector.home, already_received=True)
        if corrects is None:
            return receipt
        said = (
            f"这个文件已作为批次 {known.id} 收过，不能再用来更正批次 {corrects}；请报送改过的文件",
            f"this file was received as batch {known.id} and corrects nothing now; send the corrected file",
        )
        return replace(receipt, notes=(*receipt.notes, " ".join(said)))
    with (
        plain_copy(collector.home, sealer, landed.digest) as plain,
        child_for(plain, collector.catalog.folder) as child,
    ):
        try:
            table = _open(collector, source, plain, sending.name)
            columns, _ = bind_columns(source, collector.catalog, table)
            if known is None and not sending.on_behalf:
                check_whose_file(collector.catalog, source, sending.supplier, table, columns)
        except InputRefused:
            if not Batch.objects.filter(digest=landed.digest).exists():
                forget_landed(collector.home, landed.digest)
            raise
        with table:
            batch = known or _open_batch(collector, sending, landed, corrects)
            with alone_with_batch(collector.home, batch.id, wait=True):
                return _run(collector, batch, source, table, child, sending.by, sending.at, progress)


def _note_refusal(collector: Collector, sending: _Sending, refusal: InputRefused, usual: str) -> None:
    """That a file came and was turned away is kept, for which reason, and how many of what; of the file itself nothing.

    Not the sentence either: it may quote a row, and its names would stand in the log for good.
    """
    reason = "anothers_file" if isinstance(refusal, AnothersFile) else refusal.data.get("reason")
    detail: dict[str, object] = {
        "supplier": sending.supplier.id,
        "filename": text_digest(sending.name),
        "reason": reason if isinstance(reason, str) and _REASON.fullmatch(reason) else usual,
        **{name: n for name in _COUNTS if isinstance(n := refusal.data.get(name), int)},
    }
    with transaction.atomic():
        log = OpenLog(collector.ring, sending.at)
        post_journal(log, by=sending.by, verb=REFUSED, about=f"source:{sending.source.id}", detail=detail)
        log.seal()


def resume_batches(
    collector: Collector, *, by: Actor, at: datetime
) -> tuple[list[Receipt], list[tuple[int, EcreditError]]]:
    """Finish every batch that was cut off, from its landed file; gives the receipts, and the batches that cannot be
    finished with the reason (others are not kept waiting for them). What another process is collecting is left to it."""
    sweep_landing(collector.home)
    receipts, failed = [], []
    for batch in Batch.objects.filter(state="posting").order_by("id"):
        try:
            source = get_source(collector.catalog, batch.source_id)
            with (
                alone_with_batch(collector.home, batch.id, wait=False),
                plain_copy(collector.home, collector.sealer, batch.digest) as plain,
                child_for(plain, collector.catalog.folder) as child,
                _open(collector, source, plain, batch.filename) as table,
            ):
                receipts.append(_run(collector, batch, source, table, child, by, at, None))
        except BatchBusy:
            continue
        except EcreditError as error:
            failed.append((batch.id, error))
    return receipts, failed


def text_digest(text: str) -> str:
    """What the journal holds of a file's name or of the notes on it (with its sheets' names): they may be a person's."""
    return hashlib.sha256(text.encode()).hexdigest()


def get_source(catalog: Catalog, id_or_title: str) -> Source:
    """The source of that id, or of that title in either language. Raises WrongUse with the way to list them."""
    source = catalog.sources.get(id_or_title)
    if source is not None:
        return source
    wanted = spelled(id_or_title)
    titled = [s for s in catalog.sources.values() if wanted in (spelled(s.title_zh), spelled(s.title_en))]
    if len(titled) != 1:
        raise WrongUse(
            f"没有名为“{id_or_title}”的数据源；用 ecredit sources 查看全部",
            f"no source is called '{id_or_title}'; list them with: ecredit sources",
        )
    return titled[0]


def check_entitled(source: Source, supplier: Supplier, catalog: Catalog) -> None:
    """Raise NotEntitled or NoOwnCode unless the catalogue lets this supplier send this source."""
    if not may_send(source, supplier):
        raise NotEntitled(
            f"{supplier.name} 不是“{source.title_zh}”的报送单位（可报送：{'、'.join(list_senders(source, catalog))}）",
            f"{supplier.name} may not send '{source.title_en}' (who may: {', '.join(list_senders(source, catalog, 'en'))})",
        )

    if supplier.kind in source.own_code and not supplier.uscc:
        raise NoOwnCode(
            f"{supplier.name} 登记时没有填统一社会信用代码，而“{source.title_zh}”只能报送本单位的；请先补登",
            f"{supplier.name} is registered without its code, and may send '{source.title_en}' of its own only; "
            "have the code registered first",
        )


def speaker_of(source: Source, supplier: Supplier, catalog: Catalog) -> Speaker | None:
    """A supplier as one whose rows must be its own words (`own_words`); None for a department."""
    if supplier.id in catalog.departments:
        return None
    return Speaker(supplier.name, supplier.uscc, source.own_code.get(supplier.kind))


def _open(collector: Collector, source: Source, plain: Path, name: str) -> TableReading:
    limits = ReadLimits(scratch=scratch_folder(collector.home))
    return open_as(source, collector.catalog, plain, filename=name, limits=limits)


def _open_batch(collector: Collector, sending: _Sending, landed: Landed, corrects: int | None) -> Batch:
    mine = list_taken_over(collector.catalog, sending.supplier.id)
    earlier = find_earlier_batch(sending.source.id, mine, sending.name, corrects)
    with transaction.atomic():
        log = OpenLog(collector.ring, sending.at)
        batch = Batch.objects.create(
            source_id=sending.source.id,
            supplier=sending.supplier.id,
            sent_by=sending.by.who,
            filename=sending.name[:300],
            digest=landed.digest,
            size=landed.size,
            state="posting",
            received_at=sending.at,
            edition=collector.catalog.edition,
            corrects=earlier,
            corrects_guessed=earlier is not None and corrects is None,
        )
        detail = {
            "source": batch.source_id, "supplier": batch.supplier, "digest": batch.digest, "size": batch.size,
            "received_at": instant_text(sending.at), "edition": batch.edition, "filename": text_digest(batch.filename),
            "corrects": batch.corrects_id, "corrects_guessed": batch.corrects_guessed,
            **({"on_behalf": True} if sending.on_behalf else {}),
        }  # fmt: skip
        post_journal(log, by=sending.by, verb="batch.receive", about=f"batch:{batch.id}", detail=detail)
        log.seal()
    return batch


def _run(
    collector: Collector,
    batch: Batch,
    source: Source,
    table: TableReading,
    child: PreparingChild | None,
    by: Actor,
    at: datetime,
    progress: Progress | None,
) -> Receipt:
    batch.refresh_from_db()
    if batch.state == "done":  # by another process, while this one waited for it
        return receipt_of(batch, collector.home, already_received=False)
    _, unknown = bind_columns(source, collector.catalog, table)
    known = KnownSubjects()
    report = ProblemReport(report_path(collector.home, batch.id))
    # Millions of short-lived tuples and no cycles: the collector would go through everything again and again.
    collecting_garbage = gc.isenabled()
    gc.disable()
    try:
        report.add(header_notes(source, table, unknown))
        for place, block in enumerate(ahead(_blocks(collector, batch, source, table, child)), start=1):
            found = list(block.problems)
            # After a cut, what an earlier run found out while posting is read back from the held rows.
            found += resolution_problems(batch, block, collector.catalog)
            if block.last_line > batch.posted_line:
                found += _post(collector, batch, block, by, at, known)
            found.sort(key=lambda item: item[0].line)
            report.add(found)
            # Blocks 1, 2, 4, 8 …: what a block adds is soon little against what is there.
            if place & (place - 1) == 0 and block.rows.count >= _MANY_ROWS:
                refresh_statistics(*_READ_WHILE_POSTING)
            if progress is not None:
                progress(block.rows.count + len(block.misshapen))
    except BaseException:
        report.abandon()
        raise
    finally:
        if collecting_garbage:
            gc.enable()
    report.finish()
    note_places(report.path)
    open_reviews(batch, source, home=collector.home, ring=collector.ring, by=by, at=at)
    if source.describes:
        open_questions(collector.catalog, home=collector.home, ring=collector.ring, by=by, at=at)
    return _close(collector, batch, report, sentences_of(table), by, at)


def _blocks(
    collector: Collector, batch: Batch, source: Source, table: TableReading, child: PreparingChild | None
) -> Iterator[Prepared]:
    """The prepared blocks of the file, from the child where there is one and the file is a text."""
    received_on = timezone.localtime(batch.received_at).date()
    organisation = get_organisation(batch.supplier)
    speaker = None if organisation is None else speaker_of(source, organisation, collector.catalog)
    if child is not None and not table.sheet:
        catalog, keys = collector.catalog.folder, collector.home.keys
        request = Request(table, catalog, keys, source.id, collector.calendar, received_on, speaker)
        return child.blocks(request, source)
    preparation = Preparation.of(
        table,
        catalog=collector.catalog,
        source=source,
        calendar=collector.calendar,
        sealer=collector.sealer,
        received_on=received_on,
        speaker=speaker,
    )
    return preparation.blocks(table)


def _post(
    collector: Collector, batch: Batch, block: Prepared, by: Actor, at: datetime, known: KnownSubjects
) -> list[tuple[Issue, bool]]:
    with transaction.atomic():
        log = OpenLog(collector.ring, at)
        # Another process may have been finishing the same batch: with the log locked it is now known how far it is.
        batch.refresh_from_db()
        if batch.state == "withdrawn":
            raise WrongUse(f"批次 {batch.id} 已整批撤回", f"batch {batch.id} was withdrawn meanwhile")
        found = post_block(
            block, batch, catalog=collector.catalog, sealer=collector.sealer, log=log, by=by, known=known
        )
        log.seal()
        known.keep(log_size=log.next_leaf)
    batch.refresh_from_db()
    return found


def _close(
    collector: Collector, batch: Batch, report: ProblemReport, notes: tuple[str, ...], by: Actor, at: datetime
) -> Receipt:
    with transaction.atomic():
        log = OpenLog(collector.ring, at)
        batch.refresh_from_db()
        if batch.state == "withdrawn":
            raise WrongUse(f"批次 {batch.id} 已整批撤回", f"batch {batch.id} was withdrawn meanwhile")
        batch.state = "done"
        batch.finished_at = log.at
        batch.problems, batch.warnings = report.holding, report.warnings
        batch.problem_counts = dict(sorted(report.counts.items()))
        batch.note = "\n".join(notes)
        batch.save()
        detail = {"digest": batch.digest, **{column: getattr(batch, column) for column in CLOSED}}
        if notes:
            detail["note"] = text_digest(batch.note)
        post_journal(log, by=by, verb="batch.close", about=f"batch:{batch.id}", detail=detail)
        log.seal()
    return receipt_of(batch, collector.home, already_received=False)
