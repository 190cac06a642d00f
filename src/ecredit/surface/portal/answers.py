"""How a page leaves: headers for caches and languages, and the short answer to "has it changed?"."""

import sqlite3
from collections.abc import Callable, Mapping
from functools import wraps
from hashlib import blake2b
from typing import Any, Concatenate, Final, ParamSpec

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from ecredit.service.publicity.errors import NoPublicDatabase
from ecredit.surface.portal.clock import seconds_left_today
from ecredit.surface.portal.frame import Frame, frame_of
from ecredit.surface.portal.rendering import render_page

MAX_AGE: Final = 60
"""Seconds a copy may be kept without asking: a withdrawal is out of every cache a minute later."""

Given = ParamSpec("Given")
Page = Callable[Concatenate[HttpRequest, Frame, Given], HttpResponseBase]


def page(view: Page[Given]) -> Callable[Concatenate[HttpRequest, Given], HttpResponseBase]:
    """Make a view of a function of request and frame: GET and HEAD only, 503 while the public data is out of reach."""

    # No form leads here, so a token of one is not asked for: the answer is that the method is wrong, from nothing but this page.
    @csrf_exempt
    @require_safe
    @wraps(view)
    def answer(request: HttpRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponseBase:
        frame = frame_of(request)
        try:
            return view(request, frame, *args, **kwargs)
        except (NoPublicDatabase, sqlite3.Error):
            response = HttpResponse(render_page("portal/unready.html", frame, {}), status=503)
            response["Retry-After"] = str(MAX_AGE)
            response["Cache-Control"] = "no-store"
            return _with_language(response, frame)

    return answer


def show(
    request: HttpRequest, frame: Frame, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """A rendered page, or 304 when the browser already has exactly this.

    Copies live a minute at most and never beyond midnight in Shanghai, when terms end.
    """
    return _sent(request, frame, render_page(template, frame, context), "text/html", status)


def show_text(request: HttpRequest, frame: Frame, text: str, kind: str = "text/plain") -> HttpResponse:
    """A small document for machines, kept no longer than a page."""
    return _sent(request, frame, text, kind, 200)


def show_bytes(request: HttpRequest, frame: Frame, body: bytes, kind: str) -> HttpResponse:
    """A picture of ours, kept no longer than a page: what is taken down is out of every cache a minute later."""
    return _sent(request, frame, body, kind, 200)


def send_file(request: HttpRequest, frame: Frame, body: bytes, kind: str, name: str) -> HttpResponse:
    """A file to keep, under a name of ASCII letters; cached and asked for again as a page is."""
    response = _sent(request, frame, body, kind, 200)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _sent(request: HttpRequest, frame: Frame, text: str | bytes, kind: str, status: int) -> HttpResponse:
    body, media = (text.encode(), f"{kind}; charset=utf-8") if isinstance(text, str) else (text, kind)
    tag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    asked = request.META.get("HTTP_IF_NONE_MATCH")
    response: HttpResponse
    if status == 200 and asked is not None and has_it(asked, tag):
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(body, status=status, content_type=media)
    response["ETag"] = tag
    response["Cache-Control"] = f"public, max-age={min(MAX_AGE, seconds_left_today(frame.now))}"
    return _with_language(response, frame)


def send_to(frame: Frame, address: str) -> HttpResponse:
    """A temporary redirect that caches may keep no longer than a page."""
    response = HttpResponseRedirect(address)
    response["Cache-Control"] = f"public, max-age={MAX_AGE}"
    return _with_language(response, frame)


def _with_language(response: HttpResponse, frame: Frame) -> HttpResponse:
    response["Content-Language"] = frame.html_lang
    response["Vary"] = "Accept-Language"
    return response


def has_it(asked: str, tag: str) -> bool:
    """Tell whether one of the tags asked about is this one."""
    # A proxy that compresses turns the tag into a weak one; the content is the same (RFC 9110 section 13.1.2).
    return any(known == "*" or known.removeprefix("W/") == tag for known in parse_etags(asked))
