"""Reading the conditions of an indicator from YAML. A closed language: nothing is ever evaluated as code.

when:                                    # every line must hold
  - {column: CF_CFLB, any_of: [罚款]}     # the cell (or one of its values) is one of these
  - {column: CF_NR_FK, at_least: 10}     # also: below, none_of, contains, present
  - any: [{…}, {…}]                      # also: all, not
"""

from collections.abc import Callable
from decimal import Decimal

from ecredit.foundation.catalog.types import Catalog, CodeTable, Column, Source
from ecredit.foundation.catalog.yaml_nodes import Fields, nearest
from ecredit.judgement.evaluation.types import (
    ALWAYS,
    AllOf,
    AnyOf,
    AtLeast,
    Below,
    Condition,
    Contains,
    Negation,
    OneOf,
    Present,
)

_MAKERS: dict[str, Callable[[str, Decimal], Condition]] = {"at_least": AtLeast, "below": Below}


def read_condition(fields: Fields, key: str, source: Source | None, catalog: Catalog) -> Condition:
    """Return what is written below `key`: a list of conditions that must all hold; a missing key holds always."""
    parts = tuple(_read_one(part, source, catalog) for part in fields.subs(key))
    return parts[0] if len(parts) == 1 else AllOf(parts) if parts else ALWAYS


def read_column(fields: Fields, source: Source | None) -> Column | None:
    """Return the column named by the key `column`; a fault when the source has none of this code or it is personal."""
    code = fields.text("column")
    if source is None or not code:
        return None
    found = next((column for column in source.columns if column.code == code), None)
    if found is None:
        zh, en = nearest(code, [column.code for column in source.columns])
        fields.fault(
            "column",
            "unknown_column",
            f"数据源 {source.id} 没有列 {code}；{zh}",
            f"the source {source.id} has no column {code}; {en}",
        )
    elif found.personal != "none":
        fields.fault(
            "column",
            "personal_column",
            f"列 {code} 含个人信息，不得用于评价；请改用其他列",
            f"the column {code} holds personal data and may not be judged; use another",
        )
    return found


def spellings(table: CodeTable | None, value: str) -> tuple[str, ...]:
    """Return every form in which a value of a code table may be stored: code, Chinese name, aliases."""
    entry = None if table is None else table.lookup(value)
    return (value,) if entry is None else tuple(dict.fromkeys((entry.code, entry.zh, *entry.aliases)))


def read_values(fields: Fields, key: str, column: Column | None, catalog: Catalog) -> tuple[str, ...]:
    """Return the values listed below `key` in all their spellings; a fault for one its code table does not know."""
    found: list[str] = []
    for value in fields.texts(key):
        found += check_value(fields, key, value, column, catalog)
    if not found:
        fields.fault(key, "empty_list", f"{key} 至少要有一个值", f"{key} needs at least one value")
    return tuple(dict.fromkeys(found))


def check_value(
    fields: Fields, key: str, value: str, column: Column | None, catalog: Catalog
) -> tuple[str, ...]:
    """Return the spellings of one value of a column; a fault when its code table does not know it."""
    table = None if column is None or column.lookup is None else catalog.code_tables.get(column.lookup)
    if table is not None and table.lookup(value) is None:
        zh, en = nearest(value, [entry.zh for entry in table.entries.values()])
        fields.fault(
            key,
            "unknown_value",
            f"代码表 {table.id} 中没有 {value}；{zh}",
            f"{value} is not in the code table {table.id}; {en}",
        )
    return spellings(table, value)


def _read_one(fields: Fields, source: Source | None, catalog: Catalog) -> Condition:
    if fields.has("all") or fields.has("any") or fields.has("not"):
        return _read_group(fields, source, catalog)
    column = read_column(fields, source)
    code = "" if column is None else column.code
    parts: list[Condition] = []
    if fields.has("any_of"):
        parts.append(AnyOf(code, read_values(fields, "any_of", column, catalog), _separators(column)))
    if fields.has("none_of"):
        unwanted = AnyOf(code, read_values(fields, "none_of", column, catalog), _separators(column))
        parts += [Present(code), Negation(unwanted)]
    for key, make in _MAKERS.items():
        bound = fields.decimal(key)
        if bound is not None:
            parts.append(make(code, bound))
    if fields.has("contains"):
        parts.append(Contains(code, tuple(piece for piece in fields.texts("contains") if piece)))
    if fields.has("present"):
        parts.append(Present(code) if fields.flag("present") else Negation(Present(code)))
    fields.done()
    if not parts:
        fields.fault(
            "column",
            "empty_condition",
            "条件缺少比较方式；请写 any_of、none_of、at_least、below、contains 或 present",
            "the condition compares nothing; write any_of, none_of, at_least, below, contains or present",
        )
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _read_group(fields: Fields, source: Source | None, catalog: Catalog) -> Condition:
    parts: list[Condition] = []
    if fields.has("all"):
        parts.append(read_condition(fields, "all", source, catalog))
    if fields.has("any"):
        parts.append(OneOf(tuple(_read_one(part, source, catalog) for part in fields.subs("any"))))
    if fields.has("not"):
        parts.append(Negation(read_condition(fields, "not", source, catalog)))
    fields.done()
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _separators(column: Column | None) -> str:
    """What stands between the values of an entry: what was read is joined by `;`, what was kept as sent is not read."""
    if column is None or column.many is None:
        return ""
    return ";" if column.lookup_strict else column.many
