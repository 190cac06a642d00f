"""`/desk/people`: registering people, new first passwords, letting in and shutting out; roles are `page_roles`' part."""

from collections.abc import Mapping
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path, reverse

from ecredit.facts.actors.errors import NoSuchPerson
from ecredit.facts.actors.people_actions import register_person, reset_password, set_active
from ecredit.facts.actors.people_queries import PersonFile, get_person_file
from ecredit.facts.actors.queries import list_people, list_supplier_names
from ecredit.facts.actors.sign_in_queries import list_sign_ins
from ecredit.facts.actors.types import PersonView
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.surface.desk.doors import account_of_request, actor, needs
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.forms import posted
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.notices import done, notice
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page
from ecredit.surface.desk.seats import list_places, name_seat, organisation_name
from ecredit.surface.desk.second_factor import list_factors
from ecredit.surface.desk.table_sources import ListSource
from ecredit.surface.desk.tables import Column, Filter, Table, show_table

MANAGE: Final = "person.manage"
SEE: Final = (MANAGE, "role.grant", "session.end", "factor.reset")
_SESSIONS: Final = 10


def _roles(person: PersonView, frame: Frame, names: Mapping[str, str]) -> str:
    seats = [name_seat(city().catalog, seat, names) for seat in person.seats]
    return "；".join(f"{frame.say(seat)} · {seat.organisation_name}" for seat in seats)


def _table(names: Mapping[str, str]) -> Table[PersonView]:
    """The table, with the names of the organisations it speaks of, asked for once."""
    return Table(
        "people",
        columns=(
            Column(
                "login",
                lambda person, _: person.login,
                "login",
                link=lambda person: reverse("desk:person", args=[person.login]),
            ),
            Column("person_name", lambda person, _: person.name, "name"),
            Column("person_who", lambda person, _: person.who, "who"),
            Column("roles", lambda person, frame: _roles(person, frame, names)),
            Column(
                "state",
                lambda person, frame: frame.t["person_active" if person.active else "person_disabled"],
                badge=lambda person: "good" if person.active else "bad",
            ),
        ),
        filters=(
            Filter("q", "search"),
            Filter(
                "role", "role", lambda frame: [(r.id, frame.say(r)) for r in city().catalog.roles.values()]
            ),
            Filter(
                "state", "state", lambda frame: [(s, frame.t["person_" + s]) for s in ("active", "disabled")]
            ),
        ),
        sort="login",
    )


@needs(*SEE)
def people(request: HttpRequest) -> HttpResponseBase:
    """Everybody, and a form for one more."""
    return _list(request)


@needs(MANAGE, methods=("POST",))
def register(request: HttpRequest) -> HttpResponseBase:
    """Register a person; the first password is shown once."""
    login, name = posted(request, "login", most=64), posted(request, "name", most=100)
    try:
        _, password = register_person(
            login=login, name=name, ring=city().ring, by=actor(request, MANAGE), at=city().now
        )
    except WrongUse as error:
        return _list(request, frame_of(request).say(error), {"login": login, "name": name})
    return _one(request, get_person_file(login), password=password)


@needs(*SEE)
def person(request: HttpRequest, login: str) -> HttpResponseBase:
    """A person, with what the viewer may do about them."""
    return _one(request, find_person(login))


@needs(MANAGE, methods=("POST",))
def new_password(request: HttpRequest, login: str) -> HttpResponseBase:
    """A new first password, shown once; all their sessions end."""
    found = find_person(login)
    if found.who == account_of_request(request).who:
        raise WrongUse("自己的密码请在“我的账户”中更改", "change your own password on your account's page")
    password = reset_password(login=login, ring=city().ring, by=actor(request, MANAGE), at=city().now)
    return _one(request, get_person_file(login), password=password)


@needs(MANAGE, methods=("POST",))
def let_in(request: HttpRequest, login: str) -> HttpResponseBase:
    """Enable."""
    return _set_active(request, login, active=True)


@needs(MANAGE, methods=("POST",))
def shut_out(request: HttpRequest, login: str) -> HttpResponseBase:
    """Disable; all their sessions end."""
    return _set_active(request, login, active=False)


def find_person(login: str) -> PersonFile:
    """The person of that login. Raises NotThere."""
    try:
        return get_person_file(login)
    except NoSuchPerson as unknown:
        raise NotThere from unknown


def show_person(request: HttpRequest, found: PersonFile, wrong: str) -> HttpResponseBase:
    """The person's page with what went wrong."""
    return _one(request, found, wrong=wrong)


def _set_active(request: HttpRequest, login: str, *, active: bool) -> HttpResponseBase:
    found = find_person(login)
    try:
        set_active(login=login, active=active, ring=city().ring, by=actor(request, MANAGE), at=city().now)
    except WrongUse as error:
        return _one(request, found, wrong=frame_of(request).say(error))
    return done(request, "enabled" if active else "disabled", "desk:person", login=login)


def _list(request: HttpRequest, wrong: str = "", values: dict[str, str] | None = None) -> HttpResponseBase:
    everybody = list_people(on=city().today)
    names = list_supplier_names(city().catalog, (s.organisation for p in everybody for s in p.seats))
    source = ListSource(
        everybody,
        text=lambda person: (person.login, person.name, person.who),
        tests={
            "role": lambda person, role: any(seat.role == role for seat in person.seats),
            "state": lambda person, state: person.active == (state == "active"),
        },
        keys={
            "login": lambda person: person.login,
            "name": lambda person: person.name,
            "who": lambda person: int(person.who[1:]),
        },
    )
    return show_table(
        request,
        _table(names),
        source,
        "desk/admin_people.html",
        status=400 if wrong else 200,
        wrong=wrong,
        values=values or {},
        caption=frame_of(request).t.people,
    )


def _one(request: HttpRequest, found: PersonFile, *, wrong: str = "", password: str = "") -> HttpResponseBase:
    catalog, frame, today = city().catalog, frame_of(request), city().today
    may_grant = frame.may("role.grant")
    return page(
        request,
        "desk/admin_person.html",
        status=400 if wrong else 200,
        found=found,
        memberships=[
            (
                m,
                catalog.roles.get(m.role),
                organisation_name(catalog, m.organisation),
                m.valid_to is None or m.valid_to > max(today, m.valid_from),
            )
            for m in found.memberships
        ],
        factors=list_factors(found.person),
        sessions=list_sign_ins(person=found.who, limit=_SESSIONS),
        places=list_places(catalog, today) if may_grant else [],
        roles=list(catalog.roles.values()) if may_grant else [],
        oneself=found.who == account_of_request(request).who,
        wrong=wrong,
        password=password,
        done=notice(request),
    )


MENU: Final = (Entry("desk:people", "people", "administer", 20, SEE),)
urlpatterns = [
    path("people", people, name="people"),
    path("people/register", register, name="person_register"),
    path("people/<slug:login>", person, name="person"),
    path("people/<slug:login>/new-password", new_password, name="person_password"),
    path("people/<slug:login>/enable", let_in, name="person_enable"),
    path("people/<slug:login>/disable", shut_out, name="person_disable"),
]
