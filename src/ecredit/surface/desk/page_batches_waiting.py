"""Rows that wait: by batch, a page of one batch's, one row; masked, whole for a purpose, dropped for a reason."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path

from ecredit.facts.actors.journal_notes import note_read
from ecredit.facts.collection.batch_types import BatchView
from ecredit.facts.collection.release_actions import drop_held_row
from ecredit.facts.collection.waiting_queries import (
    WaitingLine,
    get_waiting_line,
    list_waiting_batches,
    list_waiting_lines,
    read_whole_line,
)
from ecredit.foundation.catalog.types import Source
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.masking import redact
from ecredit.surface.desk.doors import needs, own_or_not_there
from ecredit.surface.desk.forms import asked_number
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.notices import done, notice
from ecredit.surface.desk.page_batches import batch_of
from ecredit.surface.desk.page_work_purpose import ask_work_purpose, purpose_of_rows
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page
from ecredit.surface.desk.supply_seat import readable
from ecredit.surface.desk.supply_words import rule_name, source_title

READ_ROW: Final = "held.read"
_SHORTEST_PURPOSE: Final = 4
_LONGEST_PURPOSE: Final = 200
_SIZE: Final = 50
_SHOWN_CELLS: Final = 5


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A waiting row in a list: why it waits, and enough of it to know which it is."""

    line: WaitingLine
    why: str
    cells: str


@needs("held.read")
def waiting(request: HttpRequest) -> HttpResponse:
    """The batches of one's own that have rows waiting."""
    suppliers = readable(request, "held.read")
    frame = frame_of(request)
    return page(
        request,
        "desk/supply_waiting.html",
        waiting=list_waiting_batches(suppliers, before=asked_number(request.GET.get("at", ""))),
        first=not request.GET.get("at"),
        title_of=lambda source: source_title(frame, source),
        done=notice(request),
    )


@needs("held.read")
def lines(request: HttpRequest, batch_id: int) -> HttpResponse:
    """A page of a batch's waiting rows; that they were looked at is noted."""
    batch, source = _batch(request, batch_id)
    usual = purpose_of_rows(request, "quarantine", batch.supplier)
    if not usual:
        return ask_work_purpose(request, "quarantine")
    _note(request, batch, f"batch:{batch.id}", usual)
    frame, rule = frame_of(request), request.GET.get("rule", "")[:64]
    found = list_waiting_lines(
        batch,
        source,
        sealer=city().sealer,
        rule=rule,
        after=asked_number(request.GET.get("at", "")) or 0,
        limit=_SIZE,
    )
    return page(
        request,
        "desk/supply_waiting_lines.html",
        batch=batch,
        title=source_title(frame, batch.source),
        found=found,
        lines=[_shown(request, line) for line in found.lines],
        rules=[(id, rule_name(frame.lang, id), count) for id, count in found.by_rule.items()],
        rule=rule,
        first=not request.GET.get("at"),
        may_correct=batch.supplier in (readable(request, "batch.submit") or ()),
        done=notice(request),
    )


@needs("held.read", methods=("GET", "POST"))
def line(request: HttpRequest, batch_id: int, line: int) -> HttpResponseBase:
    """One waiting row, masked; with a purpose sent, whole. Either reading is noted."""
    batch, source = _batch(request, batch_id)
    usual = purpose_of_rows(request, "quarantine", batch.supplier)
    if not usual and request.method != "POST":
        return ask_work_purpose(request, "quarantine")
    found = get_waiting_line(batch, source, line, sealer=city().sealer)
    frame = frame_of(request)
    purpose = purpose_of(request)
    whole, wrong = None, ""
    if not (purpose or usual):
        raise WrongUse("请写明用途（至少 4 个字）", "say what for (at least 4 characters)")
    # Noted first: nobody sees without a trace.
    if request.method == "POST" and purpose:
        _note(request, batch, f"held:{batch.id}:{line}", purpose)
        whole = read_whole_line(batch, line, sealer=city().sealer)
    else:
        _note(request, batch, f"held:{batch.id}:{line}", usual)
        wrong = frame.t.waiting_purpose_short if request.method == "POST" else ""
    dropper = readable(request, "held.drop")
    return page(
        request,
        "desk/supply_line.html",
        status=400 if wrong else 200,
        batch=batch,
        title=source_title(frame, batch.source),
        found=found,
        why=[rule_name(frame.lang, rule) for rule in found.rules],
        whole=whole,
        purpose=purpose,
        wrong=wrong,
        may_drop=dropper is None or batch.supplier in dropper,
        may_correct=batch.supplier in (readable(request, "batch.submit") or ()),
    )


@needs("held.drop", methods=("POST",))
def drop(request: HttpRequest, batch_id: int, line: int) -> HttpResponse:
    """Say that a waiting row is nothing."""
    batch, _ = _batch(request, batch_id)
    by = own_or_not_there(request, "held.drop", of=batch.supplier)
    reason = " ".join(request.POST.get("reason", "").split())[:_LONGEST_PURPOSE]
    drop_held_row(city().collector, batch_id=batch.id, line=line, reason=reason, by=by, at=city().now)
    return done(request, "row_dropped", "desk:waiting_lines", batch_id=batch.id)


def _batch(request: HttpRequest, batch_id: int) -> tuple[BatchView, Source | None]:
    batch = batch_of(request, batch_id, "held.read")
    return batch, city().catalog.sources.get(batch.source)


def _note(request: HttpRequest, batch: BatchView, about: str, purpose: str) -> None:
    """Note a reading; masked values are personal too."""
    by = own_or_not_there(request, READ_ROW, of=batch.supplier)
    note_read(ring=city().ring, by=by, about=about, purpose=purpose, at=city().now, verb=READ_ROW)


def _shown(request: HttpRequest, line: WaitingLine) -> ShownLine:
    lang = frame_of(request).lang
    why = ("；" if lang == "zh" else "; ").join(rule_name(lang, rule) for rule in line.rules)
    return ShownLine(line, why, " · ".join(cell.value for cell in line.cells[:_SHOWN_CELLS]))


def purpose_of(request: HttpRequest) -> str:
    """What somebody says they read personal data for; empty when it is too short to say anything."""
    purpose = redact(" ".join(request.POST.get("purpose", "").split())[:_LONGEST_PURPOSE])
    return purpose if len(purpose) >= _SHORTEST_PURPOSE else ""


MENU: Final = (Entry("desk:waiting", "nav_waiting", "supply", 40, ("batch.submit",)),)
urlpatterns = [
    path("batches/waiting", waiting, name="waiting"),
    path("batches/<int:batch_id>/waiting", lines, name="waiting_lines"),
    path("batches/<int:batch_id>/waiting/<int:line>", line, name="waiting_line"),
    path("batches/<int:batch_id>/waiting/<int:line>/drop", drop, name="waiting_drop"),
]
