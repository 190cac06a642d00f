"""What is checked of every row of a trade table, as SQL over the cells as sent and as read."""

from collections.abc import Mapping, Sequence

from ecredit.facts.market.raw_parts import RawPart
from ecredit.facts.market.trade_values import SQL_TYPES, sql_value
from ecredit.facts.market.types import Check
from ecredit.foundation.catalog.trade_types import TradeColumn, TradeTable
from ecredit.foundation.engine.duck import sql_name, sql_text
from ecredit.foundation.kernel.masking import MAYBE_PERSONAL

MISSING, UNREADABLE, UNDECODABLE = "trade_missing", "trade_unreadable", "trade_undecodable"
FUTURE, REVERSED = "trade_future", "trade_reversed"
IN_CLEAR, MASKED = "trade_in_clear", "trade_masked"
CELLS, TWICE, ANOTHERS, NOWHERE = "trade_cells", "trade_key_twice", "trade_key_anothers", "trade_reference"
# The function that masks what is personal in a text, by the name it has in SQL.
REDACT = "redact_personal"


def list_checks(table: TradeTable) -> tuple[Check, ...]:
    """Every check of a table, in an order that stays: a check is known by its place here."""
    checks = [Check(CELLS, ""), Check(TWICE, table.key[0]), Check(ANOTHERS, table.key[0])]
    for column in table.columns:
        checks.append(Check(MISSING, column.id))
        checks.append(Check(UNREADABLE, column.id))
        checks.append(Check(UNDECODABLE, column.id))
        checks.append(Check(IN_CLEAR, column.id))
        checks.append(Check(FUTURE, column.id))
        checks.append(Check(REVERSED, column.id))
        checks.append(Check(MASKED, column.id, holds=False))
        checks.append(Check(NOWHERE, column.id, holds=False))
    return tuple(checks)


def sql_typed(table: TradeTable, part: RawPart, taken: frozenset[str], *, also: Sequence[str] = ()) -> str:
    """SQL of a part's rows: `_part`, `_line`, every column of the table as it is read, and `also`; not `taken` ones are NULL."""
    values = [f"CAST({part.number} AS INTEGER) AS _part", f"CAST({part.line} AS BIGINT) AS _line"]
    for column in table.columns:
        value = f"CAST(NULL AS {SQL_TYPES[column.type]})"
        if column.id in part.cells and column.id in taken:
            value = sql_value(column, *part.cells[column.id])
        values.append(f"{value} AS {sql_name(column.id)}")
    return f"SELECT {', '.join([*values, *also])} FROM {part.source}"


def sql_flaws(
    table: TradeTable,
    part: RawPart,
    taken: frozenset[str],
    latest: str,
    in_clear: Mapping[str, str],
) -> str:
    """SQL of what is wrong in a part: `_part`, `_line` and `_no`, the place of the check that is broken; a row for each.

    `latest` is the instant after which a time lies in the future; `in_clear`, by column, a test of its value.
    """
    numbers = {check: number for number, check in enumerate(list_checks(table))}
    raws, tests = [], {}
    here = taken & part.cells.keys()
    for place, column in enumerate(table.columns):
        if column.id not in here:
            continue
        raw, stored = part.cells[column.id]
        raws.append(f"{raw} AS _raw{place}")
        found = _tests(column, f"_raw{place}", stored, here, latest)
        if column.type in ("token", "text") and part.text:
            found.append((UNDECODABLE, f"contains({sql_name(column.id)}, chr(65533))"))
        if column.id in in_clear:
            found.append((IN_CLEAR, in_clear[column.id]))
        for rule, test in found:
            tests[numbers[Check(rule, column.id, holds=rule != MASKED)]] = test
    inner = sql_typed(table, part, taken, also=raws)
    broken = ", ".join(f"CASE WHEN {test} THEN {number} END" for number, test in tests.items())
    return (
        f"SELECT _part, _line, unnest(list_filter([{broken}], x -> x IS NOT NULL)) AS _no FROM ({inner}) "
        f"WHERE {' OR '.join(f'({test})' for test in tests.values())}"
    )


def _tests(
    column: TradeColumn, raw: str, stored: str, here: frozenset[str], latest: str
) -> list[tuple[str, str]]:
    name = sql_name(column.id)
    filled = f"{raw} IS NOT NULL AND trim({raw}) <> ''" if stored == "VARCHAR" else f"{raw} IS NOT NULL"
    tests = []
    if column.required:
        empty = f"{name} IS NULL"
        tests.append((MISSING, empty if column.type == "token" else f"{empty} AND NOT ({filled})"))
    if column.type not in ("token", "text"):
        tests.append((UNREADABLE, f"{name} IS NULL AND {filled}"))
    if column.type == "instant":
        tests.append((FUTURE, f"{name} > TIMESTAMP {sql_text(latest)}"))
    if column.after is not None and column.after in here:
        tests.append((REVERSED, f"{name} < {sql_name(column.after)}"))
    if column.type == "text":
        maybe = f"regexp_matches({name}, {sql_text(MAYBE_PERSONAL)})"
        tests.append((MASKED, f"CASE WHEN {maybe} THEN {REDACT}({name}) <> {name} ELSE false END"))
    return tests


def sql_kept(column: TradeColumn) -> str:
    """How a value goes into the lake: a text without the numbers of persons in it."""
    name = sql_name(column.id)
    if column.type != "text":
        return name
    maybe = f"regexp_matches({name}, {sql_text(MAYBE_PERSONAL)})"
    return f"CASE WHEN {maybe} THEN {REDACT}({name}) ELSE {name} END AS {name}"
