"""The words of `catalog/matching/names.yaml`, and the places of GB/T 2260, ready for taking names apart."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from ecredit.foundation.catalog.errors import CatalogError
from ecredit.foundation.catalog.folder import catalog_folder
from ecredit.foundation.catalog.yaml_nodes import FaultLog, Fields, read_fields
from ecredit.foundation.kernel.text_forms import name_form

_GROUPS = ("forms", "branch_endings")
_LISTS = ("zones", "places", "partnership_notes", "not_branch_endings", "trades")
_DATED = re.compile(r"\[[^\]]*\]")
_PLACE_LINE = re.compile(r'^(\d{2}|\s{2}\d{4}) (?:province|county)="([^"]*)"')
_NO_PLACES = frozenset(["市辖区", "郊区", "矿区", "城区", "市区", "县"])
_SUFFIX = re.compile(r"(?:维吾尔|壮族|回族)?自治区$|省$|市$|县$|区$|地区$")
_MIN_STEM = 2


@dataclass(frozen=True, slots=True)
class NameWords:
    """Dictionaries for names. `areas` maps a place's name to its codes (2, 4 or 6 digits); words are in name form.

    `forms` and `branch_endings` map a word to its class; `edition` changes when any word does. `area_lengths` gives,
    by the first two characters, the lengths that places starting so have, the longest first. `names_of` gives a code's names.
    """

    edition: str
    areas: Mapping[str, tuple[str, ...]]
    zones: frozenset[str]
    places: frozenset[str]
    forms: Mapping[str, str]
    form_notes: frozenset[str]
    branch_endings: Mapping[str, str]
    not_branch_endings: tuple[str, ...]
    trades: frozenset[str]
    area_lengths: Mapping[str, tuple[int, ...]]
    names_of: Mapping[str, tuple[str, ...]]
    home_city: str


def load_words(folder: Path | None = None) -> NameWords:
    """The words of a catalogue folder (default: the city's own).

    Raises CatalogError with file and line of every fault.
    """
    root = folder if folder is not None else catalog_folder()
    path = root / "matching" / "names.yaml"
    try:
        stamp = path.stat().st_mtime_ns
    except OSError:
        stamp = 0
    return _read(root, path, stamp)


@lru_cache(maxsize=4)
def _read(root: Path, path: Path, _stamp: int) -> NameWords:
    log = FaultLog()
    fields = read_fields(path, root, log)
    if fields is None:
        raise CatalogError(log.faults)
    groups = {key: _group(fields, key) for key in _GROUPS}
    lists = {key: _words(fields, key) for key in _LISTS}
    fields.flag("verified")
    fields.maybe_text("note")
    province, city = fields.text("home_province"), fields.text("home_city")
    fields.done()
    if log.faults:
        raise CatalogError(log.faults)
    # The longest first: 股份有限公司 ends with 有限公司.
    endings = tuple(sorted(lists["not_branch_endings"], key=lambda word: (-len(word), word)))
    areas = _areas(province)
    return NameWords(
        edition=hashlib.sha256(path.read_bytes()).hexdigest()[:12],
        areas=areas,
        zones=frozenset(lists["zones"]),
        places=frozenset(lists["places"]),
        forms=groups["forms"],
        form_notes=frozenset(lists["partnership_notes"]),
        branch_endings=groups["branch_endings"],
        not_branch_endings=endings,
        trades=frozenset(lists["trades"]),
        area_lengths=_lengths(areas),
        names_of=_names_of(areas),
        home_city=city,
    )


def _words(fields: Fields, key: str) -> list[str]:
    words = [name_form(word) for word in fields.texts(key)]
    if not words:
        fields.fault(key, "missing_key", f"{key} 没有一个词；请补上", f"{key} holds no word; add some")
    return words


def _group(fields: Fields, key: str) -> dict[str, str]:
    part = fields.sub(key)
    if part is None:
        fields.fault(key, "missing_key", f"缺少 {key}；请补上", f"{key} is missing; add it")
        return {}
    return {word: kind for kind in list(part.names()) for word in _words(part, kind)}


def _areas(home_province: str) -> dict[str, tuple[str, ...]]:
    """Names of places → codes. Without its suffix a place is known only when it is a province, a prefecture, or of
    this province: names such as 和平 or 新华 are places somewhere and ordinary names everywhere."""
    found: dict[str, set[str]] = {}
    province = ""
    text = (files("stdnum") / "cn" / "loc.dat").read_text(encoding="utf-8")
    for line in text.splitlines():
        match = _PLACE_LINE.match(line)
        if match is None:
            continue
        code = match[1].strip()
        province = code if len(code) == len("32") else province
        full = code if len(code) == len("32") else province + code.removesuffix("00")
        if full.endswith("00"):
            full = province
        for name in _DATED.sub("", match[2]).split(","):
            for form in _forms_of_place(name.strip(), full, home_province):
                found.setdefault(form, set()).add(full)
    return {name: tuple(sorted(codes)) for name, codes in found.items()}


def _lengths(areas: Iterable[str]) -> dict[str, tuple[int, ...]]:
    found: dict[str, set[int]] = {}
    for name in areas:
        found.setdefault(name[:2], set()).add(len(name))
    return {start: tuple(sorted(lengths, reverse=True)) for start, lengths in found.items()}


def _names_of(areas: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name, codes in areas.items():
        for code in codes:
            found.setdefault(code, []).append(name)
    return {code: tuple(names) for code, names in found.items()}


def _forms_of_place(name: str, code: str, home_province: str) -> Iterable[str]:
    if not name or name in _NO_PLACES:
        return
    yield name
    stem = _SUFFIX.sub("", name)
    county = len(code) == len("320412")
    if len(stem) >= _MIN_STEM and (not county or code.startswith(home_province)):
        yield stem
