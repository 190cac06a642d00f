"""A problem report as a table of the desk: paged, filtered by rule, taken along."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from ecredit.facts.collection.report_pages import ReportLine, ReportPage, read_report_page
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.supply_words import column_title, in_language, rule_name
from ecredit.surface.desk.table_sources import Asked, Rows
from ecredit.surface.desk.tables import Column, Filter, Table, show_table

_BLOCK = 1_000


@dataclass(frozen=True, slots=True)
class ReportSource:
    """The lines of a report file, by offset."""

    report: Path

    def page(self, asked: Asked) -> Rows[ReportLine]:
        """One page."""
        found = self.read(asked.filters.get("rule", ""), asked.offset, asked.size)
        offset = asked.offset
        return Rows(
            found.lines,
            None if offset == 0 else str(max(offset - asked.size, 0)),
            str(offset + asked.size) if offset + asked.size < found.found else None,
            found.found,
            offset + 1 if found.lines else 0,
        )

    def stream(self, asked: Asked) -> Iterator[ReportLine]:
        """All of them, in blocks."""
        offset = 0
        while lines := self.read(asked.filters.get("rule", ""), offset, _BLOCK).lines:
            yield from lines
            offset += _BLOCK

    def read(self, rule: str, offset: int, limit: int) -> ReportPage:
        """Nothing where the report is gone: the page says so."""
        if not self.report.exists():
            return ReportPage((), 0, {})
        return read_report_page(self.report, rule=rule, offset=offset, limit=limit)


def show_problems(
    request: HttpRequest, report: Path, source_id: str, template: str, *, name: str, **context: Any
) -> HttpResponseBase:
    """The page with the problems of a report, or their export."""
    rows = ReportSource(report)
    by_rule = rows.read("", 0, 0).by_rule
    source = city().catalog.sources.get(source_id)

    def rules(frame: Frame) -> list[tuple[str, str]]:
        return [(rule, f"{rule_name(frame.lang, rule)}（{count:,}）") for rule, count in by_rule.items()]

    table: Table[ReportLine] = Table(
        name=name,
        columns=(
            Column("problem_line", lambda line, _: line.line),
            Column("problem_column", lambda line, _: column_title(source, line)),
            Column(
                "problem_kind",
                lambda line, frame: frame.t.problem_notice if line.notice else frame.t.problem_holds,
                badge=lambda line: "" if line.notice else "bad",
            ),
            Column("problem_rule", lambda line, frame: rule_name(frame.lang, line.rule)),
            Column("problem_value", lambda line, _: line.value),
            Column("problem_message", lambda line, frame: in_language(frame.lang, line.message)),
            Column("problem_hint", lambda line, frame: in_language(frame.lang, line.hint)),
        ),
        filters=(Filter("rule", "problem_rule", rules),),
    )
    frame = frame_of(request)
    rule = request.GET.get("rule", "")
    shares = [(rule, rule_name(frame.lang, rule), count) for rule, count in by_rule.items()]
    return show_table(
        request, table, rows, template, by_rule_counts=shares, rule=rule, gone=not report.exists(), **context
    )
