"""Finding a subject by what an officer has at hand: a code, a number, any part of a name."""

from collections import defaultdict
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q, Value
from django.db.models.functions import StrIndex

from ecredit.facts.subjects.models import CreditSubject
from ecredit.facts.subjects.queries import find_subject_id, iter_codes, main_code
from ecredit.foundation.kernel.text_forms import name_form
from ecredit.foundation.proof.sealing import Sealer

_LAST = "\U0010ffff"
_SPARE = 50
SHORTEST = 2


@dataclass(frozen=True, slots=True)
class SubjectHit:
    """A subject found; `name` of a natural person is for the door to mask."""

    id: int
    name: str
    code: str
    kind: str
    is_person: bool
    status: str
    merged_into: int | None


def search_subjects(text: str, *, sealer: Sealer, limit: int = 50) -> list[SubjectHit]:
    """Subjects with this code, number or S-number; else organisations whose name begins so, then those that hold it, by name.

    A natural person is found by number only: a name says nothing about which one. Beginnings are looked up in the index;
    where they do not fill the list, the names are gone through: in SQLite the index of names alone, until the list is full.
    """
    found = find_subject_id(text, sealer)
    if found is not None:
        return _hits([found])
    form = name_form(text)
    if len(form) < SHORTEST:
        return []
    begins = Q(name_form__startswith=form)
    if connection.vendor == "sqlite":
        begins = Q(name_form__gte=form, name_form__lt=form + _LAST)
    rows = CreditSubject.objects.filter(begins, is_person=False).order_by("name_form", "id")
    ids = list(rows.values_list("id", flat=True)[:limit])
    if len(ids) < limit:
        ids += _holding(form, limit=limit - len(ids))
    return _hits(ids)


def _holding(form: str, *, limit: int) -> list[int]:
    """Organisations whose name holds this further on."""
    held = CreditSubject.objects.alias(place=StrIndex("name_form", Value(form))).filter(place__gt=1)
    if connection.vendor == "sqlite":
        # From the index of names alone, in its order. It does not say who is a person, but their names are masked: few are met.
        some = list(held.order_by("name_form").values_list("id", flat=True)[: limit + _SPARE])
        persons = set(CreditSubject.objects.filter(id__in=some, is_person=True).values_list("id", flat=True))
        return [id for id in some if id not in persons][:limit]
    # In no order, so that it ends as soon as there are enough.
    rows = held.filter(is_person=False).values_list("name_form", "id")[:limit]
    return [id for _, id in sorted(rows)]


def list_hits(subject_ids: list[int]) -> dict[int, SubjectHit]:
    """These subjects as a list shows them, by id."""
    return {hit.id: hit for hit in _hits(subject_ids)}


def _hits(ids: list[int]) -> list[SubjectHit]:
    codes: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for subject_id, kind, value in iter_codes(ids):
        codes[subject_id].append((kind, value))
    rows = CreditSubject.objects.in_bulk(ids)
    return [
        SubjectHit(
            row.id,
            row.name,
            main_code(codes[row.id]),
            row.kind,
            row.is_person,
            row.status,
            row.merged_into_id,
        )
        for row in (rows[subject_id] for subject_id in ids if subject_id in rows)
    ]
