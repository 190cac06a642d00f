"""JSON lines as a table: an object a line, its members named by a column's code or name."""

import csv
import difflib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ecredit.foundation.catalog.spelling import spelled
from ecredit.foundation.catalog.types import Source
from ecredit.foundation.kernel.errors import InputRefused
from ecredit.foundation.kernel.masking import redact
from ecredit.foundation.kernel.text_forms import printable

SUFFIX: Final = ".jsonl"
_LONGEST_LINE: Final = 1 << 20
_LONGEST_NAME: Final = 40
_BREAKS: Final = str.maketrans({"\r": " ", "\n": " ", "\x00": ""})


class BadRecord(InputRefused):
    """A record or line that is none; the code says which kind of mistake it is."""

    def __init__(self, kind: str, number: int, zh: str, en: str) -> None:
        super().__init__(f"第 {number} 行{zh}", f"line {number} {en}", line=number)
        self.code = f"record.{kind}"


def table_of_lines(source: Source, lines: Path, out: Path) -> None:
    """Write the objects of `lines` as CSV with the source's headers: the object of line n is line n + 1 there.

    Raises BadRecord, naming the line, for what is no object of plain values or has members nobody knows.
    """
    with lines.open("rb") as given, out.open("w", encoding="utf-8", newline="") as made:
        writer = csv.writer(made, lineterminator="\r\n")
        writer.writerow([column.name for column in source.columns])
        number = 0
        while line := given.readline(_LONGEST_LINE + 1):
            number += 1
            if len(line) > _LONGEST_LINE:
                raise BadRecord("too_long", number, "超过 1 MB", "is longer than 1 MB")
            cells = cells_of(source, _object(line, number), number) if line.strip() else {}
            writer.writerow([cells.get(column.code, "").translate(_BREAKS) for column in source.columns])


def cells_of(source: Source, record: Mapping[str, object], number: int = 1) -> dict[str, str]:
    """The cells of an object by column code. Raises BadRecord for unknown members and for values that are no plain ones."""
    cells: dict[str, str] = {}
    for name, value in record.items():
        code = source.headers.get(spelled(name))
        if code is None:
            raise _unknown(source, name, number)
        if code in cells:
            shown = _shown(name)
            raise BadRecord(
                "repeated_member",
                number,
                f"的字段“{shown}”写了两次（{code}）；请只留一个",
                f"holds '{shown}' twice ({code}); keep one",
            )
        match value:
            case None:
                cells[code] = ""
            case bool():
                cells[code] = "是" if value else "否"
            case str() | int() | float():
                cells[code] = _plain(str(value), number)
            case _:
                raise BadRecord(
                    "value",
                    number,
                    "的值只能是文字、数字、真假或空",
                    "may hold only texts, numbers, true, false and null",
                )
    return cells


def _plain(text: str, number: int) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a pair, as JSON can spell it
        raise BadRecord("half_character", number, "有残缺的字符", "holds half a character") from None
    return text


def _object(line: bytes, number: int) -> Mapping[str, object]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadRecord("no_object", number, "不是 JSON 对象", "is no JSON object") from error
    if not isinstance(record, dict):
        raise BadRecord("no_object", number, "不是 JSON 对象", "is no JSON object")
    return record


def _unknown(source: Source, name: str, number: int) -> BadRecord:
    shown, asked = _shown(name), spelled(name[: _LONGEST_NAME * 10]).lower()
    known = {each: column for column in source.columns for each in (column.code, column.name)}
    alike = {spelled(each).lower(): column for each, column in known.items()}
    near = list(dict.fromkeys(alike[each].code for each in difflib.get_close_matches(asked, alike, n=3)))
    named = [f"{c.code}（{c.name}）" for code in near for c in source.columns if c.code == code]
    return BadRecord(
        "unknown_member",
        number,
        f"的字段“{shown}”认不出；字段用列代码或列名" + (f"，相近的有：{'、'.join(named)}" if named else ""),
        f"holds '{shown}', which is no column; use column codes or names"
        + (f", such as {', '.join(near)}" if near else ""),
    )


def _shown(name: str) -> str:
    """A member's name as it may be repeated: numbers of persons hidden, nothing invisible, no longer than a name is."""
    tidy = printable(redact(name[: _LONGEST_NAME * 10]))
    return tidy if len(tidy) <= _LONGEST_NAME else tidy[:_LONGEST_NAME] + "…"
