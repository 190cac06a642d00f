"""Grading everyone anew, or only those whom something new touches."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.facts.records.mirror import catch_up
from ecredit.facts.records.queries import mirror_glob, mirror_sources
from ecredit.facts.subjects.lake import current_path, write_current
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.evaluation.column_records import Lake, open_subjects
from ecredit.judgement.evaluation.column_spread import Spread, take_judged
from ecredit.judgement.evaluation.columns import judge_columns, open_engine
from ecredit.judgement.evaluation.draft_actions import keep_first_versions
from ecredit.judgement.evaluation.errors import EvaluationOvertaken
from ecredit.judgement.evaluation.kept_grades import Stamp, load_due, load_kept, make_changes, write_changes
from ecredit.judgement.evaluation.models import Run
from ecredit.judgement.evaluation.queries import count_grades
from ecredit.judgement.evaluation.touched import count_unknown, make_new_entries, make_touched, read_tops
from ecredit.judgement.evaluation.types import EvaluationSummary, Model
from ecredit.judgement.evaluation.version_queries import edition_of_all, models_on

# The journal's verb for: these grades were given.
EVALUATED = "evaluation.run"


def evaluate(
    *, home: Home, catalog: Catalog, ring: KeyRing, as_of: date, by: Actor, at: datetime, full: bool = False,
    spread: Spread | None = None,
) -> EvaluationSummary:  # fmt: skip
    """Bring the lake up to the ledger and grade for the day `as_of`; all is kept or nothing.

    Only those are judged anew about whom there are new entries, whom time changes (`valid_until`) or whose place in the
    register changed; all of them when `full`, when a model changed, or for an earlier day than last time. A row is written
    only when the judgement differs from the kept one. Raises CatalogError for models that cannot be used, and
    EvaluationOvertaken. `spread`: where everybody is judged when all of them are, if not here.
    """
    keep_first_versions(catalog=catalog, ring=ring, by=by, at=at)
    models = models_on(catalog, as_of)
    catch_up(home, catalog, ring=ring, by=by, at=at)
    write_current(home, at=at)
    return evaluate_lake(
        home=home,
        models=models,
        ring=ring,
        as_of=as_of,
        by=by,
        at=at,
        full=full,
        spread=spread,
        in_force=lambda: models_on(catalog, as_of),
    )


def evaluate_lake(
    *,
    home: Home,
    models: Sequence[Model],
    ring: KeyRing,
    as_of: date,
    by: Actor,
    at: datetime,
    full: bool = False,
    spread: Spread | None = None,
    in_force: Callable[[], Sequence[Model]] | None = None,
) -> EvaluationSummary:
    """Grade from the lake as it is, under the models given; see `evaluate`.

    `in_force` tells, when the log is locked to keep the grades, which models judge that day by then.
    """
    lake = Lake(current_path(home), {source: mirror_glob(home, source) for source in mirror_sources(home)})
    last = Run.objects.order_by("-id").first()
    edition = edition_of_all(models)
    why_full = "asked" if full else _why_full(home, last, edition, as_of)
    with _engine(home) as engine:
        open_subjects(engine, lake)
        tops = read_tops(engine, lake)
        only, to_read = None, lake
        if last is None or why_full:
            unknown = count_unknown(engine, lake)
        else:
            unknown = make_new_entries(engine, lake, tops, last.through_leaf)
            load_due(engine, as_of)
            only = "touched"
            if make_touched(engine, home.root / last.picture, lake) == 0:
                to_read = Lake(lake.subjects, {})
        load_kept(engine, only=only)
        if spread is None or only is not None:
            judge_columns(engine, models, to_read, as_of, only=only)
        else:
            take_judged(engine, models, lake, as_of, spread)
        counts = make_changes(engine, models, as_of, only=only)
        asked = engine.execute("SELECT count(*) FROM asked").fetchone()[0]
        work = _Work(
            as_of=as_of,
            at=at,
            by=by,
            edition=edition,
            through_leaf=max(tops.values(), default=-1),
            why_full=why_full,
            counts={**counts, "without_model": asked - counts["looked_at"], "unknown": unknown},
        )
        run = _keep(home, engine, models, ring, lake, last, work, in_force)
    _drop_old_pictures(home, run.picture)
    return _summary(run)


@dataclass(frozen=True, slots=True)
class _Work:
    """What one run has found out, before it is kept."""

    as_of: date
    at: datetime
    by: Actor
    edition: str
    through_leaf: int
    why_full: str
    counts: dict[str, int]


def _keep(
    home: Home,
    engine: Any,
    models: Sequence[Model],
    ring: KeyRing,
    lake: Lake,
    last: Run | None,
    work: _Work,
    in_force: Callable[[], Sequence[Model]] | None,
) -> Run:
    """Write rows, run and journal in one transaction."""
    with transaction.atomic():
        log = OpenLog(ring, work.at)
        # The log is locked now: nobody else can finish a run before this one commits.
        if Run.objects.order_by("-id").values_list("id", flat=True).first() != (
            None if last is None else last.id
        ):
            raise EvaluationOvertaken(
                "另一次评价已先完成，本次未保存；请重新运行",
                "another evaluation finished first; run this one again",
            )
        if in_force is not None and edition_of_all(in_force()) != work.edition:
            raise EvaluationOvertaken(
                "计算时有新的模型版本生效，本次未保存；请重新运行",
                "another version of a model came into force meanwhile; run this one again",
            )
        rows = write_changes(engine, models, Stamp(work.as_of, log.at, work.through_leaf))
        run = Run.objects.create(
            as_of=work.as_of,
            at=log.at,
            by=work.by.who,
            models_edition=work.edition,
            through_leaf=work.through_leaf,
            picture=_keep_picture(home, lake),
            full=bool(work.why_full),
            why_full=work.why_full,
            counts=work.counts,
        )
        detail = {
            "as_of": work.as_of.isoformat(),
            "models_edition": work.edition,
            "through_leaf": work.through_leaf,
            "full": run.full,
            "why_full": work.why_full,
            "counts": work.counts,
            "rows": rows,
            "picture": run.picture,
            "picture_digest": file_digest(home.root / run.picture),
        }
        post_journal(log, by=work.by, verb=EVALUATED, about=f"evaluation:{run.id}", detail=detail)
        log.seal()
    return run


def _why_full(home: Home, last: Run | None, edition: str, as_of: date) -> str:
    if last is None:
        return "first"
    if last.models_edition != edition:
        return "models_changed"
    if as_of < last.as_of:
        return "earlier_day"
    return "" if (home.root / last.picture).exists() else "picture_missing"


@contextmanager
def _engine(home: Home) -> Iterator[Any]:
    with tempfile.TemporaryDirectory(prefix="evaluation-", dir=home.lake) as scratch:
        engine = open_engine(Path(scratch))
        try:
            yield engine
        finally:
            engine.close()


def _keep_picture(home: Home, lake: Lake) -> str:
    """Keep today's picture of who is who for the next run to compare with; returns its path below the home."""
    folder = home.lake / "evaluation"
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix="subjects-", suffix=".parquet", dir=folder)
    os.close(handle)
    shutil.copyfile(lake.subjects, name)
    return str(Path(name).relative_to(home.root))


def file_digest(path: Path) -> str | None:
    """SHA-256 of a file, None when it is not there."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def _drop_old_pictures(home: Home, picture: str) -> None:
    for path in (home.lake / "evaluation").glob("subjects-*.parquet"):
        if path != home.root / picture:
            path.unlink(missing_ok=True)


def _summary(run: Run) -> EvaluationSummary:
    counts = run.counts
    return EvaluationSummary(
        run_id=run.id,
        as_of=run.as_of,
        full=run.full,
        why_full=run.why_full,
        through_leaf=run.through_leaf,
        looked_at=counts["looked_at"],
        changed=counts["changed"],
        unchanged=counts["unchanged"],
        retired=counts["retired"],
        without_model=counts["without_model"],
        unknown=counts["unknown"],
        grades=count_grades(),
    )
