"""`/desk/review`: rows that give no code; the row and its candidates side by side, one answer, and on to the next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse

from ecredit.facts.actors.approval_queries import list_names
from ecredit.facts.actors.journal_notes import note_read
from ecredit.facts.actors.queries import list_supplier_names
from ecredit.facts.actors.rights import Everyone
from ecredit.facts.actors.types import Actor
from ecredit.facts.collection.release_actions import (
    accept_waiting_row,
    find_undo_refusal,
    reject_waiting_row,
    undo_waiting_row,
)
from ecredit.facts.collection.review_row_queries import (
    ReviewLine,
    get_review_row,
    list_review_lines,
    list_review_suppliers,
)
from ecredit.facts.subjects.errors import AlreadyDecided, NoSuchThing
from ecredit.facts.subjects.matching_types import Compared
from ecredit.facts.subjects.queries import find_subject_id
from ecredit.facts.subjects.review_queries import (
    count_review,
    count_sources,
    count_wanted,
    find_next_review,
    get_review,
)
from ecredit.facts.subjects.review_types import CandidateView, Decision, ReviewState, ReviewView
from ecredit.foundation.catalog.texts import has_text, text
from ecredit.foundation.kernel.errors import EcreditError, WrongUse
from ecredit.service.operation.approved import Request, carry_out, undoing
from ecredit.service.publicity.take_down_actions import take_down
from ecredit.surface.desk.doors import actor, move, needs, reached
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.forms import asked_number
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.notices import done
from ecredit.surface.desk.page_work_purpose import ask_work_purpose, purpose_of_rows
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page
from ecredit.surface.desk.supply_words import rule_name
from ecredit.surface.desk.table_sources import Asked, OffsetSource
from ecredit.surface.desk.tables import Column, Filter, Table, show_table

_ANSWERED: Final = (ReviewState.ACCEPTED, ReviewState.REJECTED)
_CONFLICT: Final = 409
_PERCENT: Final = 100
# A weight beyond this many bits says as much as anything can.
_FULL_BITS: Final = 12.0

Answer = Callable[[HttpRequest, ReviewView, Actor], Decision]


@dataclass(frozen=True, slots=True)
class Line:
    """One field compared across the candidates: what the row says, and what each candidate says and weighs."""

    field: str
    row: str
    cells: Sequence[Compared | None]


@needs("review.read")
def queue(request: HttpRequest) -> HttpResponseBase:
    """The queue: what can be decided quickest first."""
    counts, sources = count_review(), city().catalog.sources
    waiting = count_sources()
    asked_state = request.GET.get("state", "")
    state = ReviewState(asked_state) if asked_state in set(ReviewState) else ReviewState.OPEN
    senders = list_review_suppliers(state)

    def titles(frame: Frame) -> list[tuple[str, str]]:
        return [(id, f"{source_title(id, frame)} ({n:,})") for id, n in waiting.items() if id in sources]

    def suppliers(_: Frame) -> list[tuple[str, str]]:
        names = list_supplier_names(city().catalog, senders)
        return [(id, f"{names[id]} ({n:,})") for id, (n, _) in senders.items()]

    def states(frame: Frame) -> list[tuple[str, str]]:
        return [
            (s.value, f"{frame.t['review_' + s.value]} ({counts[s]:,})")
            for s in ReviewState
            if s != ReviewState.OPEN
        ]

    now = city().now
    table: Table[ReviewLine] = Table(
        "review",
        (
            Column("col_item", lambda r, _: f"{r.item.id}", link=lambda r: reverse("desk:review_item", args=[r.item.id])),
            Column("col_row_name", lambda r, _: r.item.name),
            Column("col_likeliest", lambda r, frame: _best(r.item, frame)),
            Column("col_probability", lambda r, _: _likelihood(r.item), badge=lambda r: _colour(r.item)),
            Column("col_candidates", lambda r, _: len(r.item.candidates)),
            Column("col_why", lambda r, frame: "；".join(rule_name(frame.lang, rule) for rule in r.rules)),
            Column("col_source", lambda r, frame: source_title(r.item.source_id, frame)),
            Column("col_supplier", lambda r, _: r.supplier_name),
            Column("col_file", lambda r, frame: f"{r.filename} · {frame.t['line_of'].format(line=r.item.line)}"),
            Column("col_opened", lambda r, _: r.item.opened_at),
            Column("col_days", lambda r, _: r.days(now)),
        ),
        (
            Filter("q", "col_row_name"), Filter("supplier", "col_supplier", suppliers),
            Filter("source", "col_source", titles), Filter("state", "review_other_states", states),
        ),
    )  # fmt: skip

    def wanted(asked: Asked) -> dict[str, Any]:
        given = asked.filters.get
        chosen = given("supplier")
        return {
            "state": state,
            "source_id": given("source"),
            "name": given("q", ""),
            "batches": None if chosen is None else senders[chosen][1] if chosen in senders else (),
        }

    def read(asked: Asked, offset: int, limit: int) -> list[ReviewLine]:
        return list_review_lines(city().catalog, limit=limit, offset=offset, **wanted(asked))

    def total(asked: Asked) -> int:
        return count_wanted(**wanted(asked))

    return show_table(
        request, table, OffsetSource(read, total), "desk/officer_review.html",
        caption=frame_of(request).t["review"], counts=counts, open=counts[ReviewState.OPEN],
    )  # fmt: skip


@needs("review.read")
def item(request: HttpRequest, item_id: int) -> HttpResponse:
    """One item side by side."""
    return _show(request, _find(item_id))


@needs("review.decide", methods=("POST",))
def accept(request: HttpRequest, item_id: int) -> HttpResponse:
    """It is this subject: the row's record is posted."""

    def answer(request: HttpRequest, view: ReviewView, by: Actor) -> Decision:
        code = request.POST.get("code", "").strip()
        subject_id = find_subject_id(code) if code else _number(request.POST.get("subject", ""))
        if subject_id is None:
            raise NoSuchThing("没有这个代码的主体，请核对", "no subject has this code; please check it")
        return accept_waiting_row(
            city().collector, item_id=view.id, subject_id=subject_id, note=_note(request), by=by, at=city().now
        )  # fmt: skip

    return _decide(request, item_id, "accepted", answer)


@needs("review.decide", methods=("POST",))
def reject(request: HttpRequest, item_id: int) -> HttpResponse:
    """It is none of them."""

    def answer(request: HttpRequest, view: ReviewView, by: Actor) -> Decision:
        return reject_waiting_row(
            city().collector, item_id=view.id, note=_note(request), by=by, at=city().now
        )

    return _decide(request, item_id, "rejected", answer)


@needs("review.decide", methods=("POST",))
def undo(request: HttpRequest, item_id: int) -> HttpResponse:
    """Take the answer back; the item is open again and shown. What withdraws an adverse record is asked for."""
    view, by = _find(item_id), actor(request, "review.decide")
    try:
        asking = undoing(city(), view, by=by, at=city().now)
        if asking is not None:
            return _ask_undo(request, asking)
        undo_waiting_row(city().collector, item_id=item_id, note=_note(request), by=by, at=city().now)
        take_down(home=city().home, ring=city().ring, by=by, at=city().now)
    except EcreditError as error:
        return _show(request, _find(item_id), error)
    return move(request, f"{reverse('desk:review_item', args=[item_id])}?did=undone")


def _ask_undo(request: HttpRequest, asking: Request) -> HttpResponse:
    by = actor(request, asking.verb)
    carried = carry_out(city(), asking, reason=_note(request), by=by, at=city().now)
    if carried.asked is None:
        return done(request, "acted", "desk:review_item", item_id=asking.params["review"])
    return done(request, "asked", "desk:approval", approval_id=carried.asked)


@needs("review.read")
def following(request: HttpRequest, item_id: int) -> HttpResponse:
    """The next open item, else the queue."""
    found = find_next_review(_find(item_id), source_id=request.GET.get("source"))
    if found is None:
        return move(request, reverse("desk:review"))
    return move(request, f"{reverse('desk:review_item', args=[found])}{_kept(request)}")


def _decide(request: HttpRequest, item_id: int, did: str, answer: Answer) -> HttpResponse:
    view, by = _find(item_id), actor(request, "review.decide")
    ahead = find_next_review(view, source_id=request.GET.get("source"))
    try:
        answer(request, view, by)
    except EcreditError as error:
        return _show(request, _find(item_id), error)
    told = urlencode({"did": did, "last": item_id})
    kept = _kept(request)
    address = reverse("desk:review") if ahead is None else reverse("desk:review_item", args=[ahead])
    return move(request, f"{address}{kept}&{told}" if kept else f"{address}?{told}")


def _show(request: HttpRequest, view: ReviewView, error: EcreditError | None = None) -> HttpResponse:
    frame = frame_of(request)
    did, last = request.GET.get("did", ""), request.GET.get("last", "")
    decider = list_names([view.decided_by])[view.decided_by] if view.decided_by else ""
    wrong = "" if error is None else frame.say(error)
    row = get_review_row(view.id, collector=city().collector)
    # Whoever may not read waiting rows judges by what was compared.
    mine = reached(request, "held.read") if frame.may("held.read") else frozenset()
    reads = isinstance(mine, Everyone) or row.line.supplier in mine
    purpose = purpose_of_rows(request, "review", row.line.supplier) if reads else ""
    if reads and not purpose:
        if request.method != "POST":
            return ask_work_purpose(request, "review")
        reads = False  # an answer that failed is said without the row
    if reads:
        by = actor(request, "held.read", of=row.line.supplier)
        about = f"held:{view.batch_id}:{view.line}"
        note_read(
            ring=city().ring,
            by=by,
            about=about,
            purpose=purpose,
            at=city().now,
            verb="held.read",
        )
    if isinstance(error, AlreadyDecided) and view.decided_at is not None:
        wrong = frame.t["review_beaten"].format(who=decider, state=frame.t[f"review_{view.state.value}"])
    return page(
        request,
        "desk/officer_review_item.html",
        status=200 if error is None else _CONFLICT,
        item=view,
        source=city().catalog.sources.get(view.source_id),
        row=row,
        reads=reads,
        waits=row.line.days(city().now),
        lines=_lines(view),
        strength=_strength,
        spoken=lambda field, value: _spoken(field, value, frame),
        candidates=view.candidates,
        decider=decider,
        chosen=next((c for c in view.candidates if c.candidate.subject_id == view.subject_id), None),
        remaining=count_review(request.GET.get("source"))[ReviewState.OPEN],
        did=did if did in ("accepted", "rejected", "undone") else "",
        last_closed=_closed(last, frame) if did in ("accepted", "rejected") else "",
        closed="" if view.state not in _ANSWERED else _said(find_undo_refusal(view.held_row_id), frame),
        values_of=lambda supplier: isinstance(mine, Everyone) or supplier in mine,
        last=asked_number(last),
        kept=_kept(request),
        wrong=wrong,
    )


def _closed(last: str, frame: Frame) -> str:
    """Why the answer given last, an item's number, cannot be taken back; empty while it can."""
    number = asked_number(last)
    return "" if number is None else _said(find_undo_refusal(_find(number).held_row_id), frame)


def _said(refusal: EcreditError | None, frame: Frame) -> str:
    return "" if refusal is None else frame.say(refusal)


def source_title(source_id: str, frame: Frame) -> str:
    """A source's title in the page's language."""
    source = city().catalog.sources.get(source_id)
    return source_id if source is None else source.title_zh if frame.lang == "zh" else source.title_en


def _lines(view: ReviewView) -> list[Line]:
    """The compared fields as rows, in the order in which the candidates bring them."""
    fields: dict[str, str] = {}
    for candidate in view.candidates:
        for compared in candidate.candidate.compared:
            fields.setdefault(compared.field, compared.row)
    said = [{c.field: c for c in candidate.candidate.compared} for candidate in view.candidates]
    return [Line(name, row, [by_field.get(name) for by_field in said]) for name, row in fields.items()]


def _spoken(field: str, value: str, frame: Frame) -> str:
    """A compared value in words: the form of an organisation is kept as a code."""
    key = f"match.form_name.{value}"
    return text(key, frame.lang) if field == "form" and has_text(key) else value


def _strength(weight: float) -> int:
    """How far a weight's bar reaches, 0 to 100."""
    return round(min(abs(weight) / _FULL_BITS, 1.0) * _PERCENT)


def _best(view: ReviewView, frame: Frame) -> str:
    return view.candidates[0].name if view.candidates else frame.t["review_nobody"]


def _likelihood(view: ReviewView) -> str | None:
    return f"{_probability(view.candidates[0]):.0%}" if view.candidates else None


def _probability(candidate: CandidateView) -> float:
    return candidate.candidate.probability


def _colour(view: ReviewView) -> str:
    if not view.candidates:
        return ""
    best = _probability(view.candidates[0])
    return "good" if best >= 0.9 else "warn" if best >= 0.5 else ""


def _find(item_id: int) -> ReviewView:
    try:
        return get_review(item_id)
    except NoSuchThing as error:
        raise NotThere from error


def _number(given: str) -> int:
    number = asked_number(given)
    if number is None:
        raise WrongUse("请先选定一个候选", "choose a candidate first")
    return number


def _note(request: HttpRequest) -> str:
    return request.POST.get("note", "").strip()[:500]


def _kept(request: HttpRequest) -> str:
    source = request.GET.get("source", "")
    return f"?{urlencode({'source': source})}" if source in city().catalog.sources else ""


MENU: Final = (Entry("desk:review", "review", "judge", 30, ("review.read",)),)
urlpatterns = [
    path("review", queue, name="review"),
    path("review/<int:item_id>", item, name="review_item"),
    path("review/<int:item_id>/accept", accept, name="review_accept"),
    path("review/<int:item_id>/reject", reject, name="review_reject"),
    path("review/<int:item_id>/undo", undo, name="review_undo"),
    path("review/<int:item_id>/next", following, name="review_next"),
]
