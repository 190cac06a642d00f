"""Reading one indicator from YAML, or a shared one with a few of its figures replaced."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import get_args

from ecredit.foundation.catalog.types import Catalog, Column, LawRef, Source, Tone
from ecredit.foundation.catalog.yaml_nodes import Fields, nearest
from ecredit.judgement.evaluation.condition_reading import check_value, read_column, read_condition
from ecredit.judgement.evaluation.types import Indicator, Measure, Window

_MEASURES = tuple(measure.value for measure in Measure)
_TONES: tuple[Tone, ...] = get_args(Tone)
_LARGEST = Decimal(1000)
_ZERO = Decimal(0)


def read_indicator(fields: Fields, identifier: str, catalog: Catalog) -> Indicator:
    """Return an indicator; everything wrong with it is written into the fields' fault log."""
    source = _read_source(fields, catalog)
    title, clause = fields.sub("title"), fields.sub("clause")
    measure = Measure(fields.one_of("measure", _MEASURES))
    column = read_column(fields, source) if measure in (Measure.SUM, Measure.LATEST) else None
    values = _read_values(fields, column, catalog) if measure is Measure.LATEST else {}
    indicator = Indicator(
        id=identifier,
        title_zh="" if title is None else title.text("zh"),
        title_en="" if title is None else title.text("en"),
        source="" if source is None else source.id,
        when=read_condition(fields, "when", source, catalog),
        window=_read_window(fields, Window()),
        measure=measure,
        points=_ZERO if measure is Measure.LATEST else read_points(fields, "points"),
        column=None if column is None else column.code,
        values=values,
        otherwise=read_points(fields, "otherwise", _ZERO) if measure is Measure.LATEST else _ZERO,
        cap=_read_cap(fields, None),
        veto=fields.maybe_text("veto"),
        clause=None if clause is None else read_law(clause, catalog),
        tone=fields.one_of("tone", _TONES),
        verified=fields.flag("verified"),
    )
    if title is None:
        fields.fault(
            "title", "missing_key", "缺少 title;请写 {zh: …, en: …}", "title is missing; write {zh: …, en: …}"
        )
    else:
        title.done()
    if indicator.window == Window() and not fields.flag("always", default=False):
        fields.fault(
            "counts_for_months",
            "missing_key",
            "没有说明记录计入多久；请写 counts_for_months、while_valid: true 或 always: true",
            "does not say how long a record counts; write counts_for_months, while_valid: true or always: true",
        )
    if measure is Measure.SUM and indicator.cap is None:
        fields.fault("cap", "missing_key", "按金额计分的指标要有 cap", "an indicator of a sum needs a cap")
    fields.done()
    return indicator


def read_replacements(fields: Fields, shared: Indicator) -> Indicator:
    """Return a shared indicator with the figures this model writes anew: points, cap, veto, how long it counts."""
    changed = replace(
        shared,
        points=read_points(fields, "points", shared.points),
        cap=_read_cap(fields, shared.cap),
        veto=fields.maybe_text("veto") or shared.veto,
        window=_read_window(fields, shared.window),
    )
    fields.done()
    return changed


def read_points(fields: Fields, key: str, default: Decimal | None = None) -> Decimal:
    """Return points: at most two places, at most a thousand either way; required when there is no default."""
    points = fields.decimal(key)
    if points is None:
        if default is None and not fields.has(key):
            fields.fault(key, "missing_key", f"缺少 {key}；请补上分值", f"{key} is missing; add the points")
        return default if default is not None else _ZERO
    if not points.is_finite() or abs(points) > _LARGEST or points != round(points, 2):
        fields.fault(
            key,
            "bad_points",
            f"{key} 应在 -1000 至 1000 之间，最多两位小数",
            f"{key} should lie between -1000 and 1000 with at most two decimals",
        )
        return _ZERO
    return points


def read_law(fields: Fields, catalog: Catalog) -> LawRef:
    """Return the law and article a mapping names; a fault when the catalogue's laws do not have it."""
    law, article = fields.text("law"), fields.maybe_text("article")
    fields.done()
    known = catalog.laws.get(law)
    if known is None and law:
        zh, en = nearest(law, list(catalog.laws))
        fields.fault("law", "unknown_law", f"没有名为 {law} 的法规；{zh}", f"there is no law {law}; {en}")
    elif known is not None and article is not None and article not in known.articles:
        zh, en = nearest(article, list(known.articles))
        fields.fault(
            "article",
            "unknown_article",
            f"{law} 没有第 {article} 条；{zh}",
            f"{law} has no article {article}; {en}",
        )
    return LawRef(law, article)


def _read_source(fields: Fields, catalog: Catalog) -> Source | None:
    name = fields.text("source")
    found = catalog.sources.get(name)
    if found is None and name:
        zh, en = nearest(name, list(catalog.sources))
        fields.fault(
            "source", "unknown_source", f"没有名为 {name} 的数据源；{zh}", f"there is no source {name}; {en}"
        )
    return found


def _read_window(fields: Fields, default: Window) -> Window:
    months = fields.whole("counts_for_months")
    if months is not None and not 1 <= months <= 1200:
        fields.fault(
            "counts_for_months",
            "bad_months",
            "counts_for_months 应在 1 至 1200 之间",
            "counts_for_months should lie between 1 and 1200",
        )
        months = 1
    return Window(
        months=months if months is not None else default.months,
        while_valid=fields.flag("while_valid", default=default.while_valid),
    )


def _read_cap(fields: Fields, default: Decimal | None) -> Decimal | None:
    if not fields.has("cap"):
        return default
    cap = read_points(fields, "cap", _ZERO)
    if cap <= 0:
        fields.fault("cap", "bad_points", "cap 应大于 0", "cap should be above 0")
        return default
    return cap


def _read_values(fields: Fields, column: Column | None, catalog: Catalog) -> Mapping[str, Decimal]:
    below = fields.sub("values")
    if below is None:
        fields.fault(
            "values", "missing_key", "缺少 values;请写 {值: 分值}", "values is missing; write {value: points}"
        )
        return {}
    found: dict[str, Decimal] = {}
    for value in list(below.keys()):
        points = read_points(below, value)
        for spelling in check_value(below, value, value, column, catalog):
            found[spelling] = points
    return found
