"""A name and an address as the columns that matching compares and blocks on."""

from collections.abc import Iterable, Sequence

import pyarrow as pa

from ecredit.facts.subjects.addresses import address_key, street_number
from ecredit.facts.subjects.name_words import NameWords
from ecredit.facts.subjects.names import split_name

# An address shorter than this (a village's name) says too little to bring two rows together.
_MIN_ADDRESS = 6
_CITY = len("3204")

NAME_SCHEMA = pa.schema(
    [
        ("written", pa.string()),
        ("core", pa.string()),
        ("trade", pa.string()),
        ("form", pa.string()),
        ("branch", pa.string()),
        ("area", pa.list_(pa.string())),
        ("area_above", pa.list_(pa.string())),
        ("area_name", pa.string()),
        ("city", pa.string()),
        ("core2", pa.string()),
        ("tail2", pa.string()),
        ("first", pa.string()),
        ("last", pa.string()),
    ]
)
ADDRESS_SCHEMA = pa.schema([("address", pa.string()), ("door", pa.string())])


def name_columns(names: Iterable[str], words: NameWords) -> pa.Table:
    """One row a name, in order; a part the name does not have is null (`branch` is "" instead)."""
    rows = [_name_row(name, words) for name in names]
    columns = list(zip(*rows, strict=True)) if rows else [[] for _ in NAME_SCHEMA]
    return pa.Table.from_arrays(
        [pa.array(column, kind.type) for column, kind in zip(columns, NAME_SCHEMA, strict=True)],
        schema=NAME_SCHEMA,
    )


def address_columns(addresses: Iterable[str], words: NameWords) -> pa.Table:
    """One row an address, in order: its key and the part up to the house number; null when it says too little."""
    keys = [address_key(address, words) if address else "" for address in addresses]
    return pa.table(
        {
            "address": pa.array([key if len(key) >= _MIN_ADDRESS else None for key in keys], pa.string()),
            "door": pa.array([street_number(key) or None for key in keys], pa.string()),
        }
    )


def above(codes: Sequence[str]) -> list[str]:
    """The codes of the places that the given ones lie in: 320412 → 32, 3204."""
    return sorted({code[:end] for code in codes for end in range(2, len(code), 2)})


def _name_row(name: str, words: NameWords) -> tuple[object, ...]:
    parts = split_name(name, words)
    core, codes = parts.core, list(parts.area_codes)
    return (
        parts.form_text or None,
        core or None,
        parts.trade or None,
        parts.form or None,
        parts.branch,
        codes or None,
        above(codes) if codes else None,
        parts.area or None,
        codes[0][:_CITY] if codes and len(codes[0]) >= _CITY else None,
        core[:2] or None,
        core[-2:] or None,
        core[:1] or None,
        core[-1:] or None,
    )
