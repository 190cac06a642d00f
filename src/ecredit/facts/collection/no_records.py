"""Rows among the records that are none: a header written again, （1）（2）…, types of columns, page numbers, titles of sections."""

import re
from collections.abc import Container, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ecredit.facts.collection.header_marks import known_forms
from ecredit.facts.collection.reading import RowBlock
from ecredit.foundation.kernel.text_forms import halfwidth, squeeze

_FIRST_ROWS = 3
"""How far below a header stand the numbers and types of its columns."""
_FEW_CELLS = 2
_NEAR_LINES = 3
_AROUND = " \t\r\n\u3000,;|\"'"
# Several cells in one (a row in quotes, another separator), or a code: no title of a section, but a record cut up wrongly.
_LIKE_A_RECORD = re.compile(r"[,，;；\t|]|[0-9A-Za-z-]*[0-9]{5}[0-9A-Za-z-]*")
_PAGE = re.compile(
    r"(?:第\d{1,5}页)?[,/、;·-]?(?:共\d{1,5}页)?|第?\d{1,5}/\d{1,5}页?|-\d{1,5}-|PAGE\d{1,5}(?:(?:OF|/)\d{1,5})?|接上页|[(]?续(?:上)?表[)]?\d{0,3}|转下页"
)
_NUMBER = re.compile(r"\(?(\d{1,3})\)?|([①-⑳])|第(\d{1,3})[栏列]")
_TYPE = re.compile(
    r"(?:文本|文字|字符|字符型|字符串|字符串型|日期|日期型|数字|数值|数值型|整数|整型|小数|金额|代码|字典|下拉|枚举|必填|选填|必填项|选填项|可选|非必填|是|否"
    r"|TEXT|STRING|DATE|NUMBER|INT|DECIMAL|N?VARCHAR2?|CHAR|[CNDM]\.{0,2})(?:\(?\d{0,5}(?:,\d{1,2})?\)?)(?:位|字以内)?"
)


NO_RECORD_RULES = frozenset({"footer_row", "header_row", "numbers_row", "types_row", "page_row", "title_row"})
"""How lines that hold no record are told of, those below the records too."""


@dataclass(frozen=True, slots=True)
class NoRecord:
    """A line that holds no record, which kind it is (the rule says it is `header_row`, …), and what it says."""

    line: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Headings:
    """Of a file's columns: where the one stands that says whom a record is about, what its header may say again, and all
    the names that a header knows."""

    place: int
    said: tuple[str, ...]
    known: Container[str]


def without_no_records(
    block: RowBlock, headings: Headings | None, *, first: bool
) -> tuple[RowBlock, list[NoRecord]]:
    """The block without such rows, and these. `first`: it is the file's first, so its rows stand below the header.

    Only what can be no record is taken: a row of which the names stand in their columns, numbers that count on, words for
    types in every filled cell, page marks alone in their row, and a single cell right above a header.
    """
    kinds: dict[int, str] = {}
    if headings is not None and block.rows:
        for at in _headers(block, headings):
            kinds[at] = "header"
        below = {
            at + step for at in (*kinds, *((-1,) if first else ())) for step in range(1, _FIRST_ROWS + 1)
        }
        for at in sorted(below & set(range(block.rows)) - kinds.keys()):
            if kind := _describes(_cells(block, at), headings.place):
                kinds[at] = kind
    headers = {int(block.lines[at]) for at, kind in kinds.items() if kind == "header"}
    for at in _sparse(block):
        filled = [cell for cell in _cells(block, at) if cell]
        if at not in kinds and (
            kind := _stands_alone(" ".join(filled), len(filled), int(block.lines[at]), headers)
        ):
            kinds[at] = kind
    odd = [
        (m, kind) for m in block.misshapen if (kind := _stands_alone(m.text, m.cells_found, m.line, headers))
    ]
    if not kinds and not odd:
        return block, []
    told = [
        NoRecord(int(block.lines[at]), kind, " ".join(cell for cell in _cells(block, at) if cell))
        for at, kind in kinds.items()
    ]
    told += [NoRecord(m.line, kind, m.text.strip(_AROUND)) for m, kind in odd]
    keep = np.ones(block.rows, dtype=bool)
    keep[list(kinds)] = False
    mask, gone = pa.array(keep), {m.line for m, _ in odd}
    return (
        replace(
            block,
            lines=block.lines[keep],
            columns=tuple(column.filter(mask) for column in block.columns),
            misshapen=tuple(m for m in block.misshapen if m.line not in gone),
        ),
        told,
    )


def _headers(block: RowBlock, headings: Headings) -> Iterator[int]:
    again = pc.is_in(block.columns[headings.place], value_set=pa.array(headings.said, pa.string()))
    for at in np.flatnonzero(again.to_numpy(zero_copy_only=False)).tolist():
        filled = [cell for cell in _cells(block, at) if cell]
        if 2 * sum(bool(known_forms(cell, headings.known)) for cell in filled) >= len(filled):
            yield at


def _describes(cells: Sequence[str], place: int) -> str:
    """Whether a row right below the header numbers its columns, or says what they hold; "" for neither."""
    filled = [squeeze(halfwidth(cell)).upper() for cell in cells if cell]
    if len(filled) < 2 or not cells[place]:
        return ""
    numbers = [
        int(found[1] or found[3] or ord(found[2]) - 0x245F)
        for cell in filled
        if (found := _NUMBER.fullmatch(cell))
    ]
    if len(numbers) == len(filled) and all(b == a + 1 for a, b in pairwise(numbers)):
        return "numbers"
    return "types" if all(_TYPE.fullmatch(cell) for cell in filled) else ""


def _stands_alone(text: str, filled: int, line: int, headers: Set[int]) -> str:
    """Whether what alone fills a line marks a page, or stands as a title above a header; "" for neither."""
    plain = text.strip(_AROUND)
    if not plain or len(plain) > 200:
        return ""
    if filled <= _FEW_CELLS and _PAGE.fullmatch(squeeze(halfwidth(plain)).upper().strip(_AROUND)):
        return "page"
    if filled != 1 or _LIKE_A_RECORD.search(plain):
        return ""
    return "title" if any(line < at <= line + _NEAR_LINES for at in headers) else ""


def _sparse(block: RowBlock) -> list[int]:
    """The rows with a cell or two."""
    filled = np.zeros(block.rows, dtype=np.int32)
    for column in block.columns:
        filled += pc.binary_length(column).to_numpy(zero_copy_only=False) > 0
    return np.flatnonzero(filled <= _FEW_CELLS).tolist() if len(block.columns) > _FEW_CELLS else []


def _cells(block: RowBlock, at: int) -> list[str]:
    return [column[at].as_py().strip() for column in block.columns]
