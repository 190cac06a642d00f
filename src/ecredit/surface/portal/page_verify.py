"""`/verify` and `/verify/<id>`: is a badge genuine, and how does it stand today? And what is needed to ask nobody.

Nothing that is pasted or sent is kept. The same functions answer here and in `ecredit verify`.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from ecredit.foundation.proof.badge_check import LONGEST, check_badge
from ecredit.foundation.proof.badge_types import State, Verdict
from ecredit.foundation.proof.checks import Asked
from ecredit.foundation.proof.city_keys import CityKeys, did_document, read_keys
from ecredit.foundation.proof.errors import VerifierKeyUnusable
from ecredit.foundation.proof.jws import compact_json
from ecredit.foundation.proof.link_mark import check_mark, find_mark
from ecredit.foundation.proof.proofs import FORMAT, ProofVerdict, verify_proof
from ecredit.foundation.proof.shown import SHOWN_FORMAT, verify_shown
from ecredit.service.badges.badge_file import badge_file_of
from ecredit.service.badges.drawing import qr_svg
from ecredit.service.badges.standing import Today, stand_today
from ecredit.service.badges.types import PublicBadge
from ecredit.service.credit_reports.report_rows import is_report_number
from ecredit.service.publicity.badge_facts import iter_badge_facts
from ecredit.surface.portal.answers import page, send_to, show
from ecredit.surface.portal.frame import Frame, frame_of
from ecredit.surface.portal.reading import public_badges, public_db

ID_LENGTH: Final = 12
SAID: Final = (
    "name", "legalName", "code", "grade", "graded_on", "gradedOn", "valid_until", "revoked", "signed_at", "shop",
    "batch_id", "supplier", "filename", "digest", "rows", "accepted", "quarantined", "refused", "received_at",
)  # fmt: skip
"""What of a thing that holds is said, in the order a reader wants it; each has a word `said_…`."""
KINDS: Final = (
    "badge",
    "credential",
    "selective",
    "compact",
    "status",
    "receipt",
    "mark",
    "unsigned",
    "unknown",
    "proof",
)
"""What may be sent to be checked; each has a word `kind_…`."""
_MOST_BYTES: Final = 2 * LONGEST
_TYPED_WRONG: Final = str.maketrans("OIL", "011")
_OFFLINE: Final = Path(__file__).parent / "static" / "portal" / "verify-offline.html"
_OFFLINE_POLICY: Final = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
"""Its own script may run, and can reach nobody: there is no connect-src."""
_JSON: Final = "application/json; charset=utf-8"


@csrf_exempt  # nothing is kept of what comes, so there is nothing to forge
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponseBase:
    """A form for a badge's number, a text or a file; what is sent is checked."""
    if request.method == "POST":
        return _checked(request, frame_of(request))
    return _form(request)


@page
def _form(request: HttpRequest, frame: Frame) -> HttpResponse:
    asked = request.GET.get("q", "").strip()
    if is_report_number(asked.rpartition("/")[2]):
        return send_to(frame, frame.to(f"/verify/report/{asked.rpartition('/')[2]}"))
    if asked:
        return send_to(frame, frame.to(f"/verify/{_tidy(asked.rpartition('/')[2])[:40]}"))
    return show(request, frame, "portal/verify.html", _nothing(city_keys()))


@page
def one(request: HttpRequest, frame: Frame, badge_id: str) -> HttpResponse:
    """How a badge stands today; with `?mark=` also whether its mark stands where it was given out for."""
    tidy = _tidy(badge_id)
    if tidy != badge_id and len(tidy) == ID_LENGTH:
        return send_to(frame, frame.to(f"/verify/{tidy}"))
    badge, keys = public_badges().find(badge_id), city_keys()
    if badge is None or keys is None:
        shown = {**_nothing(keys), "unknown": badge_id[:40]}
        return show(request, frame, "portal/verify.html", shown, status=404)
    verdict = check_badge(compact_json(badge_file_of(badge)), _asked(keys, frame))
    mark = request.GET.get("mark", "")
    context = _standing(frame, badge, verdict)
    if not mark:
        return show(request, frame, "portal/verify_badge.html", {**context, "place": None})
    # What a browser tells of where somebody came from: never more than the other site's host.
    came_from = _host(request.META.get("HTTP_REFERER", ""), request.get_host())
    place = check_mark(mark, _asked(keys, frame), badge_id=badge_id, found_on=came_from)
    answer = show(
        request, frame, "portal/verify_badge.html", {**context, "place": place, "came_from": came_from}
    )
    answer["Cache-Control"] = "no-store"
    return answer


@page
def scanned(request: HttpRequest, frame: Frame, digits: str) -> HttpResponse:
    """The address in a QR code: its content checked, and how the badge it belongs to stands today."""
    keys = city_keys()
    if keys is None:
        return show(request, frame, "portal/verify.html", _nothing(None), status=404)
    verdict = check_badge(digits.encode("utf-8", "replace"), _asked(keys, frame))
    badge = public_badges().find(str(verdict.said.get("id", "")))
    if badge is None:
        shown = {**_nothing(keys), "verdict": verdict, "said": _said(verdict)}
        return show(request, frame.without_address(), "portal/verify.html", shown)
    context = _standing(frame, badge, verdict)
    return show(request, frame, "portal/verify_badge.html", {**context, "place": None})


@require_safe
def badge_json(_request: HttpRequest, badge_id: str) -> HttpResponse:
    """The badge's file, to take along."""
    badge = _badge(badge_id)
    answer = _kept_a_minute(json.dumps(badge_file_of(badge), indent=1).encode(), _JSON)
    answer["Content-Disposition"] = f'attachment; filename="badge-{badge.claims.id}.json"'
    return answer


@require_safe
def qr(_request: HttpRequest, badge_id: str) -> HttpResponse:
    """The badge's QR code as a picture."""
    badge = _badge(badge_id)
    return _kept_a_minute(_drawn(badge).encode(), "image/svg+xml")


@require_safe
def status_token(_request: HttpRequest, number: int) -> HttpResponse:
    """A status list as its credential (`vc+jwt`): what badges name."""
    return _kept_a_minute(json.loads(_list(number))["credential"].encode(), "application/vc+jwt")


@require_safe
def status_file(_request: HttpRequest, number: int) -> HttpResponse:
    """A status list as a file, with its SM2 signature, for checking offline."""
    return _kept_a_minute(_list(number).encode(), _JSON)


@require_safe
def jwks(_request: HttpRequest) -> HttpResponse:
    """The city's public keys: a JSON Web Key Set, which `ecredit verify --key` takes as it is."""
    return _kept_a_minute((_keys_text() or "").encode(), _JSON)


@require_safe
def did(_request: HttpRequest) -> HttpResponse:
    """The did:web document of the city."""
    _keys_text()
    keys = city_keys()
    return _kept_a_minute(json.dumps(did_document(keys), indent=1).encode() if keys else b"", _JSON)


@require_safe
def offline(_request: HttpRequest) -> HttpResponse:
    """One file that checks badges without any request: with a script of its own, and the city's keys in it."""
    text = public_badges().keys() or "null"
    # In a script element only this sign could end it.
    page_text = _OFFLINE.read_text(encoding="utf-8").replace(
        ">null</script>", f">{text.replace('<', chr(92) + 'u003c')}</script>"
    )
    answer = HttpResponse(page_text, content_type="text/html; charset=utf-8")
    answer["Content-Security-Policy"] = _OFFLINE_POLICY
    answer["Cache-Control"] = "public, max-age=60"
    return answer


def city_keys() -> CityKeys | None:
    """The city's published keys, None before a badge was issued."""
    text = public_badges().keys()
    return None if text is None else _read_keys(text)


@lru_cache(maxsize=4)
def _read_keys(text: str) -> CityKeys:
    return read_keys(text.encode())


def _checked(request: HttpRequest, frame: Frame) -> HttpResponse:
    keys = city_keys()
    raw = _sent(request)
    shown: dict[str, Any] = {**_nothing(keys), "pasted": True}
    if keys is not None and raw is not None:
        document = _json(raw)
        if isinstance(document, Mapping) and document.get("format") == SHOWN_FORMAT:
            shown |= _shown(document, keys)
        elif isinstance(document, Mapping) and document.get("format") == FORMAT:
            shown["proof"] = _proof(document, keys)
        else:
            mark = find_mark(raw)
            asked = _asked(keys, frame)
            verdict = check_badge(raw, asked) if mark is None else check_mark(mark, asked)
            shown |= {"verdict": verdict, "said": _said(verdict)}
    elif keys is not None:
        shown["too_long"] = True
    answer = show(request, frame, "portal/verify.html", shown)
    answer["Cache-Control"] = "no-store"
    return answer


def _shown(document: Mapping[str, object], keys: CityKeys) -> dict[str, Any]:
    """A record's proof: the proof of the act it was published by, and the record, when both hold."""
    try:
        found = verify_shown(document, keys.log)
    except VerifierKeyUnusable:
        return {}
    return {
        "proof": found.act or ProofVerdict(False, found.reasons),
        "record": found.record,
        "record_at": found.at,
    }


def _proof(document: Mapping[str, object], keys: CityKeys) -> Any:
    try:
        return verify_proof(document, keys.log)
    except VerifierKeyUnusable:
        return None


def _sent(request: HttpRequest) -> bytes | None:
    """What was pasted or sent; None when it is too long, or nothing. It is held in memory and nowhere else."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > _MOST_BYTES:
        return None
    request.upload_handlers = [MemoryFileUploadHandler(request)]
    file = request.FILES.get("file")
    raw = request.POST.get("text", "").strip().encode() if file is None else file.read()
    return raw if raw and len(raw) <= LONGEST else None


def _standing(frame: Frame, badge: PublicBadge, verdict: Verdict) -> dict[str, Any]:
    found = next(iter_badge_facts(public_db(), frame.now.date(), [badge.claims.code]), [])
    today: Today = stand_today(badge, found[0] if found else None, frame.now)
    return {
        "badge": badge.claims,
        "issued_at": badge.issued_at,
        "ended_at": badge.ended_at,
        "successor": badge.successor,
        "kid": badge.kid,
        "today": today,
        "verdict": verdict,
        "states": State,
        "qr": _drawn(badge),
    }


def _nothing(keys: CityKeys | None) -> dict[str, Any]:
    return {
        "keys": keys, "unknown": "", "verdict": None, "proof": None, "said": (), "pasted": False, "too_long": False,
        "states": State, "record": "", "record_at": None,
    }  # fmt: skip


def _said(verdict: Verdict) -> tuple[tuple[str, str], ...]:
    """What a thing whose signatures hold says, in the order a reader wants it."""
    return tuple((name, str(verdict.said[name])) for name in SAID if verdict.said.get(name) is not None)


def _asked(keys: CityKeys, frame: Frame) -> Asked:
    return Asked(keys, frame.now, lists=_list_bytes)


def _list_bytes(number: int) -> bytes | None:
    text = public_badges().status_list(number)
    return None if text is None else text.encode()


def _list(number: int) -> str:
    text = public_badges().status_list(number)
    if text is None:
        raise Http404
    return text


def _badge(badge_id: str) -> PublicBadge:
    badge = public_badges().find(badge_id)
    if badge is None:
        raise Http404
    return badge


def _keys_text() -> str:
    text = public_badges().keys()
    if text is None:
        raise Http404
    return text


@lru_cache(maxsize=256)
def _drawn(badge: PublicBadge) -> str:
    """Drawing takes twenty milliseconds, so the last few hundred are kept."""
    return qr_svg(badge, title=f"{badge.claims.name} · {badge.claims.site}/verify/{badge.claims.id}")


def _tidy(text: str) -> str:
    """A badge's number as it is written: people read 0 as O and 1 as I or L."""
    return "".join(text.split()).upper().translate(_TYPED_WRONG)


def _host(referrer: str, own: str) -> str:
    """The host somebody came from, "" when the browser does not say, or when it was a page of ours."""
    host = referrer.partition("://")[2].partition("/")[0].lower()
    return "" if host == own.lower() or len(host) > 255 else host


def _json(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _kept_a_minute(content: bytes, kind: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer["Cache-Control"] = "public, max-age=60"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer
