"""Reads: gaps a page at a time and one whole, how each platform stands, pages that were taken, what is public."""

import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.queries import find_account_of
from ecredit.foundation.proof.sealing import Sealer
from ecredit.judgement.disclosure.errors import NoSuchGap
from ecredit.judgement.disclosure.gap_rules import digest_of
from ecredit.judgement.disclosure.models import DisclosureEvent, DisclosureGap, DisclosurePage
from ecredit.judgement.disclosure.types import (
    CHECKED,
    LIVE,
    PUBLIC,
    Act,
    GapEvent,
    GapFilter,
    GapLine,
    GapView,
    PageLine,
    PlatformStanding,
    State,
)

# What a gap's state may be asked for as, beside the states themselves.
PENDING: Final = "pending"
OVERDUE: Final = "overdue"
EVERY: Final = "all"
_SORTS: Final = {
    "due": ("due_on", "id"), "found": ("found_on", "id"), "late": ("late", "id"), "id": ("id",), "platform": ("platform", "id"),
}  # fmt: skip


def list_gaps(wanted: GapFilter, on: date, *, limit: int, offset: int = 0) -> list[GapLine]:
    """A page of gaps, by default those whose answer is due first."""
    order = _SORTS.get(wanted.sort, _SORTS["due"])
    if wanted.descending:
        order = tuple(f"-{name}" for name in order)
    return [_line(row) for row in _matching(wanted, on).order_by(*order)[offset : offset + limit]]


def count_gaps(wanted: GapFilter, on: date) -> int:
    """How many there are of these."""
    return _matching(wanted, on).count()


def get_gap(number: int, organisations: Iterable[str] | None = None) -> GapView:
    """One gap whole. Raises NoSuchGap when there is none, or it is of none of these organisations.

    With `organisations` it is as their people may see it: which officer did what is not told.
    """
    mine = None if organisations is None else frozenset(organisations)
    row = _matching(GapFilter(mine), date.min).filter(pk=number).first()
    if row is None:
        raise no_such_gap(number)
    events = [
        GapEvent(
            act=Act(event.act),
            state=State(event.state),
            by=event.by if mine is None or _is_of(event.by, mine) else "",
            at=timezone.localtime(event.at),
            words=event.words,
        )
        for event in DisclosureEvent.objects.filter(gap=row).order_by("id")
    ]
    return GapView(_line(row), digest_of(row.document), events)


def no_such_gap(number: int) -> NoSuchGap:
    """The error for a number that no gap has, or none that may be seen."""
    return NoSuchGap(f"没有第 {number} 号公示缺漏", f"there is no gap of disclosure {number}", gap=number)


def list_standings(names: Mapping[str, tuple[str, str]], on: date) -> list[PlatformStanding]:
    """How these platforms stand (code → id as a supplier, name). Three queries."""
    of = Q(platform__in=list(names))
    states = {
        (platform, state): n
        for platform, state, n in DisclosureGap.objects.filter(of)
        .values_list("platform", "state")
        .annotate(n=Count("id"))
        .order_by()
    }
    waiting = DisclosureGap.objects.filter(of, state__in=(*LIVE, State.CONFIRMED))
    latest = dict(waiting.values_list("platform").annotate(late=Max("late")).order_by())
    late = dict(
        DisclosureGap.objects.filter(of, state=State.OPEN, due_on__lt=on)
        .values_list("platform")
        .annotate(n=Count("id"))
        .order_by()
    )
    checks: dict[str, list[str]] = defaultdict(list)
    for platform, check in (
        waiting.values_list("platform", "check_id").distinct().order_by("platform", "check_id")
    ):
        checks[platform].append(check)
    return [
        PlatformStanding(
            platform=code,
            name=name,
            organisation=organisation,
            open=states.get((code, State.OPEN), 0),
            answered=states.get((code, State.ANSWERED), 0),
            confirmed=states.get((code, State.CONFIRMED), 0),
            mended=states.get((code, State.MENDED), 0),
            latest=latest.get(code),
            checks=tuple(checks[code]),
            overdue=late.get(code, 0),
        )
        for code, (organisation, name) in names.items()
    ]


def count_waiting(organisations: Iterable[str] | None = None) -> int:
    """How many gaps wait: for these organisations' answer; None: for anybody."""
    rows = DisclosureGap.objects.filter(state__in=LIVE)
    if organisations is not None:
        rows = DisclosureGap.objects.filter(state=State.OPEN, organisation__in=set(organisations))
    return rows.count()


def last_check() -> JournalEntry | None:
    """The last look at the records that changed anything, or was the first of its day."""
    return JournalEntry.objects.filter(verb=CHECKED).order_by("-leaf").first()


def list_pages(platforms: Iterable[str] | None, *, limit: int, offset: int = 0) -> list[PageLine]:
    """Pages that were taken (of these platforms' codes), the newest first."""
    rows = DisclosurePage.objects.defer("content").order_by("-id")
    if platforms is not None:
        rows = rows.filter(platform__in=set(platforms))
    return [_page(row) for row in rows[offset : offset + limit]]


def find_page(number: int, platforms: Iterable[str] | None = None) -> PageLine | None:
    """One page; None when there is none, or it is of none of these platforms."""
    rows = DisclosurePage.objects.defer("content").filter(pk=number)
    if platforms is not None:
        rows = rows.filter(platform__in=set(platforms))
    row = rows.first()
    return None if row is None else _page(row)


def read_page_content(number: int, sealer: Sealer) -> bytes:
    """A page as it came. Raises SealBroken."""
    row = DisclosurePage.objects.only("content").get(pk=number)
    return zlib.decompress(sealer.unseal_bytes(bytes(row.content)))


def public_gaps() -> Iterator[GapLine]:
    """The gaps that are public: two officers found each so."""
    rows = DisclosureGap.objects.filter(state__in=PUBLIC, confirmed_on__isnull=False).order_by("id")
    return (_line(row) for row in rows.iterator())


def _is_of(who: str, organisations: frozenset[str]) -> bool:
    """Whether one whom the log names speaks for one of these: a person with a seat there, or its key."""
    if who in organisations:
        return True
    account = find_account_of(who, where="", on=timezone.localdate())
    return account is not None and any(seat.organisation in organisations for seat in account.seats)


def _matching(wanted: GapFilter, on: date) -> QuerySet[DisclosureGap]:
    rows = DisclosureGap.objects.all()
    if wanted.organisations is not None:
        rows = rows.filter(organisation__in=wanted.organisations)
    if wanted.platform:
        rows = rows.filter(platform=wanted.platform)
    if wanted.check:
        rows = rows.filter(check_id=wanted.check)
    if wanted.before is not None:
        rows = rows.filter(pk__lt=wanted.before)
    if wanted.state == PENDING:
        return rows.filter(state__in=LIVE)
    if wanted.state == OVERDUE:
        return rows.filter(state=State.OPEN, due_on__lt=on)
    return rows.filter(state=wanted.state) if wanted.state not in ("", EVERY) else rows


def _line(row: DisclosureGap) -> GapLine:
    document: dict[str, Any] = json.loads(row.document)
    return GapLine(
        id=row.pk,
        check=row.check_id,
        platform=row.platform,
        organisation=row.organisation,
        state=State(row.state),
        holds=row.holds,
        found_on=row.found_on,
        due_on=row.due_on,
        late=row.late,
        inspected=row.inspected,
        confirmed_on=row.confirmed_on,
        document=document,
    )


def _page(row: DisclosurePage) -> PageLine:
    return PageLine(
        id=row.pk,
        platform=row.platform,
        kind=row.kind,  # type: ignore[arg-type]  # one of the kinds of pages, as it was taken
        url=row.url,
        subject=row.subject,
        seen_at=timezone.localtime(row.seen_at),
        digest=row.digest,
        size=row.size,
        encoding=row.encoding,
        inspected=row.inspected,
        by=row.by,
        at=timezone.localtime(row.at),
        document=json.loads(row.document),
    )
