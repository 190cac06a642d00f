"""Characters written by their number: ``%31`` in an address and ``&#49;`` in a page are both the digit 1."""

import re
from typing import NamedTuple

# A digit, X, blank or dash by its number in an address, or any character by its number in a page.
_ENCODED = re.compile(
    r"%EF%BC%9(?P<wide>[0-9])|%(?P<plain>3[0-9]|[57]8|2[0D])|&#x0*(?P<hex>[0-9a-f]{1,6});?|&#0*(?P<decimal>[0-9]{1,7});?",
    re.IGNORECASE,
)


class Read(NamedTuple):
    """A text with such characters read; the one at `place` is written at ``starts[place]`` up to ``ends[place]``."""

    text: str
    starts: list[int]
    ends: list[int]


def read_by_number(text: str) -> Read | None:
    """The text as it reads, None when no character is written so. Total and linear."""
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for match in _ENCODED.finditer(text):
        in_hex = match["plain"] or match["hex"]
        number = int(in_hex, 16) if in_hex else int(match["decimal"] or 0)
        pieces += text[at : match.start()]
        starts += range(at, match.start())
        ends += range(at + 1, match.start() + 1)
        pieces.append(match["wide"] or (chr(number) if 0 < number < 0x110000 else " "))
        starts.append(match.start())
        ends.append(match.end())
        at = match.end()
    if not starts:
        return None
    pieces += text[at:]
    starts += range(at, len(text))
    ends += range(at + 1, len(text) + 1)
    return Read("".join(pieces), starts, ends)
