"""`/desk/breaches`: cases about broken commitments: an organisation sees those about it and those it opened, officers all."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path, reverse

from ecredit.facts.actors.queries import list_supplier_names
from ecredit.facts.actors.rights import Everyone
from ecredit.service.commitments.queries import LIVE_CASES, CaseFilter, count_cases, list_cases
from ecredit.service.commitments.types import CaseState, CaseView
from ecredit.surface.desk.doors import account_of_request, needs, reached
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.table_sources import Asked, Rows, in_blocks, offset_rows
from ecredit.surface.desk.tables import Column, Filter, Table, show_table

READ: Final = "breach.read"
OPEN: Final = "breach.open"
CASE_BADGES: Final[Mapping[str, str]] = {
    CaseState.OPENED: "warn", CaseState.TOLD: "blue", CaseState.ANSWERED: "warn", CaseState.BREACHED: "bad",
    CaseState.CLEARED: "good", CaseState.UNDONE: "", CaseState.DROPPED: "",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Row:
    case: CaseView
    opened_for: str


@dataclass(frozen=True, slots=True)
class _Cases:
    """The cases as a table's source."""

    organisations: frozenset[str] | None

    def page(self, asked: Asked) -> Rows[_Row]:
        """The page at an offset."""
        wanted = self._wanted(asked)
        total = count_cases(wanted)
        rows = _named(list_cases(wanted, limit=asked.size, offset=asked.offset))
        return offset_rows(rows, total, asked)

    def stream(self, asked: Asked) -> Iterator[_Row]:
        """Everything that fits, in blocks."""
        wanted = self._wanted(asked)
        return in_blocks(lambda limit, offset: _named(list_cases(wanted, limit=limit, offset=offset)))

    def _wanted(self, asked: Asked) -> CaseFilter:
        return CaseFilter(self.organisations, asked.filters.get("state", ""))


@needs(READ)
def breaches(request: HttpRequest) -> HttpResponseBase:
    """The cases."""
    own, frame = seen_of(request), frame_of(request)
    return show_table(
        request, _TABLE, _Cases(own), "desk/breaches.html",
        caption=frame.t.breaches, live=count_cases(CaseFilter(own, LIVE_CASES)),
        workdays=city().catalog.commitments.breach.answer_workdays, may_open=bool(opens_for(request)),
    )  # fmt: skip


def seen_of(request: HttpRequest) -> frozenset[str] | None:
    """The organisations whose cases the account sees; None: the whole city's."""
    mine = reached(request, READ)
    return None if isinstance(mine, Everyone) else mine


def opens_for(request: HttpRequest) -> str:
    """The department for which the account may open a case; "" for none: only departments open cases."""
    if not frame_of(request).may(OPEN):
        return ""
    departments, mine = city().catalog.departments, reached(request, OPEN)
    seats = [seat.organisation for seat in account_of_request(request).seats]
    own = (id for id in seats if id in departments and (isinstance(mine, Everyone) or id in mine))
    return next(own, "")


def ground_words(ground: str, frame: Frame) -> str:
    """The reason of the catalogue; one it no longer has keeps its id."""
    found = city().catalog.commitments.breach.grounds.get(ground)
    return ground if found is None else frame.say(found)


def _named(cases: list[CaseView]) -> list[_Row]:
    names = list_supplier_names(city().catalog, {case.opened_for for case in cases})
    return [_Row(case, names[case.opened_for]) for case in cases]


def _states(frame: Frame) -> list[tuple[str, str]]:
    return [(LIVE_CASES, frame.t.breach_live)] + [(state, frame.t["breach_" + state]) for state in CaseState]


_COLUMNS: Final[tuple[Column[_Row], ...]] = (
    Column(
        "col_case",
        lambda r, frame: frame.t.breach_number.format(number=r.case.id),
        link=lambda r: reverse("desk:breach", args=[r.case.id]),
    ),
    Column("col_promiser", lambda r, _: r.case.name),
    Column("col_commitment_no", lambda r, _: r.case.commitment_no),
    Column("col_ground", lambda r, frame: ground_words(r.case.ground, frame)),
    Column(
        "col_state",
        lambda r, frame: frame.t["breach_" + r.case.state],
        badge=lambda r: CASE_BADGES[r.case.state],
    ),
    Column("col_opened_on", lambda r, _: r.case.opened_on),
    Column("col_due", lambda r, _: r.case.answer_until),
    Column("col_opened_for", lambda r, _: r.opened_for),
)
_TABLE: Final[Table[_Row]] = Table("breaches", _COLUMNS, (Filter("state", "col_state", _states),))
MENU: Final = (Entry("desk:breaches", "breaches", "own", 31, (READ,)),)
urlpatterns = [path("breaches", breaches, name="breaches")]
