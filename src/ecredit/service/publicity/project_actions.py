"""Publishing: what the law lets everyone see goes into the public database, what it no longer lets goes out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.organisation_queries import list_platform_names
from ecredit.facts.actors.queries import is_invented, latest_head, list_organisations, log_origin
from ecredit.facts.actors.types import Actor
from ecredit.facts.records.queries import (
    list_entries,
    list_withdrawn_leaves,
    list_withdrawn_subjects,
    mirror_glob,
    mirror_sources,
)
from ecredit.facts.records.types import EntryView
from ecredit.facts.subjects.lake import current_path
from ecredit.facts.subjects.queries import PUBLIC_CODE_ORDER, iter_codes, list_unnamed
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.checkpoint import verifier_key
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.evaluation.lift_rules import find_outlook
from ecredit.judgement.evaluation.queries import (
    changed_since,
    current_grades,
    first_used,
    get_model,
    grade_histories,
    last_changes,
    newest_row,
)
from ecredit.judgement.evaluation.rating_queries import list_tied_ratings
from ecredit.judgement.evaluation.reference import current_records, judge_records
from ecredit.judgement.evaluation.types import GradeRow, Judgement, Model, Outlook
from ecredit.judgement.evaluation.version_queries import models_on
from ecredit.service.commitments.figures import count_commitment_figures
from ecredit.service.publicity.gap_writing import gap_rows
from ecredit.service.publicity.ledger_reading import Lake, SubjectRecord
from ecredit.service.publicity.projection import Inputs, run_projection
from ecredit.service.publicity.publish_log_actions import publish_log
from ecredit.service.publicity.published import PUBLISHED, last_published
from ecredit.service.publicity.report_writing import report_rows
from ecredit.service.publicity.store import read_digest
from ecredit.service.publicity.types import ProjectionSummary
from ecredit.service.publicity.what_changed import read_last_run

# Subjects whose entries are read in one question.
_TOGETHER = 200


class NothingToProject(WrongUse):
    """The lake has no picture of the subjects yet."""

    code = "publicity.nothing_to_project"


class KeptGrades:
    """The grades the evaluation keeps; what would change one is judged under the models in force on that day."""

    def __init__(self, catalog: Catalog, as_of: date) -> None:
        self.models = models_on(catalog, as_of)
        self._editions: dict[str, tuple[Model, date]] = {}

    def newest(self) -> int:
        """See `projection.GradeReader`."""
        return newest_row()

    def changed_after(self, row: int) -> Iterable[int]:
        """See `projection.GradeReader`."""
        return changed_since(row)

    def of(self, subject_ids: Sequence[int]) -> Iterable[GradeRow]:
        """See `projection.GradeReader`."""
        return current_grades(subject_ids)

    def changes_of(self, subject_ids: Sequence[int]) -> Iterable[tuple[GradeRow, GradeRow]]:
        """See `projection.GradeReader`."""
        return last_changes(subject_ids)

    def outlooks_of(
        self, rows: Sequence[GradeRow], subjects: Mapping[int, SubjectRecord], at: date
    ) -> Mapping[int, Outlook]:
        """See `projection.GradeReader`."""
        found: dict[int, Outlook] = {}
        for start in range(0, len(rows), _TOGETHER):
            part = rows[start : start + _TOGETHER]
            owner = {m: row.subject_id for row in part for m in subjects[row.subject_id].members}
            held: dict[int, list[EntryView]] = {row.subject_id: [] for row in part}
            for entry in current_records(list_entries(owner)):
                if entry.subject_id in owner:
                    held[owner[entry.subject_id]].append(entry)
            for row in part:
                subject = subjects[row.subject_id]
                # What has not begun may not be told, and cannot be told by what it will do either.
                begun = [r for r in held[row.subject_id] if r.valid_from is None or r.valid_from <= at]
                case = self.models, subject.kind, begun, at
                if _is_as_kept(row, judge_records(*case, status=subject.status)):
                    outlook = find_outlook(*case, status=subject.status, renewals=False)
                    if outlook is not None:
                        found[row.subject_id] = outlook
        return found

    def histories_of(self, subject_ids: Sequence[int]) -> Mapping[int, Sequence[GradeRow]]:
        """See `projection.GradeReader`."""
        return grade_histories(subject_ids)

    def model(self, edition: str) -> tuple[Model, date]:
        """See `projection.GradeReader`."""
        # Every subject asks, and editions are few: each is read out of its document once.
        if edition not in self._editions:
            self._editions[edition] = get_model(edition), timezone.localtime(first_used(edition)).date()
        return self._editions[edition]


def _is_as_kept(row: GradeRow, judged: tuple[Model, Judgement] | None) -> bool:
    """Whether a grade can be judged again from what is known now: then only may it be said what would change it."""
    if judged is None:
        return False
    model, again = judged
    return (model.edition, again.grade, again.score) == (row.edition, row.grade, row.score)


def project(
    *, home: Home, catalog: Catalog, ring: KeyRing, as_of: date, by: Actor, at: datetime, full: bool = False
) -> ProjectionSummary:
    """Bring the public database to what may be seen on the day `as_of`, from the lake and the grades as they are.

    Run it after `evaluate`, which brings the lake up to the ledger. Only what changed since the last run is written, unless
    `full`, or the database is not what was published last. The digest of what comes is journaled before anybody can see
    it; interrupted, a run leaves the database as it was, and the next one builds it anew. At its end the log is published up to
    this very publication.
    Raises NothingToProject before the first evaluation.
    """
    subjects = current_path(home)
    if not subjects.exists():
        raise NothingToProject(
            "还没有可公示的数据。请先运行 ecredit evaluate。",
            "There is nothing to publish yet. Run ecredit evaluate first.",
            path=str(subjects),
        )
    with home.alone_in_public():
        summary = _project(subjects, home, catalog, ring, as_of=as_of, by=by, at=at, full=full)
        publish_log(home=home, ring=ring, at=at)
    return summary


def _project(
    subjects: Path,
    home: Home,
    catalog: Catalog,
    ring: KeyRing,
    *,
    as_of: date,
    by: Actor,
    at: datetime,
    full: bool,
) -> ProjectionSummary:
    head = latest_head()
    lake = Lake(subjects, {source: mirror_glob(home, source) for source in mirror_sources(home)})
    try:
        grades = KeptGrades(catalog, as_of)
        inputs = Inputs(
            catalog=catalog,
            lake=lake,
            codes=lambda ids: iter_codes(list(ids)),
            grades=grades,
            models=grades.models,
            code_order=[kind.value for kind in PUBLIC_CODE_ORDER],
            suppliers={organisation.id: organisation.name for organisation in list_organisations()},
            log_size=None if head is None else head.size,
            log_root=None if head is None else bytes(head.root).hex(),
            log_head=None if head is None else head.checkpoint,
            log_key=None if head is None else verifier_key(log_origin(), ring.log_key),
            invented=is_invented(),
            withdrawn=frozenset(list_withdrawn_leaves(lake.through_leaf())),
            ratings=lambda: list_tied_ratings(rule.id for rule in catalog.ratings.values() if rule.public),
            reports=report_rows,
            commitments=lambda: count_commitment_figures(home, catalog, on=as_of, at=at),
            platforms=list_platform_names(as_of),
            gaps=lambda: gap_rows(as_of),
            unnamed=frozenset(list_unnamed(list_withdrawn_subjects(lake.through_leaf()))),
        )
        _, published = last_published()
        return run_projection(
            home.public_db,
            inputs,
            at=as_of,
            now=at,
            full=full,
            published=published,
            announce=lambda summary, digest, shown: _journal(
                ring, summary, digest, shown, as_of=as_of, by=by, at=at
            ),
        )
    finally:
        lake.close()


def audit_public(home: Home) -> Iterator[AuditFinding]:
    """The public database must be what was published last."""
    leaf, published = last_published()
    if leaf is None and read_last_run(home.public_db) is None:
        return
    if published is None or read_digest(home.public_db) != published:
        name = home.public_db.name
        yield AuditFinding(
            "public",
            leaf,
            f"公示库 {name} 不是最近一次公示（日志第 {leaf} 条）的内容：被改动、替换、删除，或公示被打断；"
            "执行 ecredit evaluate 重建",
            f"the public database {name} is not what was published last (leaf {leaf}): altered, replaced or deleted, or "
            "publishing was cut off; ecredit evaluate builds it anew",
        )


def _journal(
    ring: KeyRing,
    summary: ProjectionSummary,
    digest: str,
    shown: list[object],
    *,
    as_of: date,
    by: Actor,
    at: datetime,
) -> None:
    counts = {key: value for key, value in asdict(summary).items() if key != "seconds"}
    with transaction.atomic():
        log = OpenLog(ring, at)
        post_journal(
            log,
            by=by,
            verb=PUBLISHED,
            about=f"publicity:{as_of}",
            detail={"as_of": str(as_of), "digest": digest, "shown": shown, **counts},
        )
        log.seal()
