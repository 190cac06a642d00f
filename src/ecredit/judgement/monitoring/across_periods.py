"""What the figures of other periods would tell: a quarter less two of its months is the third. Pure.

A figure counted over a period adds up: a quarter's is that of its months, the city's that of its platforms. Each number that is
published is a sum over cells (a platform's month), and what is hidden can be had from them exactly when it is a combination of
them. So numbers are let out one after the other, and one that would make a hidden one known stays in.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Final

from ecredit.foundation.kernel.periods import add_months
from ecredit.judgement.monitoring.period_rules import MONTHS, ReportPeriod, read_period
from ecredit.judgement.monitoring.types import CITY, FEW

Cell = tuple[str, ReportPeriod]
"""A platform's code (`CITY` for all) and a period."""
_NUMBER: Final = ("", "number")
"""The place in a row where its number stands."""
_BEHIND: Final = ("share", "workdays", "rating")
"""Units whose denominator is counted over the period, and is what the figure rests on."""
SUMS: Final = "in_period"
"""Only what is counted over a period adds up."""
_Row = dict[tuple[str, str], Fraction]


def months_of(period: ReportPeriod) -> frozenset[str]:
    """The months of a period, by name."""
    return frozenset(f"{add_months(period.starts_on, n):%Y-%m}" for n in range(MONTHS[period.unit]))


def number_of(unit: str, value: float | None, top: float | None, of: int | None) -> float | None:
    """How many stand behind a figure that is shown: the count, or the denominator; of a rate, whose denominator is no count of
    the period's, the numerator. None where it is not shown."""
    if value is None:
        return None
    return of if unit in _BEHIND else top


def least_rest(unit: str, least: int) -> int:
    """What has to remain of a period beside its published parts, if anything does; of a rate, whose `least` is of its denominator,
    that cannot be said."""
    return least if unit in _BEHIND or unit == "count" else 0


def told_cells(document: Mapping[str, Any]) -> Iterator[tuple[str, Cell, float | None]]:
    """Every number that a report makes public of a figure counted over a period, by the figure's id; None for one that is hidden
    because it rests on few."""
    own, now = document["platform"]["uscc"], document["period"]["name"]
    figures = {f["id"]: f for f in document["figures"] if f["when"] == SUMS and f["public"]}
    for name, figure in figures.items():
        for shown in figure["trend"]:
            yield from _cell(name, figure, own, shown["period"], shown)
        if figure["unit"] == "count" and figure["city"] is not None:
            yield name, (CITY, read_period(now)), figure["city"]
    for table in document["league"]:
        if (figure := figures.get(table["figure"])) is not None:
            for row in table["rows"]:
                yield from _cell(table["figure"], figure, row["uscc"], now, row)


def _cell(
    name: str, figure: Mapping[str, Any], code: str, period: str, shown: Mapping[str, Any]
) -> Iterator[tuple[str, Cell, float | None]]:
    because = shown["because"]
    number = number_of(figure["unit"], shown["value"], shown["top"], shown["of"])
    if number is not None or (because is not None and because["code"] == FEW):
        yield name, (code, read_period(period)), number


@dataclass
class Told:
    """What is known of one figure from what was published.

    codes  the platforms that make up the city
    least  what remains of a period, its published parts aside, is nothing or at least so much
    """

    codes: Collection[str]
    least: int
    numbers: dict[Cell, float] = field(default_factory=dict)
    _few: set[Cell] = field(default_factory=set)
    _years: set[int] = field(default_factory=set)
    _rows: list[tuple[tuple[str, str], _Row]] = field(default_factory=list)
    _hidden: dict[Cell, _Row] = field(default_factory=dict)

    def hide(self, cells: Iterable[Cell]) -> None:
        """These rest on few and must not be known; one that is known already cannot be helped."""
        for cell in cells:
            self._open_year(cell[1])
            self._few.add(cell)

    def publish(self, cell: Cell, number: float) -> None:
        """This number is known to everybody."""
        self._open_year(cell[1])
        rest = self._reduced(self._row(cell, number))
        self.numbers[cell] = number
        if not _vector(rest):
            return
        pivot = min(_vector(rest))
        self._rows.append((pivot, rest))
        reduced = {one: _less(row, rest, pivot) for one, row in self._hidden.items()}
        # What has become known is no longer kept: published, or lost.
        self._hidden = {one: row for one, row in reduced.items() if _vector(row)}

    def would_tell(self, cell: Cell, number: float) -> list[Cell]:
        """What this number would make known besides itself: cells that are hidden, or were never counted and rest on few, and behind
        which somebody stands; or the period of which so little would remain. Nothing for a number that is known already."""
        self._open_year(cell[1])
        rest = self._reduced(self._row(cell, number))
        if not _vector(rest):
            return []
        pivot, told = min(_vector(rest)), []
        for one, row in self._hidden.items():
            if one == cell or pivot not in row:
                continue
            left = _less(row, rest, pivot)
            known = -left.get(_NUMBER, Fraction(0))
            if not _vector(left) and known != 0 and (one in self._few or 0 < known < self.least):
                told.append(one)
        return told or self._small_rests(cell, number)

    def _open_year(self, period: ReportPeriod) -> None:
        """Whatever can be asked of a calendar year is looked at, also what was never counted: a report may come to tell of it."""
        year = period.starts_on.year
        if year in self._years:
            return
        self._years.add(year)
        for unit, months in MONTHS.items():
            for month in range(1, 13, months):
                for code in (CITY, *self.codes):
                    cell = code, ReportPeriod(date(year, month, 1), unit)
                    self._hidden[cell] = self._reduced(self._row(cell, None))

    def _small_rests(self, cell: Cell, number: float) -> list[Cell]:
        """Periods of which less than `least` would remain beside what is published of them."""
        if cell in self.numbers:
            return []
        code = cell[0]
        known = {period: n for (of, period), n in self.numbers.items() if of == code} | {cell[1]: number}
        found = []
        for period, whole in known.items():
            if not months_of(cell[1]) <= months_of(period):
                continue
            left, rest = set(months_of(period)), whole
            for part in sorted(known, key=lambda one: -MONTHS[one.unit]):
                months = months_of(part)
                if part != period and months <= left:
                    left, rest = left - months, rest - known[part]
            if left and left != months_of(period) and 0 < rest < self.least:
                found.append((code, period))
        return found

    def _row(self, cell: Cell, number: float | None) -> _Row:
        code, period = cell
        row: _Row = {
            (of, month): Fraction(1)
            for of in (self.codes if code == CITY else (code,))
            for month in months_of(period)
        }
        return row if number is None else row | {_NUMBER: Fraction(number).limit_denominator(10**6)}

    def _reduced(self, row: _Row) -> _Row:
        for pivot, known in self._rows:
            row = _less(row, known, pivot)
        return row


def _vector(row: _Row) -> set[tuple[str, str]]:
    return {place for place in row if place != _NUMBER}


def _less(row: _Row, known: _Row, pivot: tuple[str, str]) -> _Row:
    """The row without its part in the direction of a known one."""
    if not (times := row.get(pivot)):
        return row
    times /= known[pivot]
    left = {
        place: row.get(place, Fraction(0)) - times * known.get(place, Fraction(0))
        for place in row.keys() | known.keys()
    }
    return {place: n for place, n in left.items() if n}


def decide_across(told: Told, numbers: Mapping[Cell, float], now: ReportPeriod) -> set[Cell]:
    """Which of these numbers stay in, what was published before being known. `told` knows afterwards what is let out.

    What everybody knows already is let out again; then the period the report is for before those it looks back on, the city before
    its platforms and the many before the few.
    """

    def order(cell: Cell) -> tuple[bool, bool, int, bool, float, str]:
        code, period = cell
        return (
            cell not in told.numbers, period != now, -period.starts_on.toordinal(), code != CITY, -numbers[cell], code,
        )  # fmt: skip

    kept_in: set[Cell] = set()
    for cell in sorted(numbers, key=order):
        if cell not in told.numbers and told.would_tell(cell, numbers[cell]):
            kept_in.add(cell)
        else:
            told.publish(cell, numbers[cell])
    return kept_in


def tell_published(told: Told, documents: Iterable[Mapping[str, Any]], figure: str) -> None:
    """What these reports, in the order they were signed, made known of a figure."""
    cells = [found[1:] for document in documents for found in told_cells(document) if found[0] == figure]
    told.hide(cell for cell, number in cells if number is None)
    for cell, number in cells:
        if number is not None:
            told.publish(cell, number)


def find_telling(documents: Sequence[Mapping[str, Any]], published: Sequence[Mapping[str, Any]]) -> set[Cell]:
    """What of these reports must not be published as they are, these others being published: with them a figure that rests on few
    could be worked out."""
    found: set[Cell] = set()
    codes = {document["platform"]["uscc"] for document in (*documents, *published)} - {CITY}
    figures = {
        f["id"]: f for document in documents for f in document["figures"] if f["when"] == SUMS and f["public"]
    }
    for name, figure in figures.items():
        told = Told(codes, least_rest(figure["unit"], figure["least"]))
        tell_published(told, published, name)
        cells = [one[1:] for document in documents for one in told_cells(document) if one[0] == name]
        told.hide(cell for cell, number in cells if number is None)
        numbers = {cell: number for cell, number in cells if number is not None}
        found |= decide_across(told, numbers, max(period for _, period in numbers)) if numbers else set()
    return found
