"""What a gap says, in words: what was seen instead, the clause, how late."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from ecredit.foundation.catalog.texts import text

Lang = Literal["zh", "en"]

_LISTED: Final = ("codes", "numbers", "words", "names_zh", "names_en")
BY_WORKDAYS: Final = "prompt"


def saw_words(document: Mapping[str, Any], lang: Lang) -> str:
    """What was seen instead of what is asked for, a sentence without its full stop."""
    values = dict(document["values"])
    if (names := values.pop(f"names_{lang}", None)) is not None:
        values["names"] = names
        values.pop("names_en" if lang == "zh" else "names_zh", None)
        values["names"] = _joined(names, lang)
    for key in _LISTED:
        if key in values:
            values[key] = _joined(values[key], lang)
    for key in ("published", "other"):
        if key in values and values[key] is None:
            values[key] = text("disclosure.no_day", lang)
    return text(f"disclosure.saw.{document['saw']}", lang, **values)


def late_words(document: Mapping[str, Any], lang: Lang) -> str:
    """By how much it is late; "" where that is no matter of days."""
    if document["late"] is None:
        return ""
    unit = "workdays" if document["kind"] == BY_WORKDAYS else "days"
    return text(f"disclosure.late_{unit}", lang, count=document["late"])


def where_words(document: Mapping[str, Any], lang: Lang) -> str:
    """Where it was seen: the page's address, or the number of the record."""
    if document["url"]:
        return str(document["url"])
    return "" if document["entry"] is None else text("disclosure.entry", lang, leaf=document["entry"])


def clause_words(document: Mapping[str, Any], lang: Lang) -> str:
    """The law and article it stands under, as lists say them."""
    title = document["law_title"].get(lang, document["law"])
    if not document["article"]:
        return str(title)
    return text("disclosure.article", lang, law=title, article=document["article"])


def _joined(parts: object, lang: Lang) -> str:
    return ("、" if lang == "zh" else ", ").join(map(str, parts)) if isinstance(parts, list) else str(parts)
