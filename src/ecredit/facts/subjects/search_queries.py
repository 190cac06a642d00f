"""Finding a subject by what an officer has at hand: a code, a number, the beginning of a name."""

from collections import defaultdict
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q

from ecredit.facts.subjects.models import CreditSubject
from ecredit.facts.subjects.queries import find_subject_id, iter_codes, main_code
from ecredit.foundation.kernel.text_forms import name_form
from ecredit.foundation.proof.sealing import Sealer

_LAST = "\U0010ffff"
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
    """Subjects with this code, number or S-number; else organisations whose name begins so, by name.

    A natural person is found by number only: a name says nothing about which one.
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
    return _hits(list(rows.values_list("id", flat=True)[:limit]))


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
