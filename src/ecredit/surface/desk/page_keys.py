"""`/desk/keys`: keys of organisations for machines: given out once, changed over, ended."""

from collections.abc import Mapping
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path

from ecredit.facts.actors.key_actions import (
    MOST_REQUESTS,
    PER_DAY,
    PER_MINUTE,
    issue_key,
    revoke_key,
)
from ecredit.facts.actors.queries import list_keys, list_supplier_names
from ecredit.facts.actors.rights import Everyone, machine_scopes
from ecredit.facts.actors.types import KeyView
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.surface.desk.doors import needs, own_or_not_there, reached
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.forms import posted, posted_number
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.notices import done
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.seats import list_places
from ecredit.surface.desk.table_sources import ListSource
from ecredit.surface.desk.tables import Column, Filter, Table, show_table

_MANAGE: Final = "apikey.manage"
_DAYS: Final = 180
_STATES: Final = {"valid": "good", "expired": "", "revoked": "bad"}


def _scopes(key: KeyView, frame: Frame) -> str:
    known = city().catalog.permissions
    return "、".join(frame.say(known[scope]) if scope in known else scope for scope in key.scopes)


def _table(names: Mapping[str, str]) -> Table[KeyView]:
    """The table, with the names of the organisations it speaks of, asked for once."""
    return Table(
        "keys",
        columns=(
            Column("key_number", lambda key, _: f"k{key.id}", "id"),
            Column("key_title", lambda key, _: key.title, "title"),
            Column("organisation", lambda key, _: names[key.organisation], "organisation"),
            Column("key_prefix", lambda key, _: f"eck_{key.prefix}_…"),
            Column("key_scopes", _scopes),
            Column(
                "key_limits",
                lambda key, frame: frame.t["key_limits_of"].format(
                    minute=f"{key.per_minute:,}", day=f"{key.per_day:,}"
                ),
            ),
            Column("key_created", lambda key, _: key.created_at, "created"),
            Column("key_expires", lambda key, _: key.expires_at, "expires"),
            Column("key_used", lambda key, _: key.last_used_at, "used"),
            Column(
                "state",
                lambda key, frame: frame.t["key_" + key.state(city().now)],
                badge=lambda key: _STATES[key.state(city().now)],
            ),
        ),
        filters=(
            Filter("q", "search"),
            Filter("state", "state", lambda frame: [(state, frame.t["key_" + state]) for state in _STATES]),
        ),
        sort="-id",
        acts="desk/admin_key_acts.html",
    )


@needs(_MANAGE)
def keys(request: HttpRequest) -> HttpResponseBase:
    """The keys of the organisations one manages, and a form for another."""
    return _list(request)


@needs(_MANAGE, methods=("POST",))
def issue(request: HttpRequest) -> HttpResponseBase:
    """Give a key out; its secret is on the page that answers, once."""
    organisation = posted(request, "organisation", most=64)
    by = own_or_not_there(request, _MANAGE, of=organisation)
    try:
        _check_place(organisation)
        title = posted(request, "title", most=100)
        if not title:
            raise WrongUse("请写明密钥的用途", "say what the key is for")
        given = issue_key(
            catalog=city().catalog,
            organisation=organisation,
            title=title,
            scopes=request.POST.getlist("scopes"),
            days=posted_number(request, "days", least=1, most=400),
            per_minute=posted_number(request, "per_minute", least=1, most=MOST_REQUESTS),
            per_day=posted_number(request, "per_day", least=1, most=MOST_REQUESTS),
            ring=city().ring,
            by=by,
            at=city().now,
        )
    except WrongUse as error:
        return _list(request, wrong=frame_of(request).say(error))
    return _list(request, secret=given.secret, number=given.id)


@needs(_MANAGE, methods=("POST",))
def rotate(request: HttpRequest, number: int) -> HttpResponseBase:
    """A key in place of another; both work until the old one is ended."""
    old = _find(request, number)
    by = own_or_not_there(request, _MANAGE, of=old.organisation)
    if old.state(city().now) == "revoked":
        raise WrongUse(
            "已作废的密钥不能更换，请发放新的", "a key that was ended is not replaced; give out a new one"
        )
    _check_place(old.organisation)
    given = issue_key(
        catalog=city().catalog,
        organisation=old.organisation,
        title=old.title,
        # What a machine may no longer do is not given on.
        scopes=[scope for scope in machine_scopes(city().catalog) if scope in old.scopes],
        days=_DAYS,
        ring=city().ring,
        by=by,
        at=city().now,
        replaces=old.id,
    )
    return _list(request, secret=given.secret, number=given.id, replaced=old.id)


@needs(_MANAGE, methods=("POST",))
def revoke(request: HttpRequest, number: int) -> HttpResponseBase:
    """End a key now."""
    key = _find(request, number)
    by = own_or_not_there(request, _MANAGE, of=key.organisation)
    revoke_key(organisation=key.organisation, key_id=number, ring=city().ring, by=by, at=city().now)
    return done(request, "key_revoked", "desk:keys")


def _check_place(organisation: str) -> None:
    if organisation not in dict(list_places(city().catalog, city().today)):
        raise WrongUse("没有这个单位，或它已终止", "there is no such organisation, or it has ended")


def _mine(request: HttpRequest) -> list[KeyView]:
    own = reached(request, _MANAGE)
    if isinstance(own, Everyone):
        return list_keys()
    return [key for organisation in sorted(own) for key in list_keys(organisation)]


def _find(request: HttpRequest, number: int) -> KeyView:
    found = next((key for key in _mine(request) if key.id == number), None)
    if found is None:
        raise NotThere
    return found


def _list(
    request: HttpRequest, *, wrong: str = "", secret: str = "", number: int = 0, replaced: int = 0
) -> HttpResponseBase:
    catalog, frame, own = city().catalog, frame_of(request), reached(request, _MANAGE)
    mine = _mine(request)
    names = list_supplier_names(catalog, (key.organisation for key in mine))
    source = ListSource(
        mine,
        text=lambda key: (
            key.title,
            key.organisation,
            key.prefix,
            names[key.organisation],
        ),
        tests={"state": lambda key, state: key.state(city().now) == state},
        keys={
            "id": lambda key: key.id,
            "title": lambda key: key.title,
            "organisation": lambda key: key.organisation,
            "created": lambda key: key.created_at,
            "expires": lambda key: key.expires_at,
            "used": lambda key: (key.last_used_at is not None, key.last_used_at),
        },
    )
    places = [
        (id, name)
        for id, name in list_places(catalog, city().today)
        if isinstance(own, Everyone) or id in own
    ]
    scopes = [catalog.permissions[id] for id in machine_scopes(catalog)]
    return show_table(
        request,
        _table(names),
        source,
        "desk/admin_keys.html",
        status=400 if wrong else 200,
        wrong=wrong,
        secret=secret,
        number=number,
        replaced=replaced,
        places=places,
        scopes=scopes,
        days=_DAYS,
        per_minute=PER_MINUTE,
        per_day=PER_DAY,
        most=MOST_REQUESTS,
        caption=frame.t.keys,
    )


MENU: Final = (Entry("desk:keys", "keys", "administer", 30, (_MANAGE,)),)
urlpatterns = [
    path("keys", keys, name="keys"),
    path("keys/issue", issue, name="key_issue"),
    path("keys/<int:number>/rotate", rotate, name="key_rotate"),
    path("keys/<int:number>/revoke", revoke, name="key_revoke"),
]
