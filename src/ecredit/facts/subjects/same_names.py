"""The ways one registered name is written: its place in full or short, its form in full or left out.

Two firms of one place, one core (字号), one trade and one class of form are not registered under one authority, so such a
name under another code is most likely the same firm with a miswritten code. It is a reason to ask, never to decide.
"""

from itertools import product

from ecredit.facts.subjects.name_words import NameWords
from ecredit.facts.subjects.names import split_name

# In which form class a word is often exchanged for another of it; elsewhere (商店, 药店) it tells two firms apart.
_EXCHANGED = frozenset({"limited"})
_FORMS = ("有限公司", "有限责任公司")
_PROVINCE = 2


def other_writings(name: str, words: NameWords) -> frozenset[str]:
    """The name forms under which the register may have a name of the home city, its own among them.

    A name that says no place is taken for one of the city. Only its own form for a branch, a name of elsewhere, one
    without a trade (a core alone is shared by many) and one whose place is told in words that are no place of the list.
    """
    parts = split_name(name, words)
    own = parts.form_text
    middle = parts.core + parts.trade
    start = own.find(middle)
    if not parts.trade or not parts.form or parts.branch or start < 0:
        return frozenset([own])
    before, after = own[:start], own[start + len(middle) :]
    if not parts.area and before:
        return frozenset([own])
    places = _places(parts.area_codes, words)
    if not places or (parts.area and before not in places):
        return frozenset([own])
    forms = {after, *_FORMS} if parts.form in _EXCHANGED else {after}
    return frozenset([own, *(place + middle + form for place, form in product(places, forms))])


def _places(codes: tuple[str, ...], words: NameWords) -> frozenset[str]:
    """How a place of the home city is written, or the city when no place is given; nothing for another place."""
    # A district has the codes of the county it once was beside its own, and may share its name with a place elsewhere.
    codes = tuple(code for code in codes or (words.home_city,) if code.startswith(words.home_city))
    if not codes:
        return frozenset()
    provinces = ("", *words.names_of.get(words.home_city[:_PROVINCE], ()))
    above = {p + c for p, c in product(provinces, words.names_of.get(words.home_city, ()))}
    if words.home_city in codes:
        return frozenset(above)
    names = {name for code in codes for name in words.names_of.get(code, ())}
    return frozenset(place + name for place, name in product({"", *above}, names))
