"""Rows of articles, and what the journal keeps of each."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from ecredit.facts.actors.canonical import instant_text
from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.masking import redact
from ecredit.service.telling.models import Story, StoryEvent, StoryPicture, StoryVersion
from ecredit.service.telling.types import (
    AGREED,
    ENDED,
    LOOKED,
    SHOWN,
    TAKEN_DOWN,
    Course,
    Ending,
    PictureFile,
    Plan,
)

VERBS = {"looked": LOOKED, "agreed": AGREED, "shown": SHOWN, "ended": ENDED}


def story_about(number: int) -> str:
    """As journal and approvals name an article."""
    return f"story:{number}"


def version_about(number: int, version: int) -> str:
    """As the journal names a version of it."""
    return f"story:{number}/{version}"


def picture_about(digest: str) -> str:
    """As the journal names a picture."""
    return f"story_picture:{digest[:16]}"


def event_detail(event: StoryEvent, digest: str) -> dict[str, object]:
    """What the journal keeps of an event; of words a digest, they may say something of a person."""
    detail: dict[str, object] = {"version": event.version, "digest": digest}
    if event.from_at is not None and event.until_at is not None:
        detail |= {"from": instant_text(event.from_at), "until": instant_text(event.until_at)}
    if event.asked_by:
        detail["asked_by"] = event.asked_by
    if event.why:
        detail |= {"why": event.why, "words": hashlib.sha256(event.words.encode()).hexdigest()}
    return detail


def draft_detail(digest: str, organisation: str) -> dict[str, object]:
    """What the journal says of a version: its digest, and whose article it is."""
    return {"digest": digest, "organisation": organisation}


def picture_detail(picture: StoryPicture | PictureFile) -> dict[str, object]:
    """What the journal keeps of a picture."""
    small = hashlib.sha256(bytes(picture.small)).hexdigest()
    return {"digest": picture.digest, "small": small, "size": [picture.width, picture.height]}


def post_event(
    log: OpenLog,
    *,
    row: StoryVersion,
    kind: str,
    by: Actor,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
    why: str = "",
    words: str = "",
    asked_by: str = "",
) -> StoryEvent:
    """Put an event down in a transaction whose log is open, with its journal row."""
    event = StoryEvent(
        story=row.story,
        version=row.version,
        kind=kind,
        from_at=from_at,
        until_at=until_at,
        why=why,
        words=redact(words.strip()),
        asked_by=asked_by,
        by=by.who,
        at=log.at,
    )
    event.leaf = post_journal(
        log,
        by=by,
        verb=VERBS[kind],
        about=story_about(row.story.number),
        detail=event_detail(event, row.digest),
    )
    event.save(force_insert=True)
    return event


def course_of(events: Iterable[StoryEvent], digests: dict[int, str]) -> Course:
    """What became of an article, from its events in order; `digests` of its versions."""
    course = Course()
    for event in events:
        plan = Plan(
            event.version,
            digests.get(event.version, ""),
            event.from_at or event.at,
            event.until_at or event.at,
        )
        if event.kind == "agreed":
            course = replace(course, planned=plan, ended=None)
        elif event.kind == "shown" and course.planned is not None:
            course = replace(
                course,
                shown=course.planned,
                shown_at=event.at,
                first_at=course.first_at or event.at,
                planned=None,
            )
        elif event.kind == "ended":
            ending = Ending(event.version, event.at, event.why, event.words, event.by)
            # Taken down is the article, whatever version; else the version ends that was shown or planned.
            whole = event.why == TAKEN_DOWN
            if whole or (course.shown is not None and course.shown.version == event.version):
                course = replace(course, shown=None, shown_at=None)
            if whole or (course.planned is not None and course.planned.version == event.version):
                course = replace(course, planned=None)
            course = replace(course, ended=ending)
    return course


def get_story(number: int) -> Story:
    """An article by its number. Raises WrongUse when there is none."""
    row = Story.objects.filter(number=number).first()
    if row is None:
        raise WrongUse(f"没有编号为 {number} 的文章", f"there is no article {number}")
    return row


def newest_version(story: Story) -> StoryVersion:
    """The version of an article that was written last."""
    row = story.versions.order_by("-version").first()
    if row is None:
        raise WrongUse(f"没有编号为 {story.number} 的文章", f"there is no article {story.number}")
    return row


def get_version(story: Story, version: int) -> StoryVersion:
    """One version of an article. Raises WrongUse when there is none."""
    row = story.versions.filter(version=version).first()
    if row is None:
        raise WrongUse(
            f"文章 {story.number} 没有第 {version} 稿", f"article {story.number} has no version {version}"
        )
    return row


def read_course(story: Story) -> Course:
    """What became of one article so far."""
    digests = dict(story.versions.values_list("version", "digest"))
    return course_of(story.events.order_by("leaf"), digests)


def read_courses() -> list[tuple[Story, Course]]:
    """What became of every article to which something happened, in two questions."""
    events: dict[int, list[StoryEvent]] = {}
    for event in StoryEvent.objects.select_related("story").order_by("story__number", "leaf"):
        events.setdefault(event.story_id, []).append(event)
    digests: dict[int, dict[int, str]] = {}
    rows = StoryVersion.objects.filter(story_id__in=events).values_list("story_id", "version", "digest")
    for story, version, digest in rows:
        digests.setdefault(story, {})[version] = digest
    return [(of[0].story, course_of(of, digests.get(id, {}))) for id, of in events.items()]
