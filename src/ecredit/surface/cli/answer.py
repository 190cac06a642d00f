"""What a command gives back: one document for machines, lines for people, an exit code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from ecredit.foundation.catalog.texts import has_text, text


@dataclass(frozen=True, slots=True)
class Answer:
    """`document` is printed with --json, `lines` without; `code` is the exit code (0 done, 1 a check failed)."""

    document: Mapping[str, object]
    lines: Sequence[str] = field(default=())
    code: int = 0


def columns(rows: Sequence[Sequence[object]], head: Sequence[str] = ()) -> list[str]:
    """Rows as aligned text; a Chinese character is two cells wide."""
    table = [list(head)] if head else []
    table += [[str(cell) for cell in row] for row in rows]
    if not table:
        return []
    widths = [max(_width(row[i]) for row in table) for i in range(len(table[0]))]
    return [
        "  ".join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]


def minute(at: datetime) -> str:
    """An instant as people of the city read it."""
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")


def named(key: str, otherwise: str) -> str:
    """The Chinese and English words of a text, or something else where there is none: `等待 Waiting`."""
    return f"{text(key, 'zh')} {text(key, 'en')}" if has_text(key) else otherwise


def _width(text: str) -> int:
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
