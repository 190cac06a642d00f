"""From a block of text to rows ready for the ledger: read, checked, keyed, written as JSON. No database here.

This is the part that runs beside the database's work, in a thread or a process of its own (`prepare_ahead`): nearly all
of it is Arrow, which lets other threads run.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ecredit.facts.collection.bind_columns import bind_columns
from ecredit.facts.collection.checks import run_checks
from ecredit.facts.collection.claims import without_code
from ecredit.facts.collection.content import content_json
from ecredit.facts.collection.doc_keys import doc_keys
from ecredit.facts.collection.footers import Footer, without_footers
from ecredit.facts.collection.mask import to_mask, true_rows
from ecredit.facts.collection.misplaced_codes import tell_misplaced
from ecredit.facts.collection.no_records import Headings, NoRecord, without_no_records
from ecredit.facts.collection.own_words import Speaker, check_own_words
from ecredit.facts.collection.problem_report import problem, problems_of, shown_line
from ecredit.facts.collection.read_columns import ColumnReader, spare_others
from ecredit.facts.collection.reading import Misshapen, RowBlock, TableReading
from ecredit.facts.collection.types import LONG_TERM, CheckedRows, Fault, Issue
from ecredit.foundation.catalog.types import Catalog, CheckSpec, Severity, Source
from ecredit.foundation.kernel.codes import IdKind, classify_code
from ecredit.foundation.kernel.text_forms import UNSEEN
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.foundation.proof.sealing import Sealer

_LINE_BITS = 40
_FIRST_ROWS = 8_192
_LIKE_A_CITIZENS = r"^\s*[0-9０-９]{17}[0-9０-９XxＸｘ]\s*$"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A block ready to be posted. `keys`, `contents`, `originals`, `late` have one item a row.

    The JSON texts stay in Arrow: as UTF-8 they go through the pipe, into the hash and into the database as they are.
    """

    rows: CheckedRows
    misshapen: tuple[Misshapen, ...]
    problems: list[tuple[Issue, bool]]
    keys: list[str | None]
    contents: pa.StringArray
    originals: pa.StringArray
    late: Sequence[bool]
    valid_from: list[str | None]
    valid_to: list[str | None]
    last_line: int


@dataclass(slots=True)
class Preparation:
    """Everything one file needs to be prepared block by block; the state is what spans blocks.

    `nameless` are the positions of columns without a header, whose cells nobody reads; `stray` is the severity of a
    filled one: in a text it means that a comma too many has shifted the row, in a sheet somebody wrote beside the table.
    `speaker` is a supplier that is no department, and speaks for itself only. `width` is how many columns the header names.
    """

    catalog: Catalog
    source: Source
    calendar: WorkCalendar
    sealer: Sealer
    received_on: date
    columns: dict[int, ColumnReader]
    nameless: tuple[int, ...] = ()
    stray: Severity = "hold"
    speaker: Speaker | None = None
    headings: Headings | None = None
    width: int = 0
    _begun: bool = False
    _seen: dict[int, int] = field(default_factory=dict)
    _due: dict[str | None, date | None] = field(default_factory=dict)
    _in_force: dict[str | None, bool] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        table: TableReading,
        *,
        catalog: Catalog,
        source: Source,
        calendar: WorkCalendar,
        sealer: Sealer,
        received_on: date,
        speaker: Speaker | None,
    ) -> Self:
        """What an opened table needs; raises InputRefused as `bind_columns`."""
        columns, _ = bind_columns(source, catalog, table)
        stray: Severity = "warn" if table.sheet else "hold"
        headings = _headings(source, table, columns)
        width = max((place + 1 for place, name in enumerate(table.header) if name), default=0)
        return cls(
            catalog,
            source,
            calendar,
            sealer,
            received_on,
            columns,
            table.nameless,
            stray,
            speaker,
            headings,
            width,
        )

    def blocks(self, table: TableReading) -> Iterator[Prepared]:
        """Prepare every block of an opened table, in file order."""
        before: RowBlock | None = None
        for block in _small_first(table.blocks()):
            if before is not None and not block.rows:
                # Odd rows behind the last good one come by themselves; they are looked at together with it.
                before = replace(before, misshapen=(*before.misshapen, *block.misshapen))
                continue
            if before is not None:
                yield self._prepare(before, last=False)
            before = block
        if before is not None:
            yield self._prepare(before, last=True)

    def _prepare(self, block: RowBlock, *, last: bool) -> Prepared:
        """A block without the rows that are no records, and the last one without what stands below them."""
        block, others = without_no_records(block, self.headings, first=not self._begun)
        self._begun = True
        footers: list[Footer] = []
        if last:
            codes = set(self.source.identifiers.values())
            places = frozenset(place for place, reader in self.columns.items() if reader.column.code in codes)
            block, footers = without_footers(block, places)
        prepared = self.prepare_block(block)
        prepared.problems.extend((_no_record_problem(other), False) for other in others)
        prepared.problems.extend((_footer_problem(line, text), False) for line, text in footers)
        return prepared

    def find_problems(self, block: RowBlock) -> list[tuple[Issue, bool]]:
        """What is wrong with each row by itself, and whether it holds the row back; nothing of it is kept.

        A row without a code that would otherwise be taken is told that it will wait for an officer.
        """
        rows = self._checked(block)
        self._check_in_force(rows, rows.value(self.source.occurred))
        kinds = self.catalog.code_tables["subject_kind"]
        nameless = np.flatnonzero(without_code(rows, kinds) & ~rows.held() & ~rows.refused())
        if nameless.size:
            rows.faults.append(Fault("no_identifier", self.source.name_column, nameless, "warn"))
        return problems_of(rows)

    def _checked(self, block: RowBlock) -> CheckedRows:
        rows = CheckedRows(self.source, self.received_on, block.lines, {}, {})
        for position, reader in self.columns.items():
            reader.read(rows, block.columns[position])
        for position in self.nameless:
            self._check_nameless(rows, block.columns[position], position)
        spare_others(rows)
        tell_misplaced(rows)
        run_checks(rows)
        if self.speaker is not None:
            check_own_words(rows, self.speaker)
        self._check_name_is_seen(rows)
        self._check_person_numbers(rows)
        return rows

    def prepare_block(self, block: RowBlock) -> Prepared:
        """One block: read, checked, keyed, written as JSON."""
        rows = self._checked(block)
        keys = doc_keys(rows)
        contents, originals = content_json(rows, self.sealer)
        self._check_repeats(rows, keys, contents)
        occurred = rows.value(self.source.occurred)
        ends = rows.value(self.source.ends) if self.source.ends else pa.nulls(rows.count, pa.string())
        self._check_in_force(rows, occurred)
        found = problems_of(rows) + [(_misshapen_problem(m, self.width), True) for m in block.misshapen]
        found.sort(key=lambda item: item[0].line)
        lines = [int(block.lines[-1])] if rows.count else []
        return Prepared(
            rows=rows,
            misshapen=block.misshapen,
            problems=found,
            keys=keys,
            contents=contents,
            originals=originals,
            late=self._late(rows),
            valid_from=pc.if_else(pc.equal(occurred, LONG_TERM), None, occurred).to_pylist(),
            valid_to=pc.if_else(pc.equal(ends, LONG_TERM), None, ends).to_pylist(),
            last_line=max([*lines, *(m.line for m in block.misshapen)], default=0),
        )

    def _check_nameless(self, rows: CheckedRows, column: pa.StringArray, position: int) -> None:
        filled = pc.not_equal(pc.utf8_trim_whitespace(column), "")
        if pc.any(filled).as_py():
            at = np.flatnonzero(filled.to_numpy(zero_copy_only=False)).astype(np.int64)
            code = f"#{position + 1}"
            rows.raw[code] = column
            rows.faults.append(Fault("cell_without_header", code, at, self.stray, {"place": position + 1}))

    def _check_name_is_seen(self, rows: CheckedRows) -> None:
        """A name with a character nobody sees looks like another's name and is not it."""
        column = self.source.name_column
        at = true_rows(to_mask(pc.match_substring_regex(rows.value(column), f"[{UNSEEN}]")))
        if len(at):
            rows.faults.append(Fault("unseen_in_name", column, at))

    def _check_person_numbers(self, rows: CheckedRows) -> None:
        """A citizen's number where an organisation's code belongs would be kept, and shown, as one."""
        for kind, code in self.source.identifiers.items():
            if kind != IdKind.PERSON_ID:
                values = rows.value(code)
                if values.null_count == rows.count:
                    continue
                like = true_rows(to_mask(pc.match_substring_regex(values, _LIKE_A_CITIZENS)))
                bad = [row for row in like.tolist() if classify_code(values[row].as_py()) is IdKind.PERSON_ID]
                if bad:
                    rows.faults.append(Fault("person_id_as_code", code, np.array(bad, dtype=np.int64)))

    def _check_repeats(self, rows: CheckedRows, keys: list[str | None], contents: pa.StringArray) -> None:
        """One document twice in a file with different content, if the source asks: the first counts, the others wait.

        The same row twice is no fault: the ledger will call the second a duplicate. A row that waits or is turned away
        for what it says itself is no first: the good row further down counts, and puts it right.
        """
        spec = next((c for c in self.source.checks if c.rule == "unique_in_file"), None)
        if spec is None:
            return
        seen, marked = self._seen, self._document_column(spec)
        texts = contents.cast(pa.binary()).to_pylist()
        faulty = (rows.held() | rows.refused()).tolist()
        for row, (key, text, line) in enumerate(zip(keys, texts, rows.lines.tolist(), strict=True)):
            if key is None:
                continue
            # Packed into one number each, because a file may have millions of rows.
            place, number = hash(text) << _LINE_BITS | line, int(key, 16)
            first = seen.get(number, place) if faulty[row] else seen.setdefault(number, place)
            if first is not place and first >> _LINE_BITS != place >> _LINE_BITS:
                at = np.array([row], dtype=np.int64)
                params = {"first_line": first & ((1 << _LINE_BITS) - 1)}
                rows.faults.append(Fault("unique_in_file", marked, at, spec.severity, params))

    def _document_column(self, spec: CheckSpec) -> str:
        """Of the columns that make the document, the one with its number: text that is not whom it is about."""
        own = (self.source.column(code) for code in spec.columns if code != self.source.name_column)
        return next((column.code for column in own if column.type == "text"), spec.columns[0])

    def _check_in_force(self, rows: CheckedRows, occurred: pa.StringArray) -> None:
        encoded = occurred.dictionary_encode()
        days: list[str | None] = encoded.dictionary.to_pylist()
        for day in days:
            if day not in self._in_force:
                self._in_force[day] = self._collectable(day)
        if all(self._in_force[day] for day in days):
            return
        bad = pa.array([not self._in_force[day] for day in days], pa.bool_()).take(encoded.indices)
        at = np.flatnonzero(bad.fill_null(False).to_numpy(zero_copy_only=False)).astype(np.int64)
        item = self.catalog.items[self.source.item]
        params = {"item": item.name, "item_from": item.valid_from or "—", "item_to": item.valid_to or "—"}
        rows.faults.append(Fault("item_not_in_force", self.source.occurred, at, "refuse", params))

    def _collectable(self, day: str | None) -> bool:
        if day is None or day == LONG_TERM:
            return True
        on = date.fromisoformat(day)
        return self.catalog.items[self.source.item].in_force(on) and self.source.in_force(on)

    def _late(self, rows: CheckedRows) -> Sequence[bool]:
        deadline = self.source.deadline
        if deadline.kind != "after_event" or deadline.column is None:
            return [False] * rows.count
        column: list[str | None] = rows.value(deadline.column).to_pylist()
        for day in set(column) - self._due.keys():
            self._due[day] = (
                None if day is None or day == LONG_TERM else self._due_day(date.fromisoformat(day))
            )
        return [(due := self._due[day]) is not None and self.received_on > due for day in column]

    def _due_day(self, occurred: date) -> date:
        deadline = self.source.deadline
        if deadline.workdays is not None:
            return self.calendar.add_workdays(occurred, deadline.workdays).on
        return date.fromordinal(occurred.toordinal() + (deadline.days or 0))


def _small_first(blocks: Iterator[RowBlock]) -> Iterator[RowBlock]:
    """The blocks, the first cut in two: posting can begin while the rest of it is still being prepared."""
    first = next(blocks, None)
    if first is not None and first.rows > _FIRST_ROWS:
        last = int(first.lines[_FIRST_ROWS - 1])
        yield RowBlock(
            first.lines[:_FIRST_ROWS],
            tuple(column[:_FIRST_ROWS] for column in first.columns),
            tuple(m for m in first.misshapen if m.line <= last),
        )
        first = RowBlock(
            first.lines[_FIRST_ROWS:],
            tuple(column[_FIRST_ROWS:] for column in first.columns),
            tuple(m for m in first.misshapen if m.line > last),
        )
    if first is not None:
        yield first
    yield from blocks


def _misshapen_problem(row: Misshapen, width: int) -> Issue:
    params = {"found": row.cells_found, "expected": min(width or row.cells_expected, row.cells_expected)}
    fault = Fault("wrong_number_of_cells", "", np.array([], dtype=np.int64), "hold", params)
    return problem(row.line, fault, None, shown_line(row.text))


def _headings(source: Source, table: TableReading, columns: dict[int, ColumnReader]) -> Headings | None:
    """What a repeated header would say; None where the file has no column for the name."""
    for place, reader in columns.items():
        if reader.column.code == source.name_column:
            said = {table.header[place], table.header[place].strip(), reader.column.name, reader.column.code}
            return Headings(place, tuple(sorted(said)), source.headers)
    return None


def _no_record_problem(row: NoRecord) -> Issue:
    fault = Fault(f"{row.kind}_row", "", np.array([], dtype=np.int64), "warn", {"place": row.line})
    return problem(row.line, fault, None, shown_line(row.text))


def _footer_problem(line: int, text: str) -> Issue:
    fault = Fault("footer_row", "", np.array([], dtype=np.int64), "warn")
    return problem(line, fault, None, shown_line(text))
