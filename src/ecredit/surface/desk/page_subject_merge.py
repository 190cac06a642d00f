"""`/desk/merges`: saying that two subjects are one, by two people; and undoing it."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import path

from ecredit.facts.actors.approval_queries import list_names
from ecredit.facts.subjects.merge_queries import list_merges
from ecredit.facts.subjects.queries import find_subject_id, get_subject
from ecredit.facts.subjects.search_queries import list_hits
from ecredit.foundation.kernel.errors import EcreditError, WrongUse
from ecredit.foundation.kernel.masking import mask_name
from ecredit.service.operation.approved import carry_out, merger, splitting
from ecredit.surface.desk.doors import actor, needs
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.forms import asked_number
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.notices import done_or_asked, notice
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page

_PAGE: Final = 50


@needs("subject.merge", "subject.split")
def merges(request: HttpRequest) -> HttpResponse:
    """What was merged and split, newest first; and the form that begins a merge."""
    return _list(request)


@needs("subject.merge")
def compare(request: HttpRequest) -> HttpResponse:
    """The two side by side, before anybody asks."""
    try:
        ids = [_subject(request.GET.get(name, "")) for name in ("one", "other")]
    except WrongUse as error:
        return _list(request, error)
    return _compare(request, ids)


@needs("subject.merge", methods=("POST",))
def ask_merge(request: HttpRequest) -> HttpResponse:
    """Ask that they become one; another person agrees."""
    ids = [_subject(request.POST.get(name, "")) for name in ("one", "other")]
    wanted = merger(
        subject_id=ids[0], other_id=ids[1], despite_codes=request.POST.get("despite_codes") == "1"
    )
    by = actor(request, "subject.merge")
    try:
        carried = carry_out(city(), wanted, reason=request.POST.get("reason", ""), by=by, at=city().now)
    except EcreditError as error:
        return _compare(request, ids, error)
    return done_or_asked(request, carried, "desk:merges")


@needs("subject.split", methods=("POST",))
def split(request: HttpRequest, subject_id: int) -> HttpResponse:
    """Undo the merge of this subject."""
    if find_subject_id(f"S{subject_id}") is None:
        raise NotThere
    by = actor(request, "subject.split")
    try:
        carried = carry_out(
            city(), splitting(subject_id=subject_id), reason=request.POST.get("reason", ""), by=by, at=city().now
        )  # fmt: skip
    except EcreditError as error:
        return _list(request, error)
    return done_or_asked(request, carried, "desk:merges", acted="split")


def _list(request: HttpRequest, error: EcreditError | None = None) -> HttpResponse:
    offset = asked_number(request.GET.get("at", "")) or 0
    found = list_merges(limit=_PAGE + 1, offset=offset)
    return page(
        request,
        "desk/officer_merges.html",
        status=200 if error is None else 400,
        merges=found[:_PAGE],
        following=offset + _PAGE if len(found) > _PAGE else None,
        previous=max(offset - _PAGE, 0) if offset else None,
        names=list_names(merge.who for merge in found),
        one=request.GET.get("one", ""),
        other=request.GET.get("other", ""),
        done=notice(request),
        wrong="" if error is None else frame_of(request).say(error),
    )


def _compare(request: HttpRequest, ids: list[int], error: EcreditError | None = None) -> HttpResponse:
    views = [get_subject(subject_id) for subject_id in ids]
    relatives = list_hits([id for view in views for id in (*view.parents, *view.branches)])
    return page(
        request,
        "desk/officer_merge.html",
        status=200 if error is None else 409,
        pair=views,
        names=[mask_name(view.name) if view.is_person else view.name for view in views],
        relatives=relatives,
        differ=_codes_differ([dict(view.codes) for view in views]),
        reason=request.POST.get("reason", ""),
        despite=request.POST.get("despite_codes") == "1",
        wrong="" if error is None else frame_of(request).say(error),
    )


def _codes_differ(codes: list[dict[str, str]]) -> bool:
    """Whether both have a code of a kind that a subject has once, and not the same."""
    first, second = codes
    return any(first[kind] != second[kind] for kind in first.keys() & second.keys())


def _subject(text: str) -> int:
    found = find_subject_id(text.strip()) if text.strip() else None
    if found is None:
        raise WrongUse(
            "请填写两个主体的代码或编号（如 S12）；没有找到其中一个",
            "give the codes or numbers (like S12) of two subjects; one of them was not found",
        )
    return found


MENU: Final = (Entry("desk:merges", "merges", "judge", 50, ("subject.merge", "subject.split")),)
urlpatterns = [
    path("merges", merges, name="merges"),
    path("merges/compare", compare, name="merge_compare"),
    path("merges/ask", ask_merge, name="merge_ask"),
    path("merges/<int:subject_id>/split", split, name="merge_split"),
]
