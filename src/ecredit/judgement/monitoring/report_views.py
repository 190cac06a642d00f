"""A report's figures as any door shows them: in words, with their charts and the table beside each."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ecredit.foundation.catalog.texts import Lang
from ecredit.judgement.monitoring.report_drawing import BarChart, draw_parts, draw_trend
from ecredit.judgement.monitoring.report_words import (
    because_text,
    change_text,
    count_text,
    interval_text,
    period_text,
    short_text,
    value_text,
)


@dataclass(frozen=True, slots=True)
class FigureView:
    """A figure in words. `points` are (period, value, counted, why there is none), the oldest first; `trend` and `parts` are None
    where there is too little to draw."""

    figure: Mapping[str, Any]
    value: str
    counted: str
    interval: str
    because: str
    before: str
    change: str
    place: str
    city: str
    others: str
    trend: BarChart | None
    parts: BarChart | None
    points: tuple[tuple[str, str, str, str], ...]


def view_figure(figure: Mapping[str, Any], lang: Lang) -> FigureView:
    """One figure of a document."""
    unit, trend, place = figure["unit"], figure["trend"], figure["place"]
    return FigureView(
        figure=figure,
        value=value_text(figure["value"], unit, lang),
        counted=count_text(figure, lang),
        interval=interval_text(figure),
        because=because_text(figure, lang),
        before=short_text(trend[-2]["value"] if len(trend) > 1 else None, unit),
        change=change_text(figure, lang),
        place="" if place is None else f"{place['place']} / {place['of']}",
        city="" if figure["city"] is None else value_text(figure["city"], unit, lang),
        others="" if figure["others"] is None else value_text(figure["others"], unit, lang),
        trend=draw_trend(figure),
        parts=draw_parts(figure["parts"], lang),
        points=tuple(
            (
                period_text(point["period"], lang),
                value_text(point["value"], unit, lang),
                count_text(point, lang),
                because_text(point, lang),
            )
            for point in trend
        ),
    )


def view_groups(document: Mapping[str, Any], lang: Lang) -> list[tuple[str, list[FigureView]]]:
    """The figures of a document by their group, in its order."""
    views = [view_figure(figure, lang) for figure in document["figures"]]
    return [(name, list(of)) for name, of in groupby(views, key=lambda view: view.figure["group"])]
