"""The figures of commitments as files for others' programs: CSV, a workbook, and the JSON itself; the same at every door."""

import io
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from ecredit.foundation.catalog.texts import text
from ecredit.judgement.monitoring.figure_tables import add_sheet, table_csv
from ecredit.service.commitments.figures import figure_lines

HEAD: Final = (
    "日期 as of", "分组 by", "代码 key", "名称", "name", "经营主体 operators", "指标代码 figure", "指标", "figure in English",
    "数量 count", "分母 of", "占比 share", "区间低 low", "区间高 high", "给不出的原因", "why not given",
)  # fmt: skip


def group_words(group: Mapping[str, Any], lang: str) -> str:
    """What a group is called: a platform by its name, the others in words."""
    if group["by"] == "platform":
        return str(group["name"])
    key = "commitments.group_city" if group["by"] == "city" else f"commitments.group_{group['key']}"
    return text(key, "zh" if lang == "zh" else "en")


def figure_words(figure: str, lang: str) -> str:
    """What a figure is called."""
    return text(f"commitments.figure_{figure}", "zh" if lang == "zh" else "en")


def because_words(because: str, least: int, lang: str) -> str:
    """Why a figure is not given; "" where it is."""
    return (
        text(f"commitments.because_{because}", "zh" if lang == "zh" else "en", least=least) if because else ""
    )


def percent_words(figure: Mapping[str, Any]) -> str:
    """A share with its interval: `71.4 %（60.0–80.5）` without brackets' words; "" where it is not given."""
    if figure["share"] is None:
        return ""
    return f"{figure['share'] * 100:.1f}%"


def interval_words(figure: Mapping[str, Any]) -> str:
    """The 95 % interval of a share."""
    return "" if figure["share"] is None else f"{figure['low'] * 100:.1f}–{figure['high'] * 100:.1f}%"


def figure_rows(document: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    """A line a figure, under `HEAD`."""
    least = document["least"]
    for group, figure, said in figure_lines(document):
        yield (
            document["as_of"], group["by"], group["key"], group_words(group, "zh"), group_words(group, "en"), group["operators"],
            figure, figure_words(figure, "zh"), figure_words(figure, "en"), said["count"], said["of"], said["share"], said["low"],
            said["high"], because_words(said["because"], least, "zh"), because_words(said["because"], least, "en"),
        )  # fmt: skip


def csv_file(document: Mapping[str, Any]) -> bytes:
    """The figures as CSV with a mark, or a Chinese Excel opens it as GBK."""
    return table_csv(HEAD, figure_rows(document))


def workbook_file(document: Mapping[str, Any]) -> bytes:
    """The figures as a workbook; the same bytes for the same document."""
    import xlsxwriter  # noqa: PLC0415 - only who wants a workbook needs it

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"created": datetime.fromisoformat(document["as_of"])})
        bold = book.add_format({"bold": True})
        add_sheet(book, bold, "信用承诺 commitments", [HEAD, *figure_rows(document)])
    return out.getvalue()


def json_file(document: Mapping[str, Any]) -> bytes:
    """The document itself, in one way only."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


FILES: Final = {
    "csv": ("text/csv; charset=utf-8", csv_file),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", workbook_file),
    "json": ("application/json; charset=utf-8", json_file),
}
"""The kinds of file: media type, and what makes it."""
