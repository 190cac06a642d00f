"""An empty workbook of a source, as its suppliers fill it in: headers, text cells for codes, lists to choose from."""

from pathlib import Path
from typing import Any

from ecredit.foundation.catalog.types import Catalog, Column, Source

_FILLED_ROWS = 5_000
"""Rows prepared for typing: as many as anybody types by hand."""
_LONGEST_LIST = 255
"""Characters Excel takes for a list written into a cell's rule; longer ones come from the second sheet."""
_MOST_VALUES = 500
_AS_TEXT = ("uscc", "org_code", "reg_no", "any_code", "person_id", "phone", "text", "code", "url")
_TYPES = {
    "text": "文字", "date": "日期", "amount": "金额", "number": "数", "integer": "整数", "uscc": "统一社会信用代码", "org_code": "组织机构代码",
    "reg_no": "注册号", "any_code": "代码", "person_id": "证件号码", "phone": "电话", "url": "网址", "yes_no": "是/否", "code": "代码",
}  # fmt: skip
_EXAMPLES = {
    "date": "2026-05-08；没有期限写 长期", "amount": "30000 或 3万元", "uscc": "18位，照营业执照", "yes_no": "是", "phone": "0519-88880000",
    "url": "https://…",
}  # fmt: skip
_HEAD = (
    "列名 column",
    "代码 code",
    "必填 required",
    "类型 type",
    "最长 longest",
    "可填的值 values",
    "说明与示例 notes",
)
DATA_SHEET, GUIDE_SHEET = "数据 Data", "填写说明 Guide"


def write_template(source: Source, catalog: Catalog, out: Path) -> None:
    """Write the workbook to `out`. What is filled in on its first sheet can be collected as it is."""
    import xlsxwriter  # noqa: PLC0415 - only those who want a template need it

    with xlsxwriter.Workbook(str(out)) as book:
        data, guide = book.add_worksheet(DATA_SHEET), book.add_worksheet(GUIDE_SHEET)
        plain, text = book.add_format(), book.add_format({"num_format": "@"})
        must = book.add_format({"bold": True, "bg_color": "#FCE4D6", "text_wrap": True, "valign": "top"})
        may = book.add_format({"bold": True, "bg_color": "#E2EFDA", "text_wrap": True, "valign": "top"})
        places = _write_guide(
            guide, source, catalog, book.add_format({"bold": True}), book.add_format({"text_wrap": True})
        )
        for place, column in enumerate(source.columns):
            data.write_string(0, place, column.name, must if column.required else may)
            # A code typed into an ordinary cell becomes 9.13E+17 and its last digits are gone.
            data.set_column(
                place,
                place,
                max(12, min(2 * len(column.name), 30)),
                text if column.type in _AS_TEXT else plain,
            )
            rule = _rule(column, catalog, places)
            if rule:
                data.data_validation(1, place, _FILLED_ROWS, place, rule)
        data.freeze_panes(1, 1)


def _rule(column: Column, catalog: Catalog, places: dict[str, str]) -> dict[str, Any]:
    """What Excel is told of a column: its list of values, and a hint when the cell is entered."""
    hint = "；".join(part for part in (_EXAMPLES.get(column.type, ""), column.note) if part)[:250]
    told = {"input_title": column.name[:32], "input_message": hint} if hint else {}
    values = _values(column, catalog)
    if values and not column.many:
        listed = ",".join(values)
        source = values if len(listed) <= _LONGEST_LIST else places.get(column.lookup or "", "")
        if source:
            strict = "stop" if column.lookup_strict else "information"
            return {"validate": "list", "source": source, "error_type": strict, **told}
    return {"validate": "any", **told} if told else {}


def _values(column: Column, catalog: Catalog) -> list[str]:
    if column.type == "yes_no":
        return ["是", "否"]
    if column.lookup is None:
        return []
    values = [entry.zh for entry in catalog.code_tables[column.lookup].entries.values()]
    return values if len(values) <= _MOST_VALUES else []


def _write_guide(sheet: Any, source: Source, catalog: Catalog, bold: Any, wrapped: Any) -> dict[str, str]:
    """The second sheet: what each column is, and the longer lists; gives where each list stands."""
    laws = "、".join(
        f"{catalog.laws[ref.law].title}{f'第{ref.article}条' if ref.article else ''}"
        for ref in source.legal_basis
    )
    for row, line in enumerate(
        (f"{source.title_zh} {source.title_en}（{source.id}）", source.about, f"依据 basis: {laws}")
    ):
        sheet.write_string(row, 0, line, bold if row == 0 else None)
    top = 4
    for place, (name, width) in enumerate(zip(_HEAD, (32, 16, 14, 18, 10, 48, 48), strict=True)):
        sheet.set_column(place, place, width)
        sheet.write_string(top, place, name, bold)
    for row, column in enumerate(source.columns, start=top + 1):
        required = "是 yes" if column.required else (column.required_when or "")
        values = "、".join(_values(column, catalog)[:60]) + (
            f"（多个之间用 {column.many[-1]} 分隔）" if column.many else ""
        )
        unit = f"以{column.unit}计" if column.unit else ""
        notes = "；".join(part for part in (unit, _EXAMPLES.get(column.type, ""), column.note) if part)
        longest = "" if column.max_length is None else str(column.max_length)
        cells = (
            column.name,
            column.code,
            required,
            _TYPES.get(column.type, column.type),
            longest,
            values,
            notes,
        )
        for place, cell in enumerate(cells):
            sheet.write_string(row, place, cell, wrapped)
    places: dict[str, str] = {}
    for column in source.columns:
        listed = _values(column, catalog)
        if column.lookup and column.lookup not in places and len(",".join(listed)) > _LONGEST_LIST:
            at = len(_HEAD) + 1 + len(places)
            sheet.write_string(top, at, column.name, bold)
            for row, value in enumerate(listed, start=top + 1):
                sheet.write_string(row, at, value)
            letter = _letter(at)
            places[column.lookup] = f"='{GUIDE_SHEET}'!${letter}${top + 2}:${letter}${top + 1 + len(listed)}"
    sheet.freeze_panes(top + 1, 0)
    return places


def _letter(place: int) -> str:
    from xlsxwriter.utility import xl_col_to_name  # noqa: PLC0415 - as above

    return str(xl_col_to_name(place))
