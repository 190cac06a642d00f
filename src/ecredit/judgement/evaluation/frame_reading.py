"""Reading what several models share around their indicators: scale, bounds, ended subjects, little known."""

from dataclasses import dataclass
from decimal import Decimal

from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.catalog.yaml_nodes import Fields, nearest
from ecredit.judgement.evaluation.condition_reading import spellings
from ecredit.judgement.evaluation.indicator_reading import read_law, read_points
from ecredit.judgement.evaluation.types import (
    GradeStep,
    LittleKnown,
    NothingKnown,
    SectorCap,
    SectorScale,
    StatusRule,
)

STATE_TABLE = "registration_state"


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything of a model but its indicators."""

    scale: tuple[GradeStep, ...]
    floor: Decimal
    ceiling: Decimal
    little_known: LittleKnown | None
    statuses: tuple[StatusRule, ...]
    nothing_known: NothingKnown | None = None
    sector: SectorScale | None = None


NO_FRAME = Frame((GradeStep("?", None, "", ""),), Decimal(0), Decimal(0), None, ())
"""Stands in for a frame that could not be read; its fault is already written down."""


def read_frame(fields: Fields, catalog: Catalog) -> Frame:
    """Return a frame; everything wrong with it is written into the fields' fault log."""
    scale = tuple(_read_step(part) for part in fields.subs("scale"))
    grades = [step.grade for step in scale]
    below, nothing, sector = (fields.sub(key) for key in ("little_known", "nothing_known", "sector"))
    frame = Frame(
        scale=scale,
        floor=read_points(fields, "floor"),
        ceiling=read_points(fields, "ceiling"),
        little_known=None if below is None else _read_little_known(below, grades, catalog),
        statuses=tuple(_read_status(part, grades, catalog) for part in fields.subs("statuses")),
        nothing_known=None if nothing is None else _read_nothing_known(nothing),
        sector=None if sector is None else _read_sector(sector, grades, catalog),
    )
    _check_scale(fields, frame.scale)
    if frame.floor >= frame.ceiling:
        fields.fault("ceiling", "bad_bounds", "ceiling 应大于 floor", "ceiling should be above floor")
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


def _read_nothing_known(fields: Fields) -> NothingKnown:
    made = NothingKnown(fields.text("zh"), fields.text("en"))
    fields.done()
    return made


def _read_sector(fields: Fields, public: list[str], catalog: Catalog) -> SectorScale:
    scale = tuple(_read_step(part) for part in fields.subs("scale"))
    order = [step.grade for step in scale]
    caps = tuple(_read_sector_cap(part, public, order, catalog) for part in fields.subs("caps"))
    _check_scale(fields, scale)
    # A worse public grade may not leave room for a better grade of the trade.
    known = [cap for cap in caps if cap.grade in public and cap.best in order]
    best = [order.index(cap.best) for cap in sorted(known, key=lambda cap: public.index(cap.grade))]
    if best != sorted(best) or len({cap.grade for cap in caps}) < len(caps):
        fields.fault(
            "caps",
            "bad_caps",
            "caps 中公共等级每级只写一次，越差的公共等级，best 不得越好",
            "name each public grade once in caps, and let a worse one never have a better best",
        )
    made = SectorScale(scale, caps, fields.flag("verified"))
    fields.done()
    return made


def _read_sector_cap(fields: Fields, public: list[str], order: list[str], catalog: Catalog) -> SectorCap:
    clause = fields.sub("clause")
    made = SectorCap(
        fields.text("grade"),
        fields.text("best"),
        None if clause is None else read_law(clause, catalog),
        fields.flag("verified"),
    )
    check_grade(fields, "grade", made.grade or None, public)
    check_grade(fields, "best", made.best or None, order)
    fields.done()
    return made


def _check_scale(fields: Fields, scale: tuple[GradeStep, ...]) -> None:
    bounds = [step.at_least for step in scale]
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
