"""Reads `sources/<id>.yaml`: one kind of file the city collects, whole."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ecredit.foundation.catalog.check_rules import read_check
from ecredit.foundation.catalog.load_codes import check_file_name
from ecredit.foundation.catalog.load_columns import header_index, read_columns
from ecredit.foundation.catalog.load_laws import read_basis, read_law_refs
from ecredit.foundation.catalog.publicity_types import FoundTerm
from ecredit.foundation.catalog.types import Deadline, ExpectedVolume, LawRef, Source
from ecredit.foundation.catalog.yaml_nodes import FaultLog, Fields, Place, read_fields

SUPPLIER_KINDS = (
    "department", "platform", "courier", "payment_institution", "agency", "association", "bank", "firm",
)  # fmt: skip
SECTIONS = (
    "registration", "licence", "penalty", "abnormal", "serious_list", "commitment", "spot_check",
    "evaluation", "honour", "disclosure", "other",
)  # fmt: skip
SUBJECT_KINDS = "subject_kind"
_NO_DEADLINE = Deadline("none", None, None, None, (), None, None, False)


@dataclass(frozen=True, slots=True)
class ReadSource:
    """A source with the places needed to say where something in it is wrong."""

    source: Source
    fields: Fields
    columns: dict[str, Place]
    checks: tuple[Place, ...]


def load_sources(root: Path, log: FaultLog) -> dict[str, ReadSource]:
    """Return all sources by id; a file is named after its source."""
    sources: dict[str, ReadSource] = {}
    for path in sorted((root / "sources").glob("*.yaml")):
        fields = read_fields(path, root, log)
        if fields is not None:
            read = _read_source(fields)
            check_file_name(fields, path, read.source.id)
            sources[path.stem] = read
    return sources


def _read_source(fields: Fields) -> ReadSource:
    columns, places = read_columns(fields)
    check_parts = fields.subs("checks")
    checks = tuple(read_check(part) for part in check_parts)
    title_zh, title_en = _read_title(fields)
    valid_from, valid_to = fields.period()
    publicity = fields.text("publicity")
    if publicity not in ("", "none"):
        fields.log.refer("term_rule", publicity, fields.at("publicity"))
    default_kind = fields.reference("default_subject_kind", f"code:{SUBJECT_KINDS}")
    source = Source(
        id=fields.text("id"),
        title_zh=title_zh,
        title_en=title_en,
        item=fields.reference("item", "item"),
        suppliers=fields.references("suppliers", "department"),
        supplier_kinds=_read_supplier_kinds(fields),
        legal_basis=_read_legal_basis(fields),
        subject_kinds=fields.references("subject_kinds", f"code:{SUBJECT_KINDS}"),
        columns=columns,
        identifiers=_read_named_columns(fields, "identifiers"),
        name_column=fields.text("name_column"),
        subject_kind_column=fields.maybe_text("subject_kind_column"),
        default_subject_kind=default_kind,
        key=fields.texts("key"),
        key_mode=fields.one_of("key_mode", ("all", "first"), default="all"),
        occurred=fields.text("occurred"),
        ends=fields.maybe_text("ends"),
        checks=checks,
        sharing=fields.one_of("sharing", ("unconditional", "conditional", "none")),
        sharing_note=fields.maybe_text("sharing_note") or "",
        publicity=publicity,
        section=fields.one_of("section", SECTIONS),
        retention_months=_read_retention(fields),
        deadline=_read_deadline(fields),
        expected=_read_expected(fields),
        valid_from=valid_from,
        valid_to=valid_to,
        verified=fields.flag("verified"),
        task_ids=fields.references("task_ids", "task"),
        tone=fields.one_of("tone", ("neutral", "good", "bad")),
        code_origin=fields.one_of("code_origin", ("official", "ours")),
        about=fields.text("about"),
        headers=header_index(columns, places, fields.log),
        describes=_read_named_columns(fields, "describes"),
        own_code=_read_named_columns(fields, "own_code"),
        party=fields.texts("party"),
        issued_by=fields.texts("issued_by"),
        only_departments=_read_values(fields, "only_departments"),
        shop_name_column=fields.maybe_text("shop_name_column"),
        found_terms=tuple(_read_found_term(part) for part in fields.subs("publicity_found")),
    )
    fields.done()
    return ReadSource(source, fields, places, tuple(part.place for part in check_parts))


def _read_found_term(fields: Fields) -> FoundTerm:
    found = FoundTerm(
        column=fields.text("column"),
        value=fields.text("value"),
        counted_from=fields.text("counted_from"),
        rule=fields.reference("rule", "term_rule"),
    )
    fields.done()
    return found


def _read_title(fields: Fields) -> tuple[str, str]:
    sub = fields.sub("title")
    if sub is None:
        fields.fault(
            "title",
            "missing_key",
            "缺少 title；请写 title: {zh: …, en: …}",
            "title is missing; write title: {zh: …, en: …}",
        )
        return "", ""
    titles = sub.text("zh"), sub.text("en")
    sub.done()
    return titles


def _read_supplier_kinds(fields: Fields) -> tuple[str, ...]:
    for kind, place in fields.placed_texts("supplier_kinds"):
        if kind not in SUPPLIER_KINDS:
            fields.log.add(
                place,
                "bad_choice",
                f"报送方种类不能是 {kind}；可用的有：{'、'.join(SUPPLIER_KINDS)}",
                f"a supplier cannot be of the kind {kind}; use one of: {', '.join(SUPPLIER_KINDS)}",
            )
    kinds = fields.texts("supplier_kinds")
    named = fields.has("suppliers")
    if not kinds:
        fields.fault(
            "supplier_kinds",
            "missing_key",
            "缺少 supplier_kinds；请写谁可以报送",
            "supplier_kinds is missing; say who may send this",
        )
    elif ("department" in kinds) != named:
        fields.fault(
            "suppliers",
            "suppliers_disagree",
            "supplier_kinds 含 department 时须在 suppliers 列出部门，反之不得列出",
            "suppliers must name departments when, and only when, supplier_kinds has department",
        )
    return kinds


def _read_legal_basis(fields: Fields) -> tuple[LawRef, ...]:
    refs = read_law_refs(fields, "legal_basis")
    if not refs:
        fields.fault(
            "legal_basis",
            "missing_key",
            "缺少 legal_basis；没有法律依据不得归集",
            "legal_basis is missing; nothing may be collected without one",
        )
    return refs


def _read_named_columns(fields: Fields, key: str) -> dict[str, str]:
    sub = fields.sub(key)
    if sub is None:
        return {}
    return {kind: sub.text(kind) for kind in sub.names()}


def _read_values(fields: Fields, key: str) -> dict[str, tuple[str, ...]]:
    sub = fields.sub(key)
    if sub is None:
        return {}
    return {column: sub.texts(column) for column in sub.names()}


def _read_deadline(fields: Fields) -> Deadline:
    sub = fields.sub("deadline")
    if sub is None:
        fields.fault(
            "deadline",
            "missing_key",
            "缺少 deadline；没有期限请写 deadline: {kind: none, verified: true}",
            "deadline is missing; write deadline: {kind: none, verified: true} when there is none",
        )
        return _NO_DEADLINE
    kinds: tuple[Literal["after_event", "periodic", "none"], ...] = ("after_event", "periodic", "none")
    deadline = Deadline(
        kind=sub.one_of("kind", kinds),
        column=sub.maybe_text("column"),
        workdays=sub.whole("workdays"),
        days=sub.whole("days"),
        months=sub.wholes("months"),
        grace_workdays=sub.whole("grace_workdays"),
        basis=read_basis(sub),
        verified=sub.flag("verified"),
    )
    sub.done()
    _check_deadline(sub, deadline)
    return deadline


def _check_deadline(sub: Fields, deadline: Deadline) -> None:
    if deadline.kind == "after_event":
        counted = [n for n in (deadline.workdays, deadline.days) if n is not None]
        if deadline.column is None or len(counted) != 1:
            sub.fault(
                "kind",
                "bad_deadline",
                "after_event 须写 column 和 workdays、days 之一",
                "after_event needs column and one of workdays and days",
            )
    if deadline.kind == "periodic" and not (
        deadline.months and all(1 <= month <= 12 for month in deadline.months)
    ):
        sub.fault(
            "months",
            "bad_deadline",
            "periodic 须写 months,月份为 1 至 12",
            "periodic needs months, each from 1 to 12",
        )


def _read_retention(fields: Fields) -> int:
    months = fields.whole("retention_months")
    if months is None or months < 1:
        fields.fault(
            "retention_months",
            "missing_key" if months is None else "bad_number",
            "请写 retention_months：收到的文件至少保存几个月",
            "write retention_months: for how many months at least a file is kept as it came",
        )
    return months or 1


def _read_expected(fields: Fields) -> ExpectedVolume:
    sub = fields.sub("expected")
    if sub is None:
        fields.fault(
            "expected",
            "missing_key",
            "缺少 expected；请写 expected: {per: month, low: 0, high: 100}",
            "expected is missing; write expected: {per: month, low: 0, high: 100}",
        )
        return ExpectedVolume("month", 0, 0)
    expected = ExpectedVolume(
        per=sub.one_of("per", ("month", "half_year", "year")),
        low=sub.whole("low") or 0,
        high=sub.whole("high") or 0,
    )
    sub.done()
    if not 0 <= expected.low <= expected.high:
        sub.fault("high", "bad_range", "low 应不大于 high 且不为负", "low must be from 0 to high")
    return expected
