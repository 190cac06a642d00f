"""Reads `flags/*.yaml`: one file for each thing looked at in trade that may be forged."""

from pathlib import Path
from typing import cast

from ecredit.foundation.catalog.flag_types import (
    DIRECTIONS,
    FLAG_CLASSES,
    FLAG_FAMILIES,
    FLAG_KINDS,
    Flag,
    FlagKind,
    Value,
)
from ecredit.foundation.catalog.yaml_nodes import FaultLog, Fields, nearest, read_fields


def load_flags(root: Path, log: FaultLog) -> dict[str, Flag]:
    """Return the flags by id, in the order of their files' names."""
    flags: dict[str, Flag] = {}
    for path in sorted((root / "flags").glob("*.yaml")):
        fields = read_fields(path, root, log)
        if fields is None:
            continue
        flag = _read(fields)
        if flag.id != path.stem:
            fields.fault(
                "id", "wrong_name", f"文件名应为 {flag.id}.yaml", f"the file should be called {flag.id}.yaml"
            )
        flags[flag.id] = flag
    return flags


def _read(fields: Fields) -> Flag:
    strength = fields.decimal("strength")
    if strength is None or not 0 < strength <= 4:
        fields.fault(
            "strength", "bad_number", "strength 应大于 0、不大于 4", "strength should be over 0, at most 4"
        )
    rows = fields.whole("rows") or 1
    flag = Flag(
        id=fields.text("id"),
        zh=fields.text("zh"),
        en=fields.text("en"),
        family=fields.one_of("family", FLAG_FAMILIES),
        flag_class=fields.one_of("class", FLAG_CLASSES),
        direction=fields.one_of("direction", DIRECTIONS),
        strength=float(strength or 0),
        kinds=_kinds(fields),
        needs=fields.texts("needs"),
        meaning_zh=fields.text("meaning_zh"),
        meaning_en=fields.text("meaning_en"),
        formula=fields.text("formula"),
        source=fields.text("source"),
        honest_zh=fields.text("honest_zh"),
        honest_en=fields.text("honest_en"),
        fires=_example(fields, "fires", rows),
        passes=_example(fields, "passes", rows),
        rows=rows,
    )
    fields.done()
    return flag


def _kinds(fields: Fields) -> tuple[FlagKind, ...]:
    kinds = fields.texts("kinds")
    for kind in kinds:
        if kind not in FLAG_KINDS:
            zh, en = nearest(kind, FLAG_KINDS)
            fields.fault(
                "kinds", "unknown_kind", f"没有名为 {kind} 的种类；{zh}", f"no kind is called {kind}; {en}"
            )
    return cast(tuple[FlagKind, ...], kinds)


def _example(fields: Fields, key: str, rows: int) -> dict[str, Value] | None:
    given = fields.sub(key)
    if given is None:
        fields.fault(key, "missing_key", f"缺少 {key}；请写一个例子", f"{key} is missing; write an example")
        return None
    return {name: _value(given, name, rows) for name in given.names()}


def _value(given: Fields, name: str, rows: int) -> Value:
    if not given.is_list(name):
        return float(given.decimal(name) or 0)
    values = given.decimals(name)
    if len(values) != rows:
        given.fault(
            name,
            "bad_number",
            f"应为 {rows} 个数，每行一个（rows）",
            f"should be {rows} numbers, one a row (rows)",
        )
    return tuple(float(value) for value in values)
