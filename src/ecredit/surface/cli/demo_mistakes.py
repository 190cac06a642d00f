"""The mistakes suppliers make, planted on purpose, each with the rule that must find it.

A mistake is a function that looks whether a row can have it, makes it, and says so by adding a plant; it gives False
and changes nothing where it does not fit. `copies` is where a mistake puts further rows of the file.
"""

from collections.abc import Callable, Sequence
from datetime import date
from math import ceil
from random import Random

from ecredit.foundation.catalog.types import Column, Source
from ecredit.surface.cli.demo_codes import as_spreadsheet_number, with_wrong_check
from ecredit.surface.cli.demo_types import DemoRow, Effect, Plant

Mistake = Callable[[DemoRow, Source, Random, list[DemoRow]], bool]

_LONG_TERM, _SURELY_LATER = "2099-12-31", "2040"
_FULL_WIDTH = str.maketrans({chr(n): chr(n + 0xFEE0) for n in range(0x21, 0x7F)})


def spoil(
    rows: list[DemoRow], source: Source, chance: Random, *, mistakes: Sequence[str], rate: float
) -> None:
    """Make each of the mistakes once where it fits, then more of them until `rate` of the rows have one.

    No row gets two. Second rows of a document are put at the end, so that no other row moves.
    """
    order = chance.sample(range(len(rows)), len(rows))
    wanted = [*mistakes, *chance.choices(list(mistakes), k=max(0, ceil(len(rows) * rate) - len(mistakes)))]
    copies: list[DemoRow] = []
    free = [rows[place] for place in order if not rows[place].plants]
    for name in wanted:
        make = MISTAKES[name]
        done = next((place for place, row in enumerate(free) if make(row, source, chance, copies)), None)
        if done is not None:
            del free[done]
    rows += copies


def corrected(rows: Sequence[DemoRow]) -> list[DemoRow]:
    """The rows as they should have been sent; second rows of a document are gone."""
    return [DemoRow(dict(row.cells), row.about) for row in rows if not row.copy]


def _type(row: DemoRow, column: str, text: str, rule: str, effect: Effect) -> bool:
    row.written[column] = text
    row.plants.append(Plant(rule, column, effect))
    return True


def _code_column(source: Source) -> str:
    return source.identifiers.get("uscc", "")


def _wrong_check(row: DemoRow, source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    column = _code_column(source)
    code = row.cells.get(column, "")
    return bool(code) and _type(row, column, with_wrong_check(code), "uscc_check_digit", "held")


def _excel_number(row: DemoRow, source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    column = _code_column(source)
    code = row.cells.get(column, "")
    if not code.isdigit():
        return False
    row.as_number.add(column)
    return _type(row, column, as_spreadsheet_number(code), "identifier_as_number", "held")


def _full_width_code(row: DemoRow, source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    column = _code_column(source)
    code = row.cells.get(column, "")
    return bool(code) and _type(row, column, code.translate(_FULL_WIDTH), "", "harmless")


def _spaced_code(row: DemoRow, source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    column = _code_column(source)
    code = row.cells.get(column, "")
    return bool(code) and _type(row, column, f" {code[:8]} {code[8:].lower()}", "", "harmless")


def _no_code(row: DemoRow, source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    """The name alone: nobody but a person can say whom it is about."""
    column = _code_column(source)
    if not row.cells.get(column) or source.column(column).required or column in source.key:
        return False
    return _type(row, column, "", "no_identifier", "review")


def _missing_code(row: DemoRow, source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    """No code where the source cannot do without one for this kind of subject."""
    column = _code_column(source)
    return bool(row.cells.get(column)) and _type(row, column, "", "required_if", "held")


def _other_firms_name(row: DemoRow, source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    """A code with a name that is not its own: the code decides, and somebody should look."""
    column = source.name_column
    if not row.cells.get(_code_column(source)) or len(row.cells.get(column, "")) < 8:
        return False
    wrong = row.cells[column].replace("有限公司", "实业有限公司")
    if wrong == row.cells[column]:
        return False
    row.taken[column] = wrong
    return _type(row, column, wrong, "name_differs", "warned")


def _missing_number(row: DemoRow, source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    column = next((c for c in source.key if source.column(c).type == "text" and c != source.name_column), "")
    return bool(row.cells.get(column)) and _type(row, column, "", "required", "held")


def _missing_name(row: DemoRow, source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    column = source.name_column
    if not row.cells.get(column) or not source.column(column).required:
        return False
    return _type(row, column, "", "required", "held")


def _impossible_date(row: DemoRow, source: Source, chance: Random, _copies: list[DemoRow]) -> bool:
    day = row.cells.get(source.occurred, "")
    if not day or source.occurred in source.key:
        return False
    wrong = chance.choice((f"{day[:4]}-13-40", f"{day[:4]}-02-30", f"{day[:4]}年"))
    return _type(row, source.occurred, wrong, "date_unreadable", "held")


def _future_date(row: DemoRow, source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    """Two digits of the year swapped: 2062 for 2026."""
    day = row.cells.get(source.occurred, "")
    checked = any(c.rule == "not_in_future" and source.occurred in c.columns for c in source.checks)
    if not day or not checked or source.occurred in source.key:
        return False
    wrong = f"{day[:2]}{day[3]}{day[2]}-{day[5:7]}-{min(int(day[8:]), 28):02d}"
    return wrong > _SURELY_LATER and _type(row, source.occurred, wrong, "not_in_future", "held")


def _ends_before(row: DemoRow, source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    day, ends = row.cells.get(source.occurred, ""), source.ends or ""
    if not day or not row.cells.get(ends):
        return False
    start = date.fromisoformat(day)
    return _type(row, ends, start.replace(year=start.year - 1, day=1).isoformat(), "not_after", "held")


def _long_term_end(row: DemoRow, source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    ends = source.ends or ""
    return row.cells.get(ends) == _LONG_TERM and _type(row, ends, "长期", "", "harmless")


def _long_term_start(row: DemoRow, _source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    """The register's 长期 in the wrong column."""
    if not row.cells.get("OPFROM") or row.cells.get("OPTO", _LONG_TERM) == _LONG_TERM:
        return False
    row.taken["OPFROM"] = _LONG_TERM
    return _type(row, "OPFROM", "长期", "not_after", "warned")


def _amount(source: Source, row: DemoRow) -> Column | None:
    filled = (c for c in source.columns if c.type == "amount" and c.unit == "万元" and row.cells.get(c.code))
    return next(filled, None)


def _too_precise(row: DemoRow, source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    column = _amount(source, row)
    return column is not None and _type(row, column.code, "0.12345678", "amount_too_precise", "held")


def _yuan_for_wan(row: DemoRow, source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    """30000 where 3 (万元) was meant: a well-formed amount, which only the text beside it gives away."""
    column = _amount(source, row)
    if column is None or float(row.cells[column.code]) < 1:
        return False
    checked = any(c.rule == "amount_unit" and c.columns[0] == column.code for c in source.checks)
    wrong = f"{float(row.cells[column.code]) * 10_000:.0f}"
    return checked and _type(row, column.code, wrong, "amount_unit", "held")


def _fine_missing(row: DemoRow, source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    column = _amount(source, row)
    asked = column is not None and any(
        c.rule == "required_if" and c.columns[0] == column.code and c.severity == "hold"
        for c in source.checks
    )
    return column is not None and asked and _type(row, column.code, "", "required_if", "held")


def _unknown_kind(row: DemoRow, source: Source, chance: Random, _copies: list[DemoRow]) -> bool:
    column = next((c for c in source.columns if c.lookup == "penalty_kind"), None)
    if column is None or not row.cells.get(column.code):
        return False
    return _type(
        row, column.code, chance.choice(("口头教育", "罚金", "批评教育")), "not_in_code_table", "held"
    )


def _unknown_state(row: DemoRow, source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    column = next((c for c in source.columns if c.lookup == "licence_status"), None)
    return column is not None and _type(row, column.code, "9", "not_in_code_table", "held")


def _unknown_grade(row: DemoRow, source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    column = next((c for c in source.columns if c.code == "grade" and c.lookup), None)
    return column is not None and _type(row, column.code, "优秀", "not_in_code_table", "held")


def _text_column(row: DemoRow, source: Source) -> str:
    """The free text into which clerks type what does not belong there."""
    guarded = [c for spec in source.checks if spec.rule == "no_identity_in_text" for c in spec.columns]
    filled = [c for c in guarded if row.cells.get(c) and c not in source.key]
    return max(filled, key=lambda c: len(row.cells[c]), default="")


def _in_text(row: DemoRow, source: Source, text: str, spelled: str) -> bool:
    column = _text_column(row, source)
    if not column or not spelled:
        return False
    row.taken[column] = row.cells[column] + text
    row.secrets.append(spelled)
    return _type(row, column, row.taken[column], "no_identity_in_text", "warned")


def _identity_in_text(row: DemoRow, source: Source, chance: Random, _copies: list[DemoRow]) -> bool:
    number = row.about.person_id or row.about.representative_id
    spellings = (
        number,
        number.lower(),
        number.translate(_FULL_WIDTH),
        f"{number[:6]} {number[6:14]} {number[14:]}",
    )
    spelled = chance.choice(spellings)
    return _in_text(row, source, f"（当事人身份证号码：{spelled}）", spelled)


def _phone_in_text(row: DemoRow, source: Source, chance: Random, _copies: list[DemoRow]) -> bool:
    number = row.about.phone
    mobile = len(number) == 11
    spellings = (number, f"{number[:3]}-{number[3:7]}-{number[7:]}", f"+86 {number}") if mobile else (number,)
    spelled = chance.choice(spellings)
    return _in_text(row, source, f"联系电话{spelled}。", spelled)


def _document_column(row: DemoRow, source: Source) -> str:
    return source.identifiers.get("person_id", "") if row.about.is_person else ""


def _wrong_person_check(row: DemoRow, source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    column = _document_column(row, source)
    number = row.cells.get(column, "")
    if not number:
        return False
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    return _type(row, column, wrong, "person_id_check_digit", "held")


def _person_number_as_number(row: DemoRow, source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    column = _document_column(row, source)
    number = row.cells.get(column, "")
    if not number.isdigit():
        return False
    row.as_number.add(column)
    return _type(row, column, as_spreadsheet_number(number), "identifier_as_number", "held")


def _person_without_document(row: DemoRow, source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    column = _document_column(row, source)
    rule = next((c for c in source.checks if c.rule == "person_needs_document"), None)
    if not row.cells.get(column) or rule is None:
        return False
    return _type(row, column, "", "person_needs_document", "held")


def _firm_called_person(row: DemoRow, source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    """A firm put down as a natural person: it has no identity card."""
    column = source.subject_kind_column or ""
    firm = row.cells.get(source.name_column, "").endswith("公司")
    return firm and bool(column) and _type(row, column, "自然人", "person_needs_document", "held")


def _bad_phone(row: DemoRow, source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    column = next((c.code for c in source.columns if c.type == "phone" and row.cells.get(c.code)), "")
    return bool(column) and _type(row, column, row.cells[column][:8], "phone_format", "held")


def _bad_url(row: DemoRow, source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    column = next((c.code for c in source.columns if c.type == "url" and row.cells.get(c.code)), "")
    return bool(column) and _type(row, column, "请在平台内搜索店名", "url_format", "held")


def _repeated_row(row: DemoRow, _source: Source, _chance: Random, copies: list[DemoRow]) -> bool:
    row.plants.append(Plant("", "", "harmless"))
    copies.append(DemoRow(dict(row.cells), row.about, copy=True, plants=[Plant("", "", "harmless")]))
    return True


def _two_versions(row: DemoRow, source: Source, _chance: Random, copies: list[DemoRow]) -> bool:
    """One document twice in the file with another amount: the first counts, the second must be explained."""
    column = _amount(source, row)
    asked = any(c.rule == "unique_in_file" for c in source.checks)
    if column is None or not asked:
        return False
    row.plants.append(Plant("", "", "harmless"))
    again = DemoRow({**row.cells, column.code: "9.9"}, row.about, copy=True)
    again.plants.append(Plant("unique_in_file", source.key[0], "held"))
    copies.append(again)
    return True


def _broken_bytes(row: DemoRow, source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    row.damaged = _text_column(row, source)
    row.damage = "bytes" if row.damaged else ""
    if row.damage:
        row.plants.append(Plant("undecodable", row.damaged, "held"))
    return bool(row.damage)


def _broken_cells(row: DemoRow, source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    """A comma in a text nobody put in quotes."""
    row.damaged = _text_column(row, source)
    row.damage = "cells" if row.damaged and "\n" not in row.cells[row.damaged] else ""
    if row.damage:
        row.plants.append(Plant("wrong_number_of_cells", "", "held"))
    return bool(row.damage)


def _before_the_item(row: DemoRow, source: Source, _chance: Random, _copies: list[DemoRow]) -> bool:
    """A matter from before the law let anybody collect it."""
    if not row.cells.get(source.occurred) or source.occurred in source.key:
        return False
    earlier = [c.code for c in source.columns if c.type == "date" and row.cells.get(c.code)]
    for column in earlier:
        row.written[column] = "2018-05-07"
    row.plants.append(Plant("item_not_in_force", source.occurred, "refused"))
    return True


MISTAKES: dict[str, Mistake] = {
    "wrong_check": _wrong_check,
    "excel_number": _excel_number,
    "full_width_code": _full_width_code,
    "spaced_code": _spaced_code,
    "no_code": _no_code,
    "missing_code": _missing_code,
    "other_firms_name": _other_firms_name,
    "missing_number": _missing_number,
    "missing_name": _missing_name,
    "impossible_date": _impossible_date,
    "future_date": _future_date,
    "ends_before": _ends_before,
    "long_term_end": _long_term_end,
    "long_term_start": _long_term_start,
    "too_precise": _too_precise,
    "yuan_for_wan": _yuan_for_wan,
    "fine_missing": _fine_missing,
    "unknown_kind": _unknown_kind,
    "unknown_state": _unknown_state,
    "unknown_grade": _unknown_grade,
    "identity_in_text": _identity_in_text,
    "phone_in_text": _phone_in_text,
    "wrong_person_check": _wrong_person_check,
    "person_number_as_number": _person_number_as_number,
    "person_without_document": _person_without_document,
    "firm_called_person": _firm_called_person,
    "bad_phone": _bad_phone,
    "bad_url": _bad_url,
    "repeated_row": _repeated_row,
    "two_versions": _two_versions,
    "broken_bytes": _broken_bytes,
    "broken_cells": _broken_cells,
    "before_the_item": _before_the_item,
}
