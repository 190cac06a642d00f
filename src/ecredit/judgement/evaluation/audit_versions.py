"""The audit of versions: each version, trial and adoption is as the journal says it was made, two people adopted, and every
evaluation judged by the models in force on its day."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.canonical import instant_text, read_object
from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.queries import read_journal
from ecredit.foundation.catalog.types import Catalog
from ecredit.judgement.evaluation.errors import VersionAltered
from ecredit.judgement.evaluation.models import Run
from ecredit.judgement.evaluation.version_digests import (
    about_adoption,
    about_version,
    adoption_detail,
    digest_of,
    trial_detail,
    version_detail,
)
from ecredit.judgement.evaluation.version_models import ModelAdoption, ModelTrial, ModelVersion
from ecredit.judgement.evaluation.version_queries import edition_of_all, has_versions, models_on
from ecredit.judgement.evaluation.version_types import ADOPT, DRAFTED, KEPT_FIRST, TRIED

_AT_THE_CONSOLE = "console"


def audit_versions(catalog: Catalog) -> Iterator[AuditFinding]:
    """Versions, trials and adoptions that were altered, added or removed behind the journal's back; adoptions by one person;
    evaluations that judged by other models than were in force."""
    yield from _audit_rows(
        "版本",
        "version",
        ModelVersion.objects.order_by("id").iterator(),
        (KEPT_FIRST, DRAFTED),
        _said_of_version,
    )
    yield from _audit_rows(
        "试算", "trial", ModelTrial.objects.select_related("version").order_by("id"), (TRIED,), _said_of_trial
    )
    adoptions = list(ModelAdoption.objects.select_related("version").order_by("id"))
    yield from _audit_rows("采用", "adoption", adoptions, (ADOPT,), _said_of_adoption)
    yield from _audit_four_eyes()
    yield from _audit_runs(catalog)


def _audit_rows(
    zh: str,
    en: str,
    rows: Any,
    verbs: tuple[str, ...],
    said_of: Callable[[Any], tuple[str, Mapping[str, Any]]],
) -> Iterator[AuditFinding]:
    entries = {entry.leaf: entry for entry in read_journal(*verbs)}
    for row in rows:
        about, wanted = said_of(row)
        entry = entries.pop(row.leaf, None)
        if entry is None or entry.object != about:
            yield _finding(
                None,
                f"评价模型 {about.removeprefix('model:')} 的{zh}没有来历",
                f"nobody made this {en} of the grade model {about.removeprefix('model:')}",
            )
            continue
        stands = {**wanted, "by": row.by, "at": instant_text(row.at)}
        said = {**read_object(entry.detail), "by": entry.who, "at": instant_text(entry.at)}
        changed = [name for name, value in stands.items() if said.get(name) != value]
        if changed:
            yield _finding(
                entry.leaf,
                f"评价模型 {about.removeprefix('model:')} 的{zh}被改动（{'、'.join(changed)}）：与日志第 {entry.leaf} 条不符",
                f"the {en} of the grade model {about.removeprefix('model:')} was changed ({', '.join(changed)}): it does not "
                f"fit leaf {entry.leaf}",
            )
    for leaf, entry in entries.items():
        name = entry.object.removeprefix("model:")
        yield _finding(
            leaf,
            f"评价模型 {name} 的{zh}不见了（日志第 {leaf} 条）",
            f"a {en} of the grade model {name} is gone (leaf {leaf} has it)",
        )


def _said_of_version(row: ModelVersion) -> tuple[str, Mapping[str, Any]]:
    return about_version(row), version_detail(row)


def _said_of_trial(row: ModelTrial) -> tuple[str, Mapping[str, Any]]:
    # The digest is of the text as it stands: what was changed does not fit what the journal says.
    return about_version(row.version), {**trial_detail(row), "digest": digest_of(row.document)}


def _said_of_adoption(row: ModelAdoption) -> tuple[str, Mapping[str, Any]]:
    return about_adoption(row), adoption_detail(row)


def _audit_four_eyes() -> Iterator[AuditFinding]:
    """Who adopted, by the journal alone: one asked, another agreed, and not both at the console."""
    agreed = {entry.object: entry for entry in read_journal("approval.agree")}
    asked = {entry.object: entry for entry in read_journal("approval.ask")}
    for entry in read_journal(ADOPT):
        about = f"approval:{read_object(entry.detail).get('approval')}"
        second, first = agreed.get(about), asked.get(about)
        if second is not None and first is not None and not _is_one(first, second, entry):
            continue
        name = entry.object.removeprefix("model:")
        yield _finding(
            entry.leaf,
            f"评价模型 {name} 由一个人采用（日志第 {entry.leaf} 条）：没有另一人的复核",
            f"the grade model {name} was adopted by one person (leaf {entry.leaf}): nobody else agreed",
        )


def _is_one(first: JournalEntry, second: JournalEntry, adopted: JournalEntry) -> bool:
    said = read_object(first.detail)
    meant = said.get("verb") == ADOPT and first.who == adopted.who
    both_here = _AT_THE_CONSOLE in first.right and _AT_THE_CONSOLE in second.right
    return not meant or first.who == second.who or both_here


def _audit_runs(catalog: Catalog) -> Iterator[AuditFinding]:
    if not has_versions():
        return
    for run in Run.objects.order_by("id").only("id", "as_of", "at", "models_edition").iterator():
        try:
            wanted = edition_of_all(models_on(catalog, run.as_of, known_at=run.at, as_kept=True))
        except VersionAltered as error:
            yield _finding(None, error.zh, error.en)
            return
        if run.models_edition != wanted:
            yield _finding(
                None,
                f"评价 {run.id}（{run.as_of}）用的不是当时生效的模型版本",
                f"evaluation {run.id} ({run.as_of}) did not judge by the versions in force then",
            )


def _finding(leaf: int | None, zh: str, en: str) -> AuditFinding:
    return AuditFinding("model", leaf, zh, en)
