"""Rows below the last record that are none: 合计, 制表人：…, 填表日期：…, 注：…"""

import re
from dataclasses import replace

import pyarrow as pa

from ecredit.facts.collection.reading import RowBlock

Footer = tuple[int, str]

_WORDS = re.compile(
    r"(?:合\s*计|总\s*计|小\s*计|共\s*计|累\s*计|制\s*表|填\s*表|填\s*报|审\s*核|复\s*核|报\s*送|统\s*计|打\s*印|经\s*办|负责|联系)"
    r"(?:单位|部门|机关|负责人|人员|人|日期|时间|电话)?\s*(?:[:：].*)?|(?:备\s*注|附\s*注|注|说明)\s*[:：].*",
    re.DOTALL,
)
_MOST = 20
_AROUND = " \t\r\n\u3000,;|\"'"


def without_footers(block: RowBlock, codes: frozenset[int]) -> tuple[RowBlock, list[Footer]]:
    """The last block of a file without the footer at its end, and what that said (line, text).

    A row is a footer when it begins with such a word, none of the columns at the places `codes` (those that say whom a
    record is about) is filled, and most others are empty. Only rows behind the last record are looked at.
    """
    footers: list[Footer] = []
    kept, misshapen = block.rows, list(block.misshapen)
    while len(footers) < _MOST:
        last_row = int(block.lines[kept - 1]) if kept else -1
        if misshapen and misshapen[-1].line > last_row:
            text = misshapen[-1].text.strip(_AROUND)
            if not _WORDS.fullmatch(re.split(r"[,;\t|]", text)[0]):
                break
            footers.append((misshapen.pop().line, text))
        elif kept:
            cells = [column[kept - 1].as_py().strip() for column in block.columns]
            filled = [cell for cell in cells if cell]
            sparse = 2 * len(filled) <= max(len(cells), 2)
            coded = any(cells[place] and not _WORDS.fullmatch(cells[place]) for place in codes)
            if not filled or not sparse or coded or not _WORDS.fullmatch(filled[0]):
                break
            footers.append((last_row, " ".join(filled)))
            kept -= 1
        else:
            break
    if not footers:
        return block, []
    columns: tuple[pa.StringArray, ...] = tuple(column[:kept] for column in block.columns)
    rest = replace(block, lines=block.lines[:kept], columns=columns, misshapen=tuple(misshapen))
    return rest, footers[::-1]
