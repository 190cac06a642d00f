"""`/desk/account`: one's own name, password and sessions."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import path

from ecredit.facts.actors.sign_in_queries import list_sign_ins
from ecredit.surface.desk.doors import session_of, signed_in
from ecredit.surface.desk.notices import notice
from ecredit.surface.desk.render import page

_SHOWN: Final = 20


@signed_in()
def account(request: HttpRequest) -> HttpResponse:
    """The person's own page."""
    session = session_of(request)
    return page(
        request,
        "desk/account.html",
        person=session.person,
        sessions=list_sign_ins(person=session.account.who, limit=_SHOWN),
        this=session.sign_in.pk,
        done=notice(request),
    )


urlpatterns = [path("account", account, name="account")]
