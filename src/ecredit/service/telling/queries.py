"""Reads of articles, for the desk and the console."""

from collections.abc import Collection

from ecredit.facts.actors.approval_queries import list_waiting_about
from ecredit.service.telling.draft_rules import content_of
from ecredit.service.telling.models import Story, StoryEvent, StoryPicture, StoryVersion
from ecredit.service.telling.story_rows import course_of, get_story, story_about
from ecredit.service.telling.types import PastEvent, StoryLine, StoryView, Version


def list_stories(organisations: Collection[str] | None = None) -> list[StoryLine]:
    """Every article (of these organisations), the newest first, in four questions."""
    stories = Story.objects.order_by("-number")
    if organisations is not None:
        stories = stories.filter(organisation__in=list(organisations))
    rows = list(stories)
    ids = [story.pk for story in rows]
    versions: dict[int, list[StoryVersion]] = {}
    for version in StoryVersion.objects.filter(story_id__in=ids).order_by("version"):
        versions.setdefault(version.story_id, []).append(version)
    events: dict[int, list[StoryEvent]] = {}
    for event in StoryEvent.objects.filter(story_id__in=ids).order_by("leaf"):
        events.setdefault(event.story_id, []).append(event)
    waiting = list_waiting_about([story_about(story.number) for story in rows])
    return [
        _line(story, versions[story.pk], events.get(story.pk, []), story_about(story.number) in waiting)
        for story in rows
        if story.pk in versions
    ]


def get_view(number: int) -> StoryView:
    """One article. Raises WrongUse when there is none."""
    story = get_story(number)
    versions = list(story.versions.order_by("version"))
    events = list(story.events.order_by("leaf"))
    waiting = bool(list_waiting_about([story_about(number)]))
    views = tuple(
        Version(v.version, content_of(v.document), v.digest, v.made_at, v.made_by) for v in versions
    )
    past = tuple(
        PastEvent(e.kind, e.version, e.why, e.words, e.by, e.at, e.from_at, e.until_at) for e in events
    )
    return StoryView(_line(story, versions, events, waiting), views[-1], views, past)


def find_picture(digest: str, *, small: bool = False) -> tuple[str, bytes] | None:
    """A picture that was taken in, public or not: its media type and its bytes."""
    row = StoryPicture.objects.filter(digest=digest).first()
    return None if row is None else (row.media, bytes(row.small if small else row.body))


def picture_sizes(digests: Collection[str]) -> dict[str, tuple[int, int]]:
    """Width and height of pictures."""
    rows = StoryPicture.objects.filter(digest__in=list(digests)).values_list("digest", "width", "height")
    return {digest: (width, height) for digest, width, height in rows}


def has_looked(number: int, version: int, who: str) -> bool:
    """Whether somebody confirmed having looked at the pictures of a version."""
    return StoryEvent.objects.filter(story__number=number, kind="looked", version=version, by=who).exists()


def _line(story: Story, versions: list[StoryVersion], events: list[StoryEvent], waiting: bool) -> StoryLine:
    newest = versions[-1]
    course = course_of(events, {v.version: v.digest for v in versions})
    return StoryLine(
        number=story.number,
        kind=story.kind,
        organisation=story.organisation,
        version=newest.version,
        title=content_of(newest.document).zh.title,
        state=course.state_of(newest.version, waiting=waiting),
        made_at=newest.made_at,
        made_by=newest.made_by,
        course=course,
    )
