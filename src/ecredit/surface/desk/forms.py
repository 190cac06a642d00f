"""Reading what a form sent. What cannot be meant is a sentence, not a fault of ours."""

from datetime import date
from typing import Final

from django.http import HttpRequest

from ecredit.foundation.kernel.errors import WrongUse

_MOST_DIGITS: Final = 17
"""Of a number in an address: what both databases hold in eight bytes."""
_EARLIEST, _LATEST = date(1900, 1, 1), date(2200, 12, 31)
"""Days that can be meant. The calendar's own ends cannot be turned into instants of a time zone."""


def asked_number(text: str) -> int | None:
    """A number of an address (a place, a row, an offset), None when it is none; `²` is a digit, but no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def asked_day(text: str) -> date | None:
    """A day of an address, None when it is empty. Raises WrongUse when it is none or cannot be meant."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not _EARLIEST <= day <= _LATEST:
        raise WrongUse(f"日期 {text} 认不出，请写成 2026-05-12", f"{text} is no date; write 2026-05-12")
    return day


def posted(request: HttpRequest, name: str, *, most: int = 200) -> str:
    """A line of text without blanks around it. Raises WrongUse when it is too long or holds a NUL."""
    text = request.POST.get(name, "").strip()
    if "\0" in text:
        raise WrongUse(
            "输入中有不能识别的字符", "there is a character in the input that cannot be read", field=name
        )
    if len(text) > most:
        raise WrongUse(
            f"输入太长，最多 {most} 个字", f"the input is too long; at most {most} characters", field=name
        )
    return text


def posted_day(request: HttpRequest, name: str) -> date | None:
    """A date, None when the field is empty. Raises WrongUse when it is none or cannot be meant."""
    return asked_day(posted(request, name, most=10))


def posted_number(request: HttpRequest, name: str, *, least: int, most: int) -> int:
    """A whole number within bounds. Raises WrongUse."""
    number = asked_number(posted(request, name, most=12))
    if number is None or not least <= number <= most:
        raise WrongUse(
            f"请填 {least} 至 {most} 之间的整数", f"give a whole number from {least} to {most}", field=name
        )
    return number
