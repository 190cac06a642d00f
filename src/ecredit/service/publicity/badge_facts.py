"""What a badge may say of subjects: read out of the public database in blocks, so it can say nothing that is not public.

The same answer as a profile gives (`PublicStore.find_subject`), for a day; only what a badge carries is read.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from ecredit.foundation.proof.badge_types import Licence
from ecredit.service.publicity.listing import NUMBER_ENDINGS
from ecredit.service.publicity.types import Section

REAL_NAME_SOURCE: Final = "realname_result"
REAL_NAME_COLUMN: Final = "result"
REAL_NAME_GOOD: Final = "一致"
MOST_LICENCES: Final = 3
_BLOCK: Final = 2_000
_SUBJECTS: Final = "SELECT id, code, name, kind, area, status, grade, graded_on, grade_until FROM subject"
_ITEMS: Final = (
    "SELECT i.code, i.source, i.section, i.occurred_on, i.shown_until, i.doc, i.leaf, s.labels, s.title_zh"
    " FROM item i JOIN source s ON s.id = i.source"
    f" WHERE (i.section IN ('{Section.REGISTRATION}', '{Section.LICENCE}') OR i.source = '{REAL_NAME_SOURCE}')"
    " AND i.shown_from <= ? AND (i.shown_until IS NULL OR ? < i.shown_until)"
    " AND i.code IN (SELECT value FROM json_each(?))"
)


@dataclass(frozen=True, slots=True)
class BadgeFacts:
    """What is public of one subject on a day, as far as a badge says it.

    status      of the register, in Chinese; "" where none is known
    ends_on     first day on which some of this is no longer so (a term, a licence, a grade); None: no end is known
    """

    code: str
    name: str
    kind: str
    area: str
    status: str
    grade: str | None
    graded_on: date | None
    registered: bool
    licences: tuple[Licence, ...]
    licence_count: int
    real_name_on: date | None
    ends_on: date | None


def iter_badge_facts(path: Path, on: date, codes: Sequence[str] | None = None) -> Iterator[list[BadgeFacts]]:
    """Blocks of subjects of the public database, all or those of these present codes. What is not public is not there."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)) as connection:
        connection.execute("PRAGMA mmap_size=268435456")
        last = -1
        wanted = None if codes is None else json.dumps(list(codes))
        while True:
            among = "" if wanted is None else " AND code IN (SELECT value FROM json_each(?))"
            given: list[object] = [last] if wanted is None else [last, wanted]
            rows = connection.execute(
                f"{_SUBJECTS} WHERE id > ?{among} ORDER BY id LIMIT {_BLOCK}", given
            ).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield _read_block(connection, rows, on)


def _read_block(connection: sqlite3.Connection, rows: list[tuple[Any, ...]], on: date) -> list[BadgeFacts]:
    items: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    day = on.isoformat()
    for code, *item in connection.execute(_ITEMS, (day, day, json.dumps([row[1] for row in rows]))):
        items[code].append(tuple(item))
    return [_facts(row, items.get(row[1], []), on) for row in rows]


def _facts(row: tuple[Any, ...], items: list[tuple[Any, ...]], on: date) -> BadgeFacts:
    _, code, name, kind, area, status, grade, graded_on, grade_until = row
    until = _day(grade_until)
    if grade is not None and until is not None and until <= on:
        grade = until = None  # as a profile has it: its time ran out
    ends = [] if grade is None or until is None else [until]
    registered, real_name = False, None
    licences: list[tuple[str, int, Licence]] = []
    for source, section, occurred_on, shown_until, doc, leaf, labels, title in items:
        _, _, _, valid_to, fields, *_ = json.loads(doc)
        end = min((day for day in (_day(shown_until), _day(valid_to)) if day is not None), default=None)
        if end is not None and end <= on:
            continue  # shown still, and over: a badge says what holds today
        if source == REAL_NAME_SOURCE:
            if fields.get(REAL_NAME_COLUMN) != REAL_NAME_GOOD or occurred_on is None:
                continue
            real_name = max(real_name or "", occurred_on)
        elif section == Section.LICENCE:
            last = None if valid_to is None else date.fromisoformat(valid_to) - timedelta(days=1)
            licences.append((occurred_on or "", leaf, Licence(title, _number(labels, fields), last)))
        else:
            registered = True
        if end is not None:
            ends.append(end)
    newest = tuple(one for _, _, one in sorted(licences, key=lambda found: found[:2], reverse=True))
    return BadgeFacts(
        code=code,
        name=name,
        kind=kind,
        area=area,
        status=status,
        grade=grade,
        graded_on=None if grade is None else _day(graded_on),
        registered=registered,
        licences=newest[:MOST_LICENCES],
        licence_count=len(newest),
        real_name_on=_day(real_name),
        ends_on=min(ends, default=None),
    )


def _number(labels: str, fields: dict[str, str]) -> str:
    """The number the issuing body gave a document, "" when it carries none."""
    return next((fields[code] for code in _number_columns(labels) if code in fields), "")


@lru_cache(maxsize=64)
def _number_columns(labels: str) -> tuple[str, ...]:
    return tuple(code for code, words in json.loads(labels).items() if words[0].endswith(NUMBER_ENDINGS))


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
