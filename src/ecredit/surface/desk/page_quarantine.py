"""`/desk/quarantine`: the rows that wait, by supplier, source and rule; one row with its cells; let in, or given up."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse

from ecredit.facts.actors.approval_queries import list_names, list_waiting_about
from ecredit.facts.actors.journal_notes import note_read
from ecredit.facts.actors.queries import list_supplier_names
from ecredit.facts.actors.rights import Everyone
from ecredit.facts.collection.held_queries import (
    WaitingDetail,
    WaitingFilter,
    WaitingPage,
    WaitingRow,
    get_waiting,
    list_waiting,
)
from ecredit.facts.collection.on_file import OnFile, find_on_file
from ecredit.facts.collection.release_actions import drop_held_row
from ecredit.facts.subjects.review_queries import find_review_of_row
from ecredit.foundation.catalog.texts import has_text, text
from ecredit.foundation.kernel.errors import EcreditError, WrongUse
from ecredit.service.operation.approved import carry_out, release
from ecredit.surface.desk.doors import actor, needs, own_or_not_there, reached
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.notices import done, done_or_asked, notice
from ecredit.surface.desk.page_work_purpose import ask_work_purpose, purpose_of_rows
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page
from ecredit.surface.desk.table_sources import Asked, Rows, offset_rows
from ecredit.surface.desk.tables import Column, Filter, Table, asked_of, show_table

_STATES: Final = ("held", "review")
_BLOCK: Final = 500
_FILTERS: Final = ("supplier", "source", "rule", "state")


@dataclass(frozen=True, slots=True)
class _Waiting:
    """The rows that wait as a table's source; the page shown has been read already, for its filters' choices."""

    found: WaitingPage
    wanted: WaitingFilter

    def page(self, asked: Asked) -> Rows[WaitingRow]:
        """The page read."""
        return offset_rows(self.found.rows, self.found.found, asked)

    def stream(self, asked: Asked) -> Iterator[WaitingRow]:  # noqa: ARG002 - the filter is the one read with
        """Everything, in blocks."""
        for start in range(0, self.found.found, _BLOCK):
            yield from list_waiting(self.wanted, limit=_BLOCK, offset=start).rows


@needs("held.read")
def quarantine(request: HttpRequest) -> HttpResponseBase:
    """All waiting rows that the account may know of."""
    table: Table[WaitingRow] = Table(
        "quarantine",
        _columns({}, {}),
        tuple(Filter(name, f"col_{name}", lambda _: ()) for name in _FILTERS),
    )
    asked = asked_of(request, table)
    mine = reached(request, "held.read")
    given = asked.filters.get
    wanted = WaitingFilter(
        source=given("source", ""),
        supplier=given("supplier", ""),
        rule=given("rule", ""),
        state=given("state", ""),
        suppliers=None if isinstance(mine, Everyone) else mine,
    )
    found = list_waiting(wanted, limit=asked.size, offset=asked.offset)
    sources = city().catalog.sources
    names = list_supplier_names(city().catalog, (id for id, _ in found.by_supplier))
    titles = {id: (s.title_zh, s.title_en) for id, s in sources.items()}
    frame = frame_of(request)
    choices = {
        "supplier": [(id, f"{names[id]} ({n:,})") for id, n in found.by_supplier],
        "source": [(id, f"{_said(titles.get(id, (id, id)), frame)} ({n:,})") for id, n in found.by_source],
        "rule": [(rule, f"{rule_name(rule, frame)} ({n:,})") for rule, n in found.by_rule],
        "state": [(state, frame.t[f"held_{state}"]) for state in _STATES],
    }
    filters = tuple(Filter(name, f"col_{name}", _given(choices[name])) for name in _FILTERS)
    table = replace(table, columns=_columns(names, titles), filters=filters)
    return show_table(
        request, table, _Waiting(found, wanted), "desk/officer_quarantine.html",
        caption=frame.t["quarantine"], total=sum(n for _, n in found.by_source),
    )  # fmt: skip


@needs("held.read")
def row(request: HttpRequest, row_id: int) -> HttpResponse:
    """One row with its cells, masked; that it was read is noted."""
    found = _find(request, row_id)
    by = actor(request, "held.read", of=found.row.supplier)
    purpose = purpose_of_rows(request, "quarantine", found.row.supplier)
    if not purpose:
        return ask_work_purpose(request, "quarantine")
    on_file = find_on_file(city().collector, row_id)
    note_read(
        ring=city().ring,
        by=by,
        about=_about(found),
        purpose=purpose + ("" if on_file is None else f" #{on_file.leaf}"),
        at=city().now,
        verb="held.read",
    )
    return _show(request, found, on_file=on_file)


@needs("held.release", methods=("POST",))
def ask_release(request: HttpRequest, row_id: int) -> HttpResponse:
    """Ask that the ledger take it; another person agrees."""
    found = _find(request, row_id)
    by = own_or_not_there(request, "held.release", of=found.row.supplier)
    request_for = release(batch_id=found.row.batch_id, line=found.row.line)
    try:
        carried = carry_out(city(), request_for, reason=request.POST.get("reason", ""), by=by, at=city().now)
    except EcreditError as error:
        return _show(request, found, error)
    return done_or_asked(request, carried, "desk:quarantine_row", row_id=row_id)


@needs("held.drop", methods=("POST",))
def drop(request: HttpRequest, row_id: int) -> HttpResponse:
    """Say that it is nothing."""
    found = _find(request, row_id)
    by = own_or_not_there(request, "held.drop", of=found.row.supplier)
    reason = request.POST.get("reason", "")
    try:
        if not reason.strip():
            raise WrongUse("请写明理由", "say why")
        drop_held_row(
            city().collector, batch_id=found.row.batch_id, line=found.row.line, reason=reason, by=by, at=city().now
        )  # fmt: skip
    except EcreditError as error:
        return _show(request, found, error)
    return done(request, "dropped", "desk:quarantine_row", row_id=row_id)


def rule_name(rule: str, frame: Frame) -> str:
    """A rule's short name in the page's language, its id where it has none."""
    key = f"rule.{rule}.title"
    return text(key, frame.lang) if has_text(key) else rule


def _show(
    request: HttpRequest,
    found: WaitingDetail,
    error: EcreditError | None = None,
    *,
    on_file: OnFile | None = None,
) -> HttpResponse:
    frame, catalog = frame_of(request), city().catalog
    waiting = list_waiting_about([_about(found)]).get(_about(found))
    review = find_review_of_row(found.row.id) if found.row.state == "review" else None
    return page(
        request,
        "desk/officer_quarantine_row.html",
        status=200 if error is None else 409,
        found=found,
        source=catalog.sources.get(found.row.source_id),
        supplier=list_supplier_names(catalog, [found.row.supplier])[found.row.supplier],
        rules=[(rule, rule_name(rule, frame)) for rule in found.row.rules],
        waiting=waiting,
        asker="" if waiting is None else list_names([waiting.asked_by])[waiting.asked_by],
        review=None if review is None else review.id,
        on_file=on_file,
        # Another supplier's values are not this account's to read.
        on_file_values=on_file is not None and may_read(reached(request, "held.read"), on_file.supplier),
        on_file_supplier=""
        if on_file is None
        else list_supplier_names(catalog, [on_file.supplier])[on_file.supplier],
        done=notice(request),
        wrong="" if error is None else frame.say(error),
        typed=request.POST.get("reason", ""),
    )


def may_read(mine: Everyone | frozenset[str], supplier: str) -> bool:
    """Whether what a permission reaches takes in what this supplier sent."""
    return isinstance(mine, Everyone) or supplier in mine


def _find(request: HttpRequest, row_id: int) -> WaitingDetail:
    mine = reached(request, "held.read")
    try:
        return get_waiting(
            row_id,
            catalog=city().catalog,
            sealer=city().sealer,
            suppliers=None if isinstance(mine, Everyone) else mine,
        )
    except WrongUse as error:
        raise NotThere from error


def _about(found: WaitingDetail) -> str:
    return f"held:{found.row.batch_id}:{found.row.line}"


def _columns(names: dict[str, str], titles: dict[str, tuple[str, str]]) -> tuple[Column[WaitingRow], ...]:
    return (
        Column("col_received", lambda r, _: r.received_at),
        Column("col_supplier", lambda r, _: names.get(r.supplier, r.supplier)),
        Column("col_source", lambda r, frame: _said(titles.get(r.source_id, (r.source_id,) * 2), frame)),
        Column("col_file", lambda r, _: r.filename),
        Column(
            "col_line",
            lambda r, frame: frame.t["line_of"].format(line=r.line),
            link=lambda r: reverse("desk:quarantine_row", args=[r.id]),
        ),
        Column("col_problems", lambda r, frame: "；".join(rule_name(rule, frame) for rule in r.rules)),
        Column(
            "col_state",
            lambda r, frame: frame.t["held_releasable" if r.releasable else f"held_{r.state}"],
            badge=lambda r: "blue" if r.releasable else "warn" if r.state == "review" else "",
        ),
    )


def _said(words: tuple[str, str], frame: Frame) -> str:
    return words[0] if frame.lang == "zh" else words[1]


def _given(choices: list[tuple[str, str]]) -> Callable[[Frame], list[tuple[str, str]]]:
    return lambda _: choices


MENU: Final = (Entry("desk:quarantine", "quarantine", "judge", 20, ("held.release", "held.drop")),)
urlpatterns = [
    path("quarantine", quarantine, name="quarantine"),
    path("quarantine/<int:row_id>", row, name="quarantine_row"),
    path("quarantine/<int:row_id>/release", ask_release, name="quarantine_release"),
    path("quarantine/<int:row_id>/drop", drop, name="quarantine_drop"),
]
