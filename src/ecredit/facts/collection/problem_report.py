"""The problem report of a file: every fault of every row, in the order of its lines, for people and for machines."""

import csv
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from ecredit.facts.collection.neutralise import neutralise_cell
from ecredit.facts.collection.shown_values import mask_line, masked, tells_of_person
from ecredit.facts.collection.types import CheckedRows, Fault, Issue
from ecredit.foundation.catalog.texts import both, rule_title
from ecredit.foundation.catalog.types import Column, Source
from ecredit.foundation.kernel.masking import mask_name

HEADER = ("line", "column", "rule", "message", "hint", "value", "title")
# With its mark, or a Chinese Excel opens the report as GBK.
REPORT_ENCODING = "utf-8-sig"
# How the sentence of a problem begins that keeps no row back.
NOTICE = "[提示 notice]"
_SHOWN = 120
_BEYOND = "cell_without_header"


class ProblemReport:
    """Writes the report while the file is read; use as a context manager, it appears only when complete."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.counts: Counter[str] = Counter()
        self.holding = 0
        self.warnings = 0
        self._draft = path.with_suffix(".part")
        self._file: IO[str] = self._draft.open("w", encoding=REPORT_ENCODING, newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(HEADER)

    def add(self, problems: Iterable[tuple[Issue, bool]]) -> None:
        """Take the problems of one block, sorted by line; with each, whether it keeps its row back."""
        rows = []
        for problem, holds in problems:
            self.counts[problem.rule] += 1
            self.holding += holds
            self.warnings += not holds
            cells = (
                problem.column,
                problem.rule,
                problem.message,
                problem.hint,
                neutralise_cell(problem.value),
                rule_title(problem.rule),
            )
            rows.append((problem.line, *cells))
        self._writer.writerows(rows)

    def finish(self) -> None:
        """Give the report its name."""
        self._file.close()
        self._draft.replace(self.path)

    def abandon(self) -> None:
        """Leave no half report behind."""
        self._file.close()
        self._draft.unlink(missing_ok=True)


def problems_of(rows: CheckedRows) -> list[tuple[Issue, bool]]:
    """The faults of a block as report lines, by line and then by column."""
    order = {column.code: n for n, column in enumerate(rows.source.columns)}
    # In these it is not sure of any cell whose it is.
    beyond = (fault for fault in rows.faults if fault.rule == _BEYOND and fault.severity != "warn")
    shifted = {row for fault in beyond for row in fault.rows.tolist()}
    found: list[tuple[int, int, Issue, bool]] = []
    for fault in rows.faults:
        place = order.get(fault.column, len(order))
        holds = fault.severity != "warn"
        for row in fault.rows.tolist():
            found.append((int(rows.lines[row]), place, _problem(rows, fault, row, row in shifted), holds))
    found.sort(key=lambda item: (item[0], item[1], item[2].rule))
    return [(problem, holds) for _, _, problem, holds in found]


def _problem(rows: CheckedRows, fault: Fault, row: int, shifted: bool) -> Issue:
    raw = rows.raw.get(fault.column)
    value = "" if raw is None else raw[row].as_py().strip()
    column = _column(rows.source, fault.column)
    if shifted or fault.rule == _BEYOND:
        shown = shown_line(shown_value(column, value))
    elif column is not None and column.code == rows.source.name_column:
        shown = shown_name(rows, row, value)
    else:
        shown = shown_value(column, value)
    return problem(int(rows.lines[row]), fault, column, shown)


def problem(line: int, fault: Fault, column: Column | None, value: str) -> Issue:
    """One report line; `value` is shown as it is given, so it must be masked already."""
    names = {"column": fault.column, "name": column.name if column else "", "value": value}
    values = {**names, **fault.params}
    message = both(f"rule.{fault.rule}", **values)
    return Issue(
        line=line,
        column=fault.column,
        rule=fault.rule,
        message=message if fault.severity != "warn" else f"{NOTICE} {message}",
        hint=both(f"rule.{fault.rule}.hint", **values),
        value=value,
    )


def shown_value(column: Column | None, value: str) -> str:
    """A cell as a report may show it: personal numbers masked, long text cut."""
    # Cut before it is gone through, but far behind what is shown, so that no number shows its first half.
    return _cut(masked(column, value[: 20 * _SHOWN])) if value else ""


def shown_line(text: str) -> str:
    """A whole line, or a cell of it that is no column's, as a report may show it."""
    return _cut(mask_line(text[: 20 * _SHOWN]))


def shown_name(rows: CheckedRows, row: int, name: str) -> str:
    """What a row calls its subject, as a report may show it: of a natural person masked."""
    source = rows.source
    telling = {source.subject_kind_column, *source.identifiers.values()} & rows.raw.keys()
    cells = {code: rows.raw[code][row].as_py() for code in telling if code is not None}
    return shown_value(
        source.column(source.name_column), mask_name(name) if tells_of_person(source, cells) else name
    )


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _column(source: Source, code: str) -> Column | None:
    return next((column for column in source.columns if column.code == code), None)
