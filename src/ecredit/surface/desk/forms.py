"""Reading what a form sent. What cannot be meant is a sentence, not a fault of ours."""

from datetime import date

from django.http import HttpRequest

from ecredit.foundation.kernel.errors import WrongUse


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
    """A date, None when the field is empty. Raises WrongUse when it is none."""
    text = posted(request, name, most=10)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongUse(
            f"日期 {text} 认不出，请写成 2026-05-12", f"{text} is no date; write 2026-05-12"
        ) from None


def posted_number(request: HttpRequest, name: str, *, least: int, most: int) -> int:
    """A whole number within bounds. Raises WrongUse."""
    text = posted(request, name, most=12)
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise WrongUse(
            f"请填 {least} 至 {most} 之间的整数", f"give a whole number from {least} to {most}", field=name
        )
    return int(text)
