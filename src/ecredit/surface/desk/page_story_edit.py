"""Writing an article at the desk: the form, its preview, and its pictures. Each save is a version; none is written over."""

from collections.abc import Sequence
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import path

from ecredit.foundation.catalog.story_types import StoryKind
from ecredit.foundation.kernel.errors import EcreditError, WrongUse
from ecredit.service.telling.draft_rules import check_content, check_names
from ecredit.service.telling.known_names import list_known
from ecredit.service.telling.picture_rules import MOST_BYTES
from ecredit.service.telling.types import Content, Fault, PictureUse
from ecredit.service.telling.write_actions import add_picture, write_story
from ecredit.surface.desk.doors import account_of_request, actor, needs
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.forms import posted, posted_number
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.notices import done
from ecredit.surface.desk.page_stories import (
    faults_of,
    find_own,
    kind_of,
    preview_html,
    say_faults,
    show_story,
    writable_kinds,
)
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page
from ecredit.surface.desk.seats import list_places
from ecredit.surface.desk.story_forms import StoryForm, form_of, read_content, sent_form
from ecredit.surface.desk.upload_handler import is_too_long

_WRITE: Final = "story.write"
_BOTH: Final = ("GET", "POST")


@needs(_WRITE, methods=_BOTH)
def new(request: HttpRequest) -> HttpResponse:
    """A new article of a kind."""
    kind = kind_of(request.GET.get("kind", "") or request.POST.get("kind", ""))
    if kind not in writable_kinds(request):
        raise NotThere
    if request.method != "POST":
        return _form(request, kind, StoryForm({f"task_{task}": "1" for task in kind.task_ids}))
    return _take(request, kind, held=(), version=0)


@needs(_WRITE, methods=_BOTH)
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """Another version of an article."""
    view = find_own(request, number)
    kind = kind_of(view.line.kind)
    if kind not in writable_kinds(request):
        raise NotThere
    newest = view.newest
    if request.method != "POST":
        return _form(request, kind, form_of(newest.content, newest.version), number=number)
    return _take(request, kind, held=newest.content.pictures, version=newest.version, number=number)


@needs(_WRITE, methods=("POST",))
def picture(request: HttpRequest, number: int) -> HttpResponse:
    """Take a picture into an article, as a version of its own."""
    view = find_own(request, number)
    kind, content = kind_of(view.line.kind), view.newest.content
    if kind not in writable_kinds(request):
        raise NotThere
    try:
        given = request.FILES.get("file")
        if is_too_long(request) or (given is not None and (given.size or 0) > MOST_BYTES):
            raise WrongUse("图片最大 10 MB；请缩小后再传", "a picture has at most 10 MB; make it smaller")
        if given is None:
            raise WrongUse("请选择图片", "choose a picture")
        alt_zh, alt_en = posted(request, "alt_zh", most=800), posted(request, "alt_en", most=800)
        if not alt_zh:
            raise WrongUse(
                "请写替代文字：图里有什么，看不见图的人靠它",
                "say what the picture shows, for those who do not see it",
            )
        by = actor(request, _WRITE)
        taken = add_picture(content=given.read(), ring=city().ring, by=by, at=city().now)
        pictures = (*content.pictures, PictureUse(taken.digest, alt_zh, alt_en))
        grown = Content(content.kind, content.zh, content.en, pictures, content.subjects, content.campaign)
        _write(request, kind, grown, number)
    except EcreditError as error:
        return show_story(request, view, error)
    return done(request, "story_pictured", "desk:story", number=number)


def _take(
    request: HttpRequest,
    kind: StoryKind,
    *,
    held: Sequence[PictureUse],
    version: int,
    number: int | None = None,
) -> HttpResponse:
    sent = sent_form(request, held, version)
    act = request.POST.get("act", "save")
    try:
        if posted_number(request, "version", least=0, most=1_000_000) != version:
            raise WrongUse(
                "您打开以后别人又存了一稿；请另开一页看新稿，再决定怎么改",
                "another version was saved since you opened this one; look at it on another page first",
            )
        content = read_content(request, kind, held)
        if act == "preview":
            return _form(request, kind, sent, number=number, preview=content)
        number = _write(request, kind, content, number, mask=act == "save_masked")
    except EcreditError as error:
        return _form(request, kind, sent, number=number, error=error)
    return done(request, "story_saved", "desk:story", number=number)


def _write(
    request: HttpRequest, kind: StoryKind, content: Content, number: int | None, *, mask: bool = False
) -> int:
    seats = account_of_request(request).seats
    written, _ = write_story(
        catalog=city().catalog,
        ring=city().ring,
        content=content,
        organisation=next(seat.organisation for seat in seats if seat.role in kind.write),
        roles=[seat.role for seat in seats],
        by=actor(request, _WRITE),
        at=city().now,
        number=number,
        mask=mask,
    )
    return written


def _form(
    request: HttpRequest,
    kind: StoryKind,
    form: StoryForm,
    *,
    number: int | None = None,
    preview: Content | None = None,
    error: EcreditError | None = None,
) -> HttpResponse:
    frame = frame_of(request)
    faults: Sequence[Fault] = () if error is None else faults_of(error)
    readings = []
    if preview is not None:
        known = list_known(city().catalog, preview, kind, city().sealer)
        faults = [*check_content(preview, kind), *check_names(preview, kind, known)]
        readings = [(lang, words, preview_html(preview, lang)) for lang, words in preview.words()]
    return page(
        request,
        "desk/story_edit.html",
        status=200 if error is None else 400,
        kind=kind,
        form=form,
        number=number,
        readings=readings,
        previewed=preview is not None,
        faults=say_faults(frame.lang, tuple(faults)),
        masks=any(fault.rule.startswith("names_") for fault in faults),
        departments=[("", "—"), *((id, name) for id, name in list_places(city().catalog, city().today))]
        if kind.dated
        else (),
        tasks=city().catalog.tasks if kind.dated else (),
        wrong="" if error is None or faults else frame.say(error),
    )


urlpatterns = [
    path("stories/new", new, name="story_new"),
    path("stories/<int:number>/edit", edit, name="story_edit"),
    path("stories/<int:number>/pictures", picture, name="story_picture_add"),
]
