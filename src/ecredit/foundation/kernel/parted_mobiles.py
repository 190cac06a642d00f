"""Mobiles with the same ideograph between their groups, to be read by people only: 138空6123空4567."""

import re
from typing import Final

# What stands between numbers that are each for themselves: what is counted, days, places of a house, joining words, and
# the ideographs that are digits (those are read as such).
_OF_NUMBERS: Final = (
    "元角分厘年月日时秒号第至到和与及或并共计约为是件个吨米克斤升台套条份页人户次名家位批箱瓶盒包袋双本张只辆枚粒片块间"
    "幢栋室层楼座路弄巷村组队班级届期项款节章字起案度十百千万亿两倍比股平方公里亩"
    "〇零○一二三四五六七八九壹贰叁肆伍陆柒捌玖幺"
)
_PARTED: Final = (
    rf"1(?<![0-9]1)[3-9][0-9](?P<between>(?![{_OF_NUMBERS}])[一-鿿])[0-9]{{4}}(?P=between)[0-9]{{4}}(?![0-9])"
)
# Begins with one character, so that a text is passed over quickly: every text a page shows is looked at.
_PLAIN: Final = re.compile(_PARTED)
_WIDE: Final = re.compile(_PARTED.replace("0-9", "0-9０-９").replace("3-9", "3-9３-９").replace("1", "[1１]"))
# The same, wider, for Arrow (RE2).
MAYBE_PARTED: Final = r"[1１][3-9３-９][0-9０-９]\p{Han}[0-9０-９]{4}\p{Han}[0-9０-９]{4}"


def find_parted(text: str) -> list[tuple[int, int]]:
    """Where such mobiles stand in a text, from and until which character."""
    pattern = _WIDE if "１" in text else _PLAIN
    return [match.span() for match in pattern.finditer(text)] if pattern.search(text) else []
