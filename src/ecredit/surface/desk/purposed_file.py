"""A file with personal data: given to whoever says what for, each time, and noted."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from ecredit.facts.actors.journal_notes import note_read
from ecredit.foundation.kernel.errors import EcreditError
from ecredit.surface.desk.doors import actor
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.purposes import list_purposes, take_purpose
from ecredit.surface.desk.render import page


def give_for_purpose(
    request: HttpRequest,
    give: Callable[[], HttpResponse],
    *,
    permission: str,
    about: str,
    file: str,
    heading: str,
    hint: str,
) -> HttpResponse:
    """The form that asks what for; with that said, the file, its reading noted of `about` (`subject:12`)."""
    frame, wrong = frame_of(request), ""
    if request.method == "POST":
        try:
            note_file_read(
                request, permission=permission, about=about, file=file, purpose=take_purpose(request)
            )
            return give()
        except EcreditError as error:
            wrong = frame.say(error)
    return page(
        request,
        "desk/officer_purpose.html",
        status=400 if wrong else 200,
        action=request.path,
        heading=heading,
        hint=hint,
        purposes=list_purposes(frame.lang),
        onward="",
        wrong=wrong,
        typed=request.POST.get("words", ""),
        chosen=request.POST.get("purpose", ""),
    )


def note_file_read(request: HttpRequest, *, permission: str, about: str, file: str, purpose: str) -> None:
    """Note that a file was read, and what for."""
    by, said = actor(request, permission), f"{file} {purpose}"
    note_read(ring=city().ring, by=by, about=about, purpose=said, at=city().now)
