"""CSV and its relatives: finds encoding, delimiter and header, then streams the rows."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from ecredit.facts.collection import reading_refusals as refuse
from ecredit.facts.collection.reading_encoding import Survey, Utf8Stream, count_line_ends, survey
from ecredit.facts.collection.reading_fast import FastReader, NeedsTolerance
from ecredit.facts.collection.reading_header import SEARCHED_ROWS, HeaderFound, find_header, header_refusal
from ecredit.facts.collection.reading_limits import MIB, ReadLimits
from ecredit.facts.collection.reading_rows import split_line
from ecredit.facts.collection.reading_tolerant import TolerantReader
from ecredit.facts.collection.reading_types import RowBlock
from ecredit.facts.collection.wrong_encoding import wrong_encoding

_DELIMITERS = (",", "\t", ";", "|")
_RIVALS = {"utf-8": "gb18030", "gb18030": "utf-8"}
_SAMPLE = MIB
_SAMPLED_ROWS = 300
_BLOCK = 4 * MIB


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the sample with its physical line and where it starts, in characters of the sample."""

    line: int
    start: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class TextTable:
    """A delimited text whose header is found."""

    path: Path
    found: Survey
    delimiter: str
    title_rows: tuple[tuple[str, ...], ...]
    header: tuple[str, ...]
    header_line: int
    first_line: int
    limits: ReadLimits

    def blocks(self) -> Iterator[RowBlock]:
        """All rows, streamed; can be called again. Raises InputRefused when a line exceeds the limits.

        Goes the quick way, line by line around every row in doubt, and the quick way again.
        """
        width, delimiter = len(self.header), self.delimiter
        block = _BLOCK
        if self.found.encoding.startswith(("utf-16", "utf-32")):
            # The survey measures lines of the other encodings; of these a line longer than a block is found here.
            block = min(block, self.limits.max_line_bytes)
        line: int | None = self.first_line
        stream = Utf8Stream(self.path, self.found, self.first_line)
        try:
            while line is not None:
                quick = FastReader(
                    stream,
                    width=width,
                    delimiter=delimiter,
                    first_line=line,
                    line_ended=self.found.line_ended,
                    block=block,
                )
                try:
                    yield from quick.blocks()
                    return
                except NeedsTolerance as doubt:
                    line = doubt.line
                stream = stream.again(line)
                patient = TolerantReader(
                    stream,
                    width=width,
                    delimiter=delimiter,
                    first_line=line,
                    longest_line=self.limits.max_line_bytes,
                )
                yield from patient.blocks()
                if (line := patient.resume) is not None:
                    stream = stream.again(line)
        finally:
            stream.close()


def open_text(path: Path, known_headers: frozenset[str], limits: ReadLimits) -> TextTable:
    """Find encoding, delimiter and header. Raises InputRefused when there is no table in it."""
    found = survey(path, limits)
    sample = _sample(path, found)
    if not sample.strip("\ufeff \t\r\n\x1a\u3000"):
        raise refuse.empty()
    best = _best_layout(sample, known_headers)
    if best is None and not found.mark and found.encoding in _RIVALS:
        # Short texts can be valid, or nearly so, in the wrong one of the two; the header knows.
        rival = replace(found, encoding=_RIVALS[found.encoding], clean=False)
        rival_sample = _sample(path, rival)
        if (best := _best_layout(rival_sample, known_headers)) is not None:
            found, sample = rival, rival_sample
    if best is None:
        spoiled = wrong_encoding(
            path, sample, known_headers, lambda text: [row.cells for row in _widest_rows(text)]
        )
        if spoiled is not None:
            raise spoiled
        raise header_refusal([(row.line, row.cells) for row in _widest_rows(sample)], known_headers)
    delimiter, rows, header = best
    data = rows[header.skip] if header.skip < len(rows) else None
    head = sample[: data.start] if data else sample
    after = sample[len(head) :]
    width = _width(rows[header.index].cells, after, delimiter)
    if width > limits.max_columns:
        raise refuse.too_many_columns(limits.max_columns)
    names = [cell.strip("\ufeff") for cell in rows[header.index].cells[:width]]
    return TextTable(
        path=path,
        found=found,
        delimiter=delimiter,
        title_rows=tuple(tuple(row.cells) for row in rows[: header.index]),
        header=(*names, *[""] * (width - len(names))),
        header_line=rows[header.index].line,
        first_line=data.line if data else _line_ends(head) + (1 if head.endswith(("\n", "\r")) else 2),
        limits=limits,
    )


def _sample(path: Path, found: Survey) -> str:
    """The beginning of the file as text; ends with a whole line unless there is only one."""
    with Utf8Stream(path, found) as stream:
        raw = io.BufferedReader(stream, _SAMPLE).read(_SAMPLE)
    text = raw.decode("utf-8", "ignore")
    if len(raw) == _SAMPLE and (end := max(text.rfind("\n"), text.rfind("\r"))) > 0:
        text = text[: end + 1]
    return text


def _line_ends(text: str) -> int:
    return count_line_ends(text.encode())


def _rows(sample: str, delimiter: str, *, quotes: bool = True) -> list[_Row]:
    """The first rows of the sample: those searched for a header and some data below."""
    starts: list[int] = [0]

    def lines() -> Iterator[str]:
        for line in io.StringIO(sample, newline=""):
            starts.append(starts[-1] + len(line))
            yield line

    rows: list[_Row] = []
    taken = 0
    try:
        source = lines()
        plain = (line.rstrip("\r\n").split(delimiter) for line in source)
        reader = csv.reader(source, delimiter=delimiter) if quotes else plain
        for cells in reader:
            rows.append(_Row(taken + 1, starts[taken], cells))
            taken = len(starts) - 1
            if len(rows) >= SEARCHED_ROWS + _SAMPLED_ROWS:
                break
    except csv.Error:
        # The row that cannot be read here still begins somewhere: what is read later begins with it, not behind it.
        rows.append(_Row(taken + 1, starts[taken], []))
    return rows


def _widest_rows(sample: str) -> list[_Row]:
    """The rows under the delimiter that parts them into the most cells."""
    return max(
        (_rows(sample, d) for d in _DELIMITERS), key=lambda rows: max((len(r.cells) for r in rows), default=0)
    )


def _best_layout(sample: str, known_headers: frozenset[str]) -> tuple[str, list[_Row], HeaderFound] | None:
    """The delimiter under which the header names the most columns; quotation marks ignored as a last try."""
    for quotes in (True, False):
        best: tuple[str, list[_Row], HeaderFound] | None = None
        for delimiter in _DELIMITERS:
            rows = _rows(sample, delimiter, quotes=quotes)
            header = find_header([row.cells for row in rows], known_headers)
            if header is not None and (best is None or header.known > best[2].known):
                best = (delimiter, rows, header)
        if best is not None:
            return best
    return None


def _width(names: list[str], after: str, delimiter: str) -> int:
    """Columns of the table: the header's named ones, or more when most lines have more cells than that.

    Looks at single lines, because one stray quotation mark could make one row of all that follow.
    """
    named = max(i for i, cell in enumerate(names) if cell.strip()) + 1
    lines = islice(io.StringIO(after, newline=""), _SAMPLED_ROWS)
    lengths = Counter(len(split_line(line, delimiter)) for line in lines if line.strip(f"{delimiter} \r\n\t"))
    usual = lengths.most_common(1)[0][0] if lengths else named
    return max(named, usual)
