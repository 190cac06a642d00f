"""Reads the columns of a source and the spellings of their headers."""

from typing import get_args

from ecredit.foundation.catalog.spelling import spelled, without_brackets
from ecredit.foundation.catalog.types import Column, ColumnType, Personal
from ecredit.foundation.catalog.yaml_nodes import FaultLog, Fields, Place

_TYPES: tuple[ColumnType, ...] = get_args(ColumnType)
_PERSONAL: tuple[Personal, ...] = get_args(Personal)
UNITS = ("元", "万元")
DECIMALS = {"元": 2, "万元": 6}
"""Places of an amount unless the column says otherwise: 分 for yuan, six for 万元."""


def read_columns(fields: Fields) -> tuple[tuple[Column, ...], dict[str, Place]]:
    """Return the columns of a source in order, and where each is written."""
    columns: dict[str, Column] = {}
    places: dict[str, Place] = {}
    for part in fields.subs("columns"):
        column = _read_column(part)
        if column.code in columns:
            part.fault(
                "code",
                "duplicate_id",
                f"列 {column.code} 写了两次；请改名或删去一个",
                f"the column {column.code} is written twice; rename or remove one",
            )
        columns[column.code] = column
        places[column.code] = part.place
    if not columns:
        fields.fault("columns", "missing_key", "没有列；请写 columns", "there are no columns; write columns")
    return tuple(columns.values()), places


def header_index(columns: tuple[Column, ...], places: dict[str, Place], log: FaultLog) -> dict[str, str]:
    """Map every accepted header to its column: code, Chinese name, name without brackets, aliases.

    A header that would mean two columns is a fault, except that a name without brackets gives way.
    """
    index: dict[str, str] = {}
    for column in columns:
        for written in (column.code, column.name, *column.aliases):
            form = spelled(written)
            other = index.setdefault(form, column.code)
            if other != column.code:
                log.add(
                    places[column.code],
                    "ambiguous_header",
                    f"表头 {written} 既是 {other} 又是 {column.code}；请只留一处",
                    f"the header {written} means both {other} and {column.code}; keep one",
                )
    short: dict[str, set[str]] = {}
    for column in columns:
        short.setdefault(spelled(without_brackets(column.name)), set()).add(column.code)
    for form, codes in short.items():
        if len(codes) == 1 and form:
            index.setdefault(form, next(iter(codes)))
    return index


def _read_column(fields: Fields) -> Column:
    kind = fields.one_of("type", _TYPES, default="text")
    unit = fields.one_of("unit", UNITS) if fields.has("unit") else None
    decimals = fields.whole("decimals")
    if kind == "amount" and decimals is None:
        decimals = DECIMALS[unit or "元"]
    lookup = fields.maybe_text("lookup")
    if lookup is not None:
        fields.log.refer("code_table", lookup, fields.at("lookup"))
    column = Column(
        code=fields.text("code"),
        name=fields.text("name"),
        type=kind,
        required=fields.flag("required", default=False),
        required_when=fields.maybe_text("required_when"),
        max_length=fields.whole("max_length"),
        lookup=lookup,
        many=fields.maybe_text("many"),
        public=fields.flag("public", default=False),
        personal=fields.one_of("personal", _PERSONAL, default="none"),
        aliases=fields.texts("aliases"),
        lookup_strict=fields.flag("lookup_strict", default=True),
        note=fields.maybe_text("note") or "",
        verified=fields.flag("verified"),
        unit=unit,
        decimals=decimals,
        document_column=fields.maybe_text("document_column"),
    )
    fields.done()
    _check_column(fields, column)
    return column


def _check_column(fields: Fields, column: Column) -> None:
    if column.type == "amount" and column.unit is None:
        fields.fault(
            "unit",
            "missing_key",
            f"金额列 {column.code} 缺少 unit；请写 元 或 万元",
            f"the amount {column.code} needs a unit; write 元 or 万元",
        )
    if column.type == "code" and column.lookup is None:
        fields.fault(
            "lookup",
            "missing_key",
            f"代码列 {column.code} 缺少 lookup；请写代码表的 id",
            f"the code column {column.code} needs lookup; write the id of a code table",
        )
    if column.public and column.sealed:
        fields.fault(
            "public",
            "personal_public",
            f"列 {column.code} 含个人信息（{column.personal}），不得 public: true",
            f"the column {column.code} holds personal data ({column.personal}) and cannot be public",
        )
    if column.type in ("person_id", "phone") and not column.sealed:
        wanted = "identity" if column.type == "person_id" else "phone"
        fields.fault(
            "personal",
            "personal_open",
            f"列 {column.code} 的类型是 {column.type}，须写 personal: {wanted}",
            f"the column {column.code} is a {column.type}; write personal: {wanted}",
        )
