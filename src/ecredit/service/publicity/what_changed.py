"""What a run must look at again: the subjects touched since the last one, or everything."""

import sqlite3
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ecredit.service.publicity.ledger_reading import Lake
from ecredit.service.publicity.store import SCHEMA_VERSION, form_probe, mark_of


@dataclass(frozen=True, slots=True)
class LastRun:
    """What the public database says about the run that made it.

    next_opening  first day on which a document begins that was received but could not be shown yet
    """

    schema: str
    form: str
    edition: str
    projected_for: date
    through_leaf: int
    grade_row: int
    next_opening: date | None
    subjects: int
    items: int


def read_last_run(path: Path) -> LastRun | None:
    """The last run, or None when nothing was ever projected there."""
    if not path.exists():
        return None
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        meta: dict[str, str] = dict(connection.execute("SELECT key, value FROM meta").fetchall())
    except sqlite3.OperationalError:  # an empty file, or one of another making
        return None
    finally:
        connection.close()
    if "through_leaf" not in meta:
        return None
    opening = meta.get("next_opening")
    return LastRun(
        schema=meta.get("schema", ""),
        form=meta.get("form", ""),
        edition=meta.get("catalogue_edition", ""),
        projected_for=date.fromisoformat(meta["projected_for"]),
        through_leaf=int(meta["through_leaf"]),
        grade_row=int(meta.get("grade_row", "-1")),
        next_opening=date.fromisoformat(opening) if opening else None,
        subjects=int(meta.get("subjects", "0")),
        items=int(meta.get("items", "0")),
    )


def why_everything(last: LastRun | None, edition: str, at: date, through: int, grade_row: int) -> str:
    """Why everything must be built anew; "" when what changed is enough."""
    if last is None:
        return "first"
    if (last.schema, last.form) != (SCHEMA_VERSION, form_probe()):
        return "other_program"
    if last.edition != edition:
        return "other_catalogue"
    if at < last.projected_for:
        return "earlier_day"
    if through < last.through_leaf or grade_row < last.grade_row:
        return "other_ledger"
    if last.next_opening is not None and last.next_opening <= at:
        return "begins"
    return ""


def subjects_touched(
    path: Path, last: LastRun, lake: Lake, prints: dict[int, int], regraded: set[int], at: date
) -> set[int]:
    """Canonical ids to take out and write anew: those of new entries and grades, changed, come, gone or ended."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        before: dict[int, int] = dict(connection.execute("SELECT id, print FROM subject").fetchall())
        left_out: dict[int, int] = dict(connection.execute("SELECT id, mark FROM left_out").fetchall())
        ended = {
            row[0]
            for row in connection.execute(
                "SELECT DISTINCT s.id FROM item i JOIN subject s ON s.code = i.code WHERE i.shown_until <= ?",
                (at.isoformat(),),
            )
        }
    finally:
        connection.close()
    unseen = {i for i, mark in left_out.items() if i in prints and mark_of(prints[i]) == mark}
    moved = {subject for subject, _ in before.items() ^ prints.items()} - unseen | (
        left_out.keys() - prints.keys()
    )
    entered = lake.subjects_of_new_entries(last.through_leaf)
    return (
        moved
        | ended
        | (regraded & (prints.keys() | before.keys()))
        | (entered & (prints.keys() | before.keys()))
    )
