"""From a template to an answer."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.template import engines

from ecredit.foundation.kernel.errors import EcreditError
from ecredit.foundation.kernel.languages import named_language
from ecredit.surface.desk.frame import LANGUAGE_COOKIE, Frame, frame_of

ENGINE: Final = "desk"
_YEAR: Final = 365 * 24 * 3600


def page(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """A page of the desk. Every template knows `frame`, `t` (the words), `csrf_input` and what is given here.

    Nothing of the desk may be kept by a cache.
    """
    frame = frame_of(request)
    body = fragment(request, template, frame=frame, **context)
    response = HttpResponse(body, status=status)
    response["Cache-Control"] = "no-store"
    response["Content-Language"] = frame.html_lang
    if named_language(request.GET.get("lang", "")):
        response.set_cookie(
            LANGUAGE_COOKIE, frame.lang, max_age=_YEAR, path="/desk", samesite="Lax", httponly=True,
            secure=request.is_secure(),
        )  # fmt: skip
    return response


def fragment(request: HttpRequest, template: str, *, frame: Frame | None = None, **context: Any) -> str:
    """A piece of a page as HTML (htmx puts it into the page that asked)."""
    known = frame or frame_of(request)
    made: str = (
        engines[ENGINE].get_template(template).render({"frame": known, "t": known.t, **context}, request)
    )
    return made


def refusal(request: HttpRequest, kind: str, status: int, error: EcreditError | None = None) -> HttpResponse:
    """The page that says no: `kind` is `forbidden`, `missing`, `method` or `wrong`."""
    frame = frame_of(request)
    sentence = frame.say(error) if error is not None else frame.t["refused_" + kind]
    return page(
        request,
        "desk/refused.html",
        status=status,
        heading=frame.t["refused_" + kind + "_heading"],
        sentence=sentence,
        code="" if error is None else error.code,
    )
