"""What a column of a file is read as: SQL expressions, lenient, from whatever type the file has to the table's own.

Every expression gives NULL for what it cannot read and never fails. A column that has the type already is taken as it is,
never by way of text: that is what keeps a hundred million scans fast.
"""

import re

from ecredit.facts.market.trade_instants import AFTER, FIRST, sql_date, sql_instant
from ecredit.foundation.catalog.trade_types import TradeColumn, TradeType
from ecredit.foundation.engine.duck import sql_text

SQL_TYPES: dict[TradeType, str] = {
    "token": "VARCHAR", "text": "VARCHAR", "choice": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE",
    "money": "DOUBLE", "instant": "TIMESTAMP", "date": "DATE",
}  # fmt: skip
_WHOLE = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?")
_REAL = re.compile(r"DOUBLE|FLOAT|DECIMAL\(.*\)")


def sql_value(column: TradeColumn, source: str, stored: str) -> str:
    """Return the expression that reads a column. `source` is SQL that names it, `stored` its type as DuckDB calls it."""
    if column.type in ("token", "text"):
        return _words(source, stored)
    if column.type == "choice":
        return _choice(column, source, stored)
    if column.type == "instant":
        return sql_instant(_plain(source, stored), _kind(stored))
    if column.type == "date":
        return sql_date(_plain(source, stored), _kind(stored))
    return _ranged(column, _number(column.type, source, stored))


def sql_sound(column: TradeColumn, source: str, stored: str) -> str | None:
    """Return an aggregate that is true when every value of a column may be taken as it is stored; None: it never is.

    Asked once, it saves `sql_value` its work on every row of every later query.
    """
    if stored != SQL_TYPES[column.type] or column.type in ("token", "text"):
        return None
    if column.type == "choice":
        return f"count(*) FILTER ({source} NOT IN ({', '.join(map(sql_text, column.choices))})) = 0"
    if column.type in ("instant", "date"):
        first, after = f"{stored} '{FIRST}'", f"{stored} '{AFTER}'"
        return f"COALESCE(min({source}) >= {first} AND max({source}) < {after}, true)"
    tests = [f"min({source}) >= {column.low}"] * (column.low is not None)
    tests += [f"max({source}) <= {column.high}"] * (column.high is not None)
    tests += [f"bool_and(isfinite({source}))"] * (column.type != "integer")
    return f"COALESCE({' AND '.join(tests)}, true)" if tests else "true"


def _kind(stored: str) -> str:
    """`text`, `whole`, `real`, or the type itself."""
    if stored in ("VARCHAR", "BLOB") or stored.startswith("ENUM"):
        return "text"
    if _WHOLE.fullmatch(stored):
        return "whole"
    return "real" if _REAL.fullmatch(stored) else stored


def _plain(source: str, stored: str) -> str:
    """A column of bytes or of a closed list of words as text; any other as it is."""
    if stored == "BLOB":
        return f"TRY(decode({source}))"
    return f"CAST({source} AS VARCHAR)" if stored.startswith("ENUM") else source


def _words(source: str, stored: str) -> str:
    """Texts without blanks around them; nothing is NULL. A whole number written as one with a point loses it: 12.0 is 12."""
    kind = _kind(stored)
    if kind == "text":
        word = _plain(source, stored)
        # The long way only for a text that starts or ends with a blank: three times as fast as trimming every one.
        return f"CASE WHEN {word} > '!' AND NOT suffix({word}, ' ') THEN {word} ELSE NULLIF(trim({word}), '') END"
    if stored in ("DOUBLE", "FLOAT"):
        whole = f"{source} = trunc({source}) AND abs({source}) < 1e15"
        return f"CASE WHEN {whole} THEN CAST(TRY_CAST({source} AS BIGINT) AS VARCHAR) ELSE CAST({source} AS VARCHAR) END"
    return f"CAST({source} AS VARCHAR)"


def _choice(column: TradeColumn, source: str, stored: str) -> str:
    if _kind(stored) != "text":
        return "CAST(NULL AS VARCHAR)"
    word = f"lower(trim({_plain(source, stored)}))"
    return f"CASE WHEN {word} IN ({', '.join(map(sql_text, column.choices))}) THEN {word} END"


def _number(kind: TradeType, source: str, stored: str) -> str:
    held = _kind(stored)
    if held == "text":
        # 1,234.50 and ¥12 are numbers to those who write them.
        digits = f"replace(trim({_plain(source, stored)}, ' \t¥￥'), ',', '')"
        read = f"TRY_CAST({digits} AS DOUBLE)"
        if kind == "integer":
            exact = f"CASE WHEN contains({digits}, '.') THEN NULL ELSE TRY_CAST({digits} AS BIGINT) END"
            return f"COALESCE({exact}, {_whole(read)})"
        return read
    if held == "whole":
        return f"TRY_CAST({source} AS {SQL_TYPES[kind]})"
    if held == "real":
        return _whole(source) if kind == "integer" else f"CAST({source} AS DOUBLE)"
    return f"CAST(NULL AS {SQL_TYPES[kind]})"


def _whole(real: str) -> str:
    """A number with nothing behind the point as a whole one."""
    return f"CASE WHEN {real} = trunc({real}) THEN TRY_CAST({real} AS BIGINT) END"


def _ranged(column: TradeColumn, number: str) -> str:
    """NULL for what is outside the range, no number or without end.

    Asked by `isfinite`: DuckDB answers a comparison from a file's statistics where it can, and those leave NaN out.
    """
    tests = [f"isfinite({number})"] * (column.type != "integer")
    tests += [f"{number} >= {column.low}"] * (column.low is not None)
    tests += [f"{number} <= {column.high}"] * (column.high is not None)
    return f"CASE WHEN {' AND '.join(tests)} THEN {number} END" if tests else number
