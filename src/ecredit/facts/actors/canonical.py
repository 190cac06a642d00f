"""The bytes a leaf of the log is made of: one line a field, readable by a person, one way to write each value.

Every field is free of line breaks (JSON text escapes them, ids and numbers have none), so the lines of two different
rows never read alike. A verifier needs nothing but these lines and SHA-256.
"""

import json
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from ecredit.foundation.kernel.errors import EcreditError


def leaf_lines(kind: str, *fields: object) -> bytes:
    """Canonical bytes of a row: the kind with its version, then each field on a line of its own.

    Raises EcreditError when a field holds a line break: writing it would make two rows read alike.
    """
    lines = [f"ecredit/{kind}/v1", *(_line(field) for field in fields)]
    text = "\n".join(lines)
    if text.count("\n") != len(fields):
        raise EcreditError("日志字段不能含换行", "a log field must not hold a line break", kind=kind)
    return text.encode()


def _line(field: object) -> str:
    if field is None:
        return ""
    if isinstance(field, datetime):
        return instant_text(field)
    if isinstance(field, date):
        return field.isoformat()
    return str(field)


def instant_text(at: datetime) -> str:
    """An aware instant as UTC to the microsecond, always the same length."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@lru_cache(maxsize=4096)
def stored_instant_text(value: datetime) -> str:
    """As `instant_text`, of an instant as a bare query gives it: SQLite gives UTC without saying so."""
    return instant_text(value.replace(tzinfo=UTC) if value.tzinfo is None else value)


def read_object(text: str) -> dict[str, Any]:
    """The JSON object of a text; empty for anything else: what was tampered with must not stop who looks for it."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
