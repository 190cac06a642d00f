"""Pages of a problem report, whatever its length: a few hundred lines are read, never the whole file.

Beside a report lie its places: where every hundredth line begins and how often each rule is broken from there. From
these it is known where the page wanted begins, of all problems or of one rule's.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ecredit.facts.collection.problem_report import HEADER, NOTICE
from ecredit.foundation.kernel.errors import WrongUse

_EVERY = 100
_QUOTE = b'"'
_RULE = HEADER.index("rule")


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One problem as the report tells it; `value` is masked, `message` and `hint` are in both languages.

    `notice`: it only tells, its row was taken.
    """

    line: int
    column: str
    rule: str
    message: str
    hint: str
    value: str
    notice: bool


@dataclass(frozen=True, slots=True)
class ReportPage:
    """Some lines of a report, how many there are of the rule asked for (of any: all), and how many of each rule."""

    lines: tuple[ReportLine, ...]
    found: int
    by_rule: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Places:
    """`starts[n]` is the byte at which the lines from `n` hundred on begin, `counts[n]` what rules they break."""

    starts: Sequence[int]
    counts: Sequence[Mapping[str, int]]


def read_report_page(report: Path, *, rule: str = "", offset: int = 0, limit: int = 50) -> ReportPage:
    """The problems number `offset` and following (of one rule). Raises WrongUse when there is no report."""
    places = _places(report)
    by_rule = Counter[str]()
    for counts in places.counts:
        by_rule.update(counts)
    found = by_rule[rule] if rule else by_rule.total()
    lines = tuple(islice(_lines(report, places, rule, offset), limit)) if offset < found else ()
    return ReportPage(lines, found, dict(by_rule.most_common()))


def note_places(report: Path) -> None:
    """Write down the places of a report that is finished."""
    places = _find_places(report)
    draft = _beside(report).with_suffix(".places.part")
    draft.write_text(json.dumps([places.starts, places.counts], separators=(",", ":")), encoding="utf-8")
    draft.replace(_beside(report))


def _places(report: Path) -> _Places:
    if not report.exists():
        raise WrongUse("这一批次的问题清单不在了", "the problem report of this batch is gone")
    kept = _beside(report)
    # A report written anew, after a cut, has other places.
    if not kept.exists() or kept.stat().st_mtime_ns < report.stat().st_mtime_ns:
        note_places(report)
    starts, counts = json.loads(kept.read_text(encoding="utf-8"))
    return _Places(starts, counts)


def _beside(report: Path) -> Path:
    return report.with_suffix(".places")


def _find_places(report: Path) -> _Places:
    starts: list[int] = []
    counts: list[Counter[str]] = []
    begins = [0]

    def records() -> Iterator[str]:
        for begins[0], record in _records(file):
            yield record.decode()

    with report.open("rb") as file:
        for number, cells in enumerate(csv.reader(records())):
            if number % _EVERY == 0:
                starts.append(begins[0])
                counts.append(Counter())
            counts[-1][cells[_RULE]] += 1
    return _Places(starts, counts)


def _records(file: io.BufferedReader) -> Iterator[tuple[int, bytes]]:
    """Every record behind the header with the byte it begins at; a cell may hold line ends."""
    start = len(file.readline())
    record = b""
    for line in file:
        record += line
        if record.count(_QUOTE) % 2 == 0:
            yield start, record
            start += len(record)
            record = b""


def _lines(report: Path, places: _Places, rule: str, offset: int) -> Iterator[ReportLine]:
    before = 0
    with report.open("rb") as file:
        for place, counts in enumerate(places.counts):
            here = counts.get(rule, 0) if rule else sum(counts.values())
            if not here or before + here <= offset:
                before += here
                continue
            end = places.starts[place + 1] if place + 1 < len(places.starts) else -1
            file.seek(places.starts[place])
            text = file.read(end - places.starts[place] if end > 0 else -1).decode()
            for cells in csv.reader(io.StringIO(text, newline="")):
                if rule and cells[_RULE] != rule:
                    continue
                if before >= offset:
                    yield _line(cells)
                before += 1


def _line(cells: list[str]) -> ReportLine:
    line, column, rule, message, hint, value = cells[:6]
    notice = message.startswith(NOTICE)
    return ReportLine(int(line), column, rule, message.removeprefix(NOTICE).strip(), hint, value, notice)
