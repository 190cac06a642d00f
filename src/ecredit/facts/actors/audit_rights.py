"""The audit of rights: whoever acted held the right named, at that instant, by the journal's own entries.

A role lent for a moment by hand, and taken away again, leaves every table as the journal says it should be; only what was
done by it tells. So roles, people and keys are replayed, and each act is held against them. Acts are many and rights few:
the database tells for each actor and right the first and the last act, and rows are read only where those do not fit.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from typing import Any, Final

from django.utils import timezone

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.bulk import sql_instant, stream_rows
from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.models import JournalEntry, JournalNote
from ecredit.facts.actors.queries import read_journal
from ecredit.foundation.catalog.types import Catalog

# A change of the rules, and in its detail what each role allowed by then.
RULES_CHANGED: Final = "catalog.change"
# How a right reads that was used at the desk, over the interface, or for a person named at the console:
# `review.decide desk/s17`, `batch.submit api/k3`, `model.adopt console/operator`.
_USED: Final = re.compile(r"(\S+) (?:desk/\S+|console/\S+|api/k(\d+))(?: |$)", re.ASCII)
# What anybody may do who is registered: look after one's own account.
_EVERYBODY: Final = frozenset({"own", "sign_in"})
# Allowed before the role ended, written after: somebody else had the log, or the file waited for its turn.
_UNDERWAY: Final = timedelta(minutes=1)
_QUEUED: Final = timedelta(days=1)
_EVER: Final = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

_Held = list[tuple[datetime, datetime]]
"""When something was so: instants, from and until (both within), in order and apart."""


def audit_rights(catalog: Catalog, *tables: str) -> Iterator[AuditFinding]:
    """Acts of `tables` (each with leaf, at, who, right, verb, detail) by a right that its actor did not hold by the journal.

    What a role allows is the catalogue's; what it allowed before its last change is what the journal says.
    """
    told = _Told(catalog)
    for table in tables:
        for who, right, first, last in list(stream_rows(_FIRST_AND_LAST.format(table=table))):
            held = told.when(who, right)
            if held is not None and not _within(held, _instant(first), _instant(last)):
                yield from _outside(table, who, right, held)


_FIRST_AND_LAST = """
    SELECT who, "right", MIN(at), MAX(at) FROM {table} GROUP BY who, "right" ORDER BY who, "right"
"""


def _outside(table: str, who: str, right: str, held: _Held) -> Iterator[AuditFinding]:
    """Each act by this right at an instant at which it was not held."""
    between = "".join(" AND NOT at BETWEEN %s AND %s" for _ in held)
    sql = f'SELECT leaf, at, verb, detail FROM {table} WHERE who = %s AND "right" = %s{between} ORDER BY leaf'
    values = [who, right, *(sql_instant(_sayable(edge)) for span in held for edge in span)]
    begun = _begun(who, right, held)
    for leaf, at, verb, detail in stream_rows(sql, values):
        noted = _noted_at(detail)
        if noted is not None and _within(held, noted, noted):
            continue
        # What somebody put into the queue goes on though they have left.
        if begun is not None and begun <= _instant(at):
            continue
        yield AuditFinding(
            "right",
            leaf,
            f"第 {leaf} 条（{verb}）：{who} 以“{right}”办理，而按日志当时没有这项权限",
            f"leaf {leaf} ({verb}): {who} acted by '{right}', which by the journal was not theirs at that instant",
        )


class _Told:
    """When each right was held, as the journal tells it."""

    def __init__(self, catalog: Catalog) -> None:
        self._editions = _editions(catalog)
        self._people = _people()
        self._roles = _roles()
        self._keys = _keys()
        self._known: dict[tuple[str, str], _Held] = {}

    def when(self, who: str, right: str) -> _Held | None:
        """When `who` held a right; None for one that is not of a person at the desk or of a key."""
        used = _USED.match(right)
        if used is None:
            return None
        permission, key = used.groups()
        known = self._known.get((who, used[0]))
        if known is None:
            known = self._of_person(who, permission) if key is None else self._of_key(who, key, permission)
            self._known[who, used[0]] = known
        return known

    def _of_key(self, who: str, key: str, permission: str) -> _Held:
        organisation, scopes, start, end = self._keys.get(key, ("", (), *_EVER))
        return [(start, end + _QUEUED)] if organisation == who and permission in scopes else []

    def _of_person(self, who: str, permission: str) -> _Held:
        active = self._people.get(who, [])
        if permission in _EVERYBODY:
            return active
        spans = [
            (max(start, since), min(end, until))
            for role, start, end in self._roles.get(who, ())
            for since, until, allowed in self._editions
            if permission in allowed.get(role, ())
        ]
        return _both(_joined(spans), active)


def _editions(catalog: Catalog) -> list[tuple[datetime, datetime, Mapping[str, Sequence[str]]]]:
    """What each role allowed, from and until when.

    The city works by changed rules before it notes that it does: an edition may have held since the one before was noted,
    and until the next was.
    """
    noted = [
        (row.at, roles)
        for row in read_journal(RULES_CHANGED)
        if isinstance(roles := read_object(row.detail).get("roles"), dict)
    ]
    now = {id: tuple(role.permissions) for id, role in catalog.roles.items()}
    edges = [_EVER[0], *(at for at, _ in noted), _EVER[1], _EVER[1]]
    every = [*(roles for _, roles in noted), now]
    return [(edges[n], edges[n + 2], roles) for n, roles in enumerate(every)]


def _people() -> dict[str, _Held]:
    """When each person might sign in."""
    spans: dict[str, _Held] = defaultdict(list)
    for row in read_journal("person.register", "person.disable", "person.enable"):
        held = spans[row.object.partition(":")[2]]
        if row.verb == "person.disable":
            if held and held[-1][1] == _EVER[1]:
                held[-1] = held[-1][0], row.at + _UNDERWAY
        else:
            held.append((row.at, _EVER[1]))
    return {who: _joined(held) for who, held in spans.items()}


def _roles() -> dict[str, list[tuple[str, datetime, datetime]]]:
    """Each person's roles, from and until when."""
    held: dict[str, dict[tuple[str, str, str], _Held]] = defaultdict(lambda: defaultdict(list))
    for row in read_journal("role.grant", "role.revoke"):
        said = read_object(row.detail)
        # One role may have been given for several spans: each is known by its first day.
        seat = str(said.get("organisation")), str(said.get("role")), str(said.get("from"))
        spans = held[row.object.partition(":")[2]][seat]
        if row.verb == "role.grant":
            spans.append((max(row.at, _starts(said.get("from"))), _EVER[1]))
        elif spans:
            spans[-1] = spans[-1][0], max(row.at, _starts(said.get("until"))) + _UNDERWAY
    return {
        who: [(role, *span) for (_, role, _), spans in seats.items() for span in spans]
        for who, seats in held.items()
    }


def _keys() -> dict[str, tuple[str, Sequence[str], datetime, datetime]]:
    """Of each key its organisation, what it carries, and from and until when."""
    keys: dict[str, tuple[str, Sequence[str], datetime, datetime]] = {}
    for row in read_journal("apikey.issue", "apikey.revoke"):
        number, said = row.object.partition(":")[2], read_object(row.detail)
        if row.verb == "apikey.issue":
            days = (_day(said.get("expires_on")) - row.at.astimezone(UTC).date()).days
            scopes = said.get("scopes")
            ends = row.at + timedelta(days=max(days, 0))
            keys[number] = (
                str(said.get("organisation")),
                scopes if isinstance(scopes, list) else (),
                row.at,
                ends,
            )
        elif number in keys:
            organisation, scopes, start, end = keys[number]
            keys[number] = organisation, scopes, start, min(end, row.at)
    return keys


def _begun(who: str, right: str, held: _Held) -> datetime | None:
    """When the first work was put into the queue by this right while it was held. A key's queue is short: see `_QUEUED`."""
    if " api/" in right:
        return None
    started = {"verb": "job.start", "who": who, "right": right}
    entries = JournalEntry.objects.filter(**started).order_by("leaf").iterator()
    waiting = JournalNote.objects.filter(**started).order_by("id").iterator()
    instants = chain((_noted_at(row.detail) or row.at for row in entries), (row.at for row in waiting))
    return next((at for at in instants if _within(held, at, at)), None)


def _within(held: _Held, first: datetime, last: datetime) -> bool:
    """Whether it was held from the first instant to the last."""
    place = bisect_right(held, first, key=lambda span: span[0])
    return place > 0 and last <= held[place - 1][1]


def _joined(spans: Iterable[tuple[datetime, datetime]]) -> _Held:
    """The spans in order, those that touch as one."""
    held: _Held = []
    for start, end in sorted(spans):
        if start > end:
            continue
        if held and start <= held[-1][1]:
            held[-1] = held[-1][0], max(end, held[-1][1])
        else:
            held.append((start, end))
    return held


def _both(these: _Held, those: _Held) -> _Held:
    return _joined((max(a, c), min(b, d)) for a, b in these for c, d in those)


def _noted_at(detail: str) -> datetime | None:
    """The instant of what was noted and sealed later; None for what was written into the log at once."""
    said = read_object(detail).get("noted_at")
    try:
        return None if said is None else datetime.fromisoformat(str(said))
    except ValueError:
        return None


def _instant(stored: Any) -> datetime:
    """An instant as a bare query gives it: SQLite gives UTC without saying so, of MIN and MAX as text."""
    at = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _sayable(at: datetime) -> datetime:
    """An edge as both databases can compare it."""
    return min(max(at, datetime(1, 1, 2, tzinfo=UTC)), datetime(9999, 12, 30, tzinfo=UTC))


def _starts(said: object) -> datetime:
    """The first instant of a day in the city's time."""
    day = _day(said)
    return _EVER[0] if day == date.min else timezone.make_aware(datetime.combine(day, time.min))


def _day(said: object) -> date:
    try:
        return date.fromisoformat(str(said))
    except ValueError:
        return date.min
