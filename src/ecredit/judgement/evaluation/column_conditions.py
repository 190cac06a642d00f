"""Conditions and counting periods as DuckDB SQL: the same law as condition_rules.py and window_rules.py."""

import re
from datetime import MAXYEAR, date

from ecredit.judgement.evaluation.condition_rules import NUMBER_PATTERN
from ecredit.judgement.evaluation.types import (
    AllOf,
    AnyOf,
    AtLeast,
    Below,
    Condition,
    Contains,
    Negation,
    OneOf,
    Present,
    Window,
)


def sql_text(value: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def sql_name(name: str) -> str:
    """Return a column code as a quoted SQL name."""
    return '"' + name.replace('"', '""') + '"'


def sql_day(day: date) -> str:
    """Return a day as an SQL literal."""
    return f"DATE '{day.isoformat()}'"


def condition_sql(condition: Condition) -> str:
    """Return a two-valued SQL expression: true where `meets` is true. Empty cells must be NULL in the table."""
    match condition:
        case AllOf(parts):
            return _joined(parts, " AND ", "true")
        case OneOf(parts):
            return _joined(parts, " OR ", "false")
        case Negation(part):
            return f"(NOT {condition_sql(part)})"
        case Present(column):
            return f"({sql_name(column)} IS NOT NULL)"
        case AnyOf(column, wanted, separators):
            return f"coalesce({_any_of(sql_name(column), wanted, separators)}, false)"
        case Contains(column, pieces):
            tests = [f"contains({sql_name(column)}, {sql_text(piece)})" for piece in pieces]
            return f"coalesce({' OR '.join(tests) or 'false'}, false)"
        case AtLeast(column, bound):
            return f"coalesce({number_sql(column)} >= {bound:f}, false)"
        case Below(column, bound):
            return f"coalesce({number_sql(column)} < {bound:f}, false)"


def number_sql(column: str) -> str:
    """Return the number in a cell as DECIMAL(18,6), NULL when it is none."""
    name = sql_name(column)
    return f"CASE WHEN regexp_full_match({name}, {sql_text(NUMBER_PATTERN)}) THEN {name}::DECIMAL(18,6) END"


def period_sql(window: Window) -> tuple[str, str]:
    """Return SQL for the first day a record counts and the first day it no longer does.

    The first is NULL when it never counts; a second of NULL is no end. Emptiness of the period is tested by the caller.
    """
    lapse = months_later_sql(window.months)
    start = "valid_from" if window.months is not None else f"coalesce(valid_from, {sql_day(date.min)})"
    ends = (["valid_to"] if window.while_valid else []) + ([lapse] if window.months is not None else [])
    return start, f"least({', '.join(ends)})" if ends else "CAST(NULL AS DATE)"


def months_later_sql(months: int | None) -> str:
    """Return SQL for the day so many months after a record's; NULL beyond the calendar, and for None."""
    if months is None:
        return "CAST(NULL AS DATE)"
    last_year = MAXYEAR - 1 - months // 12
    return f"CASE WHEN year(valid_from) <= {last_year} THEN CAST(valid_from + INTERVAL {months} MONTH AS DATE) END"


def _joined(parts: tuple[Condition, ...], word: str, empty: str) -> str:
    return f"({word.join(condition_sql(part) for part in parts)})" if parts else empty


def _any_of(name: str, wanted: tuple[str, ...], separators: str) -> str:
    listed = ", ".join(sql_text(value) for value in wanted)
    if not separators:
        return f"{name} IN ({listed})"
    pattern = sql_text(f"[{re.escape(separators)}]")
    parts = f"list_transform(string_split_regex({name}, {pattern}), lambda part: trim(part, ' '))"
    return f"list_has_any({parts}, [{listed}])"
