"""Reads of what waits for another person's agreement."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ecredit.facts.actors.approval_actions import ASKED
from ecredit.facts.actors.models import Approval, Person
from ecredit.foundation.kernel.errors import WrongUse


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """A request and what became of it."""

    id: int
    verb: str
    about: str
    params: Mapping[str, Any]
    reason: str
    state: str
    asked_by: str
    asked_at: datetime
    decided_by: str
    decided_at: datetime | None
    note: str


# Who acts without being a person of the platform.
_MACHINES: Final = {"operator": "控制台操作员 operator", "schedule": "定时任务 schedule"}


def list_approvals(*, waiting: bool = True, limit: int = 50, offset: int = 0) -> list[ApprovalView]:
    """A page of the requests that wait, oldest first, or of those decided, newest first."""
    rows = Approval.objects.filter(state=ASKED).order_by("id")
    if not waiting:
        rows = Approval.objects.exclude(state=ASKED).order_by("-decided_at", "-id")
    return [_view(row) for row in rows[offset : offset + limit]]


def count_approvals() -> int:
    """How many requests wait."""
    return Approval.objects.filter(state=ASKED).count()


def get_approval(approval_id: int) -> ApprovalView:
    """One request. Raises WrongUse when there is none."""
    row = Approval.objects.filter(id=approval_id).first()
    if row is None:
        raise WrongUse(f"没有编号为 {approval_id} 的待复核操作", f"there is no request {approval_id}")
    return _view(row)


def list_waiting_about(abouts: Sequence[str]) -> dict[str, ApprovalView]:
    """The request that waits about each of these objects, where one does."""
    rows = Approval.objects.filter(state=ASKED, about__in=abouts).order_by("id")
    return {row.about: _view(row) for row in rows}


def list_asked_about(verb: str) -> list[str]:
    """The objects about which this is asked for and waits."""
    return list(
        Approval.objects.filter(state=ASKED, verb=verb).order_by("id").values_list("about", flat=True)
    )


def list_names(whos: Iterable[str]) -> dict[str, str]:
    """The names of these persons by how logs call them (`p12`); others keep what they are called."""
    wanted = set(whos)
    ids = [int(who[1:]) for who in wanted if who[:1] == "p" and who[1:].isdigit()]
    named = dict(Person.objects.filter(id__in=ids).values_list("id", "name"))
    return {
        who: named.get(int(who[1:]), who) if who[1:].isdigit() else _MACHINES.get(who, who) for who in wanted
    }


def _view(row: Approval) -> ApprovalView:
    return ApprovalView(
        id=row.pk,
        verb=row.verb,
        about=row.about,
        params=row.params,
        reason=row.reason,
        state=row.state,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        note=row.note,
    )
