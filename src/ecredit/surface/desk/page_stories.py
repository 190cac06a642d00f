"""`/desk/stories`: articles for the public: which there are, one of them as it will be read, and what became of it."""

from difflib import ndiff
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from markupsafe import Markup

from ecredit.facts.actors.approval_queries import list_names, list_waiting_about
from ecredit.facts.actors.rights import Everyone
from ecredit.foundation.catalog.story_types import StoryKind
from ecredit.foundation.kernel.errors import EcreditError, WrongUse
from ecredit.foundation.kernel.languages import Lang
from ecredit.service.telling.errors import StoryFaults, place_en, place_zh
from ecredit.service.telling.known_names import names_of
from ecredit.service.telling.markdown_rules import render_html
from ecredit.service.telling.publish_actions import check_publishable
from ecredit.service.telling.queries import find_picture, get_view, has_looked, list_stories, picture_sizes
from ecredit.service.telling.story_rows import story_about
from ecredit.service.telling.types import Content, Fault, StoryView
from ecredit.surface.desk.doors import account_of_request, needs, reached
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.notices import notice
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page
from ecredit.surface.desk.seats import organisation_name

READ: Final = "story.read"
BADGES: Final = {"draft": "", "waiting": "warn", "planned": "warn", "shown": "good", "ended": "bad"}


@needs(READ)
def stories(request: HttpRequest) -> HttpResponse:
    """Every article of those whose articles the account may see, the newest first, of one kind or state if asked."""
    mine = reached(request, READ)
    lines = list_stories(None if isinstance(mine, Everyone) else mine)
    kind, state = request.GET.get("kind", ""), request.GET.get("state", "")
    shown = [line for line in lines if (not kind or line.kind == kind) and (not state or line.state == state)]
    return page(
        request,
        "desk/stories.html",
        lines=shown,
        kinds=city().catalog.stories,
        writable=writable_kinds(request),
        kind=kind,
        state=state,
        states=tuple(BADGES),
        names=list_names(line.made_by for line in shown),
        badges=BADGES,
        done=notice(request),
    )


@needs(READ)
def story(request: HttpRequest, number: int) -> HttpResponse:
    """The newest version as it will be read, what keeps it from being published, and what happened."""
    return show_story(request, find_own(request, number))


def show_story(
    request: HttpRequest, view: StoryView, error: EcreditError | None = None, *, status: int = 400
) -> HttpResponse:
    """The page of one article, with what was wrong with an act, if anything."""
    frame, newest, line = frame_of(request), view.newest, view.line
    kind = kind_of(line.kind)
    about = story_about(line.number)
    waiting = list_waiting_about([about]).get(about)
    faults = (
        check_publishable(city().catalog, newest.content, city().today, city().sealer)
        if line.state in ("draft", "ended")
        else []
    )
    whos = {event.by for event in view.events} | {version.made_by for version in view.versions}
    return page(
        request,
        "desk/story.html",
        status=200 if error is None else status,
        view=view,
        line=line,
        kind=kind,
        content=newest.content,
        changed=_changed(view),
        readings=[
            (lang, words, preview_html(newest.content, lang)) for lang, words in newest.content.words()
        ],
        pictures=newest.content.pictures,
        subjects=names_of(newest.content.subjects),
        department=_department(newest.content),
        tasks=_tasks(newest.content),
        organisation=organisation_name(city().catalog, line.organisation),
        faults=say_faults(frame.lang, faults),
        looked=has_looked(line.number, newest.version, account_of_request(request).who),
        waiting=waiting,
        names=list_names([*whos, *([] if waiting is None else [waiting.asked_by])]),
        writable=kind.id in {k.id for k in writable_kinds(request)},
        badges=BADGES,
        today=city().today,
        done=notice(request),
        wrong="" if error is None else frame.say(error),
    )


@needs(READ)
def picture(request: HttpRequest, digest: str) -> HttpResponse:
    """A picture that was taken in, for those who write and agree."""
    del request
    found = find_picture(digest)
    if found is None:
        raise NotThere
    response = HttpResponse(found[1], content_type=found[0])
    response["Cache-Control"] = "private, max-age=3600"
    return response


def find_own(request: HttpRequest, number: int) -> StoryView:
    """An article the account may read. Raises NotThere for another's as for none."""
    try:
        view = get_view(number)
    except WrongUse as error:
        raise NotThere from error
    mine = reached(request, READ)
    if not isinstance(mine, Everyone) and view.line.organisation not in mine:
        raise NotThere
    return view


def kind_of(id: str) -> StoryKind:
    """A kind of the catalogue. Raises NotThere."""
    found = city().catalog.stories.get(id)
    if found is None:
        raise NotThere
    return found


def writable_kinds(request: HttpRequest) -> list[StoryKind]:
    """The kinds the account's roles may write."""
    roles = {seat.role for seat in account_of_request(request).seats}
    return [kind for kind in city().catalog.stories.values() if roles & kind.write]


def preview_html(content: Content, lang: Lang) -> Markup:
    """A text as it will be read."""
    sizes = picture_sizes([use.digest for use in content.pictures])
    body = dict(content.words())[lang].body

    def shown(place: int) -> tuple[str, str, int, int]:
        if place > len(content.pictures):
            return "", "", 0, 0
        use = content.pictures[place - 1]
        alt = use.alt_en if lang == "en" and use.alt_en else use.alt_zh
        return (reverse("desk:story_picture", args=[use.digest]), alt, *sizes.get(use.digest, (0, 0)))

    return Markup(render_html(body, shown, lambda path: path))  # noqa: S704 - made and cleaned by the room's rules


def say_faults(lang: Lang, faults: list[Fault] | tuple[Fault, ...]) -> list[str]:
    """Each fault with its place, as a sentence."""
    return [place_zh(fault) if lang == "zh" else place_en(fault) for fault in faults]


def changed_lines(before: Content, after: Content) -> list[tuple[str, str]]:
    """What another version says otherwise, line by line: `-` was, `+` is; empty where only pictures or days differ."""
    old, new = (
        [line for _, w in content.words() for line in (w.title, w.summary, *w.body.split("\n"))]
        for content in (before, after)
    )
    return [(line[0], line[2:]) for line in ndiff(old, new) if line[0] in "+-" and line[2:].strip()]


def faults_of(error: EcreditError) -> tuple[Fault, ...]:
    """The places of a refusal that names them."""
    return error.faults if isinstance(error, StoryFaults) else ()


def _changed(view: StoryView) -> list[tuple[str, str]]:
    shown = view.line.course.shown
    if shown is None or shown.version == view.newest.version:
        return []
    before = next(version for version in view.versions if version.version == shown.version)
    return changed_lines(before.content, view.newest.content)


def _department(content: Content) -> str:
    if content.campaign is None:
        return ""
    found = city().catalog.departments.get(content.campaign.department)
    return "" if found is None else found.name


def _tasks(content: Content) -> str:
    wanted = () if content.campaign is None else content.campaign.tasks
    return "；".join(f"{task.number} {task.title}" for task in city().catalog.tasks if task.id in wanted)


MENU: Final = (Entry("desk:stories", "stories", "judge", 18, (READ,)),)
urlpatterns = [
    path("stories", stories, name="stories"),
    path("stories/<int:number>", story, name="story"),
    path("stories/pictures/<slug:digest>.webp", picture, name="story_picture"),
]
