"""The supplier's own workbook with its problems marked. Runs inside a guarded child process only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ecredit.facts.collection.marking_types import (
    AUTHOR,
    BAD_FILL,
    HEADINGS,
    MOST_COMMENTS,
    WIDTHS,
    MarkedProblem,
    list_rows,
    remarks_by_cell,
)
from ecredit.facts.collection.neutralise import neutralise_cell
from ecredit.facts.collection.reading_limits import PROBLEM_SHEET

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.workbook.defined_name import DefinedNameDict
    from openpyxl.worksheet.worksheet import Worksheet

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_LONGEST_REMARK = 2_000
# What in a formula reaches out of the workbook or runs something: another workbook, DDE, an address, a function that calls.
_OUTSIDE = re.compile(
    r"[\[|\\]|://|\b(?:HYPERLINK|WEBSERVICE|CALL|REGISTER(?:\.ID)?|EXEC|RTD|IMAGE|EVALUATE|RUN|DDE|SQL\.REQUEST|INFO"
    r"|IMPORT\w+|FOPEN|FWRITE\w*|GET\.\w+)\s*\(",
    re.IGNORECASE,
)


def mark_own(
    path: Path,
    out: Path,
    *,
    sheet: str,
    header: Sequence[str],
    positions: Sequence[int],
    formulas: Sequence[tuple[int, int, str]],
    problems: Sequence[MarkedProblem],
    more: int,
) -> None:
    """Mark ``problems`` in the workbook. Formulas become their values, or ``formulas`` (row, column, text).

    Marks of an earlier round are taken away; macros and links to other workbooks do not come along.
    """
    from openpyxl import load_workbook  # noqa: PLC0415 - heavy, and only this child process needs it

    # Given open: it judges a path by its ending, and a landed file has none.
    with path.open("rb") as file:
        workbook = load_workbook(file, data_only=True, keep_vba=False, keep_links=False)
    if PROBLEM_SHEET in workbook.sheetnames:
        del workbook[PROBLEM_SHEET]
    for each in workbook.worksheets:
        _clean(each)
        _forget_outside(each.defined_names)
        _forget_rules(each)
    _forget_outside(workbook.defined_names)
    target = workbook[sheet]
    for row, column, text in formulas:
        _put_text(target, row, column + 1, text)
    _mark(target, positions, problems)
    _add_list(workbook, problems, header, more)
    workbook.save(out)


def _clean(sheet: Worksheet) -> None:
    """No text that begins like a formula, no link to run, no mark of an earlier round."""
    from openpyxl.styles import PatternFill  # noqa: PLC0415 - see above

    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, str):
                cell.value = _plain(cell.value)
                cell.data_type = "s"
            if cell.has_style and cell.fill.fill_type == "solid" and _ours(cell.fill.fgColor.rgb):
                cell.fill = PatternFill()
            if cell.comment is not None and cell.comment.author == AUTHOR:
                cell.comment = None
            if getattr(cell, "hyperlink", None) is not None:
                cell.hyperlink = None


def _ours(colour: object) -> bool:
    return isinstance(colour, str) and colour.endswith(BAD_FILL)


def _forget_outside(names: DefinedNameDict) -> None:
    """Names that are macros, call something or point out of the workbook are no longer wanted."""
    for name, defined in list(names.items()):
        runs = defined.function or defined.vbProcedure or defined.xlm
        if runs or name.lower().startswith("_xlnm.auto_") or _reaches_out(defined.attr_text):
            del names[name]


def _forget_rules(sheet: Worksheet) -> None:
    """Conditional formats and lists to choose from that would call something or reach out of the workbook."""
    formats = sheet.conditional_formatting
    for each in list(formats):
        if any(_reaches_out(formula) for rule in each.rules for formula in _formulas(rule)):
            del formats[each.sqref]
    validations = sheet.data_validations
    validations.dataValidation = [
        each
        for each in validations.dataValidation
        if not (_reaches_out(each.formula1) or _reaches_out(each.formula2))
    ]


def _formulas(rule: Any) -> list[str | None]:
    """What a conditional format computes: its own formulas, and those of its scales, bars and icons."""
    parts = (rule.colorScale, rule.dataBar, rule.iconSet)
    return [*rule.formula, *(limit.val for part in parts if part is not None for limit in part.cfvo)]


def _reaches_out(formula: object) -> bool:
    return isinstance(formula, str) and _OUTSIDE.search(formula) is not None


def _plain(text: str) -> str:
    return neutralise_cell(_CONTROLS.sub("", text))


def _put_text(sheet: Worksheet, row: int, column: int, text: str) -> None:
    cell: Any = sheet.cell(row, column)
    if cell.value is None and type(cell).__name__ != "MergedCell":
        cell.value = _CONTROLS.sub("", text)
        cell.data_type = "s"


def _mark(sheet: Worksheet, positions: Sequence[int], problems: Sequence[MarkedProblem]) -> None:
    from openpyxl.comments import Comment  # noqa: PLC0415 - see above
    from openpyxl.styles import PatternFill  # noqa: PLC0415 - see above

    fill = PatternFill("solid", fgColor=BAD_FILL)
    # A cell inside a merged range cannot be marked; the range is marked at its first cell.
    corner: dict[tuple[int, int], tuple[int, int]] = {}
    for merged in sheet.merged_cells.ranges:
        for row in range(merged.min_row, merged.max_row + 1):
            for column in range(merged.min_col, merged.max_col + 1):
                corner[row, column] = (merged.min_row, merged.min_col)
    said: dict[tuple[int, int], list[str]] = {}
    for line, cells in remarks_by_cell(problems).items():
        for index, remarks in cells.items():
            place = (line, positions[index] + 1)
            said.setdefault(corner.get(place, place), []).extend(remarks)
    for number, ((row, column), remarks) in enumerate(said.items()):
        cell: Any = sheet.cell(row, column)
        cell.fill = fill
        if number < MOST_COMMENTS:
            text = _CONTROLS.sub("", "\n".join(dict.fromkeys(remarks)))[:_LONGEST_REMARK]
            cell.comment = Comment(text, AUTHOR, width=320, height=120)


def _add_list(
    workbook: Workbook, problems: Sequence[MarkedProblem], header: Sequence[str], more: int
) -> None:
    from openpyxl.styles import Font  # noqa: PLC0415 - see above
    from openpyxl.utils import get_column_letter  # noqa: PLC0415 - see above

    sheet = workbook.create_sheet(PROBLEM_SHEET, 0)
    sheet.append(HEADINGS)
    for column, width in enumerate(WIDTHS, start=1):
        sheet.cell(1, column).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"
    for row in list_rows(problems, header, more):
        sheet.append([_CONTROLS.sub("", value) if isinstance(value, str) else value for value in row])
    workbook.active = 0
    for other in workbook.worksheets[1:]:
        other.sheet_view.tabSelected = False
