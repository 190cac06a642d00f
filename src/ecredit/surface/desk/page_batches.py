"""`/desk/batches`: what was sent; a batch with its receipt, its problems, its corrections, and the file back, marked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path, reverse

from ecredit.facts.actors.approval_queries import list_names, list_waiting_about
from ecredit.facts.actors.queries import list_organisations, list_supplier_names
from ecredit.facts.collection.batch_queries import find_batch, get_family, list_batches
from ecredit.facts.collection.batch_types import BatchFilter, BatchView
from ecredit.facts.collection.queries import report_path
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.operation.job_queries import get_job
from ecredit.service.operation.job_types import JobState
from ecredit.service.operation.uploads import find_upload
from ecredit.surface.desk.doors import account_of_request, needs
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.forms import asked_day, asked_number
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.notices import notice
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.problem_table import show_problems
from ecredit.surface.desk.seats import organisation_name
from ecredit.surface.desk.supply_seat import readable
from ecredit.surface.desk.supply_words import receipt_of_job, size_text, source_title
from ecredit.surface.desk.table_sources import Asked, Rows
from ecredit.surface.desk.tables import Column, Filter, Table, show_table

_BLOCK: Final = 500


def batch_of(request: HttpRequest, batch_id: int, permission: str = "batch.read") -> BatchView:
    """A batch the account may do this with. Raises NotThere for any other."""
    found = find_batch(batch_id, suppliers=readable(request, permission))
    if found is None:
        raise NotThere
    return found


@dataclass(frozen=True, slots=True)
class BatchSource:
    """Batches by key; see `list_batches`."""

    suppliers: frozenset[str] | None

    def page(self, asked: Asked) -> Rows[BatchView]:
        """One page; backwards leads to the beginning."""
        before = asked_number(asked.at)
        found = list_batches(self._wanted(asked), before=before, limit=asked.size)
        following = None if found.older is None else str(found.older)
        return Rows(found.batches, None if before is None else "", following)

    def stream(self, asked: Asked) -> Iterator[BatchView]:
        """All that fit, in blocks."""
        before = None
        while True:
            found = list_batches(self._wanted(asked), before=before, limit=_BLOCK)
            yield from found.batches
            if found.older is None:
                return
            before = found.older

    def _wanted(self, asked: Asked) -> BatchFilter:
        given = asked.filters
        suppliers = self.suppliers
        if chosen := given.get("supplier"):
            suppliers = frozenset({chosen}) if suppliers is None or chosen in suppliers else frozenset()
        return BatchFilter(
            suppliers=suppliers,
            source=given.get("source", ""),
            since=_day(given.get("since", "")),
            until=_day(given.get("until", "")),
            with_problems=given.get("problems") == "1",
        )


def _day(text: str) -> date | None:
    try:
        return asked_day(text)
    except WrongUse:
        return None


def _sources(frame: Frame) -> list[tuple[str, str]]:
    return [(source.id, source_title(frame, source)) for source in city().catalog.sources.values()]


def _columns(names: Mapping[str, str]) -> tuple[Column[BatchView], ...]:
    """The columns; who sent it only where that differs."""
    supplier: Column[BatchView] = Column(
        "batch_supplier", lambda batch, _: names.get(batch.supplier, batch.supplier)
    )
    return (
        Column(
            "batch_number",
            lambda batch, _: str(batch.id),
            link=lambda batch: reverse("desk:batch", args=[batch.id]),
        ),
        Column("batch_received", lambda batch, _: batch.received_at),
        *((supplier,) if len(names) > 1 else ()),
        Column("supply_source", lambda batch, frame: source_title(frame, batch.source)),
        Column("batch_file", lambda batch, _: batch.filename),
        Column(
            "batch_state",
            lambda batch, frame: frame.t[f"batch_{batch.state}"],
            badge=lambda batch: "good" if batch.state == "done" else "warn",
        ),
        Column("batch_rows", lambda batch, _: batch.rows),
        Column("batch_accepted", lambda batch, _: batch.accepted),
        Column("batch_quarantined", lambda batch, _: batch.quarantined),
        Column("batch_refused", lambda batch, _: batch.refused),
        Column("batch_problems", lambda batch, _: batch.problems),
    )


_TABLE: Final[Table[BatchView]] = Table(
    name="batches",
    columns=_columns({}),
    filters=(
        Filter("source", "supply_source", _sources),
        Filter("problems", "problem_with", lambda frame: [("1", frame.t.problem_only)]),
        Filter("since", "filter_since", kind="date"),
        Filter("until", "filter_until", kind="date"),
    ),
)


@needs("batch.read")
def batches(request: HttpRequest) -> HttpResponseBase:
    """Everything sent by those whose batches one may read."""
    suppliers = readable(request, "batch.read")
    table, names = _TABLE, _names(suppliers)
    if len(names) > 1:
        choices = sorted(names.items(), key=lambda named: named[1])
        by_supplier = Filter("supplier", "batch_supplier", lambda _: choices)
        table = replace(_TABLE, columns=_columns(names), filters=(by_supplier, *_TABLE.filters))
    return show_table(request, table, BatchSource(suppliers), "desk/supply_batches.html")


def _names(suppliers: frozenset[str] | None) -> dict[str, str]:
    """The suppliers one may choose from, by id."""
    departments = city().catalog.departments
    if suppliers is not None:
        return list_supplier_names(city().catalog, suppliers)
    return {id: found.name for id, found in departments.items()} | {
        organisation.id: organisation.name for organisation in list_organisations()
    }


@needs("batch.read")
def batch(request: HttpRequest, batch_id: int) -> HttpResponseBase:
    """One batch."""
    return show_batch(request, batch_of(request, batch_id))


def show_batch(request: HttpRequest, found: BatchView, *, wrong: str = "") -> HttpResponseBase:
    """The page of a batch, with what was wrong with an act on it."""
    frame = frame_of(request)
    about = f"batch:{found.id}"
    asked = list_waiting_about([about]).get(about) if frame.may("batch.withdraw") else None
    readers = readable(request, "held.read")
    own = found.supplier in (readable(request, "batch.submit") or ())
    return show_problems(
        request,
        report_path(city().home, found.id),
        found.source,
        "desk/supply_batch.html",
        name="problems",
        batch=found,
        family=get_family(found),
        title=source_title(frame, found.source),
        supplier=organisation_name(city().catalog, found.supplier),
        size=size_text(found.size),
        sent_by=list_names([found.sent_by]).get(found.sent_by, found.sent_by),
        just=_just_sent(request, found),
        may_see_rows=readers is None or found.supplier in readers,
        may_correct=own,
        waiting=asked,
        asker="" if asked is None else list_names([asked.asked_by])[asked.asked_by],
        done=notice(request),
        wrong=wrong,
        typed=request.POST.get("reason", ""),
        own=own,
    )


def _just_sent(request: HttpRequest, batch: BatchView) -> Mapping[str, Any] | None:
    """The receipt of the upload that has led here, with what is to be said of the file as a whole."""
    who = account_of_request(request).who
    sent = find_upload(city().home, request.GET.get("upload", ""), who=who)
    if sent is None or sent.job is None or (job := get_job(sent.job)).state is not JobState.DONE:
        return None
    receipt = {} if sent.trial else receipt_of_job(job)
    return receipt if receipt.get("batch_id") == batch.id else None


@needs("batch.read")
def report(request: HttpRequest, batch_id: int) -> HttpResponseBase:
    """The problem report as it was written."""
    found = batch_of(request, batch_id)
    path_of = report_path(city().home, found.id)
    if not path_of.exists():
        raise NotThere
    return FileResponse(
        path_of.open("rb"),
        as_attachment=True,
        filename=f"batch-{found.id}.csv",
        content_type="text/csv; charset=utf-8",
    )


MENU: Final = (Entry("desk:batches", "nav_batches", "supply", 30, ("batch.read",)),)
urlpatterns = [
    path("batches", batches, name="batches"),
    path("batches/<int:batch_id>", batch, name="batch"),
    path("batches/<int:batch_id>/problems.csv", report, name="batch_report"),
]
