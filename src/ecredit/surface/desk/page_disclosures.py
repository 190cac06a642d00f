"""`/desk/disclosures`: what is missing or late of platforms' disclosures, and how each platform stands; a platform's people see their own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path, reverse

from ecredit.facts.actors.rights import Everyone
from ecredit.foundation.catalog.texts import text
from ecredit.judgement.disclosure.check_actions import list_disclosing
from ecredit.judgement.disclosure.gap_words import clause_words, saw_words, where_words
from ecredit.judgement.disclosure.queries import (
    EVERY,
    OVERDUE,
    PENDING,
    count_gaps,
    count_waiting,
    last_check,
    list_gaps,
    list_standings,
)
from ecredit.judgement.disclosure.types import GapFilter, GapLine, PlatformStanding, State
from ecredit.surface.desk.doors import needs, reached
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.table_sources import Asked, ListSource, Rows, in_blocks, offset_rows
from ecredit.surface.desk.tables import Column, Filter, Table, show_table

READ: Final = "disclosure.read"
_STATES: Final = (EVERY, OVERDUE, *State)
STATE_BADGES: Final[Mapping[str, str]] = {
    State.OPEN: "warn", State.ANSWERED: "blue", State.CONFIRMED: "bad", State.DISMISSED: "", State.MENDED: "good", State.GONE: "",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Gaps:
    """The gaps as a table's source."""

    organisations: frozenset[str] | None

    def page(self, asked: Asked) -> Rows[GapLine]:
        """The page at an offset."""
        wanted, today = self._wanted(asked), city().today
        total = count_gaps(wanted, today)
        rows = list_gaps(wanted, today, limit=asked.size, offset=asked.offset)
        return offset_rows(rows, total, asked)

    def stream(self, asked: Asked) -> Iterator[GapLine]:
        """Everything that fits, in blocks."""
        wanted, today = self._wanted(asked), city().today
        return in_blocks(lambda limit, offset: list_gaps(wanted, today, limit=limit, offset=offset))

    def _wanted(self, asked: Asked) -> GapFilter:
        given = asked.filters.get
        return GapFilter(
            organisations=self.organisations,
            platform=given("platform", ""),
            check=given("check", ""),
            state=given("state", "") or PENDING,
            sort=asked.sort,
            descending=asked.descending,
        )


@needs(READ)
def disclosures(request: HttpRequest) -> HttpResponseBase:
    """The gaps."""
    own, frame = seen_by(request), frame_of(request)
    return show_table(
        request, _TABLE, _Gaps(own), "desk/disclosures.html",
        caption=frame.t.disclosures, waiting=count_waiting(own), run=last_check(),
    )  # fmt: skip


@needs(READ)
def platforms(request: HttpRequest) -> HttpResponseBase:
    """How each platform stands."""
    own, today = seen_by(request), city().today
    names = {code: (p.id, p.name) for code, p in list_disclosing(today).items() if own is None or p.id in own}
    source = ListSource(list_standings(names, today), text=lambda row: (row.name, row.platform))
    return show_table(
        request,
        _STANDINGS,
        source,
        "desk/disclosure_platforms.html",
        caption=frame_of(request).t.disclosure_platforms,
    )


def seen_by(request: HttpRequest, permission: str = READ) -> frozenset[str] | None:
    """The organisations whose gaps the account sees; None: the whole city's."""
    mine = reached(request, permission)
    return None if isinstance(mine, Everyone) else mine


def _checks(frame: Frame) -> list[tuple[str, str]]:
    return [
        (check.id, check.title_zh if frame.lang == "zh" else check.title_en)
        for check in city().catalog.disclosure.checks.values()
    ]


def _check_words(frame: Frame, ids: tuple[str, ...]) -> str:
    known = dict(_checks(frame))
    return str(frame.t.comma).join(known.get(id, id) for id in ids)


def _states(frame: Frame) -> list[tuple[str, str]]:
    return [
        (state, frame.t[f"disclosure_{state}"] if state in (EVERY, OVERDUE) else text(f"disclosure.state.{state}", frame.lang))
        for state in _STATES
    ]  # fmt: skip


_COLUMNS: Final[tuple[Column[GapLine], ...]] = (
    Column(
        "col_gap",
        lambda r, frame: r.document["title"][frame.lang],
        link=lambda r: reverse("desk:disclosure", args=[r.id]),
    ),
    Column("col_platform", lambda r, _: r.document["platform"][1], sorts="platform"),
    Column("col_saw", lambda r, frame: saw_words(r.document, frame.lang)),
    Column("col_where", lambda r, frame: where_words(r.document, frame.lang)),
    Column("col_seen_on", lambda r, _: r.document["seen_on"]),
    Column("col_clause", lambda r, frame: clause_words(r.document, frame.lang)),
    Column("col_days_late", lambda r, _: r.late, sorts="late"),
    Column(
        "col_state",
        lambda r, frame: text(f"disclosure.state.{r.state}", frame.lang),
        badge=lambda r: STATE_BADGES[r.state],
    ),
    Column("col_due", lambda r, _: r.due_on, sorts="due"),
    Column("col_found_on", lambda r, _: r.found_on, sorts="found"),
    Column("col_gap_number", lambda r, _: str(r.id), sorts="id"),
)
_TABLE: Final[Table[GapLine]] = Table(
    "disclosures",
    _COLUMNS,
    (
        Filter("state", "col_state", _states, empty="disclosure_pending"),
        Filter("check", "col_gap", _checks),
        Filter("platform", "col_uscc"),
    ),
    sort="due",
)
_STANDING_COLUMNS: Final[tuple[Column[PlatformStanding], ...]] = (
    Column(
        "col_platform",
        lambda r, _: r.name,
        sorts="name",
        link=lambda r: f"{reverse('desk:disclosures')}?platform={r.platform}&state=all",
    ),
    Column("col_uscc", lambda r, _: r.platform),
    Column("col_gaps_open", lambda r, _: r.open, sorts="open"),
    Column("col_gaps_overdue", lambda r, _: r.overdue, sorts="overdue"),
    Column("col_gaps_answered", lambda r, _: r.answered, sorts="answered"),
    Column("col_gaps_confirmed", lambda r, _: r.confirmed, sorts="confirmed"),
    Column("col_gaps_mended", lambda r, _: r.mended, sorts="mended"),
    Column("col_latest", lambda r, _: r.latest, sorts="latest"),
    Column("col_misses", lambda r, frame: _check_words(frame, r.checks)),
)
_STANDINGS: Final[Table[PlatformStanding]] = Table(
    "disclosure_platforms", _STANDING_COLUMNS, (Filter("q", "col_platform"),), sort="name"
)
MENU: Final = (Entry("desk:disclosures", "disclosures", "own", 12, (READ,)),)
urlpatterns = [
    path("disclosures", disclosures, name="disclosures"),
    path("disclosures/platforms", platforms, name="disclosure_platforms"),
]
