"""`/desk/supply/send`: sending a file, as a plain form; and what became of it."""

from typing import Final

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse

from ecredit.facts.collection.batch_queries import find_batch
from ecredit.facts.collection.batch_types import BatchView
from ecredit.facts.collection.entitled import list_sendable
from ecredit.facts.collection.waiting_queries import count_waiting_in
from ecredit.foundation.kernel.errors import EcreditError
from ecredit.service.operation.sending import hand_over
from ecredit.service.operation.uploads import Upload, find_upload, put_piece, upload_report
from ecredit.surface.desk.doors import account_of_request, actor, move, needs
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.problem_table import show_problems
from ecredit.surface.desk.render import page
from ecredit.surface.desk.supply_seat import Acting, acting_of, readable
from ecredit.surface.desk.supply_words import size_text, source_title
from ecredit.surface.desk.upload_opening import begin_upload

_PIECE: Final = 1 << 20


@needs("batch.submit", "batch.try", methods=("GET", "POST"))
def send(request: HttpRequest) -> HttpResponse:
    """The form; a file sent with it is taken like one that came in pieces."""
    acting = acting_of(request)
    if acting is None:
        raise NotThere
    if request.method != "POST":
        return _form(request, acting)
    given = request.FILES.get("file")
    if given is None:
        return _form(request, acting, wrong=frame_of(request).t.send_no_file)
    try:
        upload = _take(request, acting, given)
    except EcreditError as error:
        return _form(request, acting, wrong=frame_of(request).say(error))
    return move(request, reverse("desk:upload", args=[upload.token]))


def _take(request: HttpRequest, acting: Acting, given: UploadedFile) -> Upload:
    upload, by = begin_upload(
        request, acting, filename=given.name or "", size=given.size or 0, marks=(given.name, given.size)
    )
    home = city().home
    upload = put_piece(home, upload.token, who=upload.who, offset=0, pieces=given.chunks(_PIECE), anew=True)
    hand_over(city(), upload.token, who=upload.who, by=by)
    return upload


def _form(request: HttpRequest, acting: Acting, wrong: str = "") -> HttpResponse:
    frame, given = frame_of(request), request.POST or request.GET
    corrected = _corrected(request, given.get("corrects", ""))
    sources = () if acting.merged else list_sendable(city().catalog, acting.supplier)
    chosen = corrected.source if corrected else given.get("source", "")
    return page(
        request,
        "desk/supply_send.html",
        status=400 if wrong else 200,
        acting=acting,
        sources=[(source.id, source_title(frame, source)) for source in sources],
        chosen=chosen,
        chosen_title=source_title(frame, chosen) if chosen else "",
        corrected=corrected,
        waiting=count_waiting_in(corrected.id) if corrected else 0,
        corrects=given.get("corrects", ""),
        wrong=wrong,
    )


def _corrected(request: HttpRequest, asked: str) -> BatchView | None:
    if not (asked.isascii() and asked.isdigit() and len(asked) < 18):
        return None
    return find_batch(int(asked), suppliers=readable(request, "batch.read"))


@needs("batch.submit", "batch.try")
def upload(request: HttpRequest, token: str) -> HttpResponseBase:
    """What became of an upload: still coming, refused, taken as a batch, or the problems a check found."""
    found = find_upload(city().home, token, who=account_of_request(request).who)
    if found is None:
        raise NotThere
    kind = found.outcome.get("kind")
    if kind == "batch":
        number = int(found.outcome["batch"])
        if find_batch(number, suppliers=readable(request, "batch.read")) is not None:
            return move(request, f"{reverse('desk:batch', args=[number])}?upload={found.token}")
    elif kind == "trial":
        return _trial(request, found)
    return page(request, "desk/supply_upload.html", upload=found, kind=kind, size_text=size_text)


def _trial(request: HttpRequest, found: Upload) -> HttpResponseBase:
    return show_problems(
        request,
        upload_report(city().home, found),
        found.source,
        "desk/supply_trial.html",
        name="trial",
        upload=found,
        trial=found.outcome,
        title=source_title(frame_of(request), found.source),
    )


@needs("batch.submit", "batch.try")
def trial_report(request: HttpRequest, token: str) -> HttpResponseBase:
    """The problem report of a check as a file."""
    found = find_upload(city().home, token, who=account_of_request(request).who)
    if found is None or found.outcome.get("kind") != "trial":
        raise NotThere
    report = upload_report(city().home, found)
    if not report.exists():
        raise NotThere
    return FileResponse(
        report.open("rb"), as_attachment=True, filename=f"try-{found.source}.csv", content_type="text/csv"
    )


@needs("batch.submit", "batch.try", methods=("POST",))
def finish(request: HttpRequest, token: str) -> HttpResponse:
    """Hand over a file that has come whole, from a page without scripts."""
    found = find_upload(city().home, token, who=account_of_request(request).who)
    if found is None:
        raise NotThere
    by = actor(request, "batch.try" if found.trial else "batch.submit", of=found.organisation)
    hand_over(city(), token, who=found.who, by=by)
    return move(request, reverse("desk:upload", args=[token]))


MENU: Final = (Entry("desk:send", "nav_send", "supply", 20, ("batch.submit",)),)
urlpatterns = [
    path("supply/send", send, name="send"),
    path("supply/uploads/<str:token>", upload, name="upload"),
    path("supply/uploads/<str:token>/finish", finish, name="upload_finish"),
    path("supply/uploads/<str:token>/problems.csv", trial_report, name="trial_report"),
]
