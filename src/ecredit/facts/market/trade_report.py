"""The problem report of a trade table, and its held rows as they were sent, written by the engine."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import duckdb

from ecredit.facts.market.fates import Weighing
from ecredit.facts.market.raw_parts import RawPart
from ecredit.facts.market.trade_checks import CELLS, IN_CLEAR
from ecredit.facts.market.types import Check
from ecredit.foundation.catalog.texts import both, rule_title
from ecredit.foundation.catalog.trade_types import TradeColumn, TradeTable
from ecredit.foundation.engine.duck import sql_name, sql_text

HEADER = ("line", "column", "rule", "message", "hint", "value", "title", "file")
_SHOWN = 120
_TYPE_NAMES = {
    "integer": "整数 a whole number", "number": "数 a number", "money": "金额 an amount of money",
    "instant": "时间 a time", "date": "日期 a day", "choice": "可选的值 one of the values",
    "token": "标识 a token", "text": "文字 a text",
}  # fmt: skip
# Digits that could be somebody's number are shown in part.
_DIGITS = r"(\d{3})\d{4,}(\d{2})"


def write_report(
    connection: duckdb.DuckDBPyConnection, weighing: Weighing, parts: Sequence[RawPart], path: Path
) -> None:
    """Write every problem of every row to a CSV file: by file and line; with its mark, or a Chinese Excel reads it as GBK."""
    checks, table = weighing.checks, weighing.table
    connection.execute(
        "CREATE OR REPLACE TABLE told (_no INTEGER, c VARCHAR, r VARCHAR, m VARCHAR, h VARCHAR, t VARCHAR)"
    )
    for number in _numbers(connection):
        check = checks[number]
        connection.execute(
            "INSERT INTO told VALUES (?, ?, ?, ?, ?, ?)",
            [number, check.column, check.rule, *_sentences(check, table), rule_title(check.rule)],
        )
    selects = [select for part in parts for select in _values(connection, checks, part)]
    draft = path.with_suffix(".part")
    quoted = ", ".join(
        f"{value} AS {sql_name(name)}"
        for name, value in zip(HEADER, ("_line", "c", "r", "m", "h", "v", "t", "f"), strict=True)
    )
    found = (
        " UNION ALL ".join(selects) or "SELECT 0 AS _part, 0 AS _line, 0 AS _no, '' AS v, '' AS f WHERE false"
    )
    connection.execute(
        f"COPY (SELECT {quoted} FROM ({found}) JOIN told USING (_no) ORDER BY _part, _line, _no) "
        f"TO {sql_text(str(draft))} (FORMAT csv, HEADER)"
    )
    with path.open("wb") as out, draft.open("rb") as written:
        out.write(b"\xef\xbb\xbf")
        shutil.copyfileobj(written, out)
    draft.unlink()


def write_held(
    connection: duckdb.DuckDBPyConnection, weighing: Weighing, parts: Sequence[RawPart], path: Path
) -> None:
    """Keep the rows that wait: file, line, the rules they break, and the cells as they were sent as JSON."""
    selects = []
    for part in parts:
        cells = ", ".join(
            f"{sql_text(name)}: CAST({raw} AS VARCHAR)" for name, (raw, _) in part.cells.items()
        )
        selects.append(
            f"SELECT {part.number} AS _part, {sql_text(part.name)} AS file, {part.line} AS _line, "
            f"CAST(to_json({{{cells}}}) AS VARCHAR) AS cells FROM {part.source} "
            f"WHERE {part.line} IN (SELECT _line FROM held WHERE _part = {part.number})"
        )
        for line, written in part.broken:
            selects.append(
                f"SELECT {part.number}, {sql_text(part.name)}, {line}, CAST(to_json({sql_text(written)}) AS VARCHAR)"
            )
    clear = [str(number) for number, check in enumerate(weighing.checks) if check.rule == IN_CLEAR]
    names = ", ".join(sql_text(check.rule) for check in weighing.checks)
    # Of a row that holds a number in clear, the number is not kept.
    kept = (
        f"CASE WHEN clear THEN regexp_replace(cells, {sql_text(_DIGITS)}, '\\1****\\2', 'g') ELSE cells END"
    )
    connection.execute(
        f"COPY (SELECT file, _line AS line, rules, {kept} AS cells FROM ({' UNION ALL '.join(selects)}) JOIN ("
        f"SELECT _part, _line, list_sort(list_distinct(list([{names}][_no + 1]))) AS rules, "
        f"bool_or(_no IN ({', '.join(clear)})) AS clear FROM flaws SEMI JOIN held USING (_part, _line) GROUP BY ALL"
        f") USING (_part, _line) ORDER BY file, line) TO {sql_text(str(path))} (FORMAT parquet)"
    )


def _numbers(connection: duckdb.DuckDBPyConnection, part: int | None = None) -> list[int]:
    where = "" if part is None else f" WHERE _part = {part}"
    found = connection.execute(f"SELECT DISTINCT _no FROM flaws{where} ORDER BY _no").fetchall()
    return [int(row[0]) for row in found]


def _values(connection: duckdb.DuckDBPyConnection, checks: Sequence[Check], part: RawPart) -> list[str]:
    """SQL of a part's problems with the values behind them; one select for each check broken there."""
    selects = []
    for number in _numbers(connection, part.number):
        check = checks[number]
        flaw = f"SELECT _part, _line, _no, {{value}} AS v, {sql_text(part.name)} AS f FROM flaws"
        where = f" WHERE _part = {part.number} AND _no = {number}"
        if check.rule == CELLS:
            selects.append(flaw.format(value="''") + where)
            continue
        value = (
            f"regexp_replace(left(CAST(x.v AS VARCHAR), {_SHOWN}), {sql_text(_DIGITS)}, '\\1****\\2', 'g')"
        )
        # What a spreadsheet would take for a formula is shown as text.
        shown = f"COALESCE(CASE WHEN {value}[1] IN ('=', '+', '-', '@') THEN '''' || {value} ELSE {value} END, '')"
        raw = part.cells[check.column][0]
        selects.append(
            f"{flaw.format(value=shown)} JOIN (SELECT {part.line} AS _line, {raw} AS v FROM {part.source} "
            f"WHERE {part.line} IN (SELECT _line FROM flaws{where})) x USING (_line){where}"
        )
    return selects


def _sentences(check: Check, table: TradeTable) -> tuple[str, str]:
    column = table.column(check.column) if check.column else None
    values = {} if column is None else _placeholders(column)
    rule = f"rule.{check.rule}"
    return both(rule, **values), both(f"{rule}.hint", **values)


def _placeholders(column: TradeColumn) -> dict[str, object]:
    after = column.after or ""
    refers = "" if column.refers is None else ".".join(column.refers)
    return {
        "column": column.id,
        "name": column.name,
        "type": _TYPE_NAMES[column.type],
        "range": _range(column),
        "after": after,
        "refers": refers,
    }


def _range(column: TradeColumn) -> str:
    if column.choices:
        return f"（{' '.join(column.choices)}）"
    if column.low is None and column.high is None:
        return ""
    low = "" if column.low is None else f"{column.low:g}"
    high = "" if column.high is None else f"{column.high:g}"
    return f"（{low}…{high}）"
