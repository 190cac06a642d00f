"""Reads `monitoring.yaml`: the figures of a platform's periodic state of credit."""

from pathlib import Path

from ecredit.foundation.catalog.field_words import read_words
from ecredit.foundation.catalog.load_laws import read_basis
from ecredit.foundation.catalog.monitor_types import (
    DIRECTIONS,
    GROUPS,
    MEASURES,
    PERIOD_UNITS,
    RATIOS,
    UNITS,
    WHENS,
    Figure,
    Monitoring,
    PeriodUnit,
)
from ecredit.foundation.catalog.yaml_nodes import FaultLog, Fields, read_fields

_FILE = "monitoring.yaml"
_MOST_PERIODS = 24


def load_monitoring(root: Path, log: FaultLog) -> Monitoring:
    """Return the figures; a catalogue without the file has none, so that no report can be made."""
    fields = read_fields(root / _FILE, root, log) if (root / _FILE).exists() else None
    if fields is None:
        return Monitoring()
    figures: dict[str, Figure] = {}
    for part in fields.subs("figures"):
        figure = _read(part)
        if figure.id in figures:
            part.fault(
                "id",
                "duplicate_id",
                f"指标 {figure.id} 写了两次；请删去一个",
                f"the figure {figure.id} is written twice; remove one",
            )
        figures[figure.id] = figure
    late = fields.whole("late_days")
    if late is None or late < 0:
        fields.fault(
            "late_days",
            "bad_number",
            "late_days 应为 0 或以上的整数",
            "late_days should be a whole number not below 0",
        )
    monitoring = Monitoring(figures, _trend(fields), late or 0)
    fields.done()
    return monitoring


def _trend(fields: Fields) -> dict[PeriodUnit, int]:
    part = fields.sub("trend")
    found: dict[PeriodUnit, int] = {}
    for unit in PERIOD_UNITS:
        number = None if part is None else part.whole(unit)
        if number is None or not 1 <= number <= _MOST_PERIODS:
            fields.fault(
                "trend",
                "bad_number",
                f"trend 的 {unit} 应为 1 到 {_MOST_PERIODS} 的整数",
                f"{unit} of trend should be a whole number from 1 to {_MOST_PERIODS}",
            )
        found[unit] = number or 1
    if part is not None:
        part.done()
    return found


def _read(fields: Fields) -> Figure:
    title, definition, numerator = (read_words(fields, key) for key in ("title", "definition", "numerator"))
    denominator = read_words(fields, "denominator") if fields.has("denominator") else ("", "")
    basis = read_basis(fields)
    if basis is None:
        fields.fault(
            "basis", "missing_key", "缺少 basis；请写明依据", "basis is missing; say what it stands under"
        )
    least = fields.whole("least")
    if least is None or least < 0:
        fields.fault(
            "least", "bad_number", "least 应为 0 或以上的整数", "least should be a whole number not below 0"
        )
    figure = Figure(
        id=fields.one_of("id", MEASURES),
        group=fields.one_of("group", GROUPS),
        title_zh=title[0],
        title_en=title[1],
        definition_zh=definition[0],
        definition_en=definition[1],
        numerator_zh=numerator[0],
        numerator_en=numerator[1],
        denominator_zh=denominator[0],
        denominator_en=denominator[1],
        sources=fields.references("sources", "source"),
        unit=fields.one_of("unit", UNITS),
        when=fields.one_of("when", WHENS),
        direction=fields.one_of("direction", DIRECTIONS),
        public=fields.flag("public"),
        least=max(least or 0, 0),
        league=fields.flag("league", default=False),
        counted=fields.texts("counted"),
        left_out=fields.texts("left_out"),
        law="" if basis is None else basis.law,
        article=None if basis is None else basis.article,
        verified=fields.flag("verified"),
    )
    _check(fields, figure)
    fields.done()
    return figure


def _check(fields: Fields, figure: Figure) -> None:
    """What only the keys together can get wrong."""
    if figure.unit in RATIOS and not figure.denominator_zh:
        fields.fault(
            "unit",
            "no_denominator",
            f"{figure.unit} 是相除得来的，要写 denominator",
            f"{figure.unit} is one number by another; write the denominator",
        )
    if figure.league and figure.direction == "none":
        fields.fault(
            "league",
            "ranked_without_direction",
            "排名的指标要写明 direction 是 higher 还是 lower",
            "a figure platforms are ranked by needs a direction, higher or lower",
        )
    if figure.league and not figure.least:
        fields.fault(
            "league",
            "ranked_on_nothing",
            "排名的指标要有 least：太少时不排名",
            "a figure platforms are ranked by needs a least: too few are not ranked",
        )
