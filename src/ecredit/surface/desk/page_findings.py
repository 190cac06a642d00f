"""`/desk/findings`: the queue of leads of forged trade, strongest first."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path, reverse

from ecredit.facts.actors.approval_queries import list_asked_about
from ecredit.facts.subjects.search_queries import SubjectHit, list_hits
from ecredit.foundation.kernel.masking import mask_name
from ecredit.judgement.triage.queries import (
    ASKED,
    GONE,
    RETURNED,
    count_findings,
    count_waiting_findings,
    last_run,
    list_findings,
    list_kinds,
    list_platforms,
)
from ecredit.judgement.triage.triage_rules import STRENGTHS, strength_of
from ecredit.judgement.triage.types import CONFIRM, CONFIRMED, DISMISSED, WAITING, FindingFilter, FindingLine
from ecredit.surface.desk.doors import needs
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.table_sources import Asked, Rows, in_blocks, offset_rows
from ecredit.surface.desk.tables import Column, Filter, Table, show_table

# So much of a token tells it from others on a page; an export has the whole.
_SHORT: Final = 9
_STATES: Final = (WAITING, ASKED, RETURNED, CONFIRMED, DISMISSED, GONE)


@dataclass(frozen=True, slots=True)
class _Line:
    """A finding with what the table says of it besides: whom it is tied to, whether its confirmation waits."""

    finding: FindingLine
    subject: SubjectHit | None
    asked: bool


class _Findings:
    """The queue as a table's source."""

    def page(self, asked: Asked) -> Rows[_Line]:
        """The page at an offset."""
        wanted = _wanted(asked)
        total = count_findings(wanted)
        lines = _lines(wanted, asked.size, asked.offset)
        return offset_rows(lines, total, asked)

    def stream(self, asked: Asked) -> Iterator[_Line]:
        """Everything that fits, in blocks."""
        wanted = _wanted(asked)
        return in_blocks(lambda limit, offset: _lines(wanted, limit, offset))


@needs("finding.read")
def findings(request: HttpRequest) -> HttpResponseBase:
    """The queue."""
    frame, run = frame_of(request), last_run()
    return show_table(
        request, _TABLE, _Findings(), "desk/officer_findings.html",
        caption=frame.t.findings, waiting=count_waiting_findings(), run=run,
    )  # fmt: skip


def state_of(line: FindingLine, *, asked: bool) -> str:
    """The one word for how a finding stands."""
    if line.state != WAITING:
        return line.state
    return ASKED if asked else GONE if line.gone else RETURNED if line.returned else WAITING


def percent_of(score: float) -> float:
    """A score in per cent, rounded down: nothing short of certain is shown as certain."""
    return math.floor(score * 1_000) / 10


def subject_words(hit: SubjectHit | None) -> str:
    """Whom a finding is tied to, a natural person masked; empty where it is nobody."""
    return "" if hit is None else mask_name(hit.name) if hit.is_person else hit.name


STATE_BADGES: Final[Mapping[str, str]] = {
    WAITING: "warn", ASKED: "blue", RETURNED: "bad", CONFIRMED: "good", DISMISSED: "", GONE: "",
}  # fmt: skip


def _wanted(asked: Asked) -> FindingFilter:
    given = asked.filters.get
    return FindingFilter(
        kind=given("kind", ""),
        platform=given("platform", ""),
        state=given("state", ""),
        strength=given("strength", ""),
        text=given("q", ""),
        sort=asked.sort,
        descending=asked.descending,
    )


def _lines(wanted: FindingFilter, limit: int, offset: int) -> list[_Line]:
    found = list_findings(wanted, limit=limit, offset=offset)
    hits = list_hits(sorted({line.subject_id for line in found if line.subject_id is not None}))
    waiting = set(list_asked_about(CONFIRM))
    return [
        _Line(
            line,
            None if line.subject_id is None else hits.get(line.subject_id),
            f"finding:{line.finding_id}" in waiting,
        )
        for line in found
    ]


def _kinds(frame: Frame) -> list[tuple[str, str]]:
    return [(kind, frame.t["forged_" + kind]) for kind in list_kinds()]


def _platforms(_: Frame) -> list[tuple[str, str]]:
    return [(platform, platform) for platform in list_platforms()]


def _states(frame: Frame) -> list[tuple[str, str]]:
    return [(state, frame.t["finding_" + state]) for state in _STATES]


def _strengths(frame: Frame) -> list[tuple[str, str]]:
    return [(strength, frame.t["strength_" + strength]) for strength in STRENGTHS]


_COLUMNS: Final[tuple[Column[_Line], ...]] = (
    Column(
        "col_shop",
        lambda r, _: r.finding.shop_name or r.finding.shop_id,
        sorts="shop",
        link=lambda r: reverse("desk:finding", args=[r.finding.finding_id]),
    ),
    Column(
        "col_forged",
        lambda r, frame: (
            frame.t["forged_" + r.finding.kind] + (frame.t.as_victim if r.finding.victim else "")
        ),
    ),
    Column("col_strength", lambda r, _: percent_of(r.finding.score), sorts="score"),
    Column("col_strength_word", lambda r, frame: frame.t["strength_" + strength_of(r.finding.score)]),
    Column("col_suspect_orders", lambda r, _: r.finding.rows, sorts="rows"),
    Column(
        "col_first_day", lambda r, _: None if r.finding.window_from is None else r.finding.window_from.date()
    ),
    Column(
        "col_last_day",
        lambda r, _: None if r.finding.window_to is None else r.finding.window_to.date(),
        sorts="window",
    ),
    Column(
        "col_platform", lambda r, _: r.finding.platform_id[:_SHORT], whole=lambda r, _: r.finding.platform_id
    ),
    Column("col_operator", lambda r, frame: subject_words(r.subject) or frame.t.no_operator),
    Column(
        "col_state",
        lambda r, frame: frame.t["finding_" + state_of(r.finding, asked=r.asked)],
        badge=lambda r: STATE_BADGES[state_of(r.finding, asked=r.asked)],
    ),
    Column("col_found_first", lambda r, _: r.finding.first_on),
    Column(
        "col_finding", lambda r, _: r.finding.finding_id[:_SHORT], whole=lambda r, _: r.finding.finding_id
    ),
)
_TABLE: Final[Table[_Line]] = Table(
    "findings",
    _COLUMNS,
    (
        Filter("q", "finding_search"),
        Filter("kind", "col_forged", _kinds),
        Filter("platform", "col_platform", _platforms),
        Filter("state", "col_state", _states),
        Filter("strength", "col_strength_word", _strengths),
    ),
    sort="-score",
)
MENU: Final = (Entry("desk:findings", "findings", "judge", 35, ("finding.read",)),)
urlpatterns = [path("findings", findings, name="findings")]
