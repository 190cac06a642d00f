"""Reads `commitments/*.yaml`, the templates of credit commitments, one a file, and `breach.yaml`, how a breach is found."""

from collections.abc import Container
from datetime import date
from pathlib import Path
from typing import Final

from ecredit.foundation.catalog.commitment_types import (
    AUDIENCES,
    TOPICS,
    BreachRules,
    Cited,
    CommitmentField,
    CommitmentItem,
    CommitmentRules,
    CommitmentTemplate,
    TemplateVersion,
)
from ecredit.foundation.catalog.field_words import read_whole, read_words
from ecredit.foundation.catalog.load_laws import read_basis, read_law_refs
from ecredit.foundation.catalog.triage_types import DecisionReason
from ecredit.foundation.catalog.yaml_nodes import FaultLog, Fields, read_fields

LONGEST: Final = 4000
"""What a record of the source `commitment` holds of a commitment's text."""
_A_HEAD: Final = 8
"""What stands before an item or a field in the text: its number, marks, a line end."""


def load_commitments(root: Path, log: FaultLog) -> CommitmentRules:
    """Return the templates and the rules of breaches; a catalogue without them has none, and nothing is promised at the desk."""
    templates: dict[str, CommitmentTemplate] = {}
    for path in sorted((root / "commitments").glob("*.yaml")):
        fields = read_fields(path, root, log)
        if fields is None:
            continue
        template = _read_template(fields)
        if template.id != path.stem:
            fields.fault(
                "id",
                "wrong_name",
                f"文件名应为 {template.id}.yaml",
                f"the file should be called {template.id}.yaml",
            )
        templates[template.id] = template
    return CommitmentRules(templates, _load_breach(root, log))


def _load_breach(root: Path, log: FaultLog) -> BreachRules:
    fields = read_fields(root / "breach.yaml", root, log) if (root / "breach.yaml").exists() else None
    if fields is None:
        return BreachRules(1, (), 1, {}, None, verified=False)
    answer = fields.sub("answer")
    workdays, basis, verified = 1, None, False
    if answer is None:
        fields.fault("answer", "missing_key", "缺少 answer；请补上", "answer is missing; add it")
    else:
        workdays, basis = read_whole(answer, "workdays", 1), read_basis(answer)
        verified = answer.flag("verified")
        answer.done()
    rules = BreachRules(
        answer_workdays=workdays,
        remind_days=_remind(fields),
        least=read_whole(fields, "least", 1),
        grounds=_grounds(fields),
        basis=None if basis is None else (basis.law, basis.article),
        verified=verified,
    )
    fields.done()
    return rules


def _remind(fields: Fields) -> tuple[int, ...]:
    days = fields.wholes("remind")
    if list(days) != sorted({day for day in days if day > 0}, reverse=True):
        fields.fault(
            "remind",
            "bad_number",
            "remind 应为从大到小、不重复、大于 0 的天数，如 [60, 30, 7]",
            "remind should be days over 0, each once, the longest first, such as [60, 30, 7]",
        )
        return ()
    return days


def _grounds(fields: Fields) -> dict[str, DecisionReason]:
    found: dict[str, DecisionReason] = {}
    for part in fields.subs("grounds"):
        ground = DecisionReason(
            part.text("id"), part.text("zh"), part.text("en"), part.flag("words", default=False)
        )
        part.done()
        _once(part, ground.id, found)
        found[ground.id] = ground
    if not found:
        fields.fault(
            "grounds",
            "no_reason",
            "grounds 至少要有一种理由",
            "at least one reason has to be written under grounds",
        )
    return found


def _read_template(fields: Fields) -> CommitmentTemplate:
    title = read_words(fields, "title")
    versions: list[TemplateVersion] = []
    for part in fields.subs("versions"):
        version = _read_version(part)
        if versions:
            _check_follows(part, versions[-1], version)
        versions.append(version)
    if not versions:
        fields.fault(
            "versions",
            "no_version",
            "versions 至少要有一个版本",
            "at least one version has to be written under versions",
        )
    template = CommitmentTemplate(
        id=fields.text("id"),
        title_zh=title[0],
        title_en=title[1],
        audience=fields.one_of("audience", AUDIENCES),
        commitment_kind=fields.reference("commitment_kind", "code:commitment_kind"),
        versions=tuple(versions),
    )
    fields.done()
    return template


def _check_follows(part: Fields, before: TemplateVersion, version: TemplateVersion) -> None:
    """Versions are numbered upwards, and one ends before or when the next begins: a commitment is made by one of them."""
    if version.number <= before.number or before.valid_to is None or version.valid_from < before.valid_to:
        part.fault(
            "number",
            "versions_overlap",
            f"第 {version.number} 版应排在第 {before.number} 版之后：编号更大，前一版写上 valid_to，且不晚于本版的 valid_from",
            f"version {version.number} should follow version {before.number}: a greater number, and that one's valid_to not after "
            "this one's valid_from",
        )


def _read_version(fields: Fields) -> TemplateVersion:
    number, months = read_whole(fields, "number", 1), read_whole(fields, "months", 1)
    valid_from, valid_to = fields.period()
    if valid_from is None:
        fields.fault(
            "valid_from",
            "missing_key",
            "缺少 valid_from；版本须写明从哪天起用",
            "valid_from is missing; a version says from which day it is used",
        )
    opening = read_words(fields, "opening")
    items, inputs = _items(fields), _inputs(fields)
    basis: tuple[Cited, ...] = tuple((ref.law, ref.article) for ref in read_law_refs(fields, "basis"))
    if not basis:
        fields.fault(
            "basis", "missing_key", "缺少 basis；请写明依据", "basis is missing; say on what it rests"
        )
    _check_length(fields, opening[0], items, inputs)
    version = TemplateVersion(
        number=number,
        valid_from=valid_from or date.min,
        valid_to=valid_to,
        months=months,
        opening_zh=opening[0],
        opening_en=opening[1],
        items=items,
        fields=inputs,
        basis=basis,
        verified=fields.flag("verified"),
    )
    fields.done()
    return version


def _items(fields: Fields) -> tuple[CommitmentItem, ...]:
    found: dict[str, CommitmentItem] = {}
    for part in fields.subs("items"):
        item = CommitmentItem(part.text("id"), part.one_of("topic", TOPICS), part.text("zh"), part.text("en"))
        part.done()
        _once(part, item.id, found)
        found[item.id] = item
    missing = [topic for topic in TOPICS if topic not in {item.topic for item in found.values()}]
    if missing:
        fields.fault(
            "items",
            "missing_topic",
            f"没有写到的方面：{'、'.join(missing)}；承诺应就六个方面各写至少一条",
            f"nothing is promised of: {', '.join(missing)}; each of the six topics needs an item",
        )
    return tuple(found.values())


def _inputs(fields: Fields) -> tuple[CommitmentField, ...]:
    found: dict[str, CommitmentField] = {}
    for part in fields.subs("fields"):
        entry = CommitmentField(
            id=part.text("id"),
            zh=part.text("zh"),
            en=part.text("en"),
            required=part.flag("required", default=False),
            max_length=read_whole(part, "max_length", 1),
        )
        part.done()
        _once(part, entry.id, found)
        found[entry.id] = entry
    return tuple(found.values())


def _once(part: Fields, id: str, found: Container[str]) -> None:
    if id in found:
        part.fault("id", "duplicate_id", f"{id} 写了两次；请删去一个", f"{id} is written twice; remove one")


def _check_length(
    fields: Fields, opening: str, items: tuple[CommitmentItem, ...], inputs: tuple[CommitmentField, ...]
) -> None:
    """What is filled in to the last character must still go into a record."""
    most = len(opening) + sum(len(item.zh) + _A_HEAD for item in items)
    most += sum(len(entry.zh) + entry.max_length + _A_HEAD for entry in inputs)
    if most > LONGEST:
        fields.fault(
            "number",
            "text_too_long",
            f"全文填满时有 {most} 个字符，超过记录能放的 {LONGEST}；请缩短文字或 max_length",
            f"filled in, the text has {most} characters, more than the {LONGEST} a record holds; shorten it or a max_length",
        )
