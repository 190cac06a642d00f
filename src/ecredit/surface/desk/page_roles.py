"""Giving roles and taking them back (the security administrator's), and the matrix of who may do what."""

from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path

from ecredit.facts.actors.people_actions import grant_role, revoke_role
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.surface.desk.doors import actor, needs
from ecredit.surface.desk.forms import posted, posted_day
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.notices import done
from ecredit.surface.desk.page_people import find_person, show_person
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page

_GRANT: Final = "role.grant"
_SEE: Final = (_GRANT, "catalog.read")


@needs(*_SEE)
def roles(request: HttpRequest) -> HttpResponseBase:
    """Every role with its permissions, as `catalog/roles/` says."""
    catalog = city().catalog
    return page(
        request,
        "desk/admin_roles.html",
        roles=list(catalog.roles.values()),
        permissions=list(catalog.permissions.values()),
        edition=catalog.edition,
    )


@needs(_GRANT, methods=("POST",))
def grant(request: HttpRequest, login: str) -> HttpResponseBase:
    """Give a role from a day on, until a day if one is named; nobody gives one to themselves, and the three administrators are three people."""
    found, today = find_person(login), city().today
    role = posted(request, "role", most=64)
    try:
        start = posted_day(request, "valid_from") or today
        if start < today:
            raise WrongUse("角色不能从过去的日期起算", "a role cannot begin in the past")
        if role not in city().catalog.roles:
            raise WrongUse("没有这个角色", "there is no such role")
        grant_role(
            login=login,
            organisation=posted(request, "organisation", most=64),
            role=role,
            catalog=city().catalog,
            ring=city().ring,
            by=actor(request, _GRANT),
            at=city().now,
            on=start,
            until=posted_day(request, "valid_to"),
        )
    except WrongUse as error:
        return show_person(request, found, frame_of(request).say(error))
    return done(request, "granted", "desk:person", login=login)


@needs(_GRANT, methods=("POST",))
def revoke(request: HttpRequest, login: str) -> HttpResponseBase:
    """Take a role back from today on; the person's sessions end."""
    found = find_person(login)
    try:
        revoke_role(
            login=login,
            organisation=posted(request, "organisation", most=64),
            role=posted(request, "role", most=64),
            ring=city().ring,
            by=actor(request, _GRANT),
            at=city().now,
            on=city().today,
        )
    except WrongUse as error:
        return show_person(request, found, frame_of(request).say(error))
    return done(request, "revoked", "desk:person", login=login)


MENU: Final = (Entry("desk:roles", "roles_matrix", "watch", 20, _SEE),)
urlpatterns = [
    path("roles", roles, name="roles"),
    path("people/<slug:login>/grant", grant, name="role_grant"),
    path("people/<slug:login>/revoke", revoke, name="role_revoke"),
]
