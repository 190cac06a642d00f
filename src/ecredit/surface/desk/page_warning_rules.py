"""`/desk/warning-rules`: the rules of early warning in words, how often each warned, and how often it was wrong."""

from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path

from ecredit.foundation.catalog.warning_types import Addressee, WarningRule
from ecredit.judgement.measures.queries import list_rule_figures
from ecredit.judgement.measures.types import RuleFigures
from ecredit.surface.desk.doors import needs
from ecredit.surface.desk.drawing_alarms import alarms_of
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.page_catalog import force_of
from ecredit.surface.desk.page_warnings import SEVERITY_BADGES
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.table_sources import ListSource
from ecredit.surface.desk.tables import Column, Filter, Table, show_table

_READ: Final = "warning.rules"
_Line = tuple[RuleFigures, WarningRule | None]


@needs("warning.rules")
def warning_rules(request: HttpRequest) -> HttpResponseBase:
    """Every rule with its figures."""
    frame, rules = frame_of(request), city().catalog.warnings
    lines = [(figures, rules.get(figures.rule)) for figures in list_rule_figures(rules)]
    source = ListSource(
        lines,
        text=lambda line: (_title(line, frame), line[0].rule),
        keys={
            "title": lambda line: _title(line, frame),
            "warned": lambda line: line[0].warned,
            "live": lambda line: line[0].live,
            "judged": lambda line: line[0].judged,
            "rate": lambda line: -1.0 if line[0].rate is None else line[0].rate,
        },
    )
    return show_table(
        request, _TABLE, source, "desk/warning_rules.html",
        caption=frame.t.warning_rules, chart=alarms_of([(_title(line, frame), line[0]) for line in lines]),
        rules=[rule for _, rule in lines if rule is not None], told=_told, force_of=force_of, badges=SEVERITY_BADGES,
        laws=city().catalog.laws,
    )  # fmt: skip


def _title(line: _Line, frame: Frame) -> str:
    rule = line[1]
    return line[0].rule if rule is None else rule.title_zh if frame.lang == "zh" else rule.title_en


def _told(one: Addressee) -> tuple[str, str]:
    """An addressee as the text that names it and the name of a department."""
    catalog = city().catalog
    if one.kind == "lead":
        task = next(task for task in catalog.tasks if task.id == one.named)
        found = catalog.find_department(task.lead[0], on=city().today) if task.lead else None
        return "told_lead", one.named if found is None else f"{found.name} {one.named}"
    if one.kind == "department":
        found = catalog.find_department(one.named, on=city().today)
        return "told_department", one.named if found is None else found.name
    return f"told_{one.kind}", ""


def _share(value: float | None) -> str | None:
    return None if value is None else f"{value:.0%}"


def _interval(line: _Line, _: Frame) -> str | None:
    low, high = line[0].low, line[0].high
    return None if low is None or high is None else f"{low:.0%} – {high:.0%}"


_COLUMNS: Final[tuple[Column[_Line], ...]] = (
    Column("col_warning_rule", lambda line, frame: _title(line, frame), "title"),
    Column("col_warned", lambda line, _: line[0].warned, "warned"),
    Column("col_live", lambda line, _: line[0].live, "live"),
    Column("col_answers", lambda line, _: line[0].answered),
    Column("col_lifted", lambda line, _: line[0].lifted),
    Column("col_escalated", lambda line, _: line[0].escalated),
    Column("col_judged", lambda line, _: line[0].judged, "judged"),
    Column("col_false_alarms", lambda line, _: line[0].false_alarms),
    Column("col_false_rate", lambda line, _: _share(line[0].rate), "rate"),
    Column("col_false_interval", _interval),
)
_TABLE: Final[Table[_Line]] = Table(
    "warning_rules", _COLUMNS, (Filter("q", "col_warning_rule"),), sort="-warned", size=100
)
MENU: Final = (Entry("desk:warning_rules", "warning_rules", "judge", 60, (_READ,)),)
urlpatterns = [path("warning-rules", warning_rules, name="warning_rules")]
