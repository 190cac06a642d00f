"""What a draft of a grade model and its adoption must keep to. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date

from ecredit.foundation.catalog.errors import Fault
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.catalog.yaml_nodes import FaultLog
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.judgement.evaluation.model_checks import check_every_kind, check_precedence
from ecredit.judgement.evaluation.types import Model
from ecredit.judgement.evaluation.version_types import AdoptionView, VersionView

# A model of ours has under 4 KB; what is much larger is no model.
LONGEST_TEXT = 200_000


def label_faults(text: str, model: Model, versions: Iterable[VersionView]) -> list[Fault]:
    """The fault of a draft that calls itself as another version does that says something else."""
    clash = next((v for v in versions if v.label == model.version and v.edition != model.edition), None)
    if clash is None:
        return []
    line = next((n for n, row in enumerate(text.splitlines(), 1) if row.startswith("version:")), 1)
    zh = f"version {model.version} 已是第 {clash.number} 版的名称，内容却不同；请换一个，如 {_next(model.version)}"
    en = (
        f"version {model.version} is what version {clash.number} is called, which says something else; "
        f"choose another such as {_next(model.version)}"
    )
    return [Fault("draft.yaml", line, "label_taken", zh, en)]


def check_new(model: Model, versions: Iterable[VersionView]) -> None:
    """Raise WrongUse for a draft that says nothing else than a version there is: that one is taken instead."""
    same = next((v for v in versions if v.edition == model.edition), None)
    if same is not None:
        raise WrongUse(
            f"与第 {same.number} 版完全相同，没有保存；要恢复那一版，请以它新建回退版本",
            f"this is the same as version {same.number} and was not kept; to go back to it, make a rollback of it",
            number=same.number,
        )


def check_day(
    version: VersionView,
    from_on: date,
    *,
    today: date,
    adopted: Sequence[AdoptionView],
    standing: VersionView | None,
) -> None:
    """Raise WrongUse for a day on which the version cannot begin: one in the past, one on which another of its model begins,
    or one on which the version `standing` then says the same already.
    """
    if from_on < today:
        raise WrongUse(
            f"生效日 {from_on} 已经过去；版本不能溯及以前的等级，请选今天（{today}）或以后的日子",
            f"{from_on} is past; a version does not reach back to grades before it, so choose today ({today}) or a later day",
        )
    other = next((a for a in adopted if a.model_id == version.model_id and a.from_on == from_on), None)
    if other is not None:
        raise WrongUse(
            f"第 {other.number} 版已定于 {from_on} 生效；同一模型一天只能有一个版本生效，请另选一天",
            f"version {other.number} begins on {from_on} already; only one version of a model begins on a day, choose another",
        )
    if standing is not None and standing.edition == version.edition:
        raise WrongUse(
            f"{from_on} 生效的第 {standing.number} 版与第 {version.number} 版相同，不必再采用",
            f"version {standing.number}, in force on {from_on}, says the same as version {version.number}",
        )


def between_faults(models: Sequence[Model], catalog: Catalog) -> list[Fault]:
    """What does not hold between the models of one day: equal precedence, a kind of subject without a model."""
    log = FaultLog()
    check_precedence(models, log)
    check_every_kind(models, catalog, log)
    return log.faults


def _next(label: str) -> str:
    """A name after this one: `3` after `2`, `1.3` after `1.2`, otherwise the name with a 2."""
    head, dot, tail = label.rpartition(".")
    return f"{head}{dot}{int(tail) + 1}" if tail.isascii() and tail.isdigit() else f"{label}.2"
