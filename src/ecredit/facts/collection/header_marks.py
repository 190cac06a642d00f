"""A column's name as people write it into a header: with a star, a number, （必填）, or its code beside it."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping

from ecredit.foundation.kernel.text_forms import halfwidth, squeeze

_LONGEST = 120
_STARS = "*★☆※●▲#✱✳"
_LABEL = (
    r"[(\[【<{](?:必填|选填|必录|可选|非必填|条件必填|必填项|选填项|必填字段|必须|REQUIRED|OPTIONAL)[)\]】>}]"
)
_BEFORE = re.compile(rf"(?:[{_STARS}]|{_LABEL}|\(?\d{{1,3}}[.、):])+")
_AFTER = re.compile(rf"(?:[{_STARS}]|{_LABEL})+$")
_CODE_FIRST = re.compile(r"([A-Z][A-Z0-9_]+)[-:/|.,;(\[【]*([^A-Z0-9_\-:/|.,;(\[【].*?)[)\]】]?")
_CODE_LAST = re.compile(r"(.*?[^A-Z0-9_\-:/|.,;(\[【])[-:/|.,;(\[【]*([A-Z][A-Z0-9_]+)[)\]】]?")


def header_form(cell: str) -> str:
    """The form in which header cells are compared: half-width, no blanks, upper case."""
    return squeeze(halfwidth(cell)).upper()


def known_forms(cell: str, known: Container[str]) -> tuple[str, ...]:
    """The known names a header cell is made of: itself, or without its marks, or a code and a name; () for none."""
    form = header_form(cell)
    if form in known:
        return (form,)
    if not form or len(form) > _LONGEST:
        return ()
    apart = tuple(header_form(part) for part in cell.split())
    if len(apart) == 2 and all(part in known for part in apart):
        return apart
    bare = _AFTER.sub("", form)
    start = _BEFORE.match(bare)
    # A number before the name may be part of it, so the name with it is looked for as well.
    for name in (bare, bare[start.end() :] if start else bare):
        if name in known:
            return (name,)
        for both in (_CODE_FIRST, _CODE_LAST):
            parts = both.fullmatch(name)
            if parts is not None:
                forms = tuple(part if part in known else f"{part})" for part in parts.groups())
                if all(part in known for part in forms):
                    return forms
    return ()


def column_of(headers: Mapping[str, str], cell: str) -> str | None:
    """The column a header cell names, of a source's `headers`; None when it names none, or two."""
    codes = {headers[form] for form in known_forms(cell, headers)}
    return codes.pop() if len(codes) == 1 else None
