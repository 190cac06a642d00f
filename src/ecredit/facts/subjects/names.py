"""The parts of an organisation's name: where, what it calls itself, what it does, in which form, which branch.

Names of firms are usually made of area, core (字号), trade and form; old names and shop names are not, so every part may
be empty and nothing here ever fails. Parts are for proposing candidates and for finding the parent of a branch, never
for deciding who somebody is.
"""

import re
from dataclasses import dataclass

from ecredit.facts.subjects.name_words import NameWords
from ecredit.foundation.kernel.text_forms import name_form

_BRACKETED = re.compile(r"\(([^()]*)\)")
# No word of the dictionary is longer; a test says so.
LONGEST_WORD = 11
_MIN_CORE = 2
# Where the name of the body a branch belongs to may end.
_HEAD_END = re.compile(r"公司|合作社|供销社|联社|银行|信用社|厂")
_SURE_HEAD = "公司"
_MIN_HEAD = 4


@dataclass(frozen=True, slots=True)
class NameParts:
    """A name taken apart; each part is "" when the name has none.

    `area` is the finest place named, `area_codes` its GB/T 2260 codes without trailing zeros (several when the name is
    used twice in the country). `branch` is what tells one branch of a firm from another (a place or a name), and
    `branch_kind` the class of its ending; both are "" for a head office.
    """

    form_text: str
    area: str
    area_codes: tuple[str, ...]
    core: str
    trade: str
    form: str
    branch: str
    branch_kind: str


@dataclass(frozen=True, slots=True)
class BranchName:
    """A branch's name cut in two: the whole name of the body it belongs to, and what follows."""

    parent: str
    suffix: str
    kind: str


def split_name(name: str, words: NameWords) -> NameParts:
    """Take a name apart. Total: any text is accepted."""
    form_text = name_form(name)
    plain, bracket_areas = _without_brackets(form_text, words)
    cut = _head_cut(plain, words)
    head, tail = (cut.parent, cut.suffix) if cut is not None else (plain, "")
    rest, form = _strip_form(head, words)
    area, codes, rest = _strip_areas(rest, words)
    if bracket_areas and not area:
        area, codes = bracket_areas
    core, trade = _core_and_trade(rest, words)
    town = _strip_word(rest, words.places, keep=_MIN_CORE, tails=("镇", "街道", "乡")) if codes else rest
    if town != rest:
        inner, inner_trade = _core_and_trade(town, words)
        # 常州春江物业管理: what follows the town is a trade, so the town's name is the core.
        if inner not in words.trades:
            core, trade = inner, inner_trade
    branch, branch_kind = "", ""
    if cut is not None:
        branch, branch_kind = _branch_part(tail, cut.kind, words)
        if not area:
            area, codes, _ = _strip_areas(tail, words)
    return NameParts(form_text, area, codes, core, trade, form, branch, branch_kind)


def branch_parents(name: str, words: NameWords) -> tuple[BranchName, ...]:
    """The ways a name can be read as a branch's, the longest parent first (a branch may have branches).

    `parent` is a prefix of the name form, so that it can be looked up as a registered name. Empty when the name ends
    with no word of a branch, or with that of a body of its own (工会, 有限公司).
    """
    return _branch_cuts(name_form(name), words)


def _head_cut(form: str, words: NameWords) -> BranchName | None:
    """The cut after the head firm: the first 公司 when there is one (中国工商银行股份有限公司 is one word)."""
    cuts = _branch_cuts(form, words)[::-1]
    return next((cut for cut in cuts if cut.parent.endswith(_SURE_HEAD)), cuts[0] if cuts else None)


def _branch_cuts(form: str, words: NameWords) -> tuple[BranchName, ...]:
    if len(form) <= _MIN_HEAD:
        return ()
    kind = _ending_kind(form, words)
    if not kind or form.endswith(words.not_branch_endings):
        return ()
    ends = [match.end() for match in _HEAD_END.finditer(form, 0, len(form) - 1)]
    return tuple(
        BranchName(form[:end], form[end:], kind)
        for end in reversed(ends)
        if end >= _MIN_HEAD and not form.startswith(")", end) and _ending_kind(form[end:], words)
    )


def _ending_kind(text: str, words: NameWords) -> str:
    for length in range(min(LONGEST_WORD, len(text)), 0, -1):
        if kind := words.branch_endings.get(text[-length:]):
            return kind
    return ""


def _without_brackets(form: str, words: NameWords) -> tuple[str, tuple[str, tuple[str, ...]] | None]:
    """The name without brackets; a place that stood in them is handed back, a note of form is dropped."""
    if "(" not in form and ")" not in form:
        return form, None
    place: tuple[str, tuple[str, ...]] | None = None

    def unwrap(match: re.Match[str]) -> str:
        nonlocal place
        inner = match[1]
        if inner in words.form_notes:
            return ""
        area, codes, rest = _strip_areas(inner, words, whole=True)
        if area and not rest:
            place = (area, codes)
            return ""
        return inner

    return _BRACKETED.sub(unwrap, form).replace("(", "").replace(")", ""), place


def _strip_form(text: str, words: NameWords) -> tuple[str, str]:
    for length in range(min(LONGEST_WORD, len(text) - 1), 0, -1):
        if kind := words.forms.get(text[-length:]):
            return text[:-length], kind
    return text, ""


def _strip_areas(text: str, words: NameWords, *, whole: bool = False) -> tuple[str, tuple[str, ...], str]:
    """Places at the start, each inside the one before; then a zone word and a town. Never eats the whole core."""
    area = ""
    codes: tuple[str, ...] = ()
    rest = text
    while True:
        name, inside = _leading_area(rest, codes, words)
        if not name:
            break
        area, codes, rest = name, inside, rest[len(name) :]
    if not codes:
        return "", (), text
    rest = _strip_word(rest, words.zones, keep=0 if whole else _MIN_CORE)
    rest = rest[1:] if rest[:1] in ("市", "县", "区") and len(rest) > _MIN_CORE else rest
    if not rest and not whole:
        return "", (), text
    return area, codes, rest


def _leading_area(text: str, above: tuple[str, ...], words: NameWords) -> tuple[str, tuple[str, ...]]:
    for length in words.area_lengths.get(text[:2], ()):
        codes = words.areas.get(text[:length])
        if codes is None:
            continue
        if above:
            codes = tuple(c for c in codes if any(c.startswith(a) and c != a for a in above))
        if codes:
            return text[:length], codes
    return "", ()


def _strip_word(text: str, known: frozenset[str], *, keep: int, tails: tuple[str, ...] = ()) -> str:
    for length in range(min(LONGEST_WORD, len(text) - keep), 1, -1):
        if text[:length] in known:
            rest = text[length:]
            for tail in tails:
                if rest.startswith(tail) and len(rest) - len(tail) >= keep:
                    return rest[len(tail) :]
            return rest
    return text


def _core_and_trade(text: str, words: NameWords) -> tuple[str, str]:
    """Cut trade words off the end, but leave a core of two characters."""
    end = len(text)
    while True:
        longest = min(LONGEST_WORD, end - _MIN_CORE)
        for length in range(longest, 1, -1):
            if text[end - length : end] in words.trades:
                end -= length
                break
        else:
            return text[:end], text[end:]


def _branch_part(suffix: str, kind: str, words: NameWords) -> tuple[str, str]:
    """What tells the branch from its sisters: its own name, else the finest place."""
    rest = suffix
    for length in range(min(LONGEST_WORD, len(rest)), 0, -1):
        if rest[-length:] in words.branch_endings:
            rest = rest[:-length]
            break
    area, _, own = _strip_areas(rest, words, whole=True)
    own = own or area
    return own or suffix, kind
