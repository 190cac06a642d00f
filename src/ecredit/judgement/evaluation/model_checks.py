"""What must hold within a model and between models, beyond the form of each line."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from ecredit.foundation.catalog.publicity_types import FoundTerm
from ecredit.foundation.catalog.types import Catalog, TermRule
from ecredit.foundation.catalog.yaml_nodes import FaultLog, Fields, Place, nearest
from ecredit.judgement.evaluation.frame_reading import check_grade
from ecredit.judgement.evaluation.grade_rules import RESERVED
from ecredit.judgement.evaluation.types import AllOf, AnyOf, Condition, Indicator, Measure, Model, OneOf

PERSON_KIND = "自然人"


def check_model(fields: Fields, model: Model, catalog: Catalog) -> None:
    """Write down what is wrong with a model taken as a whole."""
    _check_indicators(fields, model)
    _check_public(fields, model, catalog)
    for name, place in fields.placed_texts("marked_by"):
        if name not in catalog.sources:
            zh, en = nearest(name, list(catalog.sources))
            fields.log.add(
                place, "unknown_source", f"没有名为 {name} 的数据源；{zh}", f"there is no source {name}; {en}"
            )
    if fields.has("marked_when") and len(model.marked_by) != 1:
        fields.fault(
            "marked_when",
            "many_marks",
            "marked_when 只能与一个 marked_by 数据源连用",
            "marked_when goes with exactly one source in marked_by",
        )
    if model.precedence < 1:
        fields.fault(
            "precedence",
            "bad_precedence",
            "precedence 应为正整数",
            "precedence should be a whole number above 0",
        )
    if not model.floor <= model.base <= model.ceiling:
        fields.fault(
            "base",
            "bad_bounds",
            "base 应在 floor 与 ceiling 之间",
            "base should lie between floor and ceiling",
        )


def check_best(fields: Fields, model: Model) -> None:
    """Write down that the points do not add up to what the model itself says is the most a subject can reach."""
    if not fields.has("best_score"):
        return
    declared, reached = fields.decimal("best_score"), best_score(model)
    if declared is not None and declared != reached:
        fields.fault(
            "best_score",
            "wrong_total",
            f"best_score 写的是 {declared}，基础分与各指标最多加分合计（不超过 ceiling）却是 {reached}",
            f"best_score says {declared}, but base and the most of every indicator (up to the ceiling) make {reached}",
        )


def best_score(model: Model) -> Decimal:
    """Return the most a subject of this model can reach: base and the most of every indicator, up to the ceiling."""
    total = model.base
    for indicator in model.indicators:
        each = (
            max([*indicator.values.values(), indicator.otherwise])
            if indicator.measure is Measure.LATEST
            else indicator.points
        )
        if each > 0 and indicator.measure in (Measure.COUNT, Measure.SUM):
            # Without a cap any number of records may count.
            each = model.ceiling if indicator.cap is None else indicator.cap
        total += max(Decimal(0), each if indicator.cap is None else min(each, indicator.cap))
    return min(total, model.ceiling)


def check_precedence(models: Sequence[Model], log: FaultLog) -> None:
    """Write down models of equal precedence: of two models that fit a subject, one must come first."""
    seen: dict[int, Model] = {}
    for model in models:
        other = seen.setdefault(model.precedence, model)
        if other is not model:
            log.add(
                Place(f"models/{model.id}.yaml", 1),
                "same_precedence",
                f"precedence {model.precedence} 与模型 {other.id} 相同；请改为不同的值",
                f"precedence {model.precedence} is that of {other.id} too; give each model its own",
            )


def _check_indicators(fields: Fields, model: Model) -> None:
    if not model.indicators:
        fields.fault(
            "indicators", "empty_list", "模型没有指标；请添加", "the model has no indicators; add some"
        )
    for name, times in Counter(indicator.id for indicator in model.indicators).items():
        if times > 1 or name in RESERVED:
            fields.fault(
                "indicators",
                "bad_indicator_id",
                f"指标 {name} 重名或为保留名；请改名",
                f"the indicator id {name} is used twice or reserved; rename it",
            )
    grades = [step.grade for step in model.scale]
    for indicator in model.indicators:
        check_grade(fields, "indicators", indicator.veto, grades)


def _check_public(fields: Fields, model: Model, catalog: Catalog) -> None:
    """A public grade gives nothing away: it rests only on what is public, and only as long as it is."""
    if not model.public:
        return
    if PERSON_KIND in model.subject_kinds:
        fields.fault(
            "public",
            "person_public",
            "自然人的等级不得公开；请写 public: false",
            "the grade of a natural person is never public; write public: false",
        )
    for indicator in model.indicators:
        source = catalog.sources.get(indicator.source)
        if source is None:
            continue
        shown = next((column for column in source.columns if column.code == indicator.column), None)
        if shown is not None and not shown.public:
            fields.fault(
                "indicators",
                "not_public",
                f"指标 {indicator.id} 会显示列 {shown.code} 的值，该列不公开；请改用公开的列",
                f"the indicator {indicator.id} would show the column {shown.code}, which is not public",
            )
        shown_under = [source.publicity] + [
            found.rule for found in source.found_terms if _may_say(indicator.when, found)
        ]
        if not all(_is_within_one(indicator, rule_id, catalog) for rule_id in shown_under):
            fields.fault(
                "indicators",
                "outlives_publicity",
                f"指标 {indicator.id} 计入得比数据源 {source.id} 的公示期限更久，或该源不公示；"
                "请缩短 counts_for_months、写 while_valid: true,或写 public: false",
                f"the indicator {indicator.id} counts longer than the source {source.id} is shown, or it is never "
                "shown; shorten counts_for_months, write while_valid: true, or make the model public: false",
            )


def _may_say(condition: Condition, found: FoundTerm) -> bool:
    """Whether records that meet a condition can be those of a finding."""
    match condition:
        case AnyOf(column, values, ""):
            return column != found.column or found.value in values
        case AllOf(parts):
            return all(_may_say(part, found) for part in parts)
        case OneOf(parts):
            return any(_may_say(part, found) for part in parts)
        case _:
            return True


def _is_within_one(indicator: Indicator, rule_id: str, catalog: Catalog) -> bool:
    rules = [rule for rule in catalog.term_rules if rule.id == rule_id and rule.valid_to is None]
    return any(_is_within(indicator, rule, catalog) for rule in rules)


def _is_within(indicator: Indicator, rule: TermRule, catalog: Catalog) -> bool:
    window = indicator.window
    match rule.kind:
        case "always":
            return True
        case "while_valid" | "while_valid_at_least" | "until_removed":
            return window.while_valid
        case "fixed_months":
            return window.months is not None and rule.months is not None and window.months <= rule.months
        case "by_penalty_kind":
            longest = [
                c.max_months for c in catalog.term_classes if c.valid_to is None and c.max_months is not None
            ]
            return window.months is not None and window.months <= max(longest, default=0)
        case _:
            return False


def check_every_kind(models: Sequence[Model], catalog: Catalog, log: FaultLog) -> None:
    """Write down subject kinds that no model takes by kind alone: such subjects would have no grade at all."""
    table = catalog.code_tables.get("subject_kind")
    taken = {kind for model in models if not model.marked_by for kind in model.subject_kinds}
    for entry in [] if table is None else table.entries.values():
        if entry.zh not in taken:
            log.add(
                Place("models", 1),
                "kind_without_model",
                f"主体类别 {entry.zh} 没有不带 marked_by 的模型；请添加",
                f"no model without marked_by is for the subject kind {entry.zh}; add one",
            )
