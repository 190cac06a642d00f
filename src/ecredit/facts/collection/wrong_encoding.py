"""A text in which no header is found: is it written in an encoding that is not taken, or spoiled by a wrong one?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ecredit.facts.collection import reading_refusals as refuse
from ecredit.facts.collection.reading_header import SEARCHED_ROWS, likeness
from ecredit.foundation.kernel.errors import InputRefused

_LOOKED_AT = 64 << 10
_FEW_NAMES = 2
_OTHERS = (("big5", "Big5（繁体）", "Big5"), ("shift_jis", "Shift-JIS（日文）", "Shift-JIS"), ("euc_kr", "EUC-KR（韩文）", "EUC-KR"))  # fmt: skip
# What wrote the text took its bytes for those of the first encoding, when they were of the second.
_TWICE = (("latin-1", "utf-8"), ("cp1252", "utf-8"), ("gb18030", "utf-8"), ("latin-1", "gb18030"))
_LOST = ("锟斤拷", "\ufffd\ufffd")
_MUCH_LOST = 8


def wrong_encoding(
    path: Path, sample: str, known_headers: frozenset[str], rows_of: Callable[[str], Sequence[Sequence[str]]]
) -> InputRefused | None:
    """The refusal that names the encoding in which a header would be found; None where there is no such one."""

    def named(text: str) -> bool:
        return likeness(rows_of(text)[:SEARCHED_ROWS], known_headers) >= _FEW_NAMES

    text = sample[:_LOOKED_AT]
    if named(text):
        return None
    with path.open("rb") as file:
        raw = file.read(_LOOKED_AT)
    for encoding, zh, en in _OTHERS:
        if named(raw.decode(encoding, "replace")):
            return refuse.other_encoding(zh, en)
    for taken_for, was in _TWICE:
        if named(text.encode(taken_for, "ignore").decode(was, "ignore")):
            return refuse.spoiled_text(f"{was.upper()} → {taken_for.upper()}")
    if sum(text.count(mark) for mark in _LOST) >= _MUCH_LOST:
        return refuse.spoiled_text("�")
    return None
