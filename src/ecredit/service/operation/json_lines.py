"""JSON lines as a table: an object a line, its members named by a column's code or name."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ecredit.foundation.catalog.spelling import spelled
from ecredit.foundation.catalog.types import Source
from ecredit.foundation.kernel.errors import InputRefused

SUFFIX: Final = ".jsonl"
_LONGEST_LINE: Final = 1 << 20
_BREAKS: Final = str.maketrans({"\r": " ", "\n": " ", "\x00": ""})


def table_of_lines(source: Source, lines: Path, out: Path) -> None:
    """Write the objects of `lines` as CSV with the source's headers: the object of line n is line n + 1 there.

    Raises InputRefused, naming the line, for what is no object of plain values or has members nobody knows.
    """
    with lines.open("rb") as given, out.open("w", encoding="utf-8", newline="") as made:
        writer = csv.writer(made, lineterminator="\r\n")
        writer.writerow([column.name for column in source.columns])
        number = 0
        while line := given.readline(_LONGEST_LINE + 1):
            number += 1
            if len(line) > _LONGEST_LINE:
                raise _refused(number, "超过 1 MB", "is longer than 1 MB")
            cells = cells_of(source, _object(line, number), number) if line.strip() else {}
            writer.writerow([cells.get(column.code, "").translate(_BREAKS) for column in source.columns])


def cells_of(source: Source, record: Mapping[str, object], number: int = 1) -> dict[str, str]:
    """The cells of an object by column code. Raises InputRefused for unknown members and for values that are no plain ones."""
    cells: dict[str, str] = {}
    for name, value in record.items():
        code = source.headers.get(spelled(name))
        if code is None or code in cells:
            raise _refused(
                number,
                "有认不出或重复的字段；字段用列代码或列名",
                "has unknown or repeated members; use column codes or names",
            )
        match value:
            case None:
                cells[code] = ""
            case bool():
                cells[code] = "是" if value else "否"
            case str() | int() | float():
                cells[code] = str(value)
            case _:
                raise _refused(
                    number,
                    "的值只能是文字、数字、真假或空",
                    "may hold only texts, numbers, true, false and null",
                )
    return cells


def _object(line: bytes, number: int) -> Mapping[str, object]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _refused(number, "不是 JSON 对象", "is no JSON object") from error
    if not isinstance(record, dict):
        raise _refused(number, "不是 JSON 对象", "is no JSON object")
    return record


def _refused(number: int, zh: str, en: str) -> InputRefused:
    return InputRefused(f"第 {number} 行{zh}", f"line {number} {en}", line=number)
