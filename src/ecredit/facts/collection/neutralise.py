"""Makes a text safe to be opened in a spreadsheet program.

A cell that begins like a formula is run when somebody opens the file: a value sent by one person would
act on another's machine. Every export and every file given back goes through here.
"""

from __future__ import annotations

import re

_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?(?:[eE][+-]?\d+)?%?", re.ASCII)
_FORMULA_START = re.compile(r"[\s\ufeff\u200b]*[=+\-@＝＋－＠]|[\t\r\n]")


def neutralise_cell(text: str) -> str:
    """``=1+1`` → ``'=1+1``: an apostrophe before what a spreadsheet would take for a formula.

    Covers ``= + - @`` and their full-width twins, also behind blanks, and leading tabs and line ends.
    Plain numbers (``-5.00``, ``+3``, ``-1,000``) stay as they are. Idempotent.
    """
    if not _FORMULA_START.match(text) or _NUMBER.fullmatch(text):
        return text
    return "'" + text
