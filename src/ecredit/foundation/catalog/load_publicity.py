"""Reads `publicity/*.yaml`: how long information is shown, by editions with days in force."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import get_args

from ecredit.foundation.catalog.load_laws import read_basis, read_law_ref
from ecredit.foundation.catalog.publicity_types import TermKind
from ecredit.foundation.catalog.types import LawRef, SectorException, TermClass, TermRule
from ecredit.foundation.catalog.yaml_nodes import FaultLog, Fields, Place, read_fields

PENALTY_KINDS = "penalty_kind"
"""The code table whose entries the term classes are written for."""
ROLES = ("kinds", "own_until", "fine", "ends")
_KINDS: tuple[TermKind, ...] = get_args(TermKind)


def load_publicity(root: Path, log: FaultLog) -> tuple[tuple[TermClass, ...], tuple[TermRule, ...]]:
    """Return the term classes and the term rules of all files."""
    classes: list[tuple[TermClass, Place]] = []
    rules: list[tuple[TermRule, Place]] = []
    for path in sorted((root / "publicity").glob("*.yaml")):
        fields = read_fields(path, root, log)
        if fields is None:
            continue
        classes += [(_read_class(part), part.place) for part in fields.subs("classes")]
        rules += [(_read_rule(part), part.place) for part in fields.subs("rules")]
        fields.done()
    _check_overlaps(classes, log)
    _check_overlaps(rules, log)
    known = {term_class.id for term_class, _ in classes}
    for rule, place in rules:
        _check_classes(rule, known, place, log)
    return tuple(c for c, _ in classes), tuple(r for r, _ in rules)


def _read_class(fields: Fields) -> TermClass:
    valid_from, valid_to = fields.period()
    term_class = TermClass(
        id=fields.text("id"),
        name=fields.text("name"),
        min_months=fields.whole("min_months") or 0,
        max_months=fields.whole("max_months"),
        shown=fields.flag("shown"),
        valid_from=valid_from,
        valid_to=valid_to,
        basis=read_basis(fields),
        verified=fields.flag("verified"),
    )
    fields.done()
    return term_class


def _read_rule(fields: Fields) -> TermRule:
    valid_from, valid_to = fields.period()
    kind = fields.one_of("kind", _KINDS)
    classes, verified_kinds = _read_kinds(fields.sub("classes"))
    rule = TermRule(
        id=fields.text("id"),
        title=fields.text("title"),
        valid_from=valid_from,
        valid_to=valid_to,
        kind=kind,
        classes=classes,
        verified_kinds=verified_kinds,
        default_class=fields.maybe_text("default_class"),
        months=fields.whole("months"),
        columns=_read_columns(fields.sub("columns")),
        exceptions=tuple(_read_exception(part) for part in fields.subs("exceptions")),
        precedence=fields.one_of("precedence", ("exception", "shorter"), default="exception"),
        basis=read_basis(fields),
        verified=fields.flag("verified"),
    )
    if kind in ("fixed_months", "while_valid_at_least") and not rule.months:
        fields.fault(
            "months",
            "missing_key",
            f"kind 为 {kind} 时须写 months",
            f"a rule of kind {kind} needs months",
        )
    if kind == "by_penalty_kind" and rule.default_class is None:
        fields.fault(
            "default_class",
            "missing_key",
            "kind 为 by_penalty_kind 时须写 default_class",
            "a rule of kind by_penalty_kind needs default_class",
        )
    fields.done()
    return rule


def _read_kinds(fields: Fields | None) -> tuple[dict[str, str], frozenset[str]]:
    classes: dict[str, str] = {}
    verified: set[str] = set()
    for kind in fields.names() if fields else ():
        part = fields.sub(kind) if fields else None
        if fields is None or part is None:
            continue
        fields.log.refer(f"code:{PENALTY_KINDS}", kind, fields.at(kind))
        classes[kind] = part.text("class")
        if part.flag("verified"):
            verified.add(kind)
        part.done()
    return classes, frozenset(verified)


def _read_columns(fields: Fields | None) -> dict[str, tuple[str, ...]]:
    if fields is None:
        return {}
    columns = {role: fields.texts(role) for role in ROLES if fields.has(role)}
    fields.done()
    return columns


def _read_exception(fields: Fields) -> SectorException:
    law = fields.sub("law")
    if law is None:
        fields.fault("law", "missing_key", "缺少 law；请补上", "law is missing; add it")
    only_kinds = fields.references("only_kinds", f"code:{PENALTY_KINDS}")
    exception = SectorException(
        id=fields.text("id"),
        authorities=fields.references("authorities", "department"),
        law=LawRef("") if law is None else read_law_ref(law),
        condition=fields.text("condition"),
        only_kinds=only_kinds,
        fine_below=fields.decimal("fine_below"),
        shown=fields.flag("shown"),
        months=fields.whole("months"),
        counted_from=fields.one_of("counted_from", ("decision", "publication"), default="decision"),
        until_column=fields.maybe_text("until_column"),
        verified=fields.flag("verified"),
    )
    fields.done()
    return exception


def _check_overlaps(editions: Sequence[tuple[TermClass | TermRule, Place]], log: FaultLog) -> None:
    for position, (one, _) in enumerate(editions):
        for other, place in editions[position + 1 :]:
            if one.id == other.id and _overlap(one, other):
                log.add(
                    place,
                    "editions_overlap",
                    f"{one.id} 的两个版本生效期重叠；请更正 valid_from 或 valid_to",
                    f"two editions of {one.id} are in force at once; put valid_from or valid_to right",
                )


def _overlap(one: TermClass | TermRule, other: TermClass | TermRule) -> bool:
    starts = max(one.valid_from or date.min, other.valid_from or date.min)
    return starts < min(one.valid_to or date.max, other.valid_to or date.max)


def _check_classes(rule: TermRule, known: set[str], place: Place, log: FaultLog) -> None:
    used = set(rule.classes.values()) | ({rule.default_class} if rule.default_class else set())
    for missing in sorted(used - known):
        log.add(
            place,
            "unknown_term_class",
            f"规则 {rule.id} 用到的期限类别 {missing} 不存在；请更正",
            f"the rule {rule.id} uses the class {missing}, which does not exist; put it right",
        )
