"""The public copy of articles (`home/stories.sqlite3`): what the portal reads of them, beside the public database.

It follows the operational database and can be deleted and made again. It holds what is shown now and nothing else: what is not
due yet is not in it, what was taken down is overwritten in its bytes.
"""

import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.facts.subjects.queries import get_subject
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.keys import KeyRing
from ecredit.service.publicity.copy_writing import writing_copy
from ecredit.service.telling.draft_rules import content_of
from ecredit.service.telling.errors import NotCopied
from ecredit.service.telling.models import StoryPicture, StoryVersion
from ecredit.service.telling.public_stories import instant
from ecredit.service.telling.story_rows import get_version, read_courses
from ecredit.service.telling.types import COPIED, EXPIRED, TAKEN_DOWN, Content, Course

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS kind(id TEXT PRIMARY KEY, place INTEGER NOT NULL, doc TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS story(
  number INTEGER PRIMARY KEY, kind TEXT NOT NULL, version INTEGER NOT NULL, shown_at TEXT NOT NULL, until_at TEXT NOT NULL,
  first_at TEXT NOT NULL, starts_on TEXT, ends_on TEXT, on_top INTEGER NOT NULL, head TEXT NOT NULL, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS picture(
  digest TEXT PRIMARY KEY, media TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, body BLOB NOT NULL,
  small BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS gone(number INTEGER PRIMARY KEY, "on" TEXT NOT NULL, why TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID
"""
_KEYS: Final = {"kind": "id", "story": "number", "picture": "digest", "gone": "number"}
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """What the copy holds, or should: rows of each table by their first column; of pictures the digest of each rendition alone."""

    tables: dict[str, dict[Any, Row]]

    def digest(self) -> str:
        """SHA-256 over all of it."""
        held = hashlib.sha256()
        for name, rows in sorted(self.tables.items()):
            held.update(repr((name, sorted(rows.values()))).encode())
        return held.hexdigest()


def wanted_copy(catalog: Catalog) -> Copy:
    """What the copy should hold now, by the operational database."""
    kinds = {
        kind.id: (kind.id, place, _json(
            {"zh": kind.zh, "en": kind.en, "about_zh": kind.about_zh, "about_en": kind.about_en,
             "dated": kind.dated, "on_top": kind.on_top}
        ))
        for place, kind in enumerate(catalog.stories.values())
    }  # fmt: skip
    stories: dict[int, Row] = {}
    gone: dict[int, Row] = {}
    digests: set[str] = set()
    sizes = {d: (w, h) for d, w, h in StoryPicture.objects.values_list("digest", "width", "height")}
    for story, course in read_courses():
        if course.shown is not None:
            row = get_version(story, course.shown.version)
            stories[story.number] = _story_row(catalog, row, course, sizes)
            digests |= {picture.digest for picture in content_of(row.document).pictures}
        elif course.first_at is not None and course.ended is not None:
            on = timezone.localtime(course.ended.at).date().isoformat()
            why = EXPIRED if course.ended.why == EXPIRED else TAKEN_DOWN
            gone[story.number] = (story.number, on, why)
    rows = StoryPicture.objects.filter(digest__in=digests)
    pictures = {p.digest: (p.digest, p.media, p.width, p.height, _sum(p.body), _sum(p.small)) for p in rows}
    return Copy({"kind": kinds, "story": stories, "picture": pictures, "gone": gone})


def read_copy(path: Path) -> Copy | None:
    """What the copy holds; None when there is none. Raises sqlite3.DatabaseError for a file that is none."""
    if not path.exists():
        return None
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            return _held(connection)
        except sqlite3.OperationalError:
            return None


def bring_copy(*, home: Home, catalog: Catalog, ring: KeyRing, by: Actor, at: datetime) -> int:
    """Bring the copy to what it should hold; gives how many rows were written or taken out. Its digest is journaled before anybody
    can see it. Raises NotCopied when it cannot be written."""
    wanted = wanted_copy(catalog)
    try:
        held = read_copy(home.stories_db)
        if held == wanted:
            return 0
        with writing_copy(home.stories_db, _TABLES, "synchronous=FULL", "secure_delete=ON") as connection:
            changed = _write(connection, _held(connection), wanted)
            state = wanted.digest()
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('state', ?)", (state,))
            if changed:
                with transaction.atomic():
                    log = OpenLog(ring, at)
                    detail = {"digest": state, "count": changed}
                    post_journal(log, by=by, verb=COPIED, about="stories:public", detail=detail)
                    log.seal()
        return changed
    except (sqlite3.Error, OSError) as error:
        raise NotCopied(
            f"决定已记下，但宣传文章的公开库 {home.stories_db.name} 写不进去（{error}），公开页可能没有变；排除后请执行 ecredit story publish",
            f"it is decided, but the public copy of the articles {home.stories_db.name} cannot be written ({error}), and the public pages"
            " may be as before; when that is mended run: ecredit story publish",
        ) from error


def _story_row(catalog: Catalog, row: StoryVersion, course: Course, sizes: dict[str, tuple[int, int]]) -> Row:
    plan = course.shown
    assert plan is not None and course.shown_at is not None and course.first_at is not None  # noqa: S101
    content = content_of(row.document)
    kind, campaign = catalog.stories[content.kind], content.campaign
    pictures = [(p.digest, p.alt_zh, p.alt_en, *sizes.get(p.digest, (0, 0))) for p in content.pictures]
    department = None if campaign is None else catalog.departments.get(campaign.department)
    head = {
        "titles": {lang: words.title for lang, words in content.words()},
        "summaries": {lang: words.summary for lang, words in content.words()},
        "place_zh": "" if campaign is None else campaign.place_zh,
        "place_en": "" if campaign is None else campaign.place_en,
        "department": "" if department is None else department.name,
        "picture": pictures[0] if pictures else None,
    }
    named = content.subjects if kind.subjects == "shown" else ()
    # By code alone: what the firm is called today the public database says.
    subjects = [get_subject(id).code for id in named]
    doc = {
        "bodies": {lang: words.body for lang, words in content.words()},
        "pictures": pictures,
        "subjects": subjects,
        "tasks": _tasks(catalog, content),
        "digest": row.digest,
    }
    return (
        row.story.number, kind.id, row.version, instant(course.shown_at), instant(plan.until_at), instant(course.first_at),
        None if campaign is None else campaign.starts_on.isoformat(),
        None if campaign is None else campaign.ends_on.isoformat(),
        int(kind.on_top), _json(head), _json(doc),
    )  # fmt: skip


def _tasks(catalog: Catalog, content: Content) -> list[tuple[int, str]]:
    """Number and title of the tasks a campaign is for."""
    wanted = () if content.campaign is None else content.campaign.tasks
    return [(task.number, task.title) for task in catalog.tasks if task.id in wanted]


def _held(connection: sqlite3.Connection) -> Copy:
    tables: dict[str, dict[Any, Row]] = {}
    for name in _KEYS:
        rows = connection.execute(f"SELECT * FROM {name}").fetchall()
        if name == "picture":
            rows = [(*row[:4], _sum(row[4]), _sum(row[5])) for row in rows]
        tables[name] = {row[0]: row for row in rows}
    return Copy(tables)


def _write(connection: sqlite3.Connection, held: Copy, wanted: Copy) -> int:
    changed = 0
    for name, key in _KEYS.items():
        now, then = wanted.tables[name], held.tables[name]
        gone = [(one,) for one in then if one not in now]
        fresh = [row for one, row in now.items() if then.get(one) != row]
        connection.executemany(f"DELETE FROM {name} WHERE {key} = ?", gone)
        if name == "picture":
            rows = StoryPicture.objects.filter(digest__in=[row[0] for row in fresh])
            fresh = [(p.digest, p.media, p.width, p.height, bytes(p.body), bytes(p.small)) for p in rows]
        for row in fresh:
            connection.execute(f"INSERT OR REPLACE INTO {name} VALUES ({','.join('?' * len(row))})", row)
        changed += len(gone) + len(fresh)
    return changed


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _sum(content: bytes | memoryview) -> str:
    return hashlib.sha256(bytes(content)).hexdigest()
