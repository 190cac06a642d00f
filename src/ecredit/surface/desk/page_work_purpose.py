"""Why waiting rows are read: asked once a session for each kind of work, prepared, so that one key goes on.

Whoever looks at rows its own organisation sent reads them to put them right: that is the purpose noted, without asking.
"""

from typing import Final, Literal

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from ecredit.foundation.catalog.texts import text
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.surface.desk.doors import move, needs
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.purposes import OF_ROWS, find_purpose, keep_purpose, list_purposes, take_purpose
from ecredit.surface.desk.render import page
from ecredit.surface.desk.supply_seat import readable

Work = Literal["review", "quarantine"]
# What is most often meant, chosen beforehand.
_PREPARED: Final[dict[str, str]] = {"review": "identify", "quarantine": "handle"}


def purpose_of_rows(request: HttpRequest, work: Work, supplier: str) -> str:
    """What the account reads this supplier's waiting rows for; empty when it has to be asked."""
    if supplier in (readable(request, "batch.submit") or ()):
        return text(OF_ROWS + "correct")
    return find_purpose(request, _key(work))


def ask_work_purpose(request: HttpRequest, work: Work, error: WrongUse | None = None) -> HttpResponse:
    """The form that asks what for; nothing of a row is on it."""
    frame = frame_of(request)
    return page(
        request,
        "desk/officer_purpose.html",
        status=200 if error is None else 400,
        work=work,
        action=reverse("desk:work_purpose"),
        heading=frame.t[f"work_purpose_{work}"],
        hint=frame.t["work_purpose_hint"],
        purposes=list_purposes(frame.lang, OF_ROWS),
        onward=request.POST.get("onward", "") or request.get_full_path(),
        wrong="" if error is None else frame.say(error),
        typed=request.POST.get("words", ""),
        chosen=request.POST.get("purpose", "") or _PREPARED[work],
    )


@needs("held.read", methods=("POST",))
def give_purpose(request: HttpRequest) -> HttpResponse:
    """Remember it for the session and go on to the row."""
    work: Work = "review" if request.POST.get("work") == "review" else "quarantine"
    try:
        purpose = take_purpose(request, OF_ROWS)
    except WrongUse as error:
        return ask_work_purpose(request, work, error)
    keep_purpose(request, _key(work), purpose)
    onward, home = request.POST.get("onward", ""), reverse("desk:home")
    inside = onward.startswith(home) and url_has_allowed_host_and_scheme(onward, allowed_hosts=None)
    return move(request, onward if inside else reverse(f"desk:{work}"))


def _key(work: Work) -> str:
    return f"work:{work}"


urlpatterns = [path("purpose", give_purpose, name="work_purpose")]
