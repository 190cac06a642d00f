"""`/desk/organisations`: who may send and be sent to: registered ones, with dates and predecessors, beside the departments."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path, reverse

from ecredit.facts.actors.organisation_actions import KINDS, date_organisation, register_organisation
from ecredit.facts.actors.organisation_queries import OrganisationView, get_registered, list_registered
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.surface.desk.doors import actor, needs
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.forms import posted, posted_day
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.notices import done, notice
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page
from ecredit.surface.desk.table_sources import ListSource
from ecredit.surface.desk.tables import Column, Filter, Table, show_table

_MANAGE: Final = "organisation.manage"
# What the catalogue's departments.yaml calls its own.
_OFFICES: Final = ("department", "court", "district")


@dataclass(frozen=True, slots=True)
class Line:
    """An organisation or department as the table shows it."""

    id: str
    name: str
    kind: str
    uscc: str
    valid_from: date | None
    valid_to: date | None
    follows: str
    registered: bool


def kind_words(frame: Frame, kind: str) -> str:
    """A kind of organisation in the frame's language; one that has no words is told as it is."""
    name = f"kind_{kind}"
    return frame.t.find(name, kind)


def _state(line: Line) -> str:
    today = city().today
    if line.valid_to is not None and line.valid_to <= today:
        return "ended"
    return "coming" if line.valid_from is not None and line.valid_from > today else "valid"


TABLE: Final[Table[Line]] = Table(
    "organisations",
    columns=(
        Column(
            "org_id",
            lambda line, _: line.id,
            "id",
            link=lambda line: reverse("desk:organisation", args=[line.id]) if line.registered else None,
        ),
        Column("org_name", lambda line, _: line.name, "name"),
        Column("org_kind", lambda line, frame: kind_words(frame, line.kind), "kind"),
        Column("org_uscc", lambda line, _: line.uscc),
        Column("from_day", lambda line, _: line.valid_from, "from"),
        Column("until_day", lambda line, _: line.valid_to, "to"),
        Column(
            "state",
            lambda line, frame: frame.t["org_" + _state(line)],
            badge=lambda line: {"valid": "good", "ended": "", "coming": "blue"}[_state(line)],
        ),
        Column("org_follows", lambda line, _: line.follows),
    ),
    filters=(
        Filter("q", "search"),
        Filter("kind", "org_kind", lambda frame: [(k, kind_words(frame, k)) for k in (*_OFFICES, *KINDS)]),
        Filter(
            "state", "state", lambda frame: [(s, frame.t["org_" + s]) for s in ("valid", "ended", "coming")]
        ),
    ),
    sort="id",
)


@needs(_MANAGE)
def organisations(request: HttpRequest) -> HttpResponseBase:
    """All of them, and a form for one more."""
    return _list(request)


@needs(_MANAGE, methods=("POST",))
def register(request: HttpRequest) -> HttpResponseBase:
    """Register one."""
    values = {name: posted(request, name) for name in ("id", "name", "kind", "uscc")}
    try:
        _check_form(values)
        register_organisation(**values, ring=city().ring, by=actor(request, _MANAGE), at=city().now)
    except WrongUse as error:
        return _list(request, frame_of(request).say(error), values)
    return done(request, "registered", "desk:organisation", id=values["id"])


@needs(_MANAGE)
def organisation(request: HttpRequest, id: str) -> HttpResponseBase:
    """One registered organisation, with its dates and predecessor to set."""
    return _one(request, _find(id))


@needs(_MANAGE, methods=("POST",))
def dates(request: HttpRequest, id: str) -> HttpResponseBase:
    """Set when it exists and whom it follows."""
    found = _find(id)
    try:
        date_organisation(
            id=id,
            predecessor=posted(request, "predecessor", most=64),
            valid_from=posted_day(request, "valid_from"),
            valid_to=posted_day(request, "valid_to"),
            ring=city().ring,
            by=actor(request, _MANAGE),
            at=city().now,
        )
    except WrongUse as error:
        return _one(request, found, frame_of(request).say(error))
    return done(request, "saved", "desk:organisation", id=id)


def _check_form(values: dict[str, str]) -> None:
    id = values["id"]
    if not id or not id.isascii() or not id.replace("-", "").replace("_", "").isalnum() or len(id) > 64:
        raise WrongUse(
            "单位编号只能用英文字母、数字、- 和 _", "an id is made of letters, digits, - and _", id=id
        )
    if not values["name"]:
        raise WrongUse("请填写单位名称", "give its name")
    if city().catalog.find_department(id) is not None or city().catalog.find_department(values["name"]):
        raise WrongUse(
            "这是一个部门，部门写在规则目录里", "this is a department; departments are in the catalogue"
        )


def _find(id: str) -> OrganisationView:
    try:
        return get_registered(id)
    except WrongUse as unknown:
        raise NotThere from unknown


def _list(request: HttpRequest, wrong: str = "", values: dict[str, str] | None = None) -> HttpResponseBase:
    frame = frame_of(request)
    registered = [
        Line(o.id, o.name, o.kind, o.uscc, o.valid_from, o.valid_to, o.predecessor, True)
        for o in list_registered()
    ]
    departments = [
        Line(d.id, d.name, d.kind, "", None, d.merged_on, "", False)
        for d in city().catalog.departments.values()
    ]
    source = ListSource(
        [*registered, *departments],
        text=lambda line: (line.id, line.name, line.uscc),
        tests={
            "kind": lambda line, kind: line.kind == kind,
            "state": lambda line, state: _state(line) == state,
        },
        keys={
            "id": lambda line: line.id,
            "name": lambda line: line.name,
            "kind": lambda line: line.kind,
            "from": lambda line: line.valid_from or date.min,
            "to": lambda line: line.valid_to or date.max,
        },
    )
    return show_table(
        request,
        TABLE,
        source,
        "desk/admin_organisations.html",
        status=400 if wrong else 200,
        wrong=wrong,
        values=values or {},
        kinds=[(kind, kind_words(frame, kind)) for kind in KINDS],
        caption=frame.t.organisations,
    )


def _one(request: HttpRequest, found: OrganisationView, wrong: str = "") -> HttpResponseBase:
    frame = frame_of(request)
    return page(
        request,
        "desk/admin_organisation.html",
        status=400 if wrong else 200,
        organisation=found,
        kind=kind_words(frame, found.kind),
        others=[
            ("", frame.t.none),
            *((o.id, f"{o.id} · {o.name}") for o in list_registered() if o.id != found.id),
        ],
        wrong=wrong,
        done=notice(request),
    )


MENU: Final = (Entry("desk:organisations", "organisations", "administer", 10, (_MANAGE,)),)
urlpatterns = [
    path("organisations", organisations, name="organisations"),
    path("organisations/register", register, name="organisation_register"),
    path("organisations/<slug:id>", organisation, name="organisation"),
    path("organisations/<slug:id>/dates", dates, name="organisation_dates"),
]
