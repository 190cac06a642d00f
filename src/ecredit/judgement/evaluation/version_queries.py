"""Which version of each grade model is in force on a day, and what versions there are."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.models import JournalEntry
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.judgement.evaluation.errors import VersionAltered
from ecredit.judgement.evaluation.model_document import model_of
from ecredit.judgement.evaluation.model_loader import load_models
from ecredit.judgement.evaluation.types import Model
from ecredit.judgement.evaluation.version_digests import (
    about_adoption,
    about_version,
    adoption_detail,
    version_detail,
)
from ecredit.judgement.evaluation.version_models import ModelAdoption, ModelVersion
from ecredit.judgement.evaluation.version_types import (
    ADOPT,
    DRAFTED,
    FIRST,
    KEPT_FIRST,
    AdoptionView,
    Span,
    VersionView,
)


def models_on(
    catalog: Catalog, day: date, *, known_at: datetime | None = None, as_kept: bool = False
) -> tuple[Model, ...]:
    """The models that judge on a day, highest precedence first: the one way to know by which models a grade is made.

    `known_at` leaves out what was adopted later. Before the home has graded anybody these are the catalogue's files; from
    then on, by the journal, the files are the first version of each, and nothing but an adopted version takes their place. Raises
    CatalogError while the files count and cannot be used, and VersionAltered for a version, or an adoption of one in force, that is
    not as the journal says it was made, and for any of which the journal knows that is gone: nobody is judged by what two people
    did not agree to. Drafts and trials stand beside them. `as_kept`: without that look into the journal, for the audit, which
    looks by itself and goes on.
    """
    if not has_versions():
        return load_models(catalog.folder, catalog)
    if not as_kept:
        _check_none_gone()
    numbers = {row["model_id"]: row["number"] for row in _firsts()}
    begun = list(_adopted(known_at).filter(from_on__lte=day).select_related("version"))
    adopted = {row.model_id: row for row in begun}
    numbers |= {model_id: row.version.number for model_id, row in adopted.items()}
    rows = [
        row
        for row in ModelVersion.objects.filter(model_id__in=numbers, number__in=set(numbers.values()))
        if numbers[row.model_id] == row.number
    ]
    if not as_kept:
        _check_journal(rows, list(adopted.values()))
    models = [_intact(row.model_id, row.number, row.edition, row.document) for row in rows]
    return tuple(sorted(models, key=lambda model: -model.precedence))


def edition_of_all(models: Iterable[Model]) -> str:
    """12 hex digits over several models, in whatever order."""
    together = "\n".join(sorted(f"{model.id} {model.edition}" for model in models))
    return hashlib.sha256(together.encode()).hexdigest()[:12]


def list_versions(model_id: str | None = None) -> list[VersionView]:
    """Every version of a model, or of all, by model and number."""
    rows = ModelVersion.objects.order_by("model_id", "number")
    if model_id is not None:
        rows = rows.filter(model_id=model_id)
    spans = _spans()
    return [_view(row, spans[row.model_id, row.number]) for row in rows]


def get_version(model_id: str, number: int) -> VersionView:
    """A version. Raises WrongUse where there is none, VersionAltered."""
    row = ModelVersion.objects.filter(model_id=model_id, number=number).first()
    if row is None:
        held = list(
            ModelVersion.objects.filter(model_id=model_id).order_by("number").values_list("number", flat=True)
        )
        zh, en = "、".join(map(str, held)) or "无", ", ".join(map(str, held)) or "none"
        raise WrongUse(
            f"模型 {model_id} 没有第 {number} 版；已有的版本：{zh}",
            f"the model {model_id} has no version {number}; there are: {en}",
        )
    return _view(row, _spans()[model_id, number])


def find_version_on(model_id: str, day: date) -> VersionView | None:
    """The version of a model in force on a day; None for a model nobody knows by then."""
    return next((view for view in list_versions(model_id) if any(s.holds(day) for s in view.spans)), None)


def list_adoptions(model_id: str | None = None) -> list[AdoptionView]:
    """Every adoption, newest first."""
    rows = ModelAdoption.objects.select_related("version").order_by("-id")
    if model_id is not None:
        rows = rows.filter(model_id=model_id)
    return [
        AdoptionView(
            row.model_id, row.version.number, row.from_on, row.reason, row.approval, row.by, row.at, row.leaf
        )
        for row in rows
    ]


def has_versions() -> bool:
    """Whether the first versions are on record, or were by the journal: then the catalogue's files count no longer by themselves."""
    return ModelVersion.objects.exists() or JournalEntry.objects.filter(verb=KEPT_FIRST).exists()


def file_differences(catalog: Catalog) -> list[str]:
    """Models whose file in the catalogue is not the version adopted last, or is of no version at all: they are not in force."""
    if not has_versions():
        return []
    last = {model.id: model.edition for model in models_on(catalog, date.max)}
    return [m.id for m in load_models(catalog.folder, catalog) if last.get(m.id) != m.edition]


def _firsts() -> Any:
    return ModelVersion.objects.filter(origin=FIRST).values("model_id", "number")


def _adopted(known_at: datetime | None = None) -> Any:
    """Adoptions, the one that begins last coming last."""
    rows = ModelAdoption.objects.order_by("from_on")
    return rows if known_at is None else rows.filter(at__lte=known_at)


@lru_cache(maxsize=64)
def _read(document: str) -> Model:
    return model_of(document)


def _intact(model_id: str, number: int, edition: str, document: str) -> Model:
    model = _read(document)
    if (model.id, model.edition) != (model_id, edition):
        raise _altered(model_id, number)
    return model


def _check_journal(versions: Sequence[ModelVersion], adoptions: Sequence[ModelAdoption]) -> None:
    """Raise VersionAltered unless these versions, and the adoptions by which they are in force, are as the journal says."""
    said = [
        (row.leaf, row, about_version(row), version_detail(row), (KEPT_FIRST, DRAFTED)) for row in versions
    ]
    said += [
        (row.leaf, row.version, about_adoption(row), adoption_detail(row), (ADOPT, ADOPT))
        for row in adoptions
    ]
    entries = {
        entry.leaf: entry for entry in JournalEntry.objects.filter(leaf__in=[leaf for leaf, *_ in said])
    }
    for leaf, version, about, detail, verbs in said:
        entry = entries.get(leaf)
        if (
            entry is None
            or entry.verb not in verbs
            or entry.object != about
            or read_object(entry.detail) != detail
        ):
            raise _altered(version.model_id, version.number)


def _check_none_gone() -> None:
    """Raise VersionAltered where the journal knows of a version or an adoption that is not there, or is now of the other sort."""
    made: Sequence[tuple[str, Any]] = (
        (KEPT_FIRST, ModelVersion.objects.filter(origin=FIRST)),
        (DRAFTED, ModelVersion.objects.exclude(origin=FIRST)),
        (ADOPT, ModelAdoption.objects.all()),
    )
    for verb, rows in made:
        kept = set(rows.values_list("leaf", flat=True))
        entries = JournalEntry.objects.filter(verb=verb).order_by("leaf").values_list("leaf", "object")
        for about in (about for leaf, about in entries if leaf not in kept):
            model_id, _, number = about.removeprefix("model:").rpartition("/")
            raise _altered(model_id, int(number))


def _altered(model_id: str, number: int) -> VersionAltered:
    return VersionAltered(
        f"评价模型 {model_id} 第 {number} 版（catalog/models/{model_id}.yaml 的一版）与采用时登记的不一致，不能用来评价；"
        "请执行 ecredit log audit 查明，再从备份恢复",
        f"version {number} of the grade model {model_id} (a version of catalog/models/{model_id}.yaml) is not as it was put on record "
        "when it was adopted, and cannot judge; find out with ecredit log audit, then restore from a backup",
        model=model_id,
        number=number,
    )


def _spans() -> dict[tuple[str, int], tuple[Span, ...]]:
    """By model and number, when each version is in force."""
    begins: dict[str, list[tuple[date | None, int]]] = defaultdict(list)
    for first in _firsts():
        begins[first["model_id"]].append((None, first["number"]))
    for model_id, number, day in _adopted().values_list("model_id", "version__number", "from_on"):
        begins[model_id].append((day, number))
    found: dict[tuple[str, int], tuple[Span, ...]] = defaultdict(tuple)
    for model_id, begun in begins.items():
        ends: Sequence[date | None] = [day for day, _ in begun[1:]]
        for (since, number), until in zip(begun, [*ends, None], strict=True):
            found[model_id, number] += (Span(since, until),)
    return found


def _view(row: ModelVersion, spans: tuple[Span, ...]) -> VersionView:
    return VersionView(
        model_id=row.model_id,
        number=row.number,
        label=row.label,
        edition=row.edition,
        origin=row.origin,
        same_as=row.same_as,
        text=row.text,
        model=_intact(row.model_id, row.number, row.edition, row.document),
        note=row.note,
        by=row.by,
        at=row.at,
        leaf=row.leaf,
        spans=spans,
    )
