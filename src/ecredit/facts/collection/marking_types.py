"""What is marked, and how it looks: shared by the two ways of giving a file back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ecredit.facts.collection.neutralise import neutralise_cell

AUTHOR = "ecredit"
BAD_FILL = "FFC7CE"
HEADINGS = ("行号 Line", "列 Column", "规则 Rule", "问题 Problem", "提示 Hint")
WIDTHS = (10, 28, 22, 60, 60)
MOST_COMMENTS = 5_000
"""Comments beyond this make spreadsheet programs slow; further bad cells are filled only."""


@dataclass(frozen=True, slots=True)
class MarkedProblem:
    """A problem at ``line`` (as in ``RowBlock.lines``) and header index ``column`` (None: the whole row)."""

    line: int
    column: int | None
    sentence: str
    rule: str = ""
    hint: str = ""

    @property
    def remark(self) -> str:
        """What the comment at the cell says."""
        return f"{self.sentence}\n{self.hint}" if self.hint else self.sentence


def list_rows(
    problems: Sequence[MarkedProblem], header: Sequence[str], more: int
) -> Iterator[tuple[int | str, ...]]:
    """The rows of the problem list below its headings."""
    for problem in problems:
        name = header[problem.column] if problem.column is not None else ""
        texts = (name, problem.rule, problem.sentence, problem.hint)
        yield (problem.line, *(neutralise_cell(text) for text in texts))
    if more:
        yield ("…", "", "", f"另有 {more:,} 个问题未列出 / {more:,} more problems are not listed", "")


def remarks_by_cell(problems: Sequence[MarkedProblem]) -> dict[int, dict[int, list[str]]]:
    """line → header index → remarks. A problem of the whole row stands at its first cell."""
    remarks: dict[int, dict[int, list[str]]] = {}
    for problem in problems:
        remarks.setdefault(problem.line, {}).setdefault(problem.column or 0, []).append(problem.remark)
    return remarks
