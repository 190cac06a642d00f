"""What a row of the journal says, in words: its detail as named values, its right, who it was.

What has no words (a new key, a kind of thing this edition no longer knows) is shown as it was written.
"""

import json
import re
from typing import Final

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from ecredit.facts.actors.journal_queries import JournalRow
from ecredit.foundation.catalog.texts import has_text, text
from ecredit.surface.desk.frame import Frame
from ecredit.surface.desk.platform import city

_VERB, _KEY, _RIGHT = "verb.", "journal_key.", "journal_right."
_DIGEST: Final = re.compile("[0-9a-f]{40,}")
_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9:]+)")
_MOST: Final = 12
# How the mark of a note is called, by which it is sealed once: it tells a reader nothing.
_UNSAID: Final = frozenset({"note"})

Pairs = tuple[tuple[str, str], ...]


def verb_words(frame: Frame, verb: str) -> str:
    """A verb of the journal in the frame's language, with the verb itself."""
    return f"{text(_VERB + verb, frame.lang)} {verb}" if has_text(_VERB + verb) else verb


def right_words(frame: Frame, right: str) -> str:
    """By which right and from where: `subject.read desk/s1`, the permission in words."""
    permission, _, place = right.partition(" ")
    known = city().catalog.permissions.get(permission)
    if known is not None:
        said = frame.say(known)
    elif has_text(_RIGHT + permission):
        said = text(_RIGHT + permission, frame.lang)
    else:
        said = permission
    return f"{said} {place}".strip()


def detail_pairs(row: JournalRow, frame: Frame) -> Pairs:
    """The detail as named values, empty ones left out."""
    try:
        said = json.loads(row.detail)
    except ValueError:
        said = row.detail
    if not isinstance(said, dict):
        return (("", str(said)),) if said not in (None, "") else ()
    return tuple(
        (_key_words(name, frame), words)
        for name, value in said.items()
        if name not in _UNSAID and (words := _words(name, value, frame))
    )


def _key_words(name: str, frame: Frame) -> str:
    return text(_KEY + name, frame.lang) if has_text(_KEY + name) else name


def _words(name: str, value: object, frame: Frame) -> str:
    """A value for reading: of a digest only its beginning, of a list or a mapping its parts."""
    if value is None or value in ("", [], {}):
        return ""
    match value:
        case bool():
            return frame.t["said_yes" if value else "said_no"]
        case list():
            return _some([_words(name, each, frame) for each in value], frame)
        case dict():
            return _some(
                [f"{_inner(key, frame)} {_words(key, each, frame)}" for key, each in value.items()], frame
            )
        case int() | float():
            return f"{value:,}" if isinstance(value, int) and name != "line" else str(value)
        case _:
            return _text(name, str(value), frame)


def _inner(key: str, frame: Frame) -> str:
    """A key within a value: a problem's rule, or a key like the outer ones."""
    rule = f"rule.{key}.title"
    return text(rule, frame.lang) if has_text(rule) else _key_words(key, frame)


def _text(name: str, value: str, frame: Frame) -> str:
    catalog = city().catalog
    if name == "verb":
        return verb_words(frame, value)
    if name == "role" and (role := catalog.roles.get(value)) is not None:
        return frame.say(role)
    if name == "source" and (source := catalog.sources.get(value)) is not None:
        return source.title_zh if frame.lang == "zh" else source.title_en
    if _DIGEST.fullmatch(value):
        return f"{value[:12]}…"
    return _instant(value) if _INSTANT.fullmatch(value) else value


def _instant(value: str) -> str:
    """An instant by the city's clock; what only looks like one, or lies beyond every calendar, as it was written."""
    try:
        at = parse_datetime(value)
        return value if at is None else timezone.localtime(at).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError):
        return value


def _some(parts: list[str], frame: Frame) -> str:
    said = ("、" if frame.lang == "zh" else ", ").join(part for part in parts[:_MOST] if part)
    return f"{said}…" if len(parts) > _MOST else said
