"""`/desk/supply/send`: sending a file, as a plain form; and what became of it."""

from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse

from ecredit.facts.collection.batch_queries import find_batch
from ecredit.facts.collection.batch_types import BatchView
from ecredit.facts.collection.entitled import list_sendable
from ecredit.facts.collection.waiting_queries import count_waiting_in
from ecredit.foundation.kernel.errors import EcreditError
from ecredit.service.operation.job_actions import cancel_job
from ecredit.service.operation.job_files import find_job_file, job_folder
from ecredit.service.operation.job_queries import get_job
from ecredit.service.operation.job_types import JobState, JobView
from ecredit.service.operation.sending import hand_over
from ecredit.service.operation.uploads import Upload, find_upload, put_piece
from ecredit.surface.desk.doors import account_of_request, actor, move, needs
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.forms import asked_number
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.problem_table import show_problems
from ecredit.surface.desk.render import fragment, page
from ecredit.surface.desk.seats import organisation_name
from ecredit.surface.desk.supply_seat import Acting, acting_of, readable
from ecredit.surface.desk.supply_words import receipt_of_job, size_text, source_title
from ecredit.surface.desk.upload_handler import is_too_long
from ecredit.surface.desk.upload_opening import begin_upload

_PIECE: Final = 1 << 20
_SEND: Final = ("batch.submit", "batch.try")


@needs(*_SEND, methods=("GET", "POST"))
def send(request: HttpRequest) -> HttpResponse:
    """The form; a file sent with it is taken like one that came in pieces."""
    acting = acting_of(request, *_SEND)
    if acting is None:
        raise NotThere
    if request.method != "POST":
        return _form(request, acting)
    given = request.FILES.get("file")
    if given is None:
        t = frame_of(request).t
        return _form(request, acting, wrong=t.send_too_long if is_too_long(request) else t.send_no_file)
    try:
        upload = _take(request, acting, given)
    except EcreditError as error:
        return _form(request, acting, wrong=frame_of(request).say(error))
    return move(request, reverse("desk:upload", args=[upload.token]))


def _take(request: HttpRequest, acting: Acting, given: "UploadedFile[Any]") -> Upload:
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
    number = asked_number(asked)
    return None if number is None else find_batch(number, suppliers=readable(request, "batch.read"))


@needs(*_SEND)
def upload(request: HttpRequest, token: str) -> HttpResponseBase:
    """What became of an upload: still coming, at work, turned away, taken as a batch, or the problems a check found."""
    found = _own(request, token)
    if found.job is None:
        return page(request, "desk/supply_upload.html", upload=found, size_text=size_text)
    job = get_job(found.job)
    if job.state is JobState.DONE:
        return _trial(request, found, job) if found.trial else _batch(request, found, job)
    # The script asks for the panel alone, until there is another page to go to.
    if request.headers.get("HX-Request") == "true" and not job.ended:
        return HttpResponse(fragment(request, "desk/supply_progress.html", upload=found, job=job))
    if request.headers.get("HX-Request") == "true":
        return move(request, request.path)
    return page(request, "desk/supply_job.html", upload=found, job=job)


def _batch(request: HttpRequest, found: Upload, job: JobView) -> HttpResponse:
    receipt = receipt_of_job(job)
    number = int(receipt["batch_id"])
    if find_batch(number, suppliers=readable(request, "batch.read")) is not None:
        return move(request, f"{reverse('desk:batch', args=[number])}?upload={found.token}")
    # The organisation became part of another while its file was on the way.
    heir = organisation_name(city().catalog, str(receipt["supplier"]))
    return page(request, "desk/supply_gone.html", upload=found, batch=number, heir=heir)


def _trial(request: HttpRequest, found: Upload, job: JobView) -> HttpResponseBase:
    if request.headers.get("HX-Request") == "true" and request.headers.get("HX-Target") == "progress":
        return move(request, request.path)
    trial = job.result["trial"]
    return show_problems(
        request,
        job_folder(city().home, job.id) / "report.csv",
        found.source,
        "desk/supply_trial.html",
        name="trial",
        upload=found,
        trial=trial,
        title=source_title(frame_of(request), found.source),
    )


@needs(*_SEND)
def trial_file(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """The problem report of a check, or the file with its bad cells marked."""
    found = _own(request, token)
    place = None if found.job is None else find_job_file(city().home, found.job, name)
    if place is None or not found.trial:
        raise NotThere
    return FileResponse(place.open("rb"), as_attachment=True, filename=f"try-{found.source}-{name}")


def _own(request: HttpRequest, token: str) -> Upload:
    found = find_upload(city().home, token, who=account_of_request(request).who)
    if found is None:
        raise NotThere
    return found


@needs(*_SEND, methods=("POST",))
def finish(request: HttpRequest, token: str) -> HttpResponse:
    """Hand over a file that has come whole, from a page without scripts."""
    found = _own(request, token)
    by = actor(request, "batch.try" if found.trial else "batch.submit", of=found.organisation)
    hand_over(city(), token, who=found.who, by=by)
    return move(request, reverse("desk:upload", args=[token]))


@needs(*_SEND, methods=("POST",))
def cancel(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for the end of the work on one's own file; what has ended stays as it is."""
    found = _own(request, token)
    if found.job is None:
        raise NotThere
    by = actor(request, "batch.try" if found.trial else "batch.submit", of=found.organisation)
    cancel_job(job_id=found.job, ring=city().ring, by=by, at=city().now)
    return move(request, reverse("desk:upload", args=[token]))


MENU: Final = (Entry("desk:send", "nav_send", "supply", 20, _SEND),)
urlpatterns = [
    path("supply/send", send, name="send"),
    path("supply/uploads/<str:token>", upload, name="upload"),
    path("supply/uploads/<str:token>/finish", finish, name="upload_finish"),
    path("supply/uploads/<str:token>/cancel", cancel, name="upload_cancel"),
    path("supply/uploads/<str:token>/files/<str:name>", trial_file, name="trial_file"),
]
