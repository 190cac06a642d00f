"""Posting one prepared block: one transaction in which ledger, held rows, subjects and the batch's counts move on."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from django.db.models import F

from ecredit.facts.actors.bulk import bulk_insert
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.facts.collection.claims import claims_of
from ecredit.facts.collection.held_actions import clear_held
from ecredit.facts.collection.held_cells import seal_cells
from ecredit.facts.collection.models import Batch
from ecredit.facts.collection.prepare import Prepared
from ecredit.facts.collection.problem_report import problem, shown_value
from ecredit.facts.collection.types import Fault, Problem
from ecredit.facts.records.post_actions import post_entries
from ecredit.facts.records.types import EntryBlock, Fate
from ecredit.facts.subjects.describe_actions import describe_subjects
from ecredit.facts.subjects.lookup import KnownSubjects
from ecredit.facts.subjects.resolve_actions import resolve_claims
from ecredit.foundation.catalog.types import Catalog, Source
from ecredit.foundation.kernel.text_forms import name_form
from ecredit.foundation.proof.sealing import Sealer

# Told by the resolver, so known only while posting; everything else is known from the file alone.
REVIEW_RULE = "no_identifier"
WITHDRAWN_RULE = "document_withdrawn"


@dataclass(slots=True)
class _Tally:
    """The fates of a block's rows."""

    accepted: int = 0
    superseded: int = 0
    duplicate: int = 0
    quarantined: int = 0
    refused: int = 0
    late: int = 0
    cleared: int = 0
    problems: list[tuple[Problem, bool]] = field(default_factory=list)


def post_block(
    block: Prepared,
    batch: Batch,
    *,
    catalog: Catalog,
    sealer: Sealer,
    log: OpenLog,
    by: Actor,
    known: KnownSubjects,
) -> list[tuple[Problem, bool]]:
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
    tally.quarantined = len(waiting)
    bulk_insert(
        "collection_held_row",
        ("batch_id", "line", "doc_key", "rules", "cells", "state"),
        [
            (
                batch.id,
                line,
                key,
                rules[:300],
                seal_cells(sealer, cells),
                state,
            )
            for line, key, rules, cells, state in waiting
        ],
    )
    decided = len(good) + int(held.sum()) + len(misshapen) + tally.refused
    Batch.objects.filter(id=batch.id).update(
        rows=F("rows") + decided,
        accepted=F("accepted") + tally.accepted,
        superseded=F("superseded") + tally.superseded,
        duplicate=F("duplicate") + tally.duplicate,
        quarantined=F("quarantined") + tally.quarantined,
        refused=F("refused") + tally.refused,
        late=F("late") + tally.late,
        cleared=F("cleared") + tally.cleared,
        posted_line=max(batch.posted_line, block.last_line),
    )
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
        claims, log=log, by=by, sealer=sealer, authoritative=bool(source.describes), known=known
    )
    waiting: list[_Waiting] = []
    unknown: dict[tuple[str, str], list[int]] = {}
    told: list[tuple[int, int]] = []
    for row, subject_id, rule in zip(good, resolved.subject_ids, resolved.problems, strict=True):
        if subject_id is None:
            state = "review" if rule == REVIEW_RULE else "held"
            unknown.setdefault((state, rule), []).append(row)
            tally.problems.append((resolution_problem(block, row, rule), True))
        else:
            told.append((row, subject_id))
    for (state, rule), held in unknown.items():
        waiting += _held_cells(block, held, state, rule)
    tally.problems += _name_warnings(block, good, claims.names, resolved.known_names)
    keys = [block.keys[row] or "" for row, _ in told]
    fates = post_entries(
        EntryBlock(
            source_id=source.id,
            supplier=batch.supplier,
            batch_id=batch.id,
            edition=batch.edition,
            lines=[int(rows.lines[row]) for row, _ in told],
            doc_keys=keys,
            subject_ids=[subject_id for _, subject_id in told],
            valid_from=[block.valid_from[row] for row, _ in told],
            valid_to=[block.valid_to[row] for row, _ in told],
            content=[block.contents[row] for row, _ in told],
            original=[block.originals[row] for row, _ in told],
        ),
        log=log,
    )
    for (row, _), fate in zip(told, fates, strict=True):
        if fate is Fate.WITHDRAWN:
            waiting += _held_cells(block, [row], "held", WITHDRAWN_RULE)
            tally.problems.append((resolution_problem(block, row, WITHDRAWN_RULE), True))
        else:
            tally.late += fate is not Fate.DUPLICATE and block.late[row]
    tally.accepted = fates.count(Fate.ACCEPTED)
    tally.superseded = fates.count(Fate.SUPERSEDED)
    tally.duplicate = fates.count(Fate.DUPLICATE)
    taken = [pair for pair, fate in zip(told, fates, strict=True) if fate is not Fate.WITHDRAWN]
    if source.describes:
        _describe(block, source, taken, log)
    tally.cleared = clear_held(
        batch=batch,
        doc_keys=[block.keys[row] or "" for row, _ in taken],
        lines=[int(rows.lines[row]) for row, _ in taken],
    )
    return waiting


def _describe(block: Prepared, source: Source, known: list[tuple[int, int]], log: OpenLog) -> None:
    """The register's own rows say what a subject is called, where it sits, and whether it still exists."""
    columns = {field: block.rows.value(code).to_pylist() for field, code in source.describes.items()}
    names = block.rows.value(source.name_column).to_pylist()
    describe_subjects(
        [
            (subject_id, names[row] or "", {f: values[row] or "" for f, values in columns.items()})
            for row, subject_id in known
        ],
        leaf=log.next_leaf - 1,
    )


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


def resolution_problem(block: Prepared, row: int, rule: str) -> Problem:
    """A report line for a row whose subject could not be told."""
    source = block.rows.source
    name = block.rows.value(source.name_column)[row].as_py() or ""
    fault = Fault(rule, source.name_column, np.array([row], dtype=np.int64), "hold")
    column = source.column(source.name_column)
    return problem(int(block.rows.lines[row]), fault, column, shown_value(column, name))


def _name_warnings(
    block: Prepared, good: list[int], names: Sequence[str], known_names: Sequence[str | None]
) -> list[tuple[Problem, bool]]:
    """Rows whose code belongs to a subject of another name: the code decides, but somebody should look."""
    if block.rows.source.describes:
        return []
    found: list[tuple[Problem, bool]] = []
    source = block.rows.source
    column = source.column(source.name_column)
    for row, name, known in zip(good, names, known_names, strict=True):
        # A masked name (a natural person's) tells nothing about whether the two agree.
        if known is None or known == name or "*" in known or name_form(known) == name_form(name):
            continue
        fault = Fault(
            "name_differs", column.code, np.array([row]), "warn", {"known": shown_value(column, known)}
        )
        found.append((problem(int(block.rows.lines[row]), fault, column, shown_value(column, name)), False))
    return found
