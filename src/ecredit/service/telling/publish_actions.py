"""From agreement to the public and out again: looked at, agreed to, shown when its time comes, ended."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from ecredit.facts.actors.errors import FourEyes
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.sealing import Sealer
from ecredit.service.telling.draft_rules import check_content, check_names, content_of, digest_of
from ecredit.service.telling.errors import StoryFaults
from ecredit.service.telling.known_names import list_known
from ecredit.service.telling.models import Story, StoryVersion
from ecredit.service.telling.public_copy import bring_copy
from ecredit.service.telling.standing import check_subjects, get_kind
from ecredit.service.telling.story_rows import (
    get_story,
    get_version,
    newest_version,
    post_event,
    read_course,
    read_courses,
)
from ecredit.service.telling.types import (
    EXPIRED,
    STANDING,
    TAKEN_DOWN,
    UNFIT,
    Content,
    Course,
    Fault,
    Plan,
    Run,
)

LATEST_START = timedelta(days=366)


def check_publishable(catalog: Catalog, content: Content, on: date, sealer: Sealer) -> list[Fault]:
    """Everything that keeps a version from the public today: its form, whom it names, and the record of whom it praises."""
    kind = get_kind(catalog, content.kind)
    return [
        *check_content(content, kind),
        *check_names(content, kind, list_known(catalog, content, kind, sealer)),
        *check_subjects(catalog, kind, content.subjects, on),
    ]


def look_at(*, number: int, version: int, ring: KeyRing, by: Actor, at: datetime) -> None:
    """Put on record that somebody looked at every picture of a version and found nobody in them who may not be shown."""
    with transaction.atomic():
        log = OpenLog(ring, at)
        row = get_version(get_story(number), version)
        if not _has_looked(row, by.who):
            post_event(log, row=row, kind="looked", by=by)
            log.seal()


def check_looked(*, number: int, version: int, who: str) -> None:
    """Raises WrongUse unless the pictures of a version were looked at by this person. No program reads a picture."""
    row = get_version(get_story(number), version)
    if content_of(row.document).pictures and not _has_looked(row, who):
        raise WrongUse(
            "图片里的文字和人脸程序查不出来：请打开文章，逐张看过并确认，再提请或同意",
            "no program sees the words and faces in pictures: open the article, look at each picture and confirm, then ask or agree",
            story=number,
        )


def post_agreement(
    log: OpenLog,
    *,
    catalog: Catalog,
    sealer: Sealer,
    number: int,
    version: int,
    digest: str,
    from_at: datetime | None,
    until_on: date | None,
    asked_by: str,
    by: Actor,
) -> None:
    """Agree to a version, in a transaction whose log is open: shown from an instant (None: at once) until a day (None: as its kind says).

    Raises FourEyes, StoryFaults as `check_publishable` today, and WrongUse when it is no longer the newest, is another than was
    looked at, or its days cannot be.
    """
    if asked_by == by.who:
        raise FourEyes(
            "文章须由另一人复核后发布", "another person has to agree before an article is published"
        )
    story = get_story(number)
    row = newest_version(story)
    if row.version != version:
        raise WrongUse(
            f"这一稿已被第 {row.version} 稿取代，请看新稿",
            f"this version was replaced by version {row.version}; look at that one",
        )
    if not row.digest == digest == digest_of(row.document):
        raise WrongUse(
            "文章与提请复核时不一致，不能发布；请通知审计管理员",
            "the article is not what was asked to be published; tell the audit administrator",
        )
    course, content = read_course(story), content_of(row.document)
    if any(plan is not None and plan.version == version for plan in (course.planned, course.shown)):
        raise WrongUse("这一稿已经同意发布", "this version is agreed to already")
    kind = get_kind(catalog, content.kind)
    begins = max(log.at, from_at or log.at)
    until = _until(begins, until_on, days=kind.days, most=kind.most_days)
    if begins - log.at > LATEST_START:
        raise WrongUse("发布时间最迟在一年以内", "it is shown within a year at the latest")
    faults = check_publishable(catalog, content, timezone.localtime(log.at).date(), sealer)
    if faults:
        raise StoryFaults(faults)
    post_event(log, row=row, kind="agreed", by=by, from_at=begins, until_at=until, asked_by=asked_by)


def _until(begins: datetime, until_on: date | None, *, days: int, most: int) -> datetime:
    """The first instant it is not shown: the beginning of a day of the city."""
    first = timezone.localtime(begins).date()
    last = first + timedelta(days=days) if until_on is None else until_on
    if not first < last <= first + timedelta(days=most):
        raise WrongUse(
            f"展示到的日期应在发布之后，最多 {most} 天",
            f"it is shown until a day after it is published, {most} days at most",
        )
    return timezone.make_aware(datetime.combine(last, time.min))


def take_down_story(
    *, catalog: Catalog, home: Home, number: int, reason: str, ring: KeyRing, by: Actor, at: datetime
) -> Run:
    """End an article at once: nobody sees it when this returns; one that waits for its time is not shown. Raises WrongUse without a
    reason, and when there is nothing to end."""
    if not reason.strip():
        raise WrongUse("请写明撤下的理由", "say why it is taken down")
    with home.alone_in_stories():
        with transaction.atomic():
            log = OpenLog(ring, at)
            story = get_story(number)
            plan = (course := read_course(story)).shown or course.planned
            if plan is None:
                raise WrongUse("这篇文章没有在展示", "this article is not shown")
            post_event(
                log, row=get_version(story, plan.version), kind="ended", by=by, why=TAKEN_DOWN, words=reason
            )
            log.seal()
        return Run((), (number,), bring_copy(home=home, catalog=catalog, ring=ring, by=by, at=at))


def publish_due(*, catalog: Catalog, home: Home, ring: KeyRing, by: Actor, at: datetime) -> Run:
    """Bring what is public to what it should be now: shows what is due and still may be, ends what has had its time and whose subjects'
    record no longer permits it, and mends the public copy. Repeating it changes nothing."""
    shown: list[int] = []
    ended: list[int] = []
    with home.alone_in_stories():
        for story, course in read_courses():
            steps = [
                *_ending(catalog, story, course, at),
                *_beginning(catalog, Sealer(ring), story, course, at),
            ]
            if not steps:
                continue
            with transaction.atomic():
                log = OpenLog(ring, at)
                if read_course(story) != course:
                    continue  # somebody decided meanwhile; the next run looks again
                for step in steps:
                    post_event(log, by=by, **step)
                    (shown if step["kind"] == "shown" else ended).append(story.number)
                log.seal()
        copied = bring_copy(home=home, catalog=catalog, ring=ring, by=by, at=at)
    return Run(tuple(shown), tuple(ended), copied)


def _ending(catalog: Catalog, story: Story, course: Course, at: datetime) -> Iterator[dict[str, Any]]:
    plan = course.shown
    if plan is None:
        return
    row = get_version(story, plan.version)
    if plan.until_at <= at:
        yield {"row": row, "kind": "ended", "why": EXPIRED}
        return
    content = content_of(row.document)
    kind = get_kind(catalog, content.kind)
    lost = check_subjects(catalog, kind, content.subjects, timezone.localtime(at).date())
    if lost:
        words = "；".join(fault.zh for fault in lost)
        yield {"row": row, "kind": "ended", "why": STANDING, "words": words}


def _beginning(
    catalog: Catalog, sealer: Sealer, story: Story, course: Course, at: datetime
) -> Iterator[dict[str, Any]]:
    plan = course.planned
    if plan is None or plan.from_at > at:
        return
    row = get_version(story, plan.version)
    why, words = _unfit(catalog, sealer, row, plan, at)
    if why:
        yield {"row": row, "kind": "ended", "why": why, "words": words}
    else:
        yield {"row": row, "kind": "shown"}


def _unfit(catalog: Catalog, sealer: Sealer, row: StoryVersion, plan: Plan, at: datetime) -> tuple[str, str]:
    if plan.until_at <= at:
        return EXPIRED, ""
    if digest_of(row.document) != row.digest:
        return UNFIT, "内容与同意发布时不一致"
    on = timezone.localtime(at).date()
    faults = check_publishable(catalog, content_of(row.document), on, sealer)
    return (UNFIT, "；".join(fault.zh for fault in faults)) if faults else ("", "")


def _has_looked(row: StoryVersion, who: str) -> bool:
    looked = row.story.events.filter(kind="looked", version=row.version, by=who)
    return bool(looked.exists())
