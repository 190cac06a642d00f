"""`/desk/warnings`: the inbox of early warnings: an organisation's people see those told to it, officers the whole city's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path, reverse

from ecredit.facts.actors.queries import list_supplier_names
from ecredit.facts.actors.rights import Everyone
from ecredit.facts.subjects.search_queries import SubjectHit, list_hits
from ecredit.foundation.catalog.warning_types import SEVERITIES
from ecredit.judgement.measures.queries import (
    EVERY,
    OVERDUE,
    PENDING,
    WAITING,
    count_answered,
    count_live,
    count_warnings,
    last_warning_run,
    list_warnings,
)
from ecredit.judgement.measures.types import State, WarningFilter, WarningLine
from ecredit.surface.desk.doors import needs, reached
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.page_findings import subject_words
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.table_sources import Asked, Rows, in_blocks, offset_rows
from ecredit.surface.desk.tables import Column, Filter, Table, show_table

READ: Final = "warning.read"
_STATES: Final = (EVERY, WAITING, OVERDUE, *State)
STATE_BADGES: Final[Mapping[str, str]] = {
    State.OPEN: "warn", State.ACKNOWLEDGED: "blue", State.ESCALATED: "bad", State.ANSWERED: "blue", State.JUSTIFIED: "",
    State.FALSE_ALARM: "", State.LIFTED: "good",
}  # fmt: skip
SEVERITY_BADGES: Final[Mapping[str, str]] = {"notice": "", "caution": "warn", "serious": "bad"}


@dataclass(frozen=True, slots=True)
class WarningRow:
    """A warning with the names a page needs: whom it is about and who is asked."""

    line: WarningLine
    about: str
    asked: str


@dataclass(frozen=True, slots=True)
class _Warnings:
    """The inbox as a table's source."""

    organisations: frozenset[str] | None

    def page(self, asked: Asked) -> Rows[WarningRow]:
        """The page at an offset."""
        wanted, today = self._wanted(asked), city().today
        total = count_warnings(wanted, today)
        rows = name_rows(list_warnings(wanted, today, limit=asked.size, offset=asked.offset))
        return offset_rows(rows, total, asked)

    def stream(self, asked: Asked) -> Iterator[WarningRow]:
        """Everything that fits, in blocks."""
        wanted, today = self._wanted(asked), city().today
        return in_blocks(
            lambda limit, offset: name_rows(list_warnings(wanted, today, limit=limit, offset=offset))
        )

    def _wanted(self, asked: Asked) -> WarningFilter:
        given = asked.filters.get
        return WarningFilter(
            organisations=self.organisations,
            rule=given("rule", ""),
            state=given("state", "") or PENDING,
            severity=given("severity", ""),
            sort=asked.sort,
            descending=asked.descending,
        )


@needs(READ)
def warnings(request: HttpRequest) -> HttpResponseBase:
    """The inbox."""
    own, frame = told_to(request), frame_of(request)
    return show_table(
        request, _TABLE, _Warnings(own), "desk/warnings.html",
        caption=frame.t.warnings, waiting=count_live(own), answered=count_answered() if own is None else 0,
        run=last_warning_run(), today=city().today,
    )  # fmt: skip


def told_to(request: HttpRequest) -> frozenset[str] | None:
    """The organisations whose warnings the account sees; None: the whole city's."""
    mine = reached(request, READ)
    return None if isinstance(mine, Everyone) else mine


def name_rows(lines: list[WarningLine]) -> list[WarningRow]:
    """Warnings with whom they are about and who is asked by name; two queries."""
    hits = list_hits(sorted({line.subject_id for line in lines if line.subject_id is not None}))
    asked = {a.organisation for line in lines for a in line.asked}
    abouts = {line.about.partition(":")[2] for line in lines if line.about.startswith("organisation:")}
    names = list_supplier_names(city().catalog, asked | abouts)
    return [
        WarningRow(
            line,
            about_words(line, hits, names),
            "、".join(names[a.organisation] for a in line.asked),
        )
        for line in lines
    ]


def about_words(line: WarningLine, hits: Mapping[int, SubjectHit], names: Mapping[str, str]) -> str:
    """Whom a warning is about, a natural person masked."""
    if line.subject_id is not None:
        return subject_words(hits.get(line.subject_id)) or f"S{line.subject_id}"
    kind, _, name = line.about.partition(":")
    return names.get(name, name) if kind == "organisation" else name


def _rules(frame: Frame) -> list[tuple[str, str]]:
    return [
        (rule.id, rule.title_zh if frame.lang == "zh" else rule.title_en)
        for rule in city().catalog.warnings.values()
    ]


def _states(frame: Frame) -> list[tuple[str, str]]:
    return [(state, frame.t["warning_" + state]) for state in _STATES]


def _severities(frame: Frame) -> list[tuple[str, str]]:
    return [(severity, frame.t["severity_" + severity]) for severity in SEVERITIES]


_COLUMNS: Final[tuple[Column[WarningRow], ...]] = (
    Column(
        "col_warning",
        lambda r, frame: r.line.title[frame.lang],
        link=lambda r: reverse("desk:warning", args=[r.line.id]),
    ),
    Column("col_about", lambda r, _: r.about),
    Column("col_warned_why", lambda r, frame: r.line.why[frame.lang]),
    Column(
        "col_severity",
        lambda r, frame: frame.t["severity_" + r.line.severity],
        badge=lambda r: SEVERITY_BADGES[r.line.severity],
    ),
    Column(
        "col_state",
        lambda r, frame: frame.t["warning_" + r.line.state],
        badge=lambda r: STATE_BADGES[r.line.state],
    ),
    Column("col_due", lambda r, _: r.line.due_on, sorts="due"),
    Column("col_asked", lambda r, _: r.asked),
    Column("col_raised", lambda r, _: r.line.opened_on, sorts="opened"),
    Column("col_warning_number", lambda r, _: str(r.line.id), sorts="id"),
)
_TABLE: Final[Table[WarningRow]] = Table(
    "warnings",
    _COLUMNS,
    (
        Filter("state", "col_state", _states, empty="warning_pending"),
        Filter("rule", "col_warning_rule", _rules),
        Filter("severity", "col_severity", _severities),
    ),
    sort="due",
)
MENU: Final = (Entry("desk:warnings", "warnings", "own", 10, (READ,)),)
urlpatterns = [path("warnings", warnings, name="warnings")]
