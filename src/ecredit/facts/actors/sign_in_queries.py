"""Reads: who is or was at the desk."""

from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.db.models import QuerySet

from ecredit.facts.actors.models import JournalEntry, JournalNote, SignIn


@dataclass(frozen=True, slots=True)
class SignInView:
    """A session as it may be shown. `ended_at` is None while it lasts."""

    id: int
    who: str
    login: str
    name: str
    opened_at: datetime
    seen_at: datetime
    ended_at: datetime | None
    ended_why: str
    address: str


def list_sign_ins(
    *, person: str | None = None, open_only: bool = False, before: int | None = None, limit: int = 100
) -> list[SignInView]:
    """Sessions, newest first: of one person (`p12`), those not ended, older than the one numbered `before`."""
    rows: QuerySet[SignIn] = SignIn.objects.select_related("person").order_by("-id")
    if person is not None:
        rows = rows.filter(person_id=int(person.removeprefix("p")))
    if open_only:
        rows = rows.filter(ended_at=None)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [
        SignInView(
            row.pk, row.person.who, row.person.login, row.person.name, row.opened_at, row.seen_at,
            row.ended_at, row.ended_why, row.address,
        )
        for row in rows[:limit]
    ]  # fmt: skip


def read_sessions() -> dict[str, str]:
    """Whose each session is that the journal knows, or a note on its way there (`s12` → `p3`)."""
    told = chain(
        JournalEntry.objects.filter(verb="session.open").values_list("right", "who").iterator(),
        JournalNote.objects.filter(verb="session.open").values_list("right", "who").iterator(),
    )
    return {right.rpartition("/")[2]: who for right, who in told}
