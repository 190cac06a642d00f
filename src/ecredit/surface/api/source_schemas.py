"""A source as JSON Schema (of one record) and as Frictionless Table Schema (of a file), both made from the catalogue.

They say how to write a value: what meets them is read without a problem of form. Other ways that people write in tables
(2026/5/8, 3万元, an alias) are read too, which no schema can tell; check digits, and rules between columns, are the city's checks'.
"""

from datetime import date
from typing import Any, Final

from ecredit.foundation.catalog.types import Catalog, Column, Source

_MOST_VALUES: Final = 2_000
_DAY: Final = r"(?:1[89]|2[01])\d{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_USCC: Final = r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}"
_WHOLE: Final = r"-?\d{1,15}"
_PATTERNS: Final = {
    "uscc": _USCC,
    "org_code": r"[0-9A-Z]{8}-?[0-9X]",
    "integer": _WHOLE,
    "number": rf"{_WHOLE}(?:\.\d{{1,12}})?",
    "phone": r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}",
    "url": r"https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?:/\S*)?",
}
_NUMBERS: Final = ("integer", "number", "amount")
_YES_NO: Final = ("是", "否")


def json_schema(source: Source, catalog: Catalog, *, on: date) -> dict[str, Any]:
    """JSON Schema (2020-12) of a record."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:ecredit:source:{source.id}:{catalog.edition}",
        "title": source.title_zh,
        "description": f"{source.title_en}. {source.about}",
        "type": "object",
        "properties": {column.code: _member(column, source, catalog, on) for column in source.columns},
        "required": [column.code for column in source.columns if column.required],
        "additionalProperties": False,
    }


def table_schema(source: Source, catalog: Catalog, *, on: date) -> dict[str, Any]:
    """Frictionless Table Schema (v1) of a file. What is one document is told as its `primaryKey` where columns alone say it."""
    told: dict[str, Any] = {
        "title": source.title_zh,
        "description": f"{source.title_en}. {source.about}",
        "fields": [_field(column, source, catalog, on) for column in source.columns],
        "missingValues": [""],
    }
    if source.key_mode == "all" and not source.party:
        told["primaryKey"] = list(source.key)
    return told


def _member(column: Column, source: Source, catalog: Catalog, on: date) -> dict[str, Any]:
    types = ["string"] if column.required else ["string", "null"]
    values = _values(column, catalog, on)
    member: dict[str, Any] = {"title": column.name}
    if column.type in _NUMBERS:
        types.insert(0, "integer" if column.type == "integer" else "number")
        # Beyond it a number of JSON is no longer exact.
        member |= {"minimum": -(10**15) + 1, "maximum": 10**15 - 1}
    if column.type == "yes_no":
        member["enum"] = [*_YES_NO, True, False, *([] if column.required else [None, ""])]
        types.insert(0, "boolean")
    elif values is not None and _is_closed(column, values):
        member["enum"] = [*values, *([] if column.required else [None, ""])]
    elif (pattern := _pattern(column, source)) is not None:
        member["pattern"] = f"^(?:{pattern})$" if column.required else f"^(?:{pattern})?$"
    member["type"] = types
    if column.required and "enum" not in member and "pattern" not in member:
        member["pattern"] = r"\S"
    if values is not None:
        member["x-values"] = column.lookup
    if column.max_length is not None and column.lookup is None:
        member["maxLength"] = column.max_length
    told = "；".join(
        part
        for part in (
            column.required_when,
            column.note,
            f"以{column.unit}计" if column.unit else "",
            f"多个值用“{column.many[-1]}”隔开" if column.many else "",
        )
        if part
    )
    if told:
        member["description"] = told
    if column.personal != "none":
        member["x-personal"] = column.personal
    return member


def _field(column: Column, source: Source, catalog: Catalog, on: date) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": column.required}
    if column.max_length is not None and column.lookup is None:
        constraints["maxLength"] = column.max_length
    field: dict[str, Any] = {"name": column.code, "title": column.name, "type": "string"}
    values = _values(column, catalog, on)
    if column.type == "date" and column.code != source.ends:
        field["type"] = "date"
    elif column.type in _NUMBERS:
        field["type"] = "integer" if column.type == "integer" else "number"
        constraints.pop("maxLength", None)
    elif column.type == "yes_no":
        constraints["enum"] = list(_YES_NO)
    elif values is not None and _is_closed(column, values):
        constraints["enum"] = values
    elif (pattern := _pattern(column, source)) is not None:
        constraints["pattern"] = pattern
    field["constraints"] = constraints
    if values is not None and "enum" not in constraints:
        field["x-values"] = values
    if column.note or column.required_when:
        field["description"] = "；".join(part for part in (column.required_when, column.note) if part)
    return field


def _pattern(column: Column, source: Source) -> str | None:
    """How a text is written in this column, for the whole of it; None: anyhow."""
    if column.type == "date":
        return f"{_DAY}|长期" if column.code == source.ends else _DAY
    if column.type == "amount":
        places = 2 if column.decimals is None else column.decimals
        return rf"{_WHOLE}(?:\.\d{{1,{places}}})?" if places else _WHOLE
    return _PATTERNS.get(column.type)


def _is_closed(column: Column, values: list[str]) -> bool:
    """Whether a cell holds one of these and nothing else."""
    return column.lookup_strict and not column.many and len(values) <= _MOST_VALUES


def _values(column: Column, catalog: Catalog, on: date) -> list[str] | None:
    """The names of a table's values, then their codes: both are read."""
    if column.lookup is None:
        return None
    entries = [entry for entry in catalog.code_tables[column.lookup].entries.values() if entry.in_force(on)]
    return list(dict.fromkeys([*(e.zh for e in entries), *(e.code for e in entries)]))
