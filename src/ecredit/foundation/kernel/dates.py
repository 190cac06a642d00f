"""Reading a date the way suppliers write it.

Accepted: ``2026-05-08``, ``2026/5/8``, ``2026.5.8``, ``20260508``, ``2026年5月8日``, the same with
full-width digits or a time behind it, Excel's day numbers (``46150``), and the ways of writing "no end":
``长期``, ``2099-12-31`` … Anything else, above all a date that does not exist (``2026-13-40``) or whose
order of day and month must be guessed (``5/8/2026``), is not a date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from ecredit.foundation.kernel.text_forms import halfwidth, tidy

# For every day after February 1900 Excel counts from here (its calendar has a 1900-02-29).
_EXCEL_EPOCH = date(1899, 12, 30)
_EXCEL_FIRST, _EXCEL_LAST = 20_000, 80_000  # 1954-10-03 .. 2119-01-11

_EARLIEST_YEAR, _LATEST_YEAR = 1800, 2199
_LONG_TERM_WORDS = frozenset(
    ("长期", "长期有效", "长期经营", "永久", "永久有效", "永续", "无期限", "无限期", "无固定期限")
)
_LONG_TERM_DAYS = frozenset({(2099, 12, 31), (2999, 12, 31), (9999, 12, 31)})

_CLOCK = r"\d{1,2}[:时]\d{1,2}(?:[:分]\d{1,2}(?:\.\d+)?)?[秒分]?\s?(?:Z|[+-]\d{2}:?\d{2})?"
_TIME = rf"(?:[T ]{_CLOCK})?"
_PARTED = re.compile(r"(\d{4}) ?([-/.]) ?(\d{1,2}) ?\2 ?(\d{1,2})" + _TIME, re.ASCII)
_CHINESE = re.compile(rf"(\d{{4}}) ?年 ?(\d{{1,2}}) ?月 ?(\d{{1,2}}) ?[日号]?(?: ?{_CLOCK})?", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{6})?" + _TIME, re.ASCII)
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?", re.ASCII)
# 9999-12-31, the last day Excel knows, as a number.
_LAST_SERIAL = re.compile(r"2958465(?:\.0+)?", re.ASCII)
_DASHES = {ord(c): "-" for c in "‐‑‒–—−－"} | {ord("．"): ".", ord("。"): ".", ord("∕"): "/"}


@dataclass(frozen=True, slots=True)
class DateReading:
    """What a text said about a day.

    ``date`` is the day, or None when the text is no date or says "no end"; ``long_term`` is True for "no
    end".
    """

    date: date | None
    long_term: bool = False

    @property
    def ok(self) -> bool:
        """True when the text was understood: it names a day, or says "no end"."""
        return self.date is not None or self.long_term


_NOT_A_DATE = DateReading(None)
_NO_END = DateReading(None, long_term=True)


@lru_cache(maxsize=65_536)
def parse_date(text: str) -> DateReading:
    """The day that *text* names; total (never raises). An empty text is not a date.

    A trailing time is read over and a zone in it does not move the day: the day is the one that was written.
    """
    plain = tidy(halfwidth(text).translate(_DASHES))
    if plain.replace(" ", "") in _LONG_TERM_WORDS or _LAST_SERIAL.fullmatch(plain):
        return _NO_END
    if match := _PARTED.fullmatch(plain):
        return _reading(match[1], match[3], match[4])
    if match := _CHINESE.fullmatch(plain) or _COMPACT.fullmatch(plain):
        return _reading(match[1], match[2], match[3])
    if (match := _SERIAL.fullmatch(plain)) and _EXCEL_FIRST <= int(match[1]) <= _EXCEL_LAST:
        return DateReading(_EXCEL_EPOCH + timedelta(days=int(match[1])))
    return _NOT_A_DATE


def _reading(year: str, month: str, day: str) -> DateReading:
    parts = (int(year), int(month), int(day))
    if parts in _LONG_TERM_DAYS:
        return _NO_END
    if not _EARLIEST_YEAR <= parts[0] <= _LATEST_YEAR:
        return _NOT_A_DATE
    try:
        return DateReading(date(*parts))
    except ValueError:
        return _NOT_A_DATE
