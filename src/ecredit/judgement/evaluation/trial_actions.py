"""The dry run of a version: over everybody, kept with the version's digest, so that who agrees sees what who asked saw."""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

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
from ecredit.judgement.evaluation.column_records import Lake
from ecredit.judgement.evaluation.columns import open_engine
from ecredit.judgement.evaluation.draft_rules import between_faults
from ecredit.judgement.evaluation.errors import DraftRefused
from ecredit.judgement.evaluation.trial_columns import compare_columns
from ecredit.judgement.evaluation.trial_types import Trial, trial_of, trial_text
from ecredit.judgement.evaluation.types import Model
from ecredit.judgement.evaluation.version_digests import about_version, digest_of, trial_detail
from ecredit.judgement.evaluation.version_models import ModelTrial, ModelVersion
from ecredit.judgement.evaluation.version_queries import (
    edition_of_all,
    find_version_on,
    get_version,
    models_on,
)
from ecredit.judgement.evaluation.version_types import TRIED, VersionView


@dataclass(frozen=True, slots=True)
class TrialView:
    """A kept trial: what was found, its digest, and who made it when."""

    trial: Trial
    digest: str
    by: str
    at: datetime
    leaf: int


def try_version(
    *,
    home: Home,
    catalog: Catalog,
    ring: KeyRing,
    model_id: str,
    number: int,
    from_on: date,
    as_of: date,
    by: Actor,
    at: datetime,
) -> TrialView:
    """Judge everybody as of `as_of` by the models in force on `from_on`, and with this version in its model's place.

    Nothing but the trial is kept. The caller is alone in the lake. Raises WrongUse for a version there is not, and
    DraftRefused where the version does not fit the other models of that day.
    """
    version = get_version(model_id, number)
    before = models_on(catalog, from_on)
    after = with_version(before, version)
    if faults := between_faults(after, catalog):
        raise DraftRefused(faults)
    catch_up(home, catalog, ring=ring, by=by, at=at)
    write_current(home, at=at)
    lake = Lake(current_path(home), {source: mirror_glob(home, source) for source in mirror_sources(home)})
    with tempfile.TemporaryDirectory(prefix="trial-", dir=home.lake) as scratch:
        engine = open_engine(Path(scratch))
        try:
            found = compare_columns(engine, lake, catalog, before, after, version.model, as_of)
        finally:
            engine.close()
    standing = find_version_on(model_id, from_on)
    trial = Trial(
        model_id=model_id,
        number=number,
        edition=version.edition,
        against=edition_of_all(before),
        standing=None if standing is None else standing.number,
        from_on=from_on,
        as_of=as_of,
        looked_at=found.looked_at,
        unchanged=found.unchanged,
        up=found.up,
        down=found.down,
        grades=tuple(step.grade for step in version.model.scale),
        matrix=found.matrix,
        steps=found.steps,
        groups=found.groups,
        worst=found.worst,
    )
    return _keep(trial, ring, by, at)


def with_version(models: Iterable[Model], version: VersionView) -> tuple[Model, ...]:
    """Models with a version in the place of its own, highest precedence first."""
    others = [model for model in models if model.id != version.model_id]
    return tuple(sorted([*others, version.model], key=lambda model: -model.precedence))


def last_trial(model_id: str, number: int) -> TrialView | None:
    """The newest trial of a version, or None."""
    row = (
        ModelTrial.objects.filter(version__model_id=model_id, version__number=number).order_by("-id").first()
    )
    return None if row is None else _view(row)


def _keep(trial: Trial, ring: KeyRing, by: Actor, at: datetime) -> TrialView:
    text = trial_text(trial)
    with transaction.atomic():
        log = OpenLog(ring, at)
        version = ModelVersion.objects.get(model_id=trial.model_id, number=trial.number)
        row = ModelTrial(
            version=version,
            edition=trial.edition,
            against=trial.against,
            from_on=trial.from_on,
            as_of=trial.as_of,
            document=text,
            digest=digest_of(text),
            by=by.who,
            at=log.at,
        )
        row.leaf = post_journal(
            log, by=by, verb=TRIED, about=about_version(version), detail=trial_detail(row)
        )
        row.save(force_insert=True)
        log.seal()
    return _view(row)


def _view(row: ModelTrial) -> TrialView:
    return TrialView(trial_of(row.document), row.digest, row.by, row.at, row.leaf)
