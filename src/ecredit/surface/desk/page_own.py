"""`/desk/own`: an organisation as a subject itself: its public profile, and how often its file was read."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import path

from ecredit.facts.actors.queries import count_reads, count_reads_by_month, get_organisation
from ecredit.facts.actors.rights import Account, Everyone
from ecredit.facts.subjects.queries import find_subject_id, list_merged_ids
from ecredit.surface.desk.doors import needs, reached
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page

_READ: Final = "own.read"


@dataclass(frozen=True, slots=True)
class OwnFile:
    """An organisation of the person who asks. `code` is "" when none is registered; `known`: it is a subject here."""

    id: str
    name: str
    code: str
    known: bool
    reads: int
    by_month: tuple[tuple[date, int], ...]


@needs(_READ)
def own(request: HttpRequest) -> HttpResponse:
    """The person's organisations, one after another."""
    mine = reached(request, _READ)
    ids = () if isinstance(mine, Everyone) else sorted(mine)
    files = [_file(id) for id in ids]
    return page(request, "desk/own.html", files=[file for file in files if file is not None])


def _file(organisation_id: str) -> OwnFile | None:
    organisation = get_organisation(organisation_id)
    if organisation is None:
        return None
    subject_id = find_subject_id(organisation.uscc) if organisation.uscc else None
    if subject_id is None:
        return OwnFile(
            organisation.id, organisation.name, organisation.uscc, known=False, reads=0, by_month=()
        )
    abouts = [f"subject:{id}" for id in list_merged_ids(subject_id)]
    return OwnFile(
        organisation.id,
        organisation.name,
        organisation.uscc,
        known=True,
        reads=sum(count_reads(about) for about in abouts),
        by_month=tuple(count_reads_by_month(abouts)),
    )


def _may_be_subject(account: Account) -> bool:
    """Whether the person sits anywhere but in departments, which are no subjects."""
    return any(seat.organisation not in city().catalog.departments for seat in account.seats)


MENU: Final = (Entry("desk:own", "own_file", "own", 20, (_READ,), only=_may_be_subject),)
urlpatterns = [path("own", own, name="own")]
