"""Reading what several models share around their indicators: scale, bounds, ended subjects, little known."""

from dataclasses import dataclass
from decimal import Decimal

from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.catalog.yaml_nodes import Fields, nearest
from ecredit.judgement.evaluation.condition_reading import spellings
from ecredit.judgement.evaluation.indicator_reading import read_points
from ecredit.judgement.evaluation.types import GradeStep, LittleKnown, StatusRule

STATE_TABLE = "registration_state"


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything of a model but its indicators."""

    scale: tuple[GradeStep, ...]
    floor: Decimal
    ceiling: Decimal
    little_known: LittleKnown | None
    statuses: tuple[StatusRule, ...]


NO_FRAME = Frame((GradeStep("?", None, "", ""),), Decimal(0), Decimal(0), None, ())
"""Stands in for a frame that could not be read; its fault is already written down."""


def read_frame(fields: Fields, catalog: Catalog) -> Frame:
    """Return a frame; everything wrong with it is written into the fields' fault log."""
    scale = tuple(_read_step(part) for part in fields.subs("scale"))
    grades = [step.grade for step in scale]
    below = fields.sub("little_known")
    frame = Frame(
        scale=scale,
        floor=read_points(fields, "floor"),
        ceiling=read_points(fields, "ceiling"),
        little_known=None if below is None else _read_little_known(below, grades, catalog),
        statuses=tuple(_read_status(part, grades, catalog) for part in fields.subs("statuses")),
    )
    _check_scale(fields, frame)
    fields.done()
    return frame if scale else NO_FRAME


def check_grade(fields: Fields, key: str, grade: str | None, grades: list[str]) -> None:
    """Write down a fault when a grade is not on the scale."""
    if grade is not None and grade not in grades:
        zh, en = nearest(grade, grades)
        fields.fault(
            key, "unknown_grade", f"等级表中没有 {grade}；{zh}", f"{grade} is not on the scale; {en}"
        )


def _read_step(fields: Fields) -> GradeStep:
    at_least = read_points(fields, "at_least") if fields.has("at_least") else None
    step = GradeStep(fields.text("grade"), at_least, fields.text("zh"), fields.text("en"))
    fields.done()
    return step


def _read_little_known(fields: Fields, grades: list[str], catalog: Catalog) -> LittleKnown:
    for name, place in fields.placed_texts("besides"):
        if name not in catalog.sources:
            zh, en = nearest(name, list(catalog.sources))
            fields.log.add(
                place, "unknown_source", f"没有名为 {name} 的数据源；{zh}", f"there is no source {name}; {en}"
            )
    known = LittleKnown(fields.texts("besides"), fields.text("best"))
    check_grade(fields, "best", known.best or None, grades)
    fields.done()
    return known


def _read_status(fields: Fields, grades: list[str], catalog: Catalog) -> StatusRule:
    table = catalog.code_tables.get(STATE_TABLE)
    words = [spelling for word in fields.texts("any_of") for spelling in spellings(table, word)]
    rule = StatusRule(
        tuple(dict.fromkeys(words)), fields.maybe_text("best"), fields.text("zh"), fields.text("en")
    )
    if rule.best is None and not fields.flag("not_graded", default=False):
        fields.fault(
            "best",
            "missing_key",
            "请写 best: 等级 或 not_graded: true",
            "write best: GRADE or not_graded: true",
        )
    check_grade(fields, "best", rule.best, grades)
    fields.done()
    return rule


def _check_scale(fields: Fields, frame: Frame) -> None:
    bounds = [step.at_least for step in frame.scale]
    falling = [bound for bound in bounds[:-1] if bound is not None]
    if (
        not bounds
        or bounds[-1] is not None
        or len(falling) != len(bounds) - 1
        or falling != sorted(set(falling), reverse=True)
    ):
        fields.fault(
            "scale",
            "bad_scale",
            "等级应由高到低，at_least 依次递减，最后一级不写 at_least",
            "list the grades best first with falling at_least; the last has none",
        )
    if frame.floor >= frame.ceiling:
        fields.fault("ceiling", "bad_bounds", "ceiling 应大于 floor", "ceiling should be above floor")
