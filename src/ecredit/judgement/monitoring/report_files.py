"""A report as files for others' programs: CSV, a workbook, and the canonical JSON itself."""

import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from ecredit.judgement.monitoring.figure_tables import add_sheet, table_csv

HEAD: Final = (
    "期间 period", "平台代码 platform", "平台 name", "指标代码 figure", "指标", "figure in English", "单位 unit", "数值 value",
    "分子 numerator", "分母 denominator", "区间低 low", "区间高 high", "上期 previous", "名次 place", "参加排名 ranked", "全市 city",
    "给不出的原因", "why not given", "定义", "definition",
)  # fmt: skip


def figure_rows(document: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    """A line a figure, under `HEAD`; numbers as numbers, nothing where there is none."""
    platform = document["platform"]
    for figure in document["figures"]:
        because = figure["because"] or {"zh": "", "en": ""}
        place = figure["place"] or {"place": None, "of": None}
        trend = figure["trend"]
        yield (
            document["period"]["name"], platform["uscc"] or "city", platform["name"] or "全市", figure["id"],
            figure["title"]["zh"], figure["title"]["en"], figure["unit"], figure["value"], figure["top"], figure["of"],
            figure["low"], figure["high"], trend[-2]["value"] if len(trend) > 1 else None, place["place"], place["of"],
            figure["city"], because["zh"], because["en"], figure["definition"]["zh"], figure["definition"]["en"],
        )  # fmt: skip


def csv_file(document: Mapping[str, Any]) -> bytes:
    """The figures as CSV with a mark, or a Chinese Excel opens it as GBK."""
    return table_csv(HEAD, figure_rows(document))


def workbook_file(document: Mapping[str, Any]) -> bytes:
    """The figures, the periods before, and the league as the sheets of a workbook; the same bytes for the same document."""
    import xlsxwriter  # noqa: PLC0415 - only who wants a workbook needs it

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"created": datetime.fromisoformat(document["made_on"])})
        bold = book.add_format({"bold": True})
        add_sheet(book, bold, "指标 figures", [HEAD, *figure_rows(document)])
        add_sheet(book, bold, "各期 periods", [_TREND_HEAD, *_trend_rows(document)])
        if document["league"]:
            add_sheet(book, bold, "排名 league", [_LEAGUE_HEAD, *_league_rows(document)])
    return out.getvalue()


_TREND_HEAD: Final = (
    "指标代码 figure",
    "指标",
    "期间 period",
    "数值 value",
    "分子 numerator",
    "分母 denominator",
    "给不出的原因 why not",
)
_LEAGUE_HEAD: Final = (
    "指标代码 figure", "名次 place", "平台代码 platform", "平台 name", "数值 value", "区间低 low", "区间高 high", "分母 denominator",
    "不排名的原因 why not ranked",
)  # fmt: skip


def _trend_rows(document: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    for figure in document["figures"]:
        for point in figure["trend"]:
            because = "" if point["because"] is None else point["because"]["zh"]
            yield (
                figure["id"],
                figure["title"]["zh"],
                point["period"],
                point["value"],
                point["top"],
                point["of"],
                because,
            )


def _league_rows(document: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    for league in document["league"]:
        for row in league["rows"]:
            because = "" if row["because"] is None else row["because"]["zh"]
            yield (
                league["figure"], row["place"], row["uscc"], row["name"], row["value"], row["low"], row["high"], row["of"],
                because,
            )  # fmt: skip
