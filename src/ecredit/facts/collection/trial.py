"""A file checked without being sent: read and checked like any, its problems told; nothing of it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from django.utils import timezone

from ecredit.facts.actors.types import Supplier
from ecredit.facts.collection.bind_columns import bind_columns
from ecredit.facts.collection.claims import without_code
from ecredit.facts.collection.collect_actions import (
    Collector,
    Progress,
    check_entitled,
    get_source,
    speaker_of,
)
from ecredit.facts.collection.file_notes import header_notes, sentences_of
from ecredit.facts.collection.landing import scratch_folder
from ecredit.facts.collection.likely_source import open_as
from ecredit.facts.collection.post_block import NO_IDENTIFIER, resolution_problem
from ecredit.facts.collection.prepare import Preparation
from ecredit.facts.collection.prepare_ahead import ahead
from ecredit.facts.collection.problem_report import ProblemReport
from ecredit.facts.collection.reading import ReadLimits
from ecredit.facts.collection.report_pages import note_places
from ecredit.facts.collection.whose_file import check_whose_file
from ecredit.foundation.kernel.masking import redact
from ecredit.foundation.kernel.text_forms import printable


@dataclass(frozen=True, slots=True)
class Trial:
    """What sending a file would give, as far as the file itself tells.

    `good` rows have nothing that keeps them back; of those that are `held`, `unidentified` have no fault but that they give
    no code, and would wait for an officer to say whom they are about. Whether the ledger has a row's document already, so that
    it need not wait, is known only when the file is sent.
    """

    source: str
    supplier: str
    filename: str
    rows: int
    good: int
    held: int
    unidentified: int
    refused: int
    late: int
    problems: int
    warnings: int
    problem_counts: Mapping[str, int]
    notes: tuple[str, ...]


def try_file(
    collector: Collector,
    *,
    source_id: str,
    path: Path,
    supplier: Supplier,
    report: Path,
    at: datetime,
    filename: str = "",
    progress: Progress | None = None,
) -> Trial:
    """Check a file and write its problem report to `report`; the database is not touched.

    Raises InputRefused and WrongUse as `collect_file` does.
    """
    source = get_source(collector.catalog, source_id)
    check_entitled(source, supplier, collector.catalog)
    name = redact(printable(filename or path.name))
    limits = ReadLimits(scratch=scratch_folder(collector.home))
    rows = good = held = unidentified = refused = late = 0
    kinds = collector.catalog.code_tables["subject_kind"]
    with open_as(source, collector.catalog, path, filename=name, limits=limits) as table:
        columns, unknown = bind_columns(source, collector.catalog, table)
        check_whose_file(collector.catalog, source, supplier, table, columns)
        preparation = Preparation.of(
            table,
            catalog=collector.catalog,
            source=source,
            calendar=collector.calendar,
            sealer=collector.sealer,
            received_on=timezone.localtime(at).date(),
            speaker=speaker_of(source, supplier, collector.catalog),
        )
        found = ProblemReport(report)
        try:
            found.add(header_notes(source, table, unknown))
            for block in ahead(preparation.blocks(table)):
                turned_away = block.rows.refused()
                waiting = block.rows.held() & ~turned_away
                nameless = without_code(block.rows, kinds) & ~waiting & ~turned_away
                waiting |= nameless
                told = [
                    (resolution_problem(block, row, NO_IDENTIFIER), True)
                    for row in np.flatnonzero(nameless).tolist()
                ]
                found.add(sorted(block.problems + told, key=lambda item: item[0].line))
                unidentified += len(told)
                taken = ~(waiting | turned_away)
                rows += block.rows.count + len(block.misshapen)
                good += int(taken.sum())
                held += int(waiting.sum()) + len(block.misshapen)
                refused += int(turned_away.sum())
                late += int((taken & np.asarray(block.late, dtype=bool)).sum())
                if progress is not None:
                    progress(block.rows.count + len(block.misshapen))
        except BaseException:
            found.abandon()
            raise
        found.finish()
        note_places(report)
        notes = sentences_of(table)
    return Trial(
        source=source.id,
        supplier=supplier.id,
        filename=name,
        rows=rows,
        good=good,
        held=held,
        unidentified=unidentified,
        refused=refused,
        late=late,
        problems=found.holding,
        warnings=found.warnings,
        problem_counts=dict(sorted(found.counts.items())),
        notes=notes,
    )
