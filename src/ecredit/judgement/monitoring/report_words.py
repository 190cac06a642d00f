"""The figures of a report in words, for every door: values with their units, periods, what is counted by what."""

from collections.abc import Mapping
from typing import Any, Final

from ecredit.foundation.catalog.texts import Lang, text

_UNITS: Final[Mapping[str, tuple[str, str]]] = {
    "count": ("{n}", "{n}"),
    "share": ("{n}%", "{n}%"),
    "per_thousand": ("每千 {n}", "{n} per 1,000"),
    "per_ten_thousand": ("每万 {n}", "{n} per 10,000"),
    "workdays": ("{n} 个工作日", "{n} working days"),
    "rating": ("{n} 分", "{n} of 5"),
}
_DIGITS: Final[Mapping[str, int]] = {
    "count": 0,
    "share": 1,
    "per_thousand": 1,
    "per_ten_thousand": 1,
    "workdays": 1,
    "rating": 2,
}
NOTHING: Final = "—"
_MINUS: Final = "\u2212"


def number_text(value: float | None, unit: str) -> str:
    """A value as figures alone, a share in per cent; a dash for none."""
    if value is None:
        return NOTHING
    digits = _DIGITS[unit]
    said = f"{value * 100 if unit == 'share' else value:,.{digits}f}"
    if unit in ("workdays", "rating"):
        said = said.rstrip("0").rstrip(".")
    return said.replace("-", _MINUS)


def value_text(value: float | None, unit: str, lang: Lang) -> str:
    """A value with its unit: 93.4%, 6 个工作日; a dash for none."""
    return NOTHING if value is None else _UNITS[unit][lang == "en"].format(n=number_text(value, unit))


def interval_text(figure: Mapping[str, Any]) -> str:
    """The bounds of a figure that has them, else nothing."""
    if figure["low"] is None:
        return ""
    unit = figure["unit"]
    sign = "%" if unit == "share" else ""
    return f"{number_text(figure['low'], unit)}–{number_text(figure['high'], unit)}{sign}"


def short_text(value: float | None, unit: str) -> str:
    """A value for a narrow column: figures, and the sign of a per cent."""
    return number_text(value, unit) + ("%" if unit == "share" and value is not None else "")


def change_text(figure: Mapping[str, Any], lang: Lang) -> str:
    """By how much what is shown moved since the period before, in points of a per cent for shares; a dash where nobody can say."""
    trend, unit = figure["trend"], figure["unit"]
    before = trend[-2]["value"] if len(trend) > 1 else None
    if figure["value"] is None or before is None:
        return NOTHING
    digits, times = _DIGITS[unit], 100 if unit == "share" else 1
    change = round(round(figure["value"] * times, digits) - round(before * times, digits), digits)
    if not change:
        return text("monitor.no_change", lang)
    said = f"{'+' if change > 0 else _MINUS}{number_text(abs(change) / times, unit)}"
    return text("monitor.points", lang, n=said) if unit == "share" else said


def count_text(figure: Mapping[str, Any], lang: Lang) -> str:
    """How many stand behind it: numerator and denominator, or how many a median is of; nothing for a count."""
    top, of = figure["top"], figure["of"]
    if of is None:
        return ""
    if top is None:
        return text("monitor.behind", lang, of=f"{of:,}")
    return text("monitor.top_of", lang, top=f"{top:,.0f}", of=f"{of:,}")


def because_text(figure: Mapping[str, Any], lang: Lang) -> str:
    """Why there is no value; nothing where there is one."""
    because = figure["because"]
    return "" if because is None else str(because[lang])


def period_text(name: str, lang: Lang) -> str:
    """2026-10 → 2026 年 10 月; 2026-Q4 → 2026 年第四季度; in English October 2026, fourth quarter of 2026."""
    year, _, part = name.partition("-")
    if not part:
        return text("monitor.year", lang, year=year)
    if part.startswith("Q"):
        return text(f"monitor.quarter_{part[1]}", lang, year=year)
    return text("monitor.month", lang, year=year, month=text(f"monitor.month_{int(part)}", lang))
