"""Versions of grade models: the catalogue's files kept as the first, drafts beside them, and what comes into force from when."""

from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.foundation.catalog.errors import CatalogError
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.masking import redact
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.evaluation.draft_rules import (
    LONGEST_TEXT,
    between_faults,
    check_day,
    check_new,
    label_faults,
)
from ecredit.judgement.evaluation.errors import DraftRefused
from ecredit.judgement.evaluation.model_document import document_of
from ecredit.judgement.evaluation.model_loader import load_models, read_draft
from ecredit.judgement.evaluation.trial_types import trial_of
from ecredit.judgement.evaluation.types import Model
from ecredit.judgement.evaluation.version_digests import about_version, adoption_detail, version_detail
from ecredit.judgement.evaluation.version_models import ModelAdoption, ModelTrial, ModelVersion
from ecredit.judgement.evaluation.version_queries import (
    edition_of_all,
    find_version_on,
    get_version,
    has_versions,
    list_adoptions,
    list_versions,
    models_on,
)
from ecredit.judgement.evaluation.version_types import (
    ADOPT,
    DRAFT,
    DRAFTED,
    FIRST,
    KEPT_FIRST,
    ROLLBACK,
    VersionView,
)

# A version comes into force on a dry run of facts no older than this.
FRESH_DAYS: Final = 31


def keep_first_versions(*, catalog: Catalog, ring: KeyRing, by: Actor, at: datetime) -> int:
    """Put the catalogue's models on record as the first version of each; returns how many, 0 when they are already.

    Raises CatalogError for models that cannot be used.
    """
    if has_versions():
        return 0
    models = load_models(catalog.folder, catalog)
    with transaction.atomic():
        log = OpenLog(ring, at)
        # The log is locked now: whoever came first has kept them.
        if has_versions():
            return 0
        for model in sorted(models, key=lambda model: model.id):
            text = (catalog.folder / "models" / f"{model.id}.yaml").read_text(encoding="utf-8-sig")
            _post(log, model, text=text, origin=FIRST, verb=KEPT_FIRST, number=1, by=by)
        log.seal()
    return len(models)


def keep_draft(
    *, text: str, note: str, catalog: Catalog, ring: KeyRing, by: Actor, at: datetime
) -> VersionView:
    """Keep a draft as the next version of its model, in force for nobody. Raises DraftRefused with every fault and its
    line, and WrongUse for one that is too long or says nothing new.
    """
    if len(text) > LONGEST_TEXT:
        raise WrongUse(
            f"草稿超过 {LONGEST_TEXT:,} 个字，不像是模型",
            f"the draft is longer than {LONGEST_TEXT:,} characters and can be no model",
        )
    text = text.replace("\r\n", "\n").removeprefix("\ufeff")
    keep_first_versions(catalog=catalog, ring=ring, by=by, at=at)
    with transaction.atomic():
        log = OpenLog(ring, at)
        try:
            model = read_draft(text, catalog.folder, catalog, models_on(catalog, date.max))
        except CatalogError as error:
            raise DraftRefused(error.faults) from None
        versions = list_versions(model.id)
        check_new(model, versions)
        if faults := label_faults(text, model, versions):
            raise DraftRefused(faults)
        number = max((version.number for version in versions), default=0) + 1
        _post(log, model, text=text, origin=DRAFT, verb=DRAFTED, number=number, note=note, by=by)
        log.seal()
    return get_version(model.id, number)


def keep_rollback(
    *, model_id: str, number: int, note: str, catalog: Catalog, ring: KeyRing, by: Actor, at: datetime
) -> VersionView:
    """Keep an earlier version once more as the next one, word for word and with the shared parts of then."""
    keep_first_versions(catalog=catalog, ring=ring, by=by, at=at)
    with transaction.atomic():
        log = OpenLog(ring, at)
        earlier = get_version(model_id, number)
        last = list_versions(model_id)[-1].number
        _post(
            log, earlier.model, text=earlier.text, origin=ROLLBACK, verb=DRAFTED, number=last + 1, same_as=number,
            note=note, by=by,
        )  # fmt: skip
        log.seal()
    return get_version(model_id, last + 1)


def post_adoption(
    log: OpenLog,
    *,
    catalog: Catalog,
    model_id: str,
    number: int,
    from_on: date,
    trial: str,
    reason: str,
    approval: int | None,
    by: Actor,
) -> str:
    """Put a version in force from a day, in a transaction whose log is open; gives its name, `enterprise/2`.

    `trial` is the digest of the dry run that who asks and who agrees have looked at: the newest one of this version, against
    the models that it would stand beside. `approval` is the request another agreed to; None only where the act is tried and
    rolled back. Raises WrongUse.
    """
    version = get_version(model_id, number)
    today = timezone.localtime(log.at).date()
    check_day(
        version,
        from_on,
        today=today,
        adopted=list_adoptions(model_id),
        standing=find_version_on(model_id, from_on),
    )
    _check_trial(version, from_on, trial, edition_of_all(models_on(catalog, from_on)), today)
    kept = ModelVersion.objects.get(model_id=model_id, number=number)
    row = ModelAdoption(
        version=kept, model_id=model_id, from_on=from_on, trial=trial, reason=reason, approval=approval, by=by.who,
        at=log.at,
    )  # fmt: skip
    row.leaf = post_journal(log, by=by, verb=ADOPT, about=about_version(kept), detail=adoption_detail(row))
    row.save(force_insert=True)
    _check_together(catalog, from_on)
    return version.name


def _check_together(catalog: Catalog, from_on: date) -> None:
    """On every day from then on the models in force must fit each other."""
    days = {from_on, *(adoption.from_on for adoption in list_adoptions() if adoption.from_on > from_on)}
    for day in sorted(days):
        for fault in between_faults(models_on(catalog, day), catalog):
            raise WrongUse(
                f"{day} 起生效的各模型之间有冲突：{fault.zh}",
                f"from {day} the models in force do not fit each other: {fault.en}",
            )


def _check_trial(version: VersionView, from_on: date, digest: str, against: str, today: date) -> None:
    last = ModelTrial.objects.filter(
        version__model_id=version.model_id, version__number=version.number
    ).order_by("-id").first()  # fmt: skip
    if last is None or last.edition != version.edition:
        raise WrongUse(
            f"第 {version.number} 版还没有试算；先试算（ecredit model try），看过谁的等级会变，再提请采用",
            f"version {version.number} was never tried; try it first (ecredit model try) and see whose grades would change",
        )
    if last.digest != digest:
        raise WrongUse(
            "试算结果已经更新，不是提请时的那一份；请按最新的试算重新提请",
            "the version was tried again since; ask anew on the newest trial",
        )
    as_of = trial_of(last.document).as_of
    if not today - timedelta(days=FRESH_DAYS) <= as_of <= today:
        raise WrongUse(
            f"试算按 {as_of} 的事实，不能说明现在谁的等级会变；请按近 {FRESH_DAYS} 天内的事实重新试算",
            f"the dry run is of the facts of {as_of} and does not tell whose grades would change now; try it again as of one of the "
            f"last {FRESH_DAYS} days",
        )
    if last.against != against:
        raise WrongUse(
            f"试算之后其他模型或版本有了变化，{from_on} 那天要比较的不再是试算时的那些；请以生效日 {from_on} 重新试算",
            f"what is in force on {from_on} is not what the version was tried against; try it again for {from_on}",
        )


def _post(
    log: OpenLog,
    model: Model,
    *,
    text: str,
    origin: str,
    verb: str,
    number: int,
    by: Actor,
    note: str = "",
    same_as: int | None = None,
) -> ModelVersion:
    values: dict[str, Any] = {
        "model_id": model.id, "number": number, "label": model.version, "edition": model.edition, "origin": origin,
        "same_as": same_as, "text": text, "document": document_of(model), "note": redact(note.strip())[:500],
    }  # fmt: skip
    row = ModelVersion(**values, by=by.who, at=log.at)
    row.leaf = post_journal(log, by=by, verb=verb, about=about_version(row), detail=version_detail(row))
    row.save(force_insert=True)
    return row
