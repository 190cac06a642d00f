"""From the text of a block's columns to values, column by column.

A column is read through its distinct texts: a million rows hold a few thousand dates, codes and amounts.
"""

import re
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ecredit.facts.collection.cells import Reader, reader_of
from ecredit.facts.collection.column_bytes import has_controls, whole_bytes
from ecredit.facts.collection.formulas import formula_rows
from ecredit.facts.collection.mask import to_mask, true_rows
from ecredit.facts.collection.types import CheckedRows, Fault
from ecredit.foundation.catalog.types import CodeTable, Column
from ecredit.foundation.kernel.code_columns import uscc_mask

_KEPT_READINGS = 200_000
_NAMED_VALUES = 8
_LONGEST_TYPED = 2_000
"""Of a cell that is no free text (several values of a code table in one cell are), where the standard says nothing."""
IDENTITY_CARD = "身份证"
_REPLACEMENT = "\ufffd".encode()
_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f]"
_CONTROL_BYTES = re.compile(_CONTROLS.encode())
_CONTROL_SIGNS = re.compile(_CONTROLS)
_EMPTY = pa.scalar("")
# So few cells are read one by one sooner than their distinct texts are found.
_FEW = 64


@dataclass(slots=True)
class ColumnReader:
    """Reads one column of one source, remembering the texts it has read."""

    column: Column
    reader: Reader | None
    # The first values of its code table, as a hint says them, and how many it has.
    allowed: tuple[str, int] = ("", 0)
    seen: dict[str, tuple[str | None, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, column: Column, tables: dict[str, CodeTable]) -> "ColumnReader":
        """A reader for `column`."""
        return cls(
            column,
            reader_of(column, tables),
            _first_values(tables[column.lookup]) if column.lookup else ("是、否", 2),
        )

    def read(self, rows: CheckedRows, raw: pa.StringArray) -> None:
        """Put the column's raw texts and values into `rows`, with the faults of its cells."""
        code = self.column.code
        before = len(rows.faults)
        data = whole_bytes(raw)
        if not data:
            # Nobody filled the column: most of a single record's, and many of a file's.
            rows.raw[code], rows.values[code] = raw, pa.nulls(len(raw), pa.string())
            if self.column.required:
                self._fault(rows, "required", np.arange(len(raw), dtype=np.int64))
            return
        raw = _without_controls(raw, data)
        rows.raw[code] = raw
        trimmed = pc.utf8_trim_whitespace(raw)
        empty = pc.equal(trimmed, _EMPTY)
        if empty.true_count:
            trimmed = pc.if_else(empty, None, trimmed)
        formulas = formula_rows(trimmed, data)
        if len(formulas):
            self._fault(rows, "formula", formulas)
            is_formula = np.zeros(len(raw), dtype=bool)
            is_formula[formulas] = True
            trimmed = pc.if_else(pa.array(is_formula), None, trimmed)
        trimmed = self._without_long(rows, trimmed, len(data))
        values = self._typed(rows, trimmed) if self.reader is not None else trimmed
        rows.values[code] = values
        if self.column.required and values.null_count:
            # A cell that could not be read has its own fault; missing is what was empty or said "nothing".
            missing = to_mask(pc.is_null(values))
            for fault in rows.faults[before:]:
                missing[fault.rows] = False
            self._fault(rows, "required", true_rows(missing))
        _check_decoding(rows, code, raw, data)

    def _without_long(self, rows: CheckedRows, trimmed: pa.StringArray, size: int) -> pa.StringArray:
        """Cells longer than the column may be are told about and not read: whatever looks at values sees none.

        `size` is how many bytes all of them have.
        """
        most = self.column.max_length
        # The standard's length of a coded column is that of the code; people send the name as well.
        if self.column.lookup is not None or (most is None and self.reader is not None):
            most = _LONGEST_TYPED
        if most is None or size <= most:
            return trimmed
        long = pc.greater(pc.utf8_length(trimmed), most)
        if not long.true_count:
            return trimmed
        self._fault(rows, "too_long", true_rows(to_mask(long)), max_length=most)
        return pc.if_else(pc.fill_null(long, False), None, trimmed)

    def _typed(self, rows: CheckedRows, trimmed: pa.StringArray) -> pa.StringArray:
        if self.column.type == "uscc" and self.column.lookup is None:
            good = uscc_mask(trimmed)
            if not np.all(good):
                return self._patched(rows, trimmed, ~good)
            return trimmed
        if len(trimmed) <= _FEW:
            return self._typed_few(rows, trimmed)
        encoded = trimmed.dictionary_encode()
        texts = cast("list[str]", encoded.dictionary.to_pylist())
        readings = [self._reading(text) for text in texts]
        values = pa.array([value for value, _ in readings], pa.string()).take(encoded.indices)
        broken = {rule for _, rule in readings if rule}
        for rule in sorted(broken):
            bad = pa.array([r == rule for _, r in readings], pa.bool_()).take(encoded.indices)
            self._typed_fault(rows, rule, true_rows(to_mask(bad)))
        return values

    def _typed_few(self, rows: CheckedRows, trimmed: pa.StringArray) -> pa.StringArray:
        """As `_typed`, cell by cell."""
        readings = [(None, "") if text is None else self._reading(text) for text in trimmed.to_pylist()]
        for rule in sorted({rule for _, rule in readings if rule}):
            self._typed_fault(rows, rule, np.flatnonzero([found == rule for _, found in readings]))
        return pa.array([value for value, _ in readings], pa.string())

    def _typed_fault(self, rows: CheckedRows, rule: str, at: "np.ndarray") -> None:
        severity = "warn" if rule == "not_in_code_table" and not self.column.lookup_strict else "hold"
        self._fault(rows, rule, at, severity=severity, allowed=self.allowed[0], count=self.allowed[1])

    def _patched(self, rows: CheckedRows, trimmed: pa.StringArray, doubtful: "np.ndarray") -> pa.StringArray:
        """Codes of which most are right at first sight: only the others are read one by one."""
        at = np.flatnonzero(doubtful).astype(np.int64)
        readings = [
            (None, "") if text is None else self._reading(text) for text in trimmed.take(at).to_pylist()
        ]
        rules = np.array([rule for _, rule in readings], dtype=object)
        for rule in sorted(set(rules) - {""}):
            self._fault(rows, rule, at[rules == rule])
        values = pa.array([value for value, _ in readings], pa.string())
        return pc.replace_with_mask(trimmed, pa.array(doubtful), values)

    def _reading(self, text: str) -> tuple[str | None, str]:
        reading = self.seen.get(text)
        if reading is None:
            assert self.reader is not None  # noqa: S101 - _typed is called with a reader only
            reading = self.reader(text)
            if len(self.seen) < _KEPT_READINGS:
                self.seen[text] = reading
        return reading

    def _fault(
        self, rows: CheckedRows, rule: str, at: "np.ndarray", severity: str = "hold", **params: object
    ) -> None:
        if len(at):
            rows.faults.append(Fault(rule, self.column.code, at, severity, params))


def _first_values(table: CodeTable) -> tuple[str, int]:
    values = [entry.zh for entry in table.entries.values()]
    more = "……" if len(values) > _NAMED_VALUES else ""
    return "、".join(values[:_NAMED_VALUES]) + more, len(values)


def spare_others(rows: CheckedRows) -> None:
    """Take back check-digit faults of numbers that are not an identity card's: passports have no such digit."""
    documents = {c.code: c.document_column for c in rows.source.columns if c.document_column}
    for place, fault in enumerate(rows.faults):
        document = documents.get(fault.column)
        if fault.rule == "person_id_check_digit" and document:
            kind = rows.value(document)
            card = ~to_mask(pc.not_equal(kind, IDENTITY_CARD))
            rows.faults[place] = replace(fault, rows=fault.rows[card[fault.rows]])


def strip_controls(text: str) -> str:
    """A cell as it is checked and kept: without control characters, tab and line breaks aside."""
    return _CONTROL_SIGNS.sub("", text)


def _without_controls(raw: pa.StringArray, data: bytes) -> pa.StringArray:
    """Control characters taken out (tab and line breaks stay): no database and no page can hold them all."""
    if not has_controls(data) or not _CONTROL_BYTES.search(data):
        return raw
    return pc.replace_substring_regex(raw, _CONTROLS, "")


def _check_decoding(rows: CheckedRows, code: str, raw: pa.StringArray, data: bytes) -> None:
    if _REPLACEMENT not in data:
        return
    bad = true_rows(to_mask(pc.match_substring(raw, "\ufffd")))
    if len(bad):
        rows.faults.append(Fault("undecodable", code, bad))
