"""`/objection`: how and where to object, for one document when the address names it."""

from typing import Final

from django.http import HttpRequest, HttpResponse

from ecredit.foundation.kernel.codes import is_person_id, tidy_code
from ecredit.service.publicity.search import MAX_QUERY
from ecredit.service.publicity.types import PublicItem, PublicSubject
from ecredit.surface.portal.answers import page, show
from ecredit.surface.portal.frame import Frame
from ecredit.surface.portal.reading import public_store

_LONGEST_LEAF: Final = 18


@page
def objection(request: HttpRequest, frame: Frame) -> HttpResponse:
    """The routes the law gives; online filing does not exist yet and the page says so."""
    code = request.GET.get("code", "").strip()[:MAX_QUERY]
    if is_person_id(tidy_code(code)):
        frame, code = frame.without_address(), ""
    leaf = request.GET.get("leaf", "").strip()
    number = int(leaf) if leaf.isascii() and leaf.isdigit() and len(leaf) <= _LONGEST_LEAF else None
    subject = public_store().find_subject(code, frame.now.date()) if code else None
    return show(
        request,
        frame,
        "portal/objection.html",
        {
            "subject": subject,
            "item": _item(subject, number),
            "number": number,
            "unknown_code": "" if subject is not None else code,
        },
    )


def _item(subject: PublicSubject | None, number: int | None) -> PublicItem | None:
    if subject is None or number is None:
        return None
    return next((item for item in subject.items if item.leaf == number), None)
