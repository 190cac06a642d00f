"""Publishing: what the law lets everyone see goes into the public database, what it no longer lets goes out."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.queries import is_invented, latest_head, list_organisations
from ecredit.facts.actors.types import Actor
from ecredit.facts.records.queries import mirror_glob, mirror_sources
from ecredit.facts.subjects.lake import current_path
from ecredit.facts.subjects.queries import PUBLIC_CODE_ORDER, iter_codes
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.evaluation.queries import (
    changed_since,
    current_grades,
    first_used,
    get_model,
    newest_row,
)
from ecredit.judgement.evaluation.types import GradeRow, Model
from ecredit.service.publicity.ledger_reading import Lake
from ecredit.service.publicity.projection import Inputs, run_projection
from ecredit.service.publicity.types import ProjectionSummary


class NothingToProject(WrongUse):
    """The lake has no picture of the subjects yet."""

    code = "publicity.nothing_to_project"


class KeptGrades:
    """The grades the evaluation keeps."""

    def newest(self) -> int:
        """See `projection.GradeReader`."""
        return newest_row()

    def changed_after(self, row: int) -> Iterable[int]:
        """See `projection.GradeReader`."""
        return changed_since(row)

    def of(self, subject_ids: Sequence[int]) -> Iterable[GradeRow]:
        """See `projection.GradeReader`."""
        return current_grades(subject_ids)

    def model(self, edition: str) -> tuple[Model, date]:
        """See `projection.GradeReader`."""
        return get_model(edition), timezone.localtime(first_used(edition)).date()


def project(
    *, home: Home, catalog: Catalog, ring: KeyRing, as_of: date, by: Actor, at: datetime, full: bool = False
) -> ProjectionSummary:
    """Bring the public database to what may be seen on the day `as_of`, from the lake and the grades as they are.

    Run it after `evaluate`, which brings the lake up to the ledger. Only what changed since the last run is written,
    unless `full`; a run that changes something leaves a journal row. Interrupted, it leaves the database as it was.
    Raises NothingToProject before the first evaluation.
    """
    subjects = current_path(home)
    if not subjects.exists():
        raise NothingToProject(
            "还没有可公示的数据。请先运行 ecredit evaluate。",
            "There is nothing to publish yet. Run ecredit evaluate first.",
            path=str(subjects),
        )
    head = latest_head()
    lake = Lake(subjects, {source: mirror_glob(home, source) for source in mirror_sources(home)})
    try:
        inputs = Inputs(
            catalog=catalog,
            lake=lake,
            codes=lambda ids: iter_codes(list(ids)),
            grades=KeptGrades(),
            code_order=[kind.value for kind in PUBLIC_CODE_ORDER],
            suppliers={organisation.id: organisation.name for organisation in list_organisations()},
            log_size=None if head is None else head.size,
            log_root=None if head is None else bytes(head.root).hex(),
            invented=is_invented(),
        )
        summary = run_projection(home.public_db, inputs, at=as_of, now=at, full=full)
    finally:
        lake.close()
    if summary.full or summary.touched:
        _journal(ring, summary, as_of=as_of, by=by, at=at)
    return summary


def _journal(ring: KeyRing, summary: ProjectionSummary, *, as_of: date, by: Actor, at: datetime) -> None:
    detail = {key: value for key, value in asdict(summary).items() if key != "seconds"}
    with transaction.atomic():
        log = OpenLog(ring, at)
        post_journal(
            log,
            by=by,
            verb="publicity.project",
            about=f"publicity:{as_of}",
            detail={"as_of": str(as_of), **detail},
        )
        log.seal()
