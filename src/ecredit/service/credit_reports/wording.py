"""Values as the reader's language says them, for paper: no markup, and what has no English stays Chinese."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final
from zoneinfo import ZoneInfo

from ecredit.foundation.catalog.texts import text
from ecredit.service.credit_reports.types import Block, Lang
from ecredit.service.publicity.types import PublicField

ZONE: Final = ZoneInfo("Asia/Shanghai")
English = Mapping[str, Mapping[str, str]]
_YUAN: Final = {"元": 1, "万元": 10_000}
_LONG: Final = 17
"""From so many characters on a value takes a line of its own."""


def say(lang: Lang, key: str, /, **values: object) -> str:
    """A text of the pages of the public, or of reports, filled."""
    return text(key, lang, **values)


def day_before(end: date) -> date:
    """The last day of a half-open period, as people say it."""
    return end - timedelta(days=1)


def minute(at: datetime) -> str:
    """An instant to the minute, by the city's clock."""
    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


def signed_points(points: float) -> str:
    """Points with their sign: +5, −2.5, 0."""
    return f"{points:+g}".replace("-", "\u2212") if points else "0"


def plain_number(value: float) -> str:
    """A score without needless zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def coded(lang: Lang, english: English, table: str, value: str) -> str:
    """One or several values of a code table; in English where every one of them has an English name."""
    if lang == "zh" or not table:
        return value
    known = english.get(table, {})
    words = [known.get(part, "") for part in value.split("；")]
    return "; ".join(words) if all(words) else value


def field_value(lang: Lang, field: PublicField, english: English) -> str:
    """A column's value: amounts with their unit, coded values in the reader's language."""
    if field.unit:
        return amount(lang, field.value, field.unit)
    if lang == "en" and field.value == text("portal.long_term", "zh"):
        return text("portal.long_term", "en")
    return coded(lang, english, field.table, field.value)


def amount(lang: Lang, value: str, unit: str) -> str:
    """3.000000 of 万元 → 3 万元, in English 30,000 yuan; what is no number stays as it is."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    if not number.is_finite():
        return value
    if lang == "en" and unit in _YUAN:
        number, unit = number * _YUAN[unit], text("portal.yuan", "en")
    whole, _, rest = f"{number:,f}".partition(".")
    rest = rest.rstrip("0")
    return f"{whole}{'.' if rest else ''}{rest} {unit}"


def rows_of(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, ...], ...]:
    """Labels and values as rows: two short ones beside each other, a long one by itself."""
    rows: list[tuple[str, ...]] = []
    waiting: tuple[str, str] | None = None
    for label, value in pairs:
        if not value:
            continue
        if width(value) > 2 * _LONG or width(label) > 18:
            if waiting:
                rows.append(waiting)
            rows.append((label, value))
            waiting = None
        elif waiting:
            rows.append((*waiting, label, value))
            waiting = None
        else:
            waiting = (label, value)
    if waiting:
        rows.append(waiting)
    return tuple(rows)


def width(value: str) -> int:
    """In half characters: a Chinese one is two."""
    return sum(2 if ord(c) > 0x2E7F else 1 for c in value)


def paragraph(said: str) -> Block:
    """A paragraph."""
    return {"kind": "text", "text": said}


def note(said: str) -> Block:
    """A remark, smaller."""
    return {"kind": "note", "text": said}


def warning(said: str) -> Block:
    """What a reader must not miss."""
    return {"kind": "warning", "text": said}


def sub(said: str) -> Block:
    """A heading within a part."""
    return {"kind": "sub", "text": said}


def bullets(items: Iterable[tuple[str, str]]) -> Block:
    """Lines with a smaller remark each ("" for none)."""
    return {"kind": "lines", "items": [list(item) for item in items]}


def table(
    head: tuple[str, ...],
    rows: Iterable[tuple[str, ...]],
    widths: tuple[int, ...],
    right: tuple[int, ...] = (),
) -> Block:
    """A table with its head; `widths` are shares, `right` the columns of figures."""
    return {
        "kind": "table",
        "head": list(head),
        "rows": [list(row) for row in rows],
        "widths": list(widths),
        "right": list(right),
    }


def record(title: str, rows: tuple[tuple[str, ...], ...], source: tuple[tuple[str, ...], ...]) -> Block:
    """A document: its title, what it says, and where that comes from."""
    return {"kind": "record", "title": title, "rows": [list(r) for r in rows], "source": [list(r) for r in source]}  # fmt: skip
