"""`/desk/findings/<id>`: one lead whole, behind the question what it is read for; its rows; confirmed or dismissed."""

from dataclasses import dataclass, replace
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse

from ecredit.facts.actors.approval_queries import list_names, list_waiting_about
from ecredit.facts.actors.journal_notes import note_read
from ecredit.facts.subjects.search_queries import list_hits
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.errors import EcreditError, WrongUse
from ecredit.judgement.triage.decide_actions import dismiss_finding
from ecredit.judgement.triage.errors import NoSuchFinding
from ecredit.judgement.triage.finding_rows import PAGED, FindingRows
from ecredit.judgement.triage.queries import get_finding, list_shop_names
from ecredit.judgement.triage.triage_rules import strength_of
from ecredit.judgement.triage.types import READ, WAITING, FindingView
from ecredit.service.operation.approved import carry_out, confirmation, confirming_words
from ecredit.service.operation.finding_records import find_finding_record
from ecredit.surface.desk.doors import actor, move, needs
from ecredit.surface.desk.drawing_ties import picture_of
from ecredit.surface.desk.drawing_timeline import timeline_of
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.finding_tables import list_rows_table
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.notices import done, done_or_asked, notice
from ecredit.surface.desk.page_findings import STATE_BADGES, percent_of, state_of, subject_words
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.purposes import find_purpose, keep_purpose, list_purposes, take_purpose
from ecredit.surface.desk.render import page
from ecredit.surface.desk.tables import asked_of, view_of

_BAR: Final = 90


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of evidence ready to be shown; `bar` is its share of the strongest, `value` and `usual` in words."""

    name: str
    family: str
    value: str
    usual: str
    contribution: float
    bar: float
    sentence: str
    rows: int


@needs("finding.read")
def finding(request: HttpRequest, finding_id: str) -> HttpResponse:
    """The finding; that it was read, and what for, is noted."""
    return _show(request, _find(finding_id))


@needs("finding.read", methods=("POST",))
def give_purpose(request: HttpRequest, finding_id: str) -> HttpResponse:
    """Remember what it is read for, and open it."""
    found = _find(finding_id)
    try:
        purpose = take_purpose(request)
    except WrongUse as error:
        return _ask_purpose(request, found, error)
    keep_purpose(request, finding_id, purpose)
    onward, own = request.POST.get("onward", ""), reverse("desk:finding", args=[finding_id])
    return move(request, onward if onward == own or onward.startswith((f"{own}/", f"{own}?")) else own)


@needs("finding.read")
def rows(request: HttpRequest, finding_id: str, table: str) -> HttpResponse:
    """The rows of one table behind a finding, a page at a time. They do not leave as a file."""
    found = _find(finding_id)
    if table not in PAGED:
        raise NotThere
    purpose = find_purpose(request, finding_id)
    if not purpose:
        return _ask_purpose(request, found)
    _note(request, found, purpose, seen="")
    frame = frame_of(request)
    files = _files(found)
    shown, source = list_rows_table(
        table, found, files, city().catalog, total=files.count(finding_id).get(table, 0)
    )
    view = view_of(request, shown, source, frame=frame, asked=asked_of(request, shown))
    return page(
        request,
        "desk/officer_finding_rows.html",
        found=found,
        table=replace(view, exports=()),
        name=table,
        counts=files.count(finding_id),
        purpose=purpose,
    )


@needs("finding.dismiss", methods=("POST",))
def dismiss(request: HttpRequest, finding_id: str) -> HttpResponse:
    """Say that it is honest trade, and why."""
    found, by, given = _find(finding_id), actor(request, "finding.dismiss"), request.POST
    try:
        dismiss_finding(
            finding_id=finding_id,
            digest=given.get("evidence", ""),
            reason=given.get("reason", ""),
            words=given.get("words", ""),
            rules=city().catalog.triage,
            ring=city().ring,
            by=by,
            at=city().now,
        )
    except EcreditError as error:
        return _show(request, found, error)
    return done(request, "dismissed", "desk:finding", finding_id=finding_id)


@needs("finding.confirm", methods=("POST",))
def confirm(request: HttpRequest, finding_id: str) -> HttpResponse:
    """Ask that it be confirmed; another person agrees."""
    found, by, given = _find(finding_id), actor(request, "finding.confirm"), request.POST
    reason, words = given.get("reason", ""), given.get("words", "")[:400]
    try:
        said = confirming_words(city(), reason=reason, words=words)
        request_for = confirmation(finding_id=finding_id, digest=given.get("evidence", ""), reason=reason)
        carried = carry_out(city(), request_for, reason=said, by=by, at=city().now)
    except EcreditError as error:
        return _show(request, found, error)
    return done_or_asked(request, carried, "desk:finding", acted="confirmed", finding_id=finding_id)


def _show(request: HttpRequest, found: FindingView, error: EcreditError | None = None) -> HttpResponse:
    purpose = find_purpose(request, found.line.finding_id)
    if not purpose:
        return _ask_purpose(request, found)
    _note(request, found, purpose, seen=found.digest)
    frame, catalog, line = frame_of(request), city().catalog, found.line
    files = _files(found)
    days, shared = files.days(line.finding_id, line.shop_id, found.rows_of), files.shared(line.finding_id)
    about = f"finding:{line.finding_id}"
    waiting = list_waiting_about([about]).get(about)
    hit = None if line.subject_id is None else list_hits([line.subject_id]).get(line.subject_id)
    state = state_of(line, asked=waiting is not None)
    return page(
        request,
        "desk/officer_finding.html",
        status=200 if error is None else 409,
        found=found,
        line=line,
        says=_says(frame, found),
        percent=percent_of(line.score),
        strength=frame.t["strength_" + strength_of(line.score)],
        state=frame.t["finding_" + state],
        state_badge=STATE_BADGES[state],
        open=line.state == WAITING and waiting is None,
        waiting=waiting,
        names=list_names(
            [decision.by for decision in found.decisions] + ([] if waiting is None else [waiting.asked_by])
        ),
        operator=subject_words(hit),
        record=find_finding_record(found),
        pieces=_pieces(frame, catalog, found),
        innocent=found.document["innocent"][frame.lang],
        not_judged=_not_judged(frame, catalog, found),
        timeline=timeline_of(days),
        shared=shared,
        picture=picture_of(line.shop_id, shared),
        shops=list_shop_names([line.shop_id, *(shop for group in shared for _, shop, _ in group.others)]),
        counts=files.count(line.finding_id),
        reasons=catalog.triage,
        typed=request.POST.get("words", ""),
        chosen=request.POST.get("reason", ""),
        purpose=purpose,
        done=notice(request),
        wrong="" if error is None else frame.say(error),
    )


def _ask_purpose(request: HttpRequest, found: FindingView, error: WrongUse | None = None) -> HttpResponse:
    """The form that asks what for; of the finding its shop and kind alone are on it."""
    frame, line = frame_of(request), found.line
    given = request.POST if error is not None else {}
    return page(
        request,
        "desk/officer_purpose.html",
        status=200 if error is None else 400,
        action=reverse("desk:finding_purpose", args=[line.finding_id]),
        heading=frame.t["finding_purpose"].format(shop=line.shop_name or line.shop_id),
        hint=frame.t["finding_purpose_hint"],
        purposes=list_purposes(frame.lang),
        onward=given.get("onward", "") or (request.get_full_path() if request.method == "GET" else ""),
        wrong="" if error is None else frame.say(error),
        typed=given.get("words", ""),
        chosen=given.get("purpose", "finding"),
    )


def _note(request: HttpRequest, found: FindingView, purpose: str, *, seen: str) -> None:
    """That it was read; `seen` is the digest of the evidence where that was shown, not only rows behind it."""
    by = actor(request, "finding.read")
    about = f"finding:{found.line.finding_id}"
    note_read(ring=city().ring, by=by, about=about, purpose=purpose, at=city().now, verb=READ, seen=seen)


def _find(finding_id: str) -> FindingView:
    try:
        return get_finding(finding_id)
    except NoSuchFinding as error:
        raise NotThere from error


def _files(found: FindingView) -> FindingRows:
    return FindingRows(city().home.root / found.folder)


def _says(frame: Frame, found: FindingView) -> str:
    """What it is, in one sentence."""
    line = found.line
    window = frame.t["finding_when"].format(first=line.window_from.date(), last=line.window_to.date()) if (
        line.window_from is not None and line.window_to is not None
    ) else ""  # fmt: skip
    key = "says_victim" if line.victim else "says_" + line.kind
    counted = frame.t["counted_" + found.rows_of].format(rows=line.rows)
    return frame.t[key].format(shop=line.shop_name or line.shop_id, counted=counted, window=window)


def _pieces(frame: Frame, catalog: Catalog, found: FindingView) -> list[Piece]:
    """The evidence, the strongest first, `rest` at the end as detection wrote it."""
    evidence = found.document["evidence"]
    most = max((abs(piece["contribution"]) for piece in evidence), default=1.0) or 1.0
    return [
        Piece(
            name=_flag_name(frame, catalog, piece["flag"]),
            family=frame.t["family_" + piece["family"]],
            value=_share(piece, "value"),
            usual=_share(piece, "usual"),
            contribution=piece["contribution"],
            bar=round(_BAR * abs(piece["contribution"]) / most, 1),
            sentence=piece["sentence"][frame.lang],
            rows=len(piece["rows"]),
        )
        for piece in evidence
    ]


def _share(piece: dict[str, Any], name: str) -> str:
    if piece["family"] == "tie":
        return f"×{piece[name]:.1f}"
    return f"{100 * piece[name]:.1f} %"


def _flag_name(frame: Frame, catalog: Catalog, flag_id: str) -> str:
    flag = catalog.flags.get(flag_id)
    if flag is not None:
        return frame.say(flag)
    return frame.t.find("evidence_" + flag_id, flag_id)


def _not_judged(frame: Frame, catalog: Catalog, found: FindingView) -> list[tuple[str, str]]:
    """Columns that were not sent, each with the names of what could not be looked at for want of it."""
    lacking: dict[str, list[str]] = {}
    for flag_id, needs_of in found.not_judged.items():
        lacking.setdefault("、".join(needs_of), []).append(_flag_name(frame, catalog, flag_id))
    mark = "、" if frame.lang == "zh" else ", "
    return sorted((columns, mark.join(flags)) for columns, flags in lacking.items())


urlpatterns = [
    path("findings/<str:finding_id>", finding, name="finding"),
    path("findings/<str:finding_id>/purpose", give_purpose, name="finding_purpose"),
    path("findings/<str:finding_id>/rows/<slug:table>", rows, name="finding_rows"),
    path("findings/<str:finding_id>/dismiss", dismiss, name="finding_dismiss"),
    path("findings/<str:finding_id>/confirm", confirm, name="finding_confirm"),
]
