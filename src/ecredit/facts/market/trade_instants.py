"""Instants and days as files write them, read as SQL: naive local time at +08:00."""

# The platform's time: China Standard Time without its summer times of 1986 to 1991, as the contract says `+08:00`.
_AHEAD = 8 * 3600 * 1_000_000
# Outside these years a time is a mistake of whoever wrote it; also what DuckDB reads "infinity" as.
FIRST, AFTER = "1970-01-01", "2200-01-01"
# A time with an offset at its end: Z, UTC, +08, +0800, +08:00.
_OFFSET = r":.*(Z|UTC|GMT|[+-]\d\d(:?\d\d)?)$"


def sql_instant(source: str, stored: str) -> str:
    """Return a TIMESTAMP from a column of text, of time stamps with or without zone, of days, or of Unix time.

    Unix time is seconds, milliseconds, microseconds or nanoseconds, whichever gives a year of this age.
    """
    if stored == "text":
        text = f"upper(trim({source}))"
        zoned = f"TRY(make_timestamp(epoch_us(TRY_CAST({text} AS TIMESTAMPTZ)) + {_AHEAD}))"
        # The usual form, 2026-03-01 12:00:00, has no offset to look for: three times as fast.
        usual = f"strlen({source}) = 19 AND {source}[17] = ':'"
        return _sane(
            f"CASE WHEN {usual} THEN TRY_CAST({source} AS TIMESTAMP) "
            f"WHEN regexp_matches({text}, '{_OFFSET}') THEN {zoned} ELSE TRY_CAST({text} AS TIMESTAMP) END",
            "TIMESTAMP",
        )
    if stored == "TIMESTAMP WITH TIME ZONE":
        return _sane(f"TRY(make_timestamp(epoch_us({source}) + {_AHEAD}))", "TIMESTAMP")
    if stored in ("TIMESTAMP", "TIMESTAMP_MS", "TIMESTAMP_S", "TIMESTAMP_NS"):
        return _sane(source if stored == "TIMESTAMP" else f"TRY_CAST({source} AS TIMESTAMP)", "TIMESTAMP")
    if stored == "DATE":
        return _sane(f"TRY_CAST({source} AS TIMESTAMP)", "TIMESTAMP")
    if stored in ("whole", "real"):
        count = f"TRY_CAST({source} AS BIGINT)"
        micro = (
            f"CASE WHEN {count} < 100000000000 THEN {count} * 1000000 WHEN {count} < 100000000000000 THEN {count} * 1000 "
            f"WHEN {count} < 100000000000000000 THEN {count} ELSE {count} // 1000 END"
        )
        return _sane(f"TRY(make_timestamp({micro} + {_AHEAD}))", "TIMESTAMP")
    return "CAST(NULL AS TIMESTAMP)"


def sql_date(source: str, stored: str) -> str:
    """Return a DATE from a column of text (2026-01-02, 2026/1/2, 20260102), of days, of time stamps or of 20260102."""
    if stored == "text":
        text = f"trim({source})"
        packed = f"regexp_replace({text}, '^(\\d{{4}})(\\d\\d)(\\d\\d)$', '\\1-\\2-\\3')"
        instant = sql_instant(source, "text")
        return _sane(f"COALESCE(TRY_CAST({packed} AS DATE), CAST({instant} AS DATE))", "DATE")
    if stored == "DATE":
        return _sane(source, "DATE")
    if stored == "whole":
        days = f"TRY(make_date({source} // 10000, {source} // 100 % 100, {source} % 100))"
        return _sane(days, "DATE")
    if stored.startswith("TIMESTAMP"):
        return f"CAST({sql_instant(source, stored)} AS DATE)"
    return "CAST(NULL AS DATE)"


def _sane(value: str, type_: str) -> str:
    return f"CASE WHEN {value} >= {type_} '{FIRST}' AND {value} < {type_} '{AFTER}' THEN {value} END"
