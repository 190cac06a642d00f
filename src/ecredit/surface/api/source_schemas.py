"""A source as JSON Schema (of one record) and as Frictionless Table Schema (of a file), both made from the catalogue."""

from datetime import date
from typing import Any, Final

from ecredit.foundation.catalog.types import Catalog, Column, Source

_MOST_VALUES: Final = 2_000
_TABLE_TYPES: Final = {
    "amount": "string",
    "number": "string",
    "integer": "integer",
    "date": "string",
    "yes_no": "string",
}
_JSON_TYPES: Final = ["string", "number", "boolean", "null"]


def json_schema(source: Source, catalog: Catalog, *, on: date) -> dict[str, Any]:
    """JSON Schema (2020-12) of a record. It tells what a program can check; the city's checks say more."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:ecredit:source:{source.id}:{catalog.edition}",
        "title": source.title_zh,
        "description": f"{source.title_en}. {source.about}",
        "type": "object",
        "properties": {column.code: _member(column, catalog, on) for column in source.columns},
        "required": [column.code for column in source.columns if column.required],
        "additionalProperties": False,
    }


def table_schema(source: Source, catalog: Catalog, *, on: date) -> dict[str, Any]:
    """Frictionless Table Schema (v1) of a file. Dates and amounts are texts there: more ways to write them are read than it
    can tell."""
    return {
        "profile": "tabular-data-resource-schema",
        "title": source.title_zh,
        "description": f"{source.title_en}. {source.about}",
        "fields": [_field(column, catalog, on) for column in source.columns],
        "primaryKey": list(source.key) if source.key_mode == "all" and not source.party else [],
        "missingValues": [""],
    }


def _member(column: Column, catalog: Catalog, on: date) -> dict[str, Any]:
    member: dict[str, Any] = {"title": column.name, "type": ["string"] if column.required else _JSON_TYPES}
    if column.type in ("integer", "number", "amount"):
        member["type"] = ["string", "number"] if column.required else _JSON_TYPES
    if column.type == "yes_no":
        member["type"] = ["string", "boolean"] if column.required else _JSON_TYPES
    if column.required:
        member["minLength"] = 1
    values = _values(column, catalog, on)
    if values is not None:
        member["x-values"] = column.lookup
        if column.lookup_strict and not column.many:
            # A code or its name; what else a table accepts (aliases) is read too.
            member["examples"] = values[:5]
    if column.max_length is not None and column.lookup is None:
        member["maxLength"] = column.max_length
    told = "；".join(
        part
        for part in (column.required_when, column.note, f"以{column.unit}计" if column.unit else "")
        if part
    )
    if told:
        member["description"] = told
    if column.personal != "none":
        member["x-personal"] = column.personal
    return member


def _field(column: Column, catalog: Catalog, on: date) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": column.required}
    if column.max_length is not None and column.lookup is None:
        constraints["maxLength"] = column.max_length
    field: dict[str, Any] = {
        "name": column.code,
        "title": column.name,
        "type": _TABLE_TYPES.get(column.type, "string"),
        "constraints": constraints,
    }
    if column.type == "url":
        field["format"] = "uri"
    values = _values(column, catalog, on)
    if values is not None:
        field["x-values"] = values
    if column.note or column.required_when:
        field["description"] = "；".join(part for part in (column.required_when, column.note) if part)
    return field


def _values(column: Column, catalog: Catalog, on: date) -> list[str] | None:
    if column.lookup is None:
        return None
    values = [entry.zh for entry in catalog.code_tables[column.lookup].entries.values() if entry.in_force(on)]
    return values[:_MOST_VALUES]
