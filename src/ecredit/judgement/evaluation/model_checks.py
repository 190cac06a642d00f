"""What must hold within a model and between models, beyond the form of each line."""

from collections import Counter
from collections.abc import Sequence

from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.catalog.yaml_nodes import FaultLog, Fields, Place, nearest
from ecredit.judgement.evaluation.frame_reading import check_grade
from ecredit.judgement.evaluation.grade_rules import RESERVED
from ecredit.judgement.evaluation.types import Model

PERSON_KIND = "自然人"


def check_model(fields: Fields, model: Model, catalog: Catalog) -> None:
    """Write down what is wrong with a model taken as a whole."""
    _check_indicators(fields, model)
    _check_public(fields, model, catalog)
    for name, place in fields.placed_texts("marked_by"):
        if name not in catalog.sources:
            zh, en = nearest(name, list(catalog.sources))
            fields.log.add(
                place, "unknown_source", f"没有名为 {name} 的数据源;{zh}", f"there is no source {name}; {en}"
            )
    if model.precedence < 1:
        fields.fault("precedence", "bad_precedence", "precedence 应为正整数", "precedence should be a whole number above 0")
    if not model.floor <= model.base <= model.ceiling:
        fields.fault(
            "base", "bad_bounds", "base 应在 floor 与 ceiling 之间", "base should lie between floor and ceiling"
        )


def check_precedence(models: Sequence[Model], log: FaultLog) -> None:
    """Write down models of equal precedence: of two models that fit a subject, one must come first."""
    seen: dict[int, Model] = {}
    for model in models:
        other = seen.setdefault(model.precedence, model)
        if other is not model:
            log.add(
                Place(f"models/{model.id}.yaml", 1),
                "same_precedence",
                f"precedence {model.precedence} 与模型 {other.id} 相同;请改为不同的值",
                f"precedence {model.precedence} is that of {other.id} too; give each model its own",
            )


def _check_indicators(fields: Fields, model: Model) -> None:
    if not model.indicators:
        fields.fault("indicators", "empty_list", "模型没有指标;请添加", "the model has no indicators; add some")
    for name, times in Counter(indicator.id for indicator in model.indicators).items():
        if times > 1 or name in RESERVED:
            fields.fault(
                "indicators",
                "bad_indicator_id",
                f"指标 {name} 重名或为保留名;请改名",
                f"the indicator id {name} is used twice or reserved; rename it",
            )
    grades = [step.grade for step in model.scale]
    for indicator in model.indicators:
        check_grade(fields, "indicators", indicator.veto, grades)


def _check_public(fields: Fields, model: Model, catalog: Catalog) -> None:
    if not model.public:
        return
    if PERSON_KIND in model.subject_kinds:
        fields.fault(
            "public",
            "person_public",
            "自然人的等级不得公开;请写 public: false",
            "the grade of a natural person is never public; write public: false",
        )
    for indicator in model.indicators:
        source = catalog.sources.get(indicator.source)
        shown = next((c for c in source.columns if c.code == indicator.column), None) if source else None
        if shown is not None and not shown.public:
            fields.fault(
                "indicators",
                "not_public",
                f"指标 {indicator.id} 会公开列 {shown.code} 的值,该列不公开;请改用公开的列",
                f"the indicator {indicator.id} would show the column {shown.code}, which is not public; use one that is",
            )
