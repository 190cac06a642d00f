"""Reading YAML so that every fault can name its line, and all of them are told at once.

A `Fields` hands out the values of one mapping. A value that is missing or of the wrong kind is written
down as a fault and replaced by a neutral one, so that reading goes on; `done()` names the keys nobody
asked for. Scalars are taken as written: `01` stays "01", whatever YAML would make of it.
"""

import difflib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar

import yaml

from ecredit.foundation.catalog.errors import Fault

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = "tag:yaml.org,2002:null"
_TRUTHS = {"true": True, "false": False}
_WHOLE = re.compile(r"-?\d+")
T = TypeVar("T", bound=str)


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file of the catalogue."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Reference:
    """A name used at a place that must exist elsewhere: kind is `law`, `department`, `item` …"""

    kind: str
    target: str
    place: Place


@dataclass(slots=True)
class FaultLog:
    """Faults and open references gathered while reading."""

    faults: list[Fault] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)

    def add(self, place: Place, kind: str, zh: str, en: str) -> None:
        """Write down a fault."""
        self.faults.append(Fault(place.file, place.line, kind, zh, en))

    def refer(self, kind: str, target: str, place: Place) -> None:
        """Write down that `target` must exist among the things of this kind."""
        self.references.append(Reference(kind, target, place))


def nearest(word: str, known: Collection[str]) -> tuple[str, str]:
    """Return a Chinese and an English half-sentence that offers the likeliest or all known words."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    if close:
        return f"是否应为 {close[0]}？", f"did you mean {close[0]}?"
    if not known:
        return "这里没有可用的值", "nothing may be written here"
    some, more = sorted(known)[:12], len(known) > 12
    return (
        f"可用的有：{'、'.join(some)}{'……' if more else ''}",
        f"use one of: {', '.join(some)}{' …' if more else ''}",
    )


class Fields:
    """One mapping of a file, read key by key."""

    def __init__(self, node: yaml.MappingNode, file: str, log: FaultLog) -> None:
        self.file = file
        self.log = log
        self.place = Place(file, node.start_mark.line + 1)
        self._asked: set[str] = set()
        self._values: dict[str, yaml.Node] = {}
        self._places: dict[str, Place] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            place = Place(file, key.start_mark.line + 1)
            if name in self._values:
                log.add(
                    place,
                    "duplicate_key",
                    f"键 {name} 写了两次；请删去一个",
                    f"the key {name} is written twice; remove one",
                )
                continue
            self._values[name] = value
            self._places[name] = place

    def at(self, key: str) -> Place:
        """Return where a key is written, or the mapping itself when it is not."""
        return self._places.get(key, self.place)

    def has(self, key: str) -> bool:
        """Tell whether a key is there and not null."""
        return self._node(key) is not None

    def names(self) -> Iterator[str]:
        """Go through all keys as written, for mappings whose keys are names."""
        self._asked.update(self._values)
        return iter(self._values)

    def keys(self) -> Iterator[str]:
        """Go through all keys: `names` under a mapping's usual word."""
        return self.names()

    def fault(self, key: str, kind: str, zh: str, en: str) -> None:
        """Write down a fault at a key's line."""
        self.log.add(self.at(key), kind, zh, en)

    def text(self, key: str) -> str:
        """Return a required text, as written."""
        value = self.maybe_text(key)
        if value is None:
            self._missing(key)
            return ""
        return value

    def maybe_text(self, key: str) -> str | None:
        """Return a text or None."""
        node = self._node(key)
        if node is None:
            return None
        if not isinstance(node, yaml.ScalarNode):
            self._wrong(key, "一段文字", "a text")
            return None
        value = str(node.value).strip()
        return value or None

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; a missing key is an empty list."""
        return tuple(value for value, _ in self.placed_texts(key))

    def placed_texts(self, key: str) -> list[tuple[str, Place]]:
        """Return a list of texts with the line of each."""
        node = self._node(key)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self._wrong(key, "一个列表，如 [a, b]", "a list such as [a, b]")
            return []
        found = []
        for part in node.value:
            if isinstance(part, yaml.ScalarNode) and part.tag != _NULL:
                found.append((str(part.value).strip(), Place(self.file, part.start_mark.line + 1)))
            else:
                self._wrong(key, "一列文字", "a list of texts")
        return found

    def flag(self, key: str, default: bool | None = None) -> bool:
        """Return true or false; required when there is no default."""
        word = self.maybe_text(key)
        if word is None:
            if default is None:
                self._missing(key)
            return bool(default)
        if word.lower() not in _TRUTHS:
            self._wrong(key, "true 或 false", "true or false")
            return bool(default)
        return _TRUTHS[word.lower()]

    def whole(self, key: str) -> int | None:
        """Return a whole number or None."""
        word = self.maybe_text(key)
        if word is None:
            return None
        if not _WHOLE.fullmatch(word):
            self._wrong(key, "一个整数", "a whole number")
            return None
        return int(word)

    def wholes(self, key: str) -> tuple[int, ...]:
        """Return a list of whole numbers."""
        words = self.texts(key)
        if not all(_WHOLE.fullmatch(word) for word in words):
            self._wrong(key, "一列整数", "a list of whole numbers")
            return ()
        return tuple(int(word) for word in words)

    def decimal(self, key: str) -> Decimal | None:
        """Return a decimal number or None."""
        word = self.maybe_text(key)
        if word is None:
            return None
        try:
            return Decimal(word)
        except InvalidOperation:
            self._wrong(key, "一个数", "a number")
            return None

    def decimals(self, key: str) -> tuple[Decimal, ...]:
        """Return a list of decimal numbers."""
        found = []
        for word, _ in self.placed_texts(key):
            try:
                found.append(Decimal(word))
            except InvalidOperation:
                self._wrong(key, "一个数的列表，如 [1, 2.5]", "a list of numbers such as [1, 2.5]")
        return tuple(found)

    def is_list(self, key: str) -> bool:
        """Return whether a key holds a list."""
        return isinstance(self._node(key), yaml.SequenceNode)

    def day(self, key: str) -> date | None:
        """Return a day written 2026-04-01, or None."""
        word = self.maybe_text(key)
        if word is None:
            return None
        try:
            return date.fromisoformat(word)
        except ValueError:
            self._wrong(key, "形如 2026-04-01 的日期", "a day such as 2026-04-01")
            return None

    def period(self) -> tuple[date | None, date | None]:
        """Return `valid_from` and `valid_to`, the second after the first."""
        start, end = self.day("valid_from"), self.day("valid_to")
        if start is not None and end is not None and end <= start:
            self.fault(
                "valid_to",
                "dates_reversed",
                f"valid_to {end} 不晚于 valid_from {start}；请更正日期",
                f"valid_to {end} is not after valid_from {start}; put the dates right",
            )
        return start, end

    def one_of(self, key: str, allowed: tuple[T, ...], default: T | None = None) -> T:
        """Return one of the allowed words; required when there is no default."""
        word = self.maybe_text(key)
        if word is None:
            if default is None:
                self._missing(key)
            return default if default is not None else allowed[0]
        for known in allowed:
            if word == known:
                return known
        zh, en = nearest(word, allowed)
        self.fault(key, "bad_choice", f"{key} 不能是 {word}；{zh}", f"{key} cannot be {word}; {en}")
        return allowed[0]

    def sub(self, key: str) -> "Fields | None":
        """Return the mapping below a key, or None."""
        node = self._node(key)
        if node is None:
            return None
        if not isinstance(node, yaml.MappingNode):
            self._wrong(key, "一组 键: 值", "a mapping")
            return None
        return Fields(node, self.file, self.log)

    def subs(self, key: str) -> list["Fields"]:
        """Return the list of mappings below a key; a missing key is an empty list."""
        node = self._node(key)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self._wrong(key, "一个列表，每项以 - 开头", "a list whose parts start with -")
            return []
        found = []
        for part in node.value:
            if isinstance(part, yaml.MappingNode):
                found.append(Fields(part, self.file, self.log))
            else:
                self.log.add(
                    Place(self.file, part.start_mark.line + 1),
                    "bad_type",
                    f"{key} 的每一项应为一组 键: 值",
                    f"each part of {key} should be a mapping",
                )
        return found

    def reference(self, key: str, kind: str) -> str:
        """Return a required name of something that must exist elsewhere."""
        target = self.text(key)
        if target:
            self.log.refer(kind, target, self.at(key))
        return target

    def references(self, key: str, kind: str) -> tuple[str, ...]:
        """Return a list of names of things that must exist elsewhere."""
        found = self.placed_texts(key)
        for target, place in found:
            self.log.refer(kind, target, place)
        return tuple(target for target, _ in found)

    def done(self) -> None:
        """Name every key nobody asked for."""
        for key, place in self._places.items():
            if key not in self._asked and self._is_half_text(key):
                self.log.add(
                    place,
                    "unquoted_comma",
                    f"“{key}”像是一段文字的后半；含逗号的文字请加英文引号",
                    f"“{key}” looks like the second half of a text; put a text with a comma in quotes",
                )
            elif key not in self._asked:
                zh, en = nearest(key, self._asked)
                self.log.add(
                    place, "unknown_key", f"不认识的键 {key}；{zh}", f"the key {key} is not known; {en}"
                )

    def _is_half_text(self, key: str) -> bool:
        """Tell whether a key is what `{note: one, two}` leaves behind: `two` without a colon or value."""
        value = self._values[key]
        return isinstance(value, yaml.ScalarNode) and value.value == "" and not key.isascii()

    def _node(self, key: str) -> yaml.Node | None:
        self._asked.add(key)
        node = self._values.get(key)
        if isinstance(node, yaml.ScalarNode) and node.tag == _NULL:
            return None
        return node

    def _missing(self, key: str) -> None:
        self.fault(key, "missing_key", f"缺少 {key}；请补上", f"{key} is missing; add it")

    def _wrong(self, key: str, zh: str, en: str) -> None:
        self.fault(key, "bad_type", f"{key} 应为{zh}", f"{key} should be {en}")


def read_fields(path: Path, root: Path, log: FaultLog) -> Fields | None:
    """Read a file that holds one mapping; None (and a fault) when it cannot be read or holds none."""
    file = path.relative_to(root).as_posix()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        log.add(Place(file, 1), "bad_yaml", "不是 UTF-8；请另存为 UTF-8", "is not UTF-8; save it as UTF-8")
        return None
    except OSError as error:
        log.add(Place(file, 1), "unreadable", f"无法打开：{error}", f"cannot be opened: {error}")
        return None
    return read_text(text, file, log)


def read_text(text: str, file: str, log: FaultLog) -> Fields | None:
    """Read a text that holds one mapping, as `read_fields`; `file` is what its faults name."""
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = 1 if mark is None else mark.line + 1
        problem = getattr(error, "problem", None) or "?"
        log.add(
            Place(file, line),
            "bad_yaml",
            f"YAML 写法有误（{problem}）；请检查缩进、冒号后的空格和引号",
            f"is not valid YAML ({problem}); check indentation, the blank after colons and quotes",
        )
        return None
    if not isinstance(node, yaml.MappingNode):
        log.add(Place(file, 1), "bad_type", "文件应为一组 键: 值", "the file should hold one mapping")
        return None
    return Fields(node, file, log)
