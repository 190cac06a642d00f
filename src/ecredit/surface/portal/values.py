"""A value as the reader's language says it: amounts with their unit, coded values in English where the catalogue has it."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from markupsafe import Markup

from ecredit.service.publicity.clauses import chinese_number
from ecredit.service.publicity.types import LAWS, PublicField
from ecredit.surface.portal.language import Lang
from ecredit.surface.portal.words import words_in

English = Mapping[str, Mapping[str, str]]
"""Code table → Chinese → English."""
_CHINESE: Final = re.compile("[\u3000-\u9fff\uff00-\uffef]")
_BETWEEN: Final = "；"
_YUAN: Final = {"元": 1, "万元": 10_000}
_UNIT_IN_NAME: Final = re.compile(r"\s*[(（](?:万?元|单位[:：]万?元)[)）]$")
_CITED: Final = re.compile(r"《(?P<title>[^》]+)》(?:（[^）]*）)?(?:第(?P<article>[^第条]+)条)?")
# No law of the catalogue has as many.
_ARTICLES: Final = {chinese_number(str(number)): number for number in range(1, 1_300)}


def field_value(lang: Lang, field: PublicField, english: English) -> str:
    """A column's value; Chinese that stays Chinese in an English page is marked as such."""
    value = amount(lang, field.value, field.unit) if field.unit else field.value
    if lang == "zh":
        return value
    if value == words_in("zh").long_term:
        return str(words_in("en").long_term)
    return coded(english, field.table, value)


def field_label(lang: Lang, field: PublicField) -> str:
    """A column's name. In an English page amounts are in yuan, so a unit in the name (罚款金额(万元)) would be wrong there."""
    if lang == "zh" or field.unit not in _YUAN:
        return field.label
    return _UNIT_IN_NAME.sub("", field.label)


def citation(lang: Lang, clause: str, english: English) -> str:
    """The rule something rests on; in an English page the short English names of its laws before the Chinese words."""
    if lang == "zh":
        return clause
    names = english.get(LAWS, {})
    found = [
        f"{names[cited['title']]}{_article(cited['article'])}"
        for cited in _CITED.finditer(clause)
        if cited["title"] in names
    ]
    told = Markup('<span lang="zh-CN">{}</span>').format(clause) if _CHINESE.search(clause) else clause
    return Markup("{} {}").format("; ".join(found), told) if found else told


def _article(chinese: str | None) -> str:
    number = None if chinese is None else _ARTICLES.get(chinese)
    return "" if number is None else f", art. {number}"


def coded(english: English, table: str, value: str) -> str:
    """One or several values of a code table in English; marked Chinese when any of them has no English there."""
    known = english.get(table, {})
    words = [known.get(part, "") for part in value.split(_BETWEEN)]
    if all(words):
        return "; ".join(words)
    if _CHINESE.search(value):
        return Markup('<span lang="zh-CN">{}</span>').format(value)
    return value


def amount(lang: Lang, value: str, unit: str) -> str:
    """3.000000 of 万元 → 3 万元, in English 30,000 yuan; what is no number stays as it is."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    if not number.is_finite():
        return value
    if lang == "en" and unit in _YUAN:
        number, unit = number * _YUAN[unit], words_in("en").yuan
    whole, _, rest = f"{number:,f}".partition(".")
    rest = rest.rstrip("0")
    return f"{whole}{'.' if rest else ''}{rest} {unit}"
