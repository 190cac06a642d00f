"""The supplier's file back, with the cells of its problem report marked."""

import csv
from collections.abc import Iterator
from pathlib import Path

from ecredit.facts.collection.collect_actions import Collector, get_source
from ecredit.facts.collection.header_marks import column_of
from ecredit.facts.collection.landing import plain_copy, scratch_folder
from ecredit.facts.collection.marking import MarkedCopy, MarkedProblem, write_marked
from ecredit.facts.collection.models import Batch
from ecredit.facts.collection.problem_report import REPORT_ENCODING
from ecredit.facts.collection.queries import report_path
from ecredit.facts.collection.reading import ReadLimits, open_table
from ecredit.foundation.catalog.types import Source
from ecredit.foundation.kernel.errors import WrongUse


def write_marked_workbook(collector: Collector, *, batch_id: int, out: Path) -> MarkedCopy:
    """Write the file of a batch with its bad cells marked to `out` (an XLSX).

    Raises WrongUse when there is no such batch or it is not finished.
    """
    batch = Batch.objects.filter(id=batch_id, state="done").first()
    report = report_path(collector.home, batch_id)
    if batch is None or not report.exists():
        raise WrongUse(f"没有已完成的批次 {batch_id}", f"there is no finished batch {batch_id}")
    with plain_copy(collector.home, collector.sealer, batch.digest) as plain:
        return mark_file(
            collector, plain, source_id=batch.source_id, filename=batch.filename, report=report, out=out
        )


def mark_file(
    collector: Collector, plain: Path, *, source_id: str, filename: str, report: Path, out: Path
) -> MarkedCopy:
    """Write any file with the cells of its problem report marked; the name says only how to read it."""
    source = get_source(collector.catalog, source_id)
    limits = ReadLimits(scratch=scratch_folder(collector.home))
    known = frozenset(source.headers)
    with open_table(plain, filename=filename, known_headers=known, limits=limits) as table:
        places = {column_of(source.headers, header): n for n, header in enumerate(table.header) if header}
    problems = _problems(report, places, source)
    return write_marked(
        plain, filename=filename, known_headers=known, problems=problems, out=out, limits=limits
    )


def _problems(report: Path, places: dict[str | None, int], source: Source) -> Iterator[MarkedProblem]:
    with report.open(encoding=REPORT_ENCODING, newline="") as file:
        for row in csv.DictReader(file):
            yield MarkedProblem(
                line=int(row["line"]),
                column=_place(row["rule"], row["column"], places, source),
                rule=row["rule"],
                sentence=row["message"],
                hint=row["hint"],
            )


def _place(rule: str, column: str, places: dict[str | None, int], source: Source) -> int | None:
    """Where a problem is marked: at its cell, or if the file has no such column, at one its rule compares it with."""
    if not column or column in places:
        return places.get(column or None)
    beside = (spec.columns for spec in source.checks if spec.rule == rule and column in spec.columns)
    return next((places[code] for columns in beside for code in columns if code in places), None)
