"""`/log`: the head of the transparency log, its key, what was published, and everything a witness needs to follow it.

`/log/checkpoint` and `/log/tile/…` are those of C2SP tlog-tiles; entries are not given out, only their blinded hashes.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse

from ecredit.foundation.proof.merkle import TILE_WIDTH, tile_path
from ecredit.service.publicity.public_log import PublicAct
from ecredit.surface.portal.answers import page, send_file, show, show_text
from ecredit.surface.portal.frame import Frame
from ecredit.surface.portal.reading import last_head, public_log, public_store

ACTS: Final = 20
"""Acts of publishing the page lists."""
_TILE: Final = re.compile(
    r"([0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
)
_FOR_GOOD: Final = "public, max-age=31536000, immutable"
_A_MOMENT: Final = "public, max-age=5"


@dataclass(frozen=True, slots=True)
class ActView:
    """An act of publishing as the page tells it: how many documents came, went and are there now (None: not told)."""

    leaf: int
    at: datetime
    word: str
    came: int | None
    went: int | None
    items: int | None


@page
def log(request: HttpRequest, frame: Frame) -> HttpResponse:
    """The last signed head that is public, and a way to check it step by step."""
    return show(request, frame, "portal/log.html", log_context(frame))


def log_context(frame: Frame) -> Mapping[str, object]:
    """The head, the key, and the last acts of publishing."""
    _ = frame
    acts = [_view(act) for act in public_log().acts(ACTS)]
    head = last_head()
    stamped = head is not None and public_log().stamp(head.size) is not None
    return {"head": head, "stamped": stamped, "acts": acts, "site": str(settings.ECREDIT_SITE).rstrip("/")}


@page
def head_file(request: HttpRequest, frame: Frame) -> HttpResponse:
    """The signed head as a file to keep."""
    head = last_head()
    return show_text(request, frame, _given(head.text if head else ""))


@page
def key_file(request: HttpRequest, frame: Frame) -> HttpResponse:
    """The key that verifies it."""
    head = last_head()
    return show_text(request, frame, _given(head.key if head else ""))


@page
def checkpoint(request: HttpRequest, frame: Frame) -> HttpResponse:
    """The signed head where tlog-tiles has it."""
    head = public_log().head()
    response = show_text(request, frame, _given(head.text if head else ""))
    response["Cache-Control"] = _A_MOMENT
    return response


@page
def tile(request: HttpRequest, frame: Frame, name: str) -> HttpResponse:
    """A tile of the published log; a width it has no more, or not yet, is not there."""
    found = _TILE.fullmatch(name)
    if found is None:
        raise Http404
    level, width = int(found[1]), int(found[3] or TILE_WIDTH)
    place = int(found[2].replace("x", "").replace("/", ""))
    # One way to name a tile: neither more digits than needed nor the width of a whole one.
    if (found[3] and width >= TILE_WIDTH) or tile_path(level, place, width) != f"tile/{name}":
        raise Http404
    body = public_log().tile(level, place, width)
    if body is None:
        raise Http404
    response = send_file(request, frame, body, "application/octet-stream", "tile")
    del response["Content-Disposition"]
    response["Cache-Control"] = _FOR_GOOD
    return response


@page
def stamp(request: HttpRequest, frame: Frame, size: int) -> HttpResponse:
    """The time stamp on a published head, as the authority gave it."""
    token = public_log().stamp(size)
    if token is None:
        raise Http404
    return send_file(request, frame, token, "application/vnd.etsi.timestamp-token", f"{size}.tst")


@page
def shown(request: HttpRequest, frame: Frame, leaf: int) -> HttpResponse:
    """The proof that a record was published as it is shown today, for `ecredit verify`."""
    found = public_store().find_record(leaf, frame.now.date())
    document = None if found is None else public_log().shown_proof(*found)
    if document is None:
        raise Http404
    body = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    return send_file(request, frame, body.encode(), "application/json; charset=utf-8", f"shown-{leaf}.json")


@page
def proof(request: HttpRequest, frame: Frame, leaf: int) -> HttpResponse:
    """The proof that an entry is in the log, for `ecredit verify`."""
    document = public_log().proof(leaf)
    if document is None:
        raise Http404
    body = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    return send_file(request, frame, body.encode(), "application/json; charset=utf-8", f"proof-{leaf}.json")


def _view(act: PublicAct) -> ActView:
    told: dict[str, Any] = act.detail
    taken = act.verb.endswith("take_down")
    return ActView(
        act.leaf,
        act.at,
        f"log_act_{act.verb.rpartition('.')[2]}",
        told.get("added"),
        told.get("count") if taken else told.get("removed"),
        told.get("items"),
    )


def _given(text: str) -> str:
    if not text:
        raise Http404
    return text.rstrip("\n") + "\n"
