"""`/log`: the head of the transparency log the public data stand under, its key, and how anybody checks them."""

from collections.abc import Mapping

from django.http import Http404, HttpRequest, HttpResponse

from ecredit.surface.portal.answers import page, show, show_text
from ecredit.surface.portal.frame import Frame
from ecredit.surface.portal.reading import public_store


@page
def log(request: HttpRequest, frame: Frame) -> HttpResponse:
    """The last signed head that is public, and a way to check it step by step."""
    return show(request, frame, "portal/log.html", log_context(frame))


def log_context(frame: Frame) -> Mapping[str, object]:
    """The head and the key, as the public database has them."""
    _ = frame
    return {"fresh": public_store().freshness()}


@page
def head_file(request: HttpRequest, frame: Frame) -> HttpResponse:
    """The signed head as a file to keep."""
    return show_text(request, frame, _given(public_store().freshness().log_head))


@page
def key_file(request: HttpRequest, frame: Frame) -> HttpResponse:
    """The key that verifies it."""
    return show_text(request, frame, _given(public_store().freshness().log_key))


def _given(text: str | None) -> str:
    if not text:
        raise Http404
    return text.rstrip("\n") + "\n"
