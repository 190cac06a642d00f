"""The audit of grades: each is as its evaluation wrote it, and of a subject's the newest is the current one."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.bulk import stream_rows
from ecredit.facts.actors.canonical import instant_text, read_object, stored_instant_text
from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.queries import read_journal
from ecredit.foundation.kernel.home import Home
from ecredit.judgement.evaluation.evaluate_actions import EVALUATED, file_digest
from ecredit.judgement.evaluation.grade_digests import PART, GradeDigests, GradeFields, own_digest
from ecredit.judgement.evaluation.models import ModelEdition, Run

_GRADES = """
    SELECT id, subject_id, model_id, model_version, edition, grade, score, findings, as_of, computed_at, valid_until,
           through_leaf, public, digest
    FROM evaluation_grade ORDER BY id
"""
_NOT_THE_NEWEST = """
    SELECT g.subject_id, g.id FROM evaluation_grade g
    JOIN (SELECT subject_id, MAX(id) AS newest FROM evaluation_grade GROUP BY subject_id) t ON t.subject_id = g.subject_id
    WHERE g.is_current <> (g.id = t.newest) ORDER BY g.id
"""


@dataclass(frozen=True, slots=True)
class _Part:
    """Some rows that one evaluation wrote, by their ids (both included), and their digest."""

    leaf: int
    run: str
    first: int
    last: int
    digest: str


def audit_grades(home: Home) -> Iterator[AuditFinding]:
    """Grades, evaluations and models that were changed, added or removed since the journal bound them."""
    yield from _audit_runs(home)
    parts = [part for entry in read_journal(EVALUATED) for part in _parts(entry)]
    place, rows = 0, list[GradeFields]()
    for row_id, *fields in stream_rows(_GRADES):
        while place < len(parts) and parts[place].last < row_id:
            yield from _audit_part(parts[place], rows)
            place, rows = place + 1, []
        if place == len(parts) or row_id < parts[place].first:
            yield _finding(
                None,
                f"主体 S{fields[0]} 的等级（第 {row_id} 行）没有来历",
                f"no evaluation wrote the grade of subject S{fields[0]} (row {row_id})",
            )
            continue
        fields[8] = stored_instant_text(fields[8])
        rows.append(tuple(fields))
    for part in parts[place:]:
        yield from _audit_part(part, rows)
        rows = []
    for subject_id, row_id in stream_rows(_NOT_THE_NEWEST):
        yield _finding(
            None,
            f"主体 S{subject_id} 的现行等级不是最近写下的一个（第 {row_id} 行）",
            f"the current grade of subject S{subject_id} is not the newest one (row {row_id})",
        )


def _audit_part(part: _Part, rows: list[GradeFields]) -> Iterator[AuditFinding]:
    digests = GradeDigests()
    for fields in rows:
        digests.add(fields)
    if digests.close() == [part.digest]:
        return
    expected = part.last - part.first + 1
    changed = [f"S{fields[0]}" for fields in rows if own_digest(fields) != fields[-1]]
    named = (
        (f"，其中被改动的有 {'、'.join(changed)}", f", changed: {', '.join(changed)}")
        if changed
        else ("", "")
    )
    yield _finding(
        part.leaf,
        f"评价 {part.run} 写下的等级（第 {part.first} 至 {part.last} 行，应有 {expected} 行，现有 {len(rows)} 行）"
        f"与日志第 {part.leaf} 条不符{named[0]}",
        f"grades that evaluation {part.run} wrote (rows {part.first} to {part.last}: {expected}, now {len(rows)}) do not "
        f"fit leaf {part.leaf}{named[1]}",
    )


def _parts(entry: JournalEntry) -> Iterator[_Part]:
    rows = read_object(entry.detail).get("rows", {})
    run = entry.object.removeprefix("evaluation:")
    for number, digest in enumerate(rows.get("digests", [])):
        first = rows["first"] + number * PART
        yield _Part(entry.leaf, run, first, min(first + PART - 1, rows["last"]), digest)


def _audit_runs(home: Home) -> Iterator[AuditFinding]:
    told = {entry.object: entry for entry in read_journal(EVALUATED)}
    newest = None
    for run in Run.objects.order_by("id").iterator():
        entry = told.pop(f"evaluation:{run.id}", None)
        if entry is None:
            yield _finding(None, f"评价 {run.id} 没有记录", f"nobody made evaluation {run.id}")
            continue
        newest, said = (run, entry), read_object(entry.detail)
        wanted = {"at": instant_text(entry.at), "by": entry.who, **{key: said.get(key) for key in _SAID}}
        for column in (column for column, value in _stands(run).items() if value != wanted[column]):
            yield _finding(
                entry.leaf,
                f"评价 {run.id} 的 {column} 被改动：与日志第 {entry.leaf} 条不符",
                f"{column} of evaluation {run.id} was changed: it does not fit leaf {entry.leaf}",
            )
    for about, entry in told.items():
        number = about.removeprefix("evaluation:")
        yield _finding(
            entry.leaf, f"评价 {number} 不见了", f"evaluation {number} is gone (leaf {entry.leaf} has it)"
        )
    if newest is not None:
        run, entry = newest
        if file_digest(home.root / run.picture) != read_object(entry.detail).get("picture_digest"):
            yield _finding(
                entry.leaf,
                f"评价所用的主体名册 {run.picture} 不见了或被改动；执行 ecredit evaluate --full 重新评价",
                f"the picture of who is who that was graded by, {run.picture}, is gone or was altered; run "
                "ecredit evaluate --full",
            )
    for model in ModelEdition.objects.iterator():
        if hashlib.sha256(model.document.encode()).hexdigest()[:12] != model.edition:
            yield _finding(
                None,
                f"评价模型 {model.model_id}（版本 {model.edition}）被改动",
                f"grading model {model.model_id} (edition {model.edition}) was changed",
            )


# Of a run, what the journal says under the same name.
_SAID = ("as_of", "models_edition", "through_leaf", "why_full", "full", "counts", "picture")


def _stands(run: Run) -> dict[str, Any]:
    """An evaluation as the journal would say it."""
    columns = {key: getattr(run, key) for key in _SAID}
    return {**columns, "as_of": run.as_of.isoformat(), "at": instant_text(run.at), "by": run.by}


def _finding(leaf: int | None, zh: str, en: str) -> AuditFinding:
    return AuditFinding("grade", leaf, zh, en)
