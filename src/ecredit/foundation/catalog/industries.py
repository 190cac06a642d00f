"""What an industry code belongs to (GB/T 4754): the longest known prefix decides."""

import re

from ecredit.foundation.catalog.types import CodeEntry, CodeTable

_CODE = re.compile(r"[A-T]?(\d{2,4})", re.ASCII)


def find_industry(code: str, table: CodeTable) -> CodeEntry | None:
    """Find the class of a code; one not in the table gives the wider class it is in, else None.

    `5193` → 互联网批发, `5137` → 批发业 (51), `F5137` the same, `F` → 批发和零售业.
    """
    entry = table.lookup(code)
    digits = _CODE.fullmatch(code.strip().upper())
    if entry is not None or digits is None:
        return entry
    number = digits.group(1)
    for length in range(len(number), 1, -1):
        if (found := table.entries.get(number[:length])) is not None:
            return found
    return None


def section_of(entry: CodeEntry, table: CodeTable) -> CodeEntry:
    """Return the section (门类, a letter) an industry is in."""
    while entry.parent is not None:
        entry = table.entries[entry.parent]
    return entry
