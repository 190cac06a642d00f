"""`/desk/files`: what one has asked to be made in the background: how far it is, and the file, for oneself alone."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path

from ecredit.facts.actors.rights import allow
from ecredit.service.operation.job_types import JobView, NoSuchJob
from ecredit.service.operation.made_files import ends_at, get_made, list_made, open_made
from ecredit.surface.desk.doors import account_of_request, move, signed_in
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import fragment, page
from ecredit.surface.desk.supply_words import size_text
from ecredit.surface.desk.table_export import send_file


@signed_in()
def files(request: HttpRequest) -> HttpResponse:
    """What one asked for in the last three days."""
    made = list_made(account_of_request(request).who, at=city().now)
    return page(request, "desk/files.html", files=made, ends_at=ends_at)


@signed_in()
def file(request: HttpRequest, number: int) -> HttpResponse:
    """One file: on its way, there to be fetched, or what went wrong."""
    job = _own(request, number)
    if request.headers.get("HX-Request") == "true":
        if job.ended:
            return move(request, request.path)
        return HttpResponse(fragment(request, "desk/file_progress.html", job=job))
    opened = open_made(city(), job)
    if opened is not None:
        opened.close()
    size = job.result.get("bytes")
    return page(
        request,
        "desk/file.html",
        job=job,
        there=opened is not None,
        until=ends_at(job),
        size=size_text(size) if isinstance(size, int) else "",
    )


@signed_in()
def download(request: HttpRequest, number: int) -> HttpResponseBase:
    """The file, to whoever asked for it and may still have it."""
    job = _own(request, number)
    allow(
        city().catalog,
        account_of_request(request),
        str(job.params["permission"]),
        of=str(job.params["of"]) or None,
    )
    content = open_made(city(), job)
    if content is None:
        raise NotThere
    return send_file(content, str(job.params["filename"]))


def _own(request: HttpRequest, number: int) -> JobView:
    try:
        return get_made(number, who=account_of_request(request).who)
    except NoSuchJob as unknown:
        raise NotThere from unknown


MENU: Final = (Entry("desk:files", "nav_files", "own", 70),)
urlpatterns = [
    path("files", files, name="files"),
    path("files/<int:number>", file, name="file"),
    path("files/<int:number>/download", download, name="file_download"),
]
