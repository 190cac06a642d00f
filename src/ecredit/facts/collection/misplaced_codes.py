"""Codes that are right, but stand in the column of another kind of code."""

import re
from dataclasses import replace

import numpy as np

from ecredit.facts.collection.types import CheckedRows, Fault
from ecredit.foundation.catalog.types import Source
from ecredit.foundation.kernel.codes import IdKind, tidy_code

_UNREADABLE = frozenset({"uscc_format", "uscc_check_digit", "org_code_check_digit", "reg_no_check_digit"})
# With a birth date in it: also one of which a digit is mistaken is a citizen's number, and told as such.
_CITIZENS = re.compile(
    r"[1-8][0-9]{5}(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9X]", re.ASCII
)
_ORG_CODE = re.compile(r"[0-9A-Z]{8}-?[0-9X]", re.ASCII)
_REG_NO = re.compile(r"[0-9]{15}", re.ASCII)
_RULES = {IdKind.ORG_CODE: "org_code_as_uscc", IdKind.REG_NO: "reg_no_as_uscc"}


def tell_misplaced(rows: CheckedRows) -> None:
    """Say of codes that their column could not read where they belong, in the stead of how they are malformed.

    A citizen's number is told wherever an organisation's code belongs; an organisation code or a registration number in
    the column of the unified code where the source has a column for it.
    """
    kinds = {code: kind for kind, code in rows.source.identifiers.items() if kind != IdKind.PERSON_ID}
    for fault in list(rows.faults):
        kind = kinds.get(fault.column)
        if kind is None or fault.rule not in _UNREADABLE:
            continue
        raw = rows.raw[fault.column]
        told: dict[str, list[int]] = {}
        for row in fault.rows.tolist():
            if rule := _rule(rows.source, IdKind(kind), tidy_code(raw[row].as_py())):
                told.setdefault(rule, []).append(row)
        if not told:
            continue
        gone = np.isin(fault.rows, [row for found in told.values() for row in found])
        place = rows.faults.index(fault)
        rows.faults[place : place + 1] = [
            *([replace(fault, rows=fault.rows[~gone])] if not gone.all() else []),
            *(
                Fault(rule, fault.column, np.array(found, dtype=np.int64), params=_belongs(rows.source, rule))
                for rule, found in told.items()
            ),
        ]


def _rule(source: Source, kind: IdKind, code: str) -> str:
    if _CITIZENS.fullmatch(code):
        return "person_id_as_code"
    if kind != IdKind.USCC:
        return ""
    for other, form in ((IdKind.ORG_CODE, _ORG_CODE), (IdKind.REG_NO, _REG_NO)):
        if form.fullmatch(code) and other in source.identifiers:
            return _RULES[other]
    return ""


def _belongs(source: Source, rule: str) -> dict[str, object]:
    kind = next((kind for kind, named in _RULES.items() if named == rule), None)
    if kind is None:
        return {}
    column = source.column(source.identifiers[kind])
    return {"other": column.name, "other_code": column.code}
