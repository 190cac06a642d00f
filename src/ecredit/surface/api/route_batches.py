"""What an organisation has sent: its batches, their problems, the rows that wait, the entries they became."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router

from ecredit.facts.actors.journal_notes import note_read
from ecredit.facts.actors.rights import Everyone, allow, reach
from ecredit.facts.collection.batch_queries import get_batch, list_batches
from ecredit.facts.collection.batch_types import BatchFilter, BatchView
from ecredit.facts.collection.queries import report_path
from ecredit.facts.collection.report_pages import read_report_page
from ecredit.facts.collection.waiting_queries import list_waiting_lines
from ecredit.facts.records.batch_entries import list_batch_entries
from ecredit.foundation.catalog.texts import text
from ecredit.service.operation.own_records import show_records
from ecredit.surface.api.cursors import cursor, place_of
from ecredit.surface.api.keys import Needs, account_of
from ecredit.surface.api.running import platform
from ecredit.surface.api.shapes import (
    BatchPageShape,
    BatchShape,
    HeldPageShape,
    ProblemPageShape,
    RecordPageShape,
)
from ecredit.surface.api.told import Cursor, Limit, Number, Rule, batch_shape, get_source, line_shape, reads

router = Router(tags=["batches"])


def own(request: HttpRequest, permission: str) -> frozenset[str]:
    """Whose things the key reaches: its organisation's and its predecessors'."""
    reached = reach(platform().catalog, account_of(request), permission)
    return frozenset() if isinstance(reached, Everyone) else reached


def own_batch(request: HttpRequest, number: int, permission: str = "batch.read") -> BatchView:
    """A batch of the key's organisation. Raises NoSuchBatch."""
    return get_batch(number, suppliers=own(request, permission))


@router.get("/batches", auth=Needs("batch.read"), response=reads(BatchPageShape), summary="批次 List batches")
def list_own_batches(
    request: HttpRequest,
    source: Annotated[str | None, Query(min_length=1, max_length=64, pattern="^[A-Za-z0-9_-]+$")] = None,
    with_problems: bool = False,
    limit: Limit = 50,
    cursor_: Cursor = None,
) -> dict[str, Any]:
    """The organisation's batches, newest first."""
    if source is not None:
        get_source(source)
    wanted = BatchFilter(own(request, "batch.read"), source or "", with_problems=with_problems)
    page = list_batches(wanted, before=place_of(cursor_, of="batches"), limit=limit)
    return {"items": [batch_shape(batch) for batch in page.batches], "next": cursor(page.older, of="batches")}


@router.get(
    "/batches/{number}", auth=Needs("batch.read"), response=reads(BatchShape), summary="批次 One batch"
)
def read_batch(request: HttpRequest, number: Number) -> dict[str, Any]:
    """One batch."""
    return batch_shape(own_batch(request, number))


@router.get(
    "/batches/{number}/problems",
    auth=Needs("batch.read"),
    response=reads(ProblemPageShape),
    summary="问题清单 Problems",
)
def list_problems(
    request: HttpRequest,
    number: Number,
    rule: Rule = None,
    limit: Limit = 50,
    cursor_: Cursor = None,
) -> dict[str, Any]:
    """The problems of a batch, by line; of one rule if asked."""
    batch = own_batch(request, number)
    if batch.finished_at is None:
        return {"items": [], "found": 0, "by_rule": {}, "next": None}
    return problem_page(
        report_path(platform().home, batch.id), f"problems.{number}.{rule}", rule, limit, cursor_
    )


def problem_page(report: Any, of: str, rule: str | None, limit: int, given: str | None) -> dict[str, Any]:
    """A page of a problem report."""
    offset = place_of(given, of=of) or 0
    page = read_report_page(report, rule=rule or "", offset=offset, limit=limit)
    further = offset + limit if offset + limit < page.found else None
    return {
        "items": [line_shape(line) for line in page.lines],
        "found": page.found,
        "by_rule": dict(page.by_rule),
        "next": cursor(further, of=of),
    }


@router.get(
    "/batches/{number}/held",
    auth=Needs("held.read"),
    response=reads(HeldPageShape),
    summary="待改的行 Waiting rows",
)
def list_held(
    request: HttpRequest,
    number: Number,
    rule: Rule = None,
    limit: Limit = 50,
    cursor_: Cursor = None,
) -> dict[str, Any]:
    """The rows of a batch that wait, by line, personal values masked. That they were read is on record."""
    batch, of = own_batch(request, number, "held.read"), f"held.{number}.{rule}"
    by = allow(platform().catalog, account_of(request), "held.read", of=batch.supplier)
    purpose = text("api.held_purpose")
    note_read(
        ring=platform().ring,
        by=by,
        about=f"batch:{batch.id}",
        purpose=purpose,
        at=platform().now,
        verb="held.read",
    )
    source = platform().catalog.sources.get(batch.source)
    page = list_waiting_lines(
        batch,
        source,
        sealer=platform().sealer,
        rule=rule or "",
        after=place_of(cursor_, of=of) or 0,
        limit=limit,
    )
    return {
        "items": [
            {
                "line": line.line,
                "state": line.state,
                "rules": [each for each in line.rules if each],
                "cells": [
                    {"column": cell.code, "name": cell.name, "value": cell.value} for cell in line.cells
                ],
            }
            for line in page.lines
        ],
        "found": page.found,
        "by_rule": dict(page.by_rule),
        "next": cursor(page.further, of=of),
    }


@router.get(
    "/batches/{number}/records",
    auth=Needs("batch.read"),
    response=reads(RecordPageShape),
    summary="入账的记录 Records",
)
def list_records(
    request: HttpRequest,
    number: Number,
    limit: Limit = 50,
    cursor_: Cursor = None,
) -> dict[str, Any]:
    """The entries a batch became, in the order of the log, personal values masked."""
    batch, of = own_batch(request, number), f"records.{number}"
    entries, further = list_batch_entries(batch.id, after=place_of(cursor_, of=of), limit=limit)
    shown = show_records(platform(), entries)
    return {"items": [record.as_json() for record in shown], "next": cursor(further, of=of)}
