"""What is done with an article at the desk: its pictures confirmed, put up for agreement, taken down."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import path

from ecredit.foundation.kernel.errors import EcreditError, WrongUse
from ecredit.service.operation.approved import ask, telling
from ecredit.service.telling.publish_actions import look_at, take_down_story
from ecredit.service.telling.types import StoryView
from ecredit.surface.desk.doors import actor, needs
from ecredit.surface.desk.forms import posted, posted_number
from ecredit.surface.desk.notices import done
from ecredit.surface.desk.page_stories import READ, find_own, show_story
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.story_forms import read_plan

_PUBLISH: Final = "story.publish"
_TAKE_DOWN: Final = "story.take_down"


@needs(READ, methods=("POST",))
def look(request: HttpRequest, number: int) -> HttpResponse:
    """Confirm having looked at every picture of the newest version."""
    view = find_own(request, number)
    try:
        _same_version(request, view)
        if not request.POST.get("looked"):
            raise WrongUse("请逐张看过图片后勾选确认", "look at each picture, then tick that you did")
        version, by = view.newest.version, actor(request, READ)
        look_at(number=number, version=version, ring=city().ring, by=by, at=city().now)
    except EcreditError as error:
        return show_story(request, view, error)
    return done(request, "story_looked", "desk:story", number=number)


@needs(_PUBLISH, methods=("POST",))
def propose(request: HttpRequest, number: int) -> HttpResponse:
    """Ask another person to agree that the newest version is published."""
    view = find_own(request, number)
    by = actor(request, _PUBLISH)
    try:
        _same_version(request, view)
        newest = view.newest
        if newest.content.pictures and request.POST.get("looked"):
            look_at(number=number, version=newest.version, ring=city().ring, by=by, at=city().now)
        from_at, until_on = read_plan(request)
        wanted = telling(
            number=number, version=newest.version, digest=newest.digest, from_at=from_at, until_on=until_on
        )
        ask(city(), wanted, reason=posted(request, "reason", most=500), by=by, at=city().now)
    except EcreditError as error:
        return show_story(request, view, error)
    return done(request, "asked", "desk:story", number=number)


@needs(_TAKE_DOWN, methods=("POST",))
def take_down(request: HttpRequest, number: int) -> HttpResponse:
    """End an article at once, by one person: what should not be public does not wait for a second."""
    view = find_own(request, number)
    try:
        take_down_story(
            catalog=city().catalog,
            home=city().home,
            number=number,
            reason=posted(request, "reason", most=500),
            ring=city().ring,
            by=actor(request, _TAKE_DOWN),
            at=city().now,
        )
    except EcreditError as error:
        return show_story(request, view, error)
    return done(request, "story_taken_down", "desk:story", number=number)


def _same_version(request: HttpRequest, view: StoryView) -> None:
    if posted_number(request, "version", least=0, most=1_000_000) != view.newest.version:
        raise WrongUse(
            "您打开以后别人又存了一稿；请先看新稿",
            "another version was saved since you opened this one; look at it first",
        )


urlpatterns = [
    path("stories/<int:number>/look", look, name="story_look"),
    path("stories/<int:number>/propose", propose, name="story_propose"),
    path("stories/<int:number>/take-down", take_down, name="story_take_down"),
]
