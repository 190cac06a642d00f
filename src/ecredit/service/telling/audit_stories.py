"""The audit of articles: every version, picture and event is the journal's, none is missing, and the public copy holds what is shown."""

import hashlib
import sqlite3
from collections.abc import Iterator

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.queries import read_journal
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.home import Home
from ecredit.service.telling.draft_rules import content_of, digest_of
from ecredit.service.telling.models import StoryEvent, StoryPicture, StoryVersion
from ecredit.service.telling.public_copy import read_copy, wanted_copy
from ecredit.service.telling.story_rows import (
    VERBS,
    draft_detail,
    event_detail,
    picture_about,
    picture_detail,
    story_about,
    version_about,
)
from ecredit.service.telling.types import DRAFTED, PICTURED


def audit_stories(home: Home, catalog: Catalog) -> Iterator[AuditFinding]:
    """What was altered, added or removed, each by its name; and what of the public copy is not as it should be."""
    found = [*_versions(), *_pictures(), *_events()]
    yield from found
    if not found:
        yield from _copy(home, catalog)


def _versions() -> Iterator[AuditFinding]:
    made = {entry.leaf: entry for entry in read_journal(DRAFTED)}
    for row in StoryVersion.objects.select_related("story").order_by("leaf").iterator():
        about = version_about(row.story.number, row.version)
        entry = made.pop(row.leaf, None)
        if (
            entry is None
            or (entry.object, entry.who, entry.at) != (about, row.made_by, row.made_at)
            or read_object(entry.detail) != draft_detail(row.digest, row.story.organisation)
        ):
            yield _finding(row.leaf, about, "与日志不一致", "is not what the journal says was written")
        elif digest_of(row.document) != row.digest:
            yield _finding(row.leaf, about, "的内容被改动", "was altered")
        elif content_of(row.document).kind != row.story.kind:
            yield _finding(
                row.leaf, about, "的类别与日志不一致", "is not of the kind the journal's version is of"
            )
    for leaf, entry in made.items():
        yield _finding(leaf, entry.object, "不见了", "is gone")


def _pictures() -> Iterator[AuditFinding]:
    taken = {entry.leaf: entry for entry in read_journal(PICTURED)}
    for row in StoryPicture.objects.order_by("leaf").iterator():
        about = picture_about(row.digest)
        entry = taken.pop(row.leaf, None)
        if entry is None or entry.object != about or read_object(entry.detail) != picture_detail(row):
            yield _finding(row.leaf, about, "与日志不一致", "is not what the journal says was taken in")
        elif hashlib.sha256(bytes(row.body)).hexdigest() != row.digest:
            yield _finding(row.leaf, about, "的图片被改动", "was altered")
    for leaf, entry in taken.items():
        yield _finding(leaf, entry.object, "不见了", "is gone")


def _events() -> Iterator[AuditFinding]:
    said = {entry.leaf: entry for entry in read_journal(*VERBS.values())}
    digests = {
        (story, version): digest
        for story, version, digest in StoryVersion.objects.values_list("story_id", "version", "digest")
    }
    for row in StoryEvent.objects.select_related("story").order_by("leaf").iterator():
        about = story_about(row.story.number)
        entry = said.pop(row.leaf, None)
        digest = digests.get((row.story_id, row.version), "")
        if (
            entry is None
            or (entry.object, entry.verb, entry.who, entry.at)
            != (about, VERBS.get(row.kind, ""), row.by, row.at)
            or read_object(entry.detail) != event_detail(row, digest)
        ):
            yield _finding(
                row.leaf, about, "的一项经过与日志不一致", "has an event the journal does not have"
            )
    for leaf, entry in said.items():
        yield _finding(leaf, entry.object, "的一项经过不见了", "has lost an event")


def _copy(home: Home, catalog: Catalog) -> Iterator[AuditFinding]:
    try:
        held = read_copy(home.stories_db)
    except sqlite3.DatabaseError:
        yield _public("公开库打不开", "the public copy cannot be opened")
        return
    if held is None:
        return
    wanted = wanted_copy(catalog)
    for table in ("story", "picture", "gone"):
        now, then = held.tables[table], wanted.tables[table]
        for key in sorted(now.keys() | then.keys()):
            if now.get(key) == then.get(key):
                continue
            name = f"{table} {str(key)[:16]}"
            if key not in now:
                yield _public(f"公开库里没有 {name}", f"{name} is not in the public copy")
            elif key not in then:
                yield _public(f"公开库里多出 {name}", f"{name} is in the public copy and should not be")
            else:
                yield _public(f"公开库里的 {name} 被改动", f"{name} was altered in the public copy")


def _public(zh: str, en: str) -> AuditFinding:
    return AuditFinding(
        "public_story",
        None,
        f"宣传文章的{zh}；执行 ecredit story publish 重新公布",
        f"articles: {en}; ecredit story publish puts it right",
    )


def _finding(leaf: int | None, about: str, zh: str, en: str) -> AuditFinding:
    return AuditFinding("story", leaf, f"宣传文章 {about} {zh}", f"the article {about} {en}")
