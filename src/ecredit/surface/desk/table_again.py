"""A table taken along in the background: the page is asked for it once more, for the person who asked, in a job.

The rights are those of that moment, and what the table says is said in one place, its page.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, cast

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import resolve, reverse

from ecredit.facts.actors.models import Person, SignIn
from ecredit.facts.actors.queries import find_account_of
from ecredit.facts.actors.rights import allow, may
from ecredit.facts.actors.types import Actor
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.operation.job_types import Handle
from ecredit.service.operation.made_files import About, FileMaker, ask_for_file
from ecredit.service.operation.platform import Platform
from ecredit.surface.desk.doors import Door, account_of_request, move
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.session import Session
from ecredit.surface.desk.table_export import Told, named, write_rows

TABLE: Final = "table"


class TakingAgain(HttpRequest):
    """A request that nobody sent: the page writes its table to `out` instead of answering with it."""

    def __init__(self, address: str, query: str, session: Session, out: Path, told: Told) -> None:
        super().__init__()
        self.method = "GET"
        self.path = self.path_info = address
        self.GET = QueryDict(query)
        self._out, self._told = out, told
        self.rows: int | None = None
        cast(Any, self).desk = session
        cast(Any, self).account = session.account

    def write(self, headings: Sequence[str], lines: Iterable[Sequence[Any]], kind: str) -> HttpResponse:
        """Write the table; the answer is read by nobody."""
        self.rows = write_rows(self._out, headings, lines, kind=kind, told=self._told)
        return HttpResponse()


def ask_for_table(
    request: HttpRequest, name: str, kind: str, *, lang: str, export: tuple[str, ...]
) -> HttpResponse:
    """Have the table of this very address made as a file, and go to where it will be."""
    door: Door = cast(Any, resolve(request.path_info).func).door
    account = account_of_request(request)
    asked = export or door.permissions
    permission = next((p for p in asked if may(city().catalog, account, p)), asked[0])
    query = request.GET.copy()
    query["lang"] = lang
    number = ask_for_file(
        city(),
        TABLE,
        {"address": request.path_info, "query": query.urlencode()},
        filename=named(name, kind),
        permission=permission,
        by=allow(city().catalog, account, permission),
    )
    return move(request, reverse("desk:file", args=[number]))


def _make(_platform: Platform, job: Handle, about: About, out: Path) -> int:
    address, query = str(about["address"]), str(about["query"])
    found = resolve(address)
    door: Door = cast(Any, found.func).door
    session = _session(job)
    for permission in door.permissions:
        if may(city().catalog, session.account, permission):
            break
    else:
        allow(city().catalog, session.account, door.permissions[0])
    request = TakingAgain(
        address,
        query,
        session,
        out,
        lambda rows: job.tell(rows, None, f"已写出 {rows:,} 行", f"{rows:,} rows written"),
    )
    # Behind the door: it would make a page of every refusal, and these shall end the job.
    cast(Any, found.func).__wrapped__(request, *found.args, **found.kwargs)
    if request.rows is None:
        raise WrongUse("这张表现在不能导出", "this table cannot be taken along now")
    return request.rows


def _session(job: Handle) -> Session:
    """The person who asked, without a session; the sign-in is a row that is not in the table. Raises WrongUse."""
    by: Actor = job.by
    account = find_account_of(by.who, where=f"desk/job{job.id}", on=city().today)
    person = Person.objects.filter(id=by.who.removeprefix("p")).first() if account else None
    if account is None or person is None:
        raise WrongUse("发起人的账户已停用", "the account of whoever asked is disabled")
    return Session(person, SignIn(), account, "")


MAKER: Final = FileMaker(TABLE, _make)
