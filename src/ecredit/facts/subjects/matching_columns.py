"""A name and an address as the columns that matching compares and blocks on."""

import re
from collections.abc import Iterable, Sequence

import pyarrow as pa

from ecredit.facts.subjects.addresses import split_address
from ecredit.facts.subjects.name_words import NameWords
from ecredit.facts.subjects.names import split_name

# An address shorter than this (a village's name) says too little to bring two rows together.
_MIN_ADDRESS = 6
_CITY = len("3204")
_LEFT_OUT = re.compile(r"[省市县区()]")

PART_SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("address_text", pa.string()),
        ("written", pa.string()),
        ("plain", pa.string()),
        ("core", pa.string()),
        ("trade", pa.string()),
        ("form", pa.string()),
        ("branch", pa.string()),
        ("area_name", pa.string()),
        ("area", pa.list_(pa.string())),
        ("area_above", pa.list_(pa.string())),
        ("city", pa.string()),
        ("core2", pa.string()),
        ("tail2", pa.string()),
        ("first", pa.string()),
        ("last", pa.string()),
        ("address", pa.string()),
        ("door", pa.string()),
    ]
)


def part_table(rows: Iterable[tuple[str, str]], words: NameWords) -> pa.Table:
    """One row per (name, address), in order, in PART_SCHEMA.

    `name` and `address_text` repeat the input. A part that is not there is null (`branch` is "" instead). The area is
    the one in the name, else the one the address starts with.
    """
    made = [_row(name, address, words) for name, address in rows]
    columns = list(zip(*made, strict=True)) if made else [()] * len(PART_SCHEMA)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, PART_SCHEMA, strict=True)]
    return pa.Table.from_arrays(arrays, schema=PART_SCHEMA)


def plain_form(form: str) -> str:
    """A name form without what is often left out or written otherwise: 常州市X有限责任公司 and 常州X有限公司 alike."""
    return _LEFT_OUT.sub("", form.replace("有限责任公司", "有限公司"))


def above(codes: Sequence[str]) -> list[str]:
    """The codes of the places that the given ones lie in: 320412 → 32, 3204."""
    return sorted({code[:end] for code in codes for end in range(2, len(code), 2)})


def _row(name: str, address: str, words: NameWords) -> tuple[object, ...]:
    parts, place = split_name(name, words), split_address(address, words)
    core = parts.core
    codes = list(parts.area_codes or place.area_codes)
    return (
        name,
        address,
        parts.form_text or None,
        plain_form(parts.form_text) or None,
        core or None,
        parts.trade or None,
        parts.form or None,
        parts.branch,
        parts.area or None,
        codes or None,
        above(codes) if codes else None,
        codes[0][:_CITY] if codes and len(codes[0]) >= _CITY else None,
        core[:2] or None,
        core[-2:] or None,
        core[:1] or None,
        core[-1:] or None,
        place.key if len(place.key) >= _MIN_ADDRESS else None,
        place.door or None,
    )
