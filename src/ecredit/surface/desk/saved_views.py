"""People's own views of tables: a name for a filter and an order."""

from dataclasses import dataclass
from typing import Final

from django.db import transaction

from ecredit.facts.actors.models import Person
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.surface.desk.models import SavedView

MOST: Final = 20
_LONGEST_TITLE: Final = 60
_LONGEST_QUERY: Final = 1000


@dataclass(frozen=True, slots=True)
class View:
    """A saved view: `query` is the part of the address after `?`."""

    id: int
    title: str
    query: str


def list_views(person: Person, table: str) -> list[View]:
    """A person's views of a table, by title."""
    rows = SavedView.objects.filter(person=person, table=table).order_by("title")
    return [View(row.pk, row.title, row.query) for row in rows]


def save_view(*, person: Person, table: str, title: str, query: str) -> None:
    """Keep a view; one of the same title is replaced. Raises WrongUse."""
    title = title.strip()
    if not title or len(title) > _LONGEST_TITLE or len(query) > _LONGEST_QUERY:
        raise WrongUse(
            f"视图名称为 1 至 {_LONGEST_TITLE} 个字", f"a view's name has 1 to {_LONGEST_TITLE} characters"
        )
    with transaction.atomic():
        others = SavedView.objects.filter(person=person, table=table).exclude(title=title)
        if others.count() >= MOST:
            raise WrongUse(f"每张表最多保存 {MOST} 个视图", f"a table has at most {MOST} saved views")
        SavedView.objects.update_or_create(person=person, table=table, title=title, defaults={"query": query})


def forget_view(*, person: Person, view_id: int) -> None:
    """Drop a view of one's own; another's is not touched."""
    SavedView.objects.filter(person=person, id=view_id).delete()
