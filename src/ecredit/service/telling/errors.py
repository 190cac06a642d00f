"""Refusals of this room."""

from collections.abc import Sequence

from ecredit.foundation.kernel.errors import EcreditError, WrongUse
from ecredit.service.telling.types import Fault

_TOLD = 5


class StoryFaults(WrongUse):
    """An article that cannot be kept or published as it is, with every place that keeps it from being."""

    code = "telling.faults"

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        more = len(faults) - _TOLD
        zh = "；".join(place_zh(fault) for fault in faults[:_TOLD]) + (
            f"；另有 {more} 处" if more > 0 else ""
        )
        en = "; ".join(place_en(fault) for fault in faults[:_TOLD]) + (f"; {more} more" if more > 0 else "")
        super().__init__(zh, en)


class PictureRefused(WrongUse):
    """A file that is not taken as a picture."""

    code = "telling.picture"


class NotCopied(EcreditError):  # noqa: N818 - says what happened
    """What was decided could not be written into the public copy of the articles."""

    code = "telling.not_copied"


_FIELDS = {
    "title": ("标题", "title"),
    "summary": ("摘要", "summary"),
    "body": ("正文", "text"),
    "alt": ("图片说明", "picture's text"),
    "place": ("地点", "place"),
}


def field_name(field: str) -> tuple[str, str]:
    """What a field (`zh.body`, `alt.1`) is called in both languages."""
    first, _, second = field.partition(".")
    zh, en = _FIELDS.get(second if first in ("zh", "en") else first, (field, field))
    if first == "en":
        return f"英文{zh}", f"English {en}"
    return (f"{zh} {second}", f"{en} {second}") if second.isdigit() else (zh, en)


def place_zh(fault: Fault) -> str:
    """Where and what, in Chinese."""
    where = field_name(fault.field)[0] + (f"第 {fault.line} 行" if fault.field.endswith("body") else "")
    return f"{where}：{fault.zh}"


def place_en(fault: Fault) -> str:
    """Where and what, in English."""
    where = field_name(fault.field)[1] + (f", line {fault.line}" if fault.field.endswith("body") else "")
    return f"{where}: {fault.en}"
