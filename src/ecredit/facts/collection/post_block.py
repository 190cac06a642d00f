"""Posting one prepared block: one transaction in which ledger, held rows, subjects and the batch's counts move on."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pyarrow as pa
from django.db.models import F

from ecredit.facts.actors.bulk import bulk_insert
from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.queries import list_predecessors, list_supplier_names, list_taken_over
from ecredit.facts.actors.types import Actor
from ecredit.facts.collection.claims import claims_of
from ecredit.facts.collection.compare_names import NAME_OF_ANOTHER, alike, compare_names
from ecredit.facts.collection.doc_keys import name_keys
from ecredit.facts.collection.document_queries import released_as, under_another_code
from ecredit.facts.collection.held_actions import clear_held, end_answered, replace_held
from ecredit.facts.collection.held_cells import held_digest, seal_cells
from ecredit.facts.collection.models import Batch
from ecredit.facts.collection.no_records import NO_RECORD_RULES
from ecredit.facts.collection.prepare import Prepared
from ecredit.facts.collection.problem_report import problem, shown_name
from ecredit.facts.collection.question_actions import question_records
from ecredit.facts.collection.types import Fault, Issue
from ecredit.facts.collection.whose_file import is_own_name
from ecredit.facts.records.post_actions import post_entries, standing_subjects
from ecredit.facts.records.queries import list_document_suppliers
from ecredit.facts.records.types import POSTED, WAITS, EntryBlock, Fate
from ecredit.facts.subjects.describe_actions import DESCRIBED, describe_subjects
from ecredit.facts.subjects.lookup import KnownSubjects
from ecredit.facts.subjects.resolve_actions import resolve_claims
from ecredit.facts.subjects.review_actions import close_review_items
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.proof.sealing import Sealer

# Told by resolver and ledger, so known only while posting; everything else is known from the file alone.
NO_IDENTIFIER = "no_identifier"
# Rows for which a person must say whom they are about.
REVIEW_RULES = frozenset({NO_IDENTIFIER, NAME_OF_ANOTHER, "name_has_another_code"})
# Rows for which a person must say whether the ledger shall take them.
WAIT_RULES = {
    Fate.WITHDRAWN: "document_withdrawn",
    Fate.CORRECTED: "differs_from_correction",
    Fate.ANOTHERS: "anothers_document",
}
# What the register's own row is told when records stood under another name.
OTHER_NAME = "records_questioned"
_TOLD = {Fate.OUTDATED: "before_correction", Fate.MOVED: "document_moved"}


# The counts of a batch that a block adds to, and the journal's verb for what it added.
COUNTS = ("rows", "accepted", "superseded", "duplicate", "quarantined", "refused", "late", "cleared")
BLOCK = "batch.block"


@dataclass(slots=True)
class _Tally:
    """The fates of a block's rows."""

    rows: int = 0
    accepted: int = 0
    superseded: int = 0
    duplicate: int = 0
    quarantined: int = 0
    refused: int = 0
    late: int = 0
    cleared: int = 0
    cleared_rows: list[int] = field(default_factory=list)
    # Clears rows of this very batch that good rows further down correct; they have to be in the table first.
    clear_own: Callable[[], list[int]] = list
    problems: list[tuple[Issue, bool]] = field(default_factory=list)


def post_block(
    block: Prepared,
    batch: Batch,
    *,
    catalog: Catalog,
    sealer: Sealer,
    log: OpenLog,
    by: Actor,
    known: KnownSubjects,
) -> list[tuple[Issue, bool]]:
    """Post the rows of a block that lie behind `batch.posted_line`; returns what resolving found wrong.

    Call inside a transaction with the log open; the caller seals the log and commits. `known` is what the run knows of
    codes from the blocks before.
    """
    rows = block.rows
    tally = _Tally()
    fresh = rows.lines > batch.posted_line
    refused = rows.refused() & fresh
    held = rows.held() & fresh & ~refused
    misshapen = [m for m in block.misshapen if m.line > batch.posted_line]
    tally.refused = int(refused.sum())
    waiting = _held_cells(block, np.flatnonzero(held).tolist(), "held")
    waiting += [(m.line, "", "wrong_number_of_cells", {"": m.text}, "held") for m in misshapen]
    good = np.flatnonzero(fresh & ~held & ~refused).tolist()
    waiting += _post_good(
        block, batch, good, tally, catalog=catalog, sealer=sealer, log=log, by=by, known=known
    )
    replaced = replace_held(
        batch=batch,
        suppliers=list_taken_over(catalog, batch.supplier),
        doc_keys=[key for _, key, *_ in waiting],
        # What is no record by today's rules waits no longer either.
        lines=[
            *(line for line, *_ in waiting),
            *(issue.line for issue, _ in block.problems if issue.rule in NO_RECORD_RULES),
        ],
    )
    close_review_items(replaced, log=log, by=by)
    tally.quarantined = len(waiting)
    kept = [
        (line, key, rules[:300], seal_cells(sealer, cells, batch_id=batch.id, line=line), state)
        for line, key, rules, cells, state in waiting
    ]
    bulk_insert(
        "collection_held_row",
        ("batch_id", "line", "doc_key", "rules", "cells", "state"),
        [(batch.id, *row) for row in kept],
    )
    own = tally.clear_own()
    tally.cleared, tally.cleared_rows = tally.cleared + len(own), tally.cleared_rows + own
    close_review_items(own, log=log, by=by)
    answered = end_answered(batch=batch, suppliers=list_taken_over(catalog, batch.supplier))
    tally.rows = len(good) + int(held.sum()) + len(misshapen) + tally.refused
    counts = {count: getattr(tally, count) for count in COUNTS}
    line = max(batch.posted_line, block.last_line)
    Batch.objects.filter(id=batch.id).update(
        **{count: F(count) + added for count, added in counts.items()}, posted_line=line
    )
    detail = {
        **counts,
        "line": line,
        "held": held_digest(kept),
        # Which rules made a row wait for an answer, not for its supplier.
        "review": sorted({rules for _, _, rules, _, state in kept if state == "review"}),
        "cleared_rows": tally.cleared_rows,
        "replaced_rows": replaced,
        # Rows of this block that a later batch had put right before, with which.
        "answered_rows": answered,
    }
    post_journal(log, by=by, verb=BLOCK, about=f"batch:{batch.id}", detail=detail)
    return tally.problems


_Waiting = tuple[int, str, str, dict[str, str], str]


def _post_good(
    block: Prepared,
    batch: Batch,
    good: list[int],
    tally: _Tally,
    *,
    catalog: Catalog,
    sealer: Sealer,
    log: OpenLog,
    by: Actor,
    known: KnownSubjects,
) -> list[_Waiting]:
    """Resolve and post the rows without fault; gives back those that must wait after all."""
    if not good:
        return []
    rows, source = block.rows, block.rows.source
    claims = claims_of(rows, good, catalog.code_tables["subject_kind"])
    resolved = resolve_claims(
        claims,
        log=log,
        by=by,
        sealer=sealer,
        authoritative=bool(source.describes),
        wary=source.tone == "bad",
        known=known,
    )
    subject_ids, rules = list(resolved.subject_ids), list(resolved.problems)
    others, notices = compare_names(rows, good, claims.names, resolved, catalog)
    tally.problems += notices
    for place in others:
        subject_ids[place], rules[place] = None, NAME_OF_ANOTHER
    _answer_from_ledger(block, good, subject_ids, rules)
    said = [row for row, subject_id in zip(good, subject_ids, strict=True) if subject_id is not None]
    for row, key in under_another_code(rows, block.keys, said, batch_id=batch.id).items():
        block.keys[row] = key
    waiting: list[_Waiting] = []
    unknown: dict[tuple[str, str], list[int]] = {}
    told = [
        (row, subject_id) for row, subject_id in zip(good, subject_ids, strict=True) if subject_id is not None
    ]
    if len(told) < len(good):
        for row, subject_id, rule in zip(good, subject_ids, rules, strict=True):
            if subject_id is None:
                unknown.setdefault(("review" if rule in REVIEW_RULES else "held", rule), []).append(row)
                tally.problems.append((resolution_problem(block, row, rule), True))
    fates = post_entries(entry_block(block, batch, told, catalog), log=log)
    counts = {fate: count for fate in Fate if (count := fates.count(fate))}
    tally.accepted = counts.get(Fate.ACCEPTED, 0)
    tally.superseded = counts.get(Fate.SUPERSEDED, 0) + counts.get(Fate.MOVED, 0)
    tally.duplicate = counts.get(Fate.DUPLICATE, 0) + counts.get(Fate.OUTDATED, 0)
    taken = told
    if not counts.keys() <= {Fate.ACCEPTED, Fate.SUPERSEDED}:
        taken = []
        theirs = [row for (row, _), fate in zip(told, fates, strict=True) if fate is Fate.ANOTHERS]
        whose = whose_documents([block.keys[row] or "" for row in theirs], catalog) if theirs else {}
        for (row, subject_id), fate in zip(told, fates, strict=True):
            if fate in WAITS:
                unknown.setdefault(("held", WAIT_RULES[fate]), []).append(row)
                supplier = whose.get(block.keys[row] or "", "")
                found = resolution_problem(block, row, WAIT_RULES[fate], supplier=supplier)
                tally.problems.append((found, True))
                continue
            if fate in _TOLD:
                tally.problems.append((resolution_problem(block, row, _TOLD[fate], "warn"), False))
            if fate is not Fate.OUTDATED:
                taken.append((row, subject_id))
            tally.late += fate in POSTED and block.late[row]
    else:
        tally.late = sum(block.late[row] for row, _ in told)
    for (state, rule), held in unknown.items():
        waiting += _held_cells(block, held, state, rule)
    posted = [pair for pair, fate in zip(told, fates, strict=True) if fate in POSTED]
    if source.describes and posted:
        described = {subject_id for _, subject_id in posted}
        given = {
            subject_id: name
            for subject_id, name, known in zip(subject_ids, claims.names, resolved.known_names, strict=True)
            if known is not None and known != name and subject_id in described and not alike(known, name)
        }
        taken_back = question_records(given, catalog=catalog, sealer=sealer, log=log, by=by)
        tally.problems += [
            (resolution_problem(block, row, OTHER_NAME, "warn", count=str(taken_back[subject_id])), False)
            for row, subject_id in posted
            if subject_id in taken_back
        ]
        describe_rows(block, posted, catalog, log, by)
    at = [row for row, _ in taken]
    clear = partial(
        clear_held,
        batch=batch,
        source=source,
        sealer=sealer,
        suppliers=list_taken_over(catalog, batch.supplier),
        doc_keys=[block.keys[row] or "" for row in at],
        lines=[int(rows.lines[row]) for row in at],
        cells_of=lambda place: {code: column[at[place]].as_py() for code, column in rows.raw.items()},
        names_of=lambda places: name_keys(rows, [at[place] for place in places]),
    )
    cleared = clear()
    tally.cleared, tally.cleared_rows = len(cleared), cleared
    if taken:
        tally.clear_own = partial(clear, own=True)
    close_review_items(cleared, log=log, by=by)
    return waiting


def _answer_from_ledger(
    block: Prepared, good: list[int], subject_ids: list[int | None], rules: list[str]
) -> None:
    """Rows that do not say whom they are about, but were answered before, are about the same one."""
    asked = [place for place, row in enumerate(good) if rules[place] == NO_IDENTIFIER and block.keys[row]]
    if asked:
        keys = [block.keys[good[place]] or "" for place in asked]
        if block.rows.source.party and (called := released_as(keys)):
            keys = [called.get(key, key) for key in keys]
        standing = standing_subjects(keys, _utf8(block.contents, [good[place] for place in asked]))
        for place, key, subject_id in zip(asked, keys, standing, strict=True):
            if subject_id is not None:
                subject_ids[place], block.keys[good[place]] = subject_id, key


def entry_block(
    block: Prepared, batch: Batch, told: Sequence[tuple[int, int]], catalog: Catalog
) -> EntryBlock:
    """The rows of which it is known whom they are about (row, subject id), as offered to the ledger."""
    at = [row for row, _ in told]
    return EntryBlock(
        source_id=batch.source_id,
        supplier=batch.supplier,
        predecessors=list_predecessors(catalog, batch.supplier),
        batch_id=batch.id,
        edition=catalog.edition,
        lines=[int(block.rows.lines[row]) for row in at],
        doc_keys=[block.keys[row] or "" for row in at],
        subject_ids=[subject_id for _, subject_id in told],
        valid_from=[block.valid_from[row] for row in at],
        valid_to=[block.valid_to[row] for row in at],
        content=_utf8(block.contents, at),
        original=_utf8(block.originals, at),
        issued=lambda place: _issued(block, at[place], batch.supplier, catalog),
    )


def _utf8(texts: pa.StringArray, positions: Sequence[int]) -> list[bytes]:
    """The texts at some positions as UTF-8."""
    found: list[bytes] = texts.take(pa.array(positions, pa.int64())).cast(pa.binary()).to_pylist()
    return found


def _issued(block: Prepared, row: int, supplier: str, catalog: Catalog) -> bool:
    """Whether a row's document is the supplier's own: it is named as who issued it."""
    columns = block.rows.source.issued_by
    name = block.rows.value(columns[0])[row].as_py() if columns else None
    return name is not None and is_own_name(catalog, supplier, name)


def whose_documents(keys: Collection[str], catalog: Catalog) -> dict[str, str]:
    """The name of the supplier of each document, for telling another one whose it is."""
    suppliers = list_document_suppliers(keys)
    names = list_supplier_names(catalog, suppliers.values())
    return {key: names[supplier] for key, supplier in suppliers.items()}


def describe_rows(
    block: Prepared, posted: Sequence[tuple[int, int]], catalog: Catalog, log: OpenLog, by: Actor
) -> None:
    """The register's own rows (row, subject id) say what a subject is called, where it sits, whether it still exists.

    Only rows that became entries do, so that the description follows from the ledger; the journal says by which columns.
    """
    source = block.rows.source
    columns = {field: block.rows.value(code).to_pylist() for field, code in source.describes.items()}
    names = block.rows.value(source.name_column).to_pylist()
    describe_subjects(
        [
            (subject_id, names[row] or "", {f: values[row] or "" for f, values in columns.items()})
            for row, subject_id in posted
        ],
        leaf=log.next_leaf - 1,
    )
    reading = {"name": source.name_column, **source.describes}
    detail = {"edition": catalog.edition, "columns": reading}
    post_journal(log, by=by, verb=DESCRIBED, about=f"source:{source.id}", detail=detail)


def _held_cells(block: Prepared, held: list[int], state: str, rule: str = "") -> list[_Waiting]:
    """What is kept of rows that wait: line, key, the rules they broke (or the one rule given), their cells as sent."""
    broken: dict[int, set[str]] = {row: {rule} if rule else set() for row in held}
    if not rule:
        for fault in block.rows.faults:
            if fault.severity == "hold":
                for row in fault.rows.tolist():
                    if row in broken:
                        broken[row].add(fault.rule)
    at = pa.array(held, pa.int64())
    columns = {code: column.take(at).to_pylist() for code, column in block.rows.raw.items()}
    return [
        (
            int(block.rows.lines[row]),
            block.keys[row] or "",
            ",".join(sorted(broken[row])),
            {code: column[place] for code, column in columns.items()},
            state,
        )
        for place, row in enumerate(held)
    ]


def resolution_problem(block: Prepared, row: int, rule: str, severity: str = "hold", **params: str) -> Issue:
    """A report line for a row about whose subject or document something is to be said."""
    source = block.rows.source
    name = block.rows.value(source.name_column)[row].as_py() or ""
    fault = Fault(rule, source.name_column, np.array([row], dtype=np.int64), severity, params)
    column = source.column(source.name_column)
    return problem(int(block.rows.lines[row]), fault, column, shown_name(block.rows, row, name))
