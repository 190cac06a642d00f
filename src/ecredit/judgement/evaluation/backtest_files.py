"""Writing a back-test: `report.json`, a CSV table for every heading, and one page that needs nothing beside it."""

import csv
import json
from html import escape
from pathlib import Path

from ecredit.facts.collection.neutralise import neutralise_cell
from ecredit.foundation.catalog.texts import Lang, text
from ecredit.judgement.evaluation.backtest_document import report_document
from ecredit.judgement.evaluation.backtest_sections import Section, list_sections, subtitle
from ecredit.judgement.evaluation.backtest_types import BacktestReport

_STYLE = """
body{margin:0 auto;max-width:64rem;padding:1rem;font:16px/1.6 "PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;color:#222}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem;border-bottom:1px solid #ccd}
p.note{color:#555}p.invented{background:#fff4d6;padding:.5rem .75rem;border-left:4px solid #c80}
div.charts{display:flex;flex-wrap:wrap;gap:1rem 2rem;align-items:flex-start}svg{max-width:100%;height:auto}
div.table{overflow-x:auto;max-width:100%}table{border-collapse:collapse;font-size:.9rem}
th,td{padding:.25rem .6rem;border-bottom:1px solid #e2e5ea;text-align:right}
td:not(:first-child){min-width:3.2em}th:first-child,td:first-child{text-align:left;min-width:6em}
"""


def write_files(report: BacktestReport, out: Path, *, invented: bool) -> list[Path]:
    """Write everything into the folder `out`, which is made; returns the files. `invented`: the page says the data are."""
    out.mkdir(parents=True, exist_ok=True)
    written = [out / "report.json", out / "report.html"]
    document = json.dumps(report_document(report), ensure_ascii=False, indent=1, sort_keys=True)
    written[0].write_text(document + "\n", encoding="utf-8")
    written[1].write_text(page(report, invented=invented), encoding="utf-8")
    for section in list_sections(report, "zh"):
        if section.rows:
            written.append(out / f"{section.id}.csv")
            with written[-1].open("w", encoding="utf-8-sig", newline="") as file:
                rows = [section.head, *section.rows]
                csv.writer(file).writerows([neutralise_cell(str(cell)) for cell in row] for row in rows)
    return written


def page(report: BacktestReport, *, invented: bool) -> str:
    """One page, Chinese first and English below."""
    languages: tuple[Lang, ...] = ("zh", "en")
    halves = [_half(report, list_sections(report, lang), lang, invented=invented) for lang in languages]
    title = escape(text("backtest.title"))
    return (
        f'<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body>{''.join(halves)}</body></html>\n"
    )


def _half(report: BacktestReport, sections: list[Section], lang: Lang, *, invented: bool) -> str:
    other = '<p><a href="#en">English</a></p>' if lang == "zh" else ""
    warned = f'<p class="invented">{escape(text("backtest.invented", lang))}</p>' if invented else ""
    body = "".join(_section(section, lang) for section in sections)
    return (
        f'<main id="{lang}" lang="{"zh-CN" if lang == "zh" else "en"}"><h1>{escape(text("backtest.title", lang))}</h1>'
        f"{other}<p>{escape(subtitle(report, lang))}</p>{warned}{body}</main>"
    )


def _section(section: Section, lang: Lang) -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in section.head)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in section.rows
    )
    table = (
        f'<div class="table"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
        if rows
        else ""
    )
    shown = f'<div class="charts">{"".join(section.charts)}{table}</div>' if section.charts or table else ""
    return (
        f'<section id="{lang}-{section.id}"><h2>{escape(section.title)}</h2><p class="note">{escape(section.note)}</p>'
        f"{shown}</section>"
    )
