"""`/desk/sessions`: who is at the desk now, ending sessions, and removing a second factor that was lost."""

from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path, reverse

from ecredit.facts.actors.models import SignIn
from ecredit.facts.actors.sign_in_actions import end_sign_in, end_sign_ins
from ecredit.facts.actors.sign_in_queries import SignInView, list_sign_ins
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.surface.desk.doors import account_of_request, actor, needs
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.forms import asked_number
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.notices import done
from ecredit.surface.desk.page_people import find_person
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.second_factor import remove_all
from ecredit.surface.desk.table_sources import Asked, KeysetSource
from ecredit.surface.desk.tables import Column, Filter, Table, show_table

_END: Final = "session.end"
_FACTOR: Final = "factor.reset"


def session_state(session: SignInView, frame: Frame) -> str:
    """How a session stands."""
    return frame.t.session_open if session.ended_at is None else frame.t["ended_" + session.ended_why]


TABLE: Final[Table[SignInView]] = Table(
    "sessions",
    columns=(
        Column("session_number", lambda row, _: f"s{row.id}"),
        Column("login", lambda row, _: row.login, link=lambda row: reverse("desk:person", args=[row.login])),
        Column("person_name", lambda row, _: row.name),
        Column("session_address", lambda row, _: row.address),
        Column("session_opened", lambda row, _: row.opened_at),
        Column("session_seen", lambda row, _: row.seen_at),
        Column("session_state", session_state, badge=lambda row: "good" if row.ended_at is None else ""),
    ),
    filters=(
        Filter(
            "state",
            "session_state",
            lambda frame: [("open", frame.t.session_open), ("all", frame.t.session_all)],
        ),
    ),
    acts="desk/admin_session_acts.html",
)


@needs(_END)
def sessions(request: HttpRequest) -> HttpResponseBase:
    """Sessions, newest first; those that last unless all are asked for."""

    def read(asked: Asked, after: str, limit: int) -> list[SignInView]:
        before = asked_number(after)
        return list_sign_ins(open_only=asked.filters.get("state") != "all", before=before, limit=limit)

    source = KeysetSource(read, lambda row: str(row.id))
    return show_table(
        request, TABLE, source, "desk/admin_sessions.html", caption=frame_of(request).t.sessions
    )


@needs(_END, methods=("POST",))
def end(request: HttpRequest, number: int) -> HttpResponseBase:
    """End one."""
    found = SignIn.objects.select_related("person").filter(id=number).first()
    if found is None:
        raise NotThere
    end_sign_in(sign_in=found, why="ended", ring=city().ring, by=actor(request, _END), at=city().now)
    return done(request, "session_ended", "desk:sessions")


@needs(_END, methods=("POST",))
def end_all(request: HttpRequest, login: str) -> HttpResponseBase:
    """End all of a person's."""
    found = find_person(login)
    end_sign_ins(person=found.person, why="ended", ring=city().ring, by=actor(request, _END), at=city().now)
    return done(request, "session_ended", "desk:person", login=login)


@needs(_FACTOR, methods=("POST",))
def reset_factor(request: HttpRequest, login: str) -> HttpResponseBase:
    """Remove a lost second factor; the person's sessions end, and the next sign-in leads to a new one."""
    found, by = find_person(login), actor(request, _FACTOR)
    if found.who == account_of_request(request).who:
        raise WrongUse("不能撤销自己的二次验证", "nobody removes their own lost second factor")
    remove_all(person=found.person, ring=city().ring, by=by, at=city().now)
    end_sign_ins(person=found.person, why="ended", ring=city().ring, by=by, at=city().now)
    return done(request, "factor_reset", "desk:person", login=login)


MENU: Final = (Entry("desk:sessions", "sessions", "administer", 40, (_END,)),)
urlpatterns = [
    path("sessions", sessions, name="sessions"),
    path("sessions/<int:number>/end", end, name="session_end"),
    path("people/<slug:login>/end-sessions", end_all, name="person_end_sessions"),
    path("people/<slug:login>/reset-factor", reset_factor, name="person_reset_factor"),
]
