"""Reading one indicator from YAML, or a shared one with a few of its figures replaced."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import get_args

from ecredit.foundation.catalog.types import Catalog, Column, LawRef, Source, Tone
from ecredit.foundation.catalog.yaml_nodes import Fields, nearest
from ecredit.judgement.evaluation.condition_reading import check_value, read_column, read_condition
from ecredit.judgement.evaluation.types import Dimension, Indicator, Measure, Remedy, Window

_MEASURES = tuple(measure.value for measure in Measure)
_TONES: tuple[Tone, ...] = get_args(Tone)
_LARGEST = Decimal(1000)
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Named:
    """What an indicator names by its id: the headings, and what a subject can do."""

    dimensions: dict[str, Dimension] = field(default_factory=dict)
    remedies: dict[str, Remedy] = field(default_factory=dict)


def read_dimension(fields: Fields, identifier: str) -> Dimension:
    """Return a heading of `models/shared/dimensions.yaml`."""
    made = Dimension(identifier, fields.text("zh"), fields.text("en"), fields.flag("verified"))
    fields.done()
    return made


def read_remedy(fields: Fields, identifier: str, catalog: Catalog) -> Remedy:
    """Return a remedy of `models/shared/remedies.yaml`; how long to wait is the shortest term of its class, now in force."""
    class_id, clause, becomes = fields.maybe_text("term_class"), fields.sub("clause"), fields.sub("becomes")
    known = {c.id: c.min_months for c in catalog.term_classes if c.valid_to is None}
    if class_id is not None and class_id not in known:
        zh, en = nearest(class_id, list(known))
        fields.fault(
            "term_class",
            "unknown_class",
            f"没有现行的公示类别 {class_id}；{zh}",
            f"there is no class {class_id} in force; {en}",
        )
    made = Remedy(
        id=identifier,
        zh=fields.text("zh"),
        en=fields.text("en"),
        after_months=None if class_id is None else known.get(class_id),
        becomes={} if becomes is None else {code: becomes.text(code) for code in list(becomes.keys())},
        clause=None if clause is None else read_law(clause, catalog),
        verified=fields.flag("verified"),
    )
    fields.done()
    return made


def read_indicator(
    fields: Fields,
    identifier: str,
    catalog: Catalog,
    named: Named = Named(),
) -> Indicator:
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
        dimension=_read_name(fields, "dimension", list(named.dimensions)) or "",
        half_from=_read_months(fields, "half_from_months"),
        remedy=named.remedies.get(_read_name(fields, "remedy", list(named.remedies), needed=False) or ""),
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
    _check_direction(fields, indicator)
    _check_half(fields, indicator)
    fields.done()
    return indicator


def read_replacements(fields: Fields, shared: Indicator) -> Indicator:
    """Return a shared indicator with the figures this model writes anew: points, cap, veto, how long it counts."""
    months = _read_months(fields, "half_from_months")
    changed = replace(
        shared,
        points=read_points(fields, "points", shared.points),
        cap=_read_cap(fields, shared.cap),
        veto=fields.maybe_text("veto") or shared.veto,
        window=_read_window(fields, shared.window),
        half_from=shared.half_from if months is None else months,
    )
    if changed != shared:
        _check_direction(fields, changed)
        _check_half(fields, changed)
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
    months = _read_months(fields, "counts_for_months")
    return Window(
        months=months if months is not None else default.months,
        while_valid=fields.flag("while_valid", default=default.while_valid),
    )


def _read_months(fields: Fields, key: str) -> int | None:
    """A number of months back from today: none, a negative one or a fraction would look into the future."""
    months = fields.whole(key)
    if months is not None and not 1 <= months <= 1200:
        fields.fault(key, "bad_months", f"{key} 应在 1 至 1200 之间", f"{key} should lie between 1 and 1200")
        return 1
    return months


def _read_name(fields: Fields, key: str, known: list[str], *, needed: bool = True) -> str | None:
    name = fields.text(key) if needed else fields.maybe_text(key)
    if name and name not in known:
        zh, en = nearest(name, known)
        fields.fault(key, f"unknown_{key}", f"没有 {key} {name}；{zh}", f"there is no {key} {name}; {en}")
        return None
    return name


def _check_direction(fields: Fields, indicator: Indicator) -> None:
    """`good` never lowers a score, `bad` never raises one; and what lowers a grade rests on a law (国办发〔2020〕49号)."""
    given = (
        [*indicator.values.values(), indicator.otherwise]
        if indicator.measure is Measure.LATEST
        else [indicator.points]
    )
    wrong = {"good": min(given) < 0 or indicator.veto is not None, "bad": max(given) > 0, "neutral": False}
    if indicator.tone and wrong[indicator.tone]:
        fields.fault(
            "points" if fields.has("points") else "tone",
            "wrong_direction",
            f"指标 {indicator.id} 的 tone 是 {indicator.tone}，分值却相反；good 不得减分或限制等级，bad 不得加分",
            f"the points of {indicator.id} go against its tone {indicator.tone}: good never lowers, bad never raises",
        )
    if indicator.clause is None and (min(given) < 0 or indicator.veto is not None):
        fields.fault(
            "clause",
            "no_law",
            f"指标 {indicator.id} 使等级降低，须写明法规依据 clause",
            f"the indicator {indicator.id} lowers a grade, so it must name its law: clause",
        )


def _check_half(fields: Fields, indicator: Indicator) -> None:
    half, months = indicator.half_from, indicator.window.months
    if half is None:
        return
    if indicator.measure is Measure.LATEST or (months is not None and half >= months):
        fields.fault(
            "half_from_months",
            "bad_half",
            f"指标 {indicator.id} 的 half_from_months 应小于 counts_for_months，且不用于 latest",
            f"half_from_months of {indicator.id} should be below counts_for_months, and is not for latest",
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
