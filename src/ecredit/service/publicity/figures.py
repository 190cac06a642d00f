"""The city in figures: counted when the public database is written, so that a reader pays nothing; true for the day it is read.

What ends between two runs is taken off by the readers: a grade whose time ran out is no grade, a document whose term ended is
not counted. Figures name nobody, so what went is told by number alone.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from ecredit.service.publicity.types import PublicTotals, Section

DAYS_TOLD: Final = 60
"""How far back it is kept how much came and went."""

Cell = tuple[str, str, str]
"""Area, kind of subject, grade ("" where there is none)."""


@dataclass(frozen=True, slots=True)
class District:
    """A district of the city: its code of GB/T 2260 and its names."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class DistrictFigures:
    """Subjects of a district by grade; `ungraded` have none that holds. `district` is None for everywhere else."""

    district: District | None
    subjects: int
    by_grade: Mapping[str, int]
    ungraded: int


@dataclass(frozen=True, slots=True)
class Movement:
    """How many documents became public and how many ceased to be in the runs for one day."""

    on: date
    came: int
    went: int


@dataclass(frozen=True, slots=True)
class CityFigures:
    """All of it on a day: `totals`, subjects by kind (most first), by district in the order of the codes, and what moved lately."""

    totals: PublicTotals
    ungraded: int
    by_kind: Mapping[str, int]
    districts: tuple[DistrictFigures, ...]
    elsewhere: DistrictFigures
    movements: tuple[Movement, ...]


@dataclass(frozen=True, slots=True)
class ShownBefore:
    """What the public database held before it was built anew: its documents and its movements."""

    leaves: frozenset[int]
    movements: tuple[tuple[str, int, int], ...]


def read_shown(path: Path) -> ShownBefore:
    """What is in a public database of any making; nothing where there is none that can be read."""
    if not path.exists():
        return ShownBefore(frozenset(), ())
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        leaves = frozenset(row[0] for row in connection.execute("SELECT leaf FROM item"))
        return ShownBefore(leaves, tuple(_movement_rows(connection)))
    except sqlite3.DatabaseError:
        return ShownBefore(frozenset(), ())
    finally:
        connection.close()


def note_movement(connection: sqlite3.Connection, on: date, came: int, went: int) -> None:
    """Add what came and went in a run for a day; what is too long ago is forgotten."""
    if came or went:
        connection.execute(
            "INSERT INTO movement VALUES (?,?,?) ON CONFLICT(day) DO UPDATE SET came = came + excluded.came,"
            " went = went + excluded.went",
            (on.isoformat(), came, went),
        )
    oldest = (on - timedelta(days=DAYS_TOLD)).isoformat()
    connection.execute("DELETE FROM movement WHERE day < ?", (oldest,))


def restore_movements(connection: sqlite3.Connection, rows: Iterable[tuple[str, int, int]]) -> None:
    """Take over what an earlier database told of its movements."""
    connection.executemany("INSERT OR REPLACE INTO movement VALUES (?,?,?)", rows)


def count_cells(connection: sqlite3.Connection) -> list[tuple[str, str, str, int]]:
    """Subjects by area, kind and grade, in a fixed order."""
    sql = "SELECT area, kind, coalesce(grade, ''), count(*) FROM subject GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    return connection.execute(sql).fetchall()


def read_totals(connection: sqlite3.Connection, on: date) -> PublicTotals:
    """How much is public on a day."""
    return _totals(connection, _cells(connection, on), on)


def read_figures(connection: sqlite3.Connection, on: date, districts: Iterable[District]) -> CityFigures:
    """The city in figures on a day, its districts as given."""
    cells = _cells(connection, on)
    kinds: Counter[str] = Counter()
    places: dict[str, Counter[str]] = {}
    for (area, kind, grade), number in cells.items():
        kinds[kind] += number
        places.setdefault(area, Counter())[grade] += number
    told = tuple(_figures_of(district, places.pop(district.zh, Counter())) for district in districts)
    rest: Counter[str] = Counter()
    for counts in places.values():
        rest.update(counts)
    totals = _totals(connection, cells, on)
    return CityFigures(
        totals=totals,
        ungraded=totals.subjects - sum(totals.by_grade.values()),
        by_kind={
            kind: number for kind, number in sorted(kinds.items(), key=lambda k: (-k[1], k[0])) if number
        },
        districts=told,
        elsewhere=_figures_of(None, rest),
        movements=tuple(
            Movement(date.fromisoformat(day), came, went) for day, came, went in _movement_rows(connection)
        ),
    )


def _figures_of(district: District | None, counts: Mapping[str, int]) -> DistrictFigures:
    by_grade = {grade: counts[grade] for grade in sorted(counts) if grade and counts[grade]}
    return DistrictFigures(district, sum(counts.values()), by_grade, counts.get("", 0))


def _cells(connection: sqlite3.Connection, on: date) -> dict[Cell, int]:
    """The counted cells, with the grades whose time has run out since among those that have none."""
    (doc,) = connection.execute("SELECT value FROM meta WHERE key = 'cells'").fetchone() or ("[]",)
    cells: dict[Cell, int] = {(area, kind, grade): number for area, kind, grade, number in json.loads(doc)}
    # The plus signs keep SQLite from going through every subject in the order of the index of areas.
    ended = connection.execute(
        "SELECT area, kind, grade, count(*) FROM subject WHERE grade_until <= ? AND grade IS NOT NULL"
        " GROUP BY +area, +kind, +grade",
        (on.isoformat(),),
    )
    for area, kind, grade, number in ended:
        cells[area, kind, grade] = cells.get((area, kind, grade), 0) - number
        cells[area, kind, ""] = cells.get((area, kind, ""), 0) + number
    return cells


def _totals(connection: sqlite3.Connection, cells: Mapping[Cell, int], on: date) -> PublicTotals:
    (doc,) = connection.execute("SELECT value FROM meta WHERE key = 'sections'").fetchone() or ("{}",)
    sections: dict[str, int] = json.loads(doc)
    for section, ended in connection.execute(
        "SELECT section, count(*) FROM item WHERE shown_until <= ? GROUP BY section", (on.isoformat(),)
    ):
        sections[section] -= ended
    grades: Counter[str] = Counter()
    for (_, _, grade), number in cells.items():
        grades[grade] += number
    return PublicTotals(
        subjects=sum(cells.values()),
        items=sum(sections.values()),
        by_section={s: sections[s] for s in Section if sections.get(s)},
        by_grade={grade: grades[grade] for grade in sorted(grades) if grade and grades[grade]},
    )


def _movement_rows(connection: sqlite3.Connection) -> list[tuple[str, int, int]]:
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'movement'").fetchone() is None:
        return []
    return connection.execute("SELECT day, came, went FROM movement ORDER BY day DESC").fetchall()
