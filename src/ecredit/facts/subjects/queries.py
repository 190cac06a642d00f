"""Reads about subjects."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Max

from ecredit.facts.actors.bulk import select_in
from ecredit.facts.subjects.models import CreditSubject, Identifier, Relation
from ecredit.foundation.kernel.codes import IdKind, tidy_code
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.sealing import Sealer

# Which code a subject is known by in public, best first.
PUBLIC_CODE_ORDER = (IdKind.USCC, IdKind.REG_NO, IdKind.ORG_CODE, IdKind.SOCIAL_ORG_NO, IdKind.OTHER_REG_NO)


@dataclass(frozen=True, slots=True)
class SubjectView:
    """A subject as other rooms read it. `codes` leaves out persons' numbers; `code` is the main one or ""."""

    id: int
    name: str
    kind: str
    is_person: bool
    area: str
    address: str
    legal_rep: str
    status: str
    registered: bool
    code: str
    codes: tuple[tuple[str, str], ...]
    parents: tuple[int, ...]
    branches: tuple[int, ...]


def next_subject_id() -> int:
    """The id the next new subject gets. Call it with the log open: the lock makes it nobody else's."""
    return (CreditSubject.objects.aggregate(top=Max("id"))["top"] or 0) + 1


def canonical_id(subject_id: int) -> int:
    """The id that speaks for a subject today: itself, or the one it was merged into."""
    current = CreditSubject.objects.only("id", "merged_into_id").get(id=subject_id)
    while current.merged_into_id is not None:
        current = CreditSubject.objects.only("id", "merged_into_id").get(id=current.merged_into_id)
    return current.id


def find_subject_id(code: str, sealer: Sealer | None = None) -> int | None:
    """The canonical subject of a code of any kind (a person's number only with the sealer), or of an id like S12."""
    wanted = tidy_code(code)
    if wanted[:1] == "S" and wanted.isascii() and wanted[1:].isdigit():
        found = CreditSubject.objects.filter(id=int(wanted[1:])).values_list("id", flat=True).first()
        return None if found is None else canonical_id(found)
    values = [wanted]
    if sealer is not None:
        values.append(sealer.blind_index("person_id", wanted).hex())
    rows = (
        Identifier.objects.filter(value__in=values)
        .order_by("derived", "id")
        .values_list("subject_id", "derived")
    )
    ids = {canonical_id(subject_id) for subject_id, derived in rows if not derived}
    if not ids:
        ids = {canonical_id(subject_id) for subject_id, _ in rows}
    return ids.pop() if len(ids) == 1 else None


def get_subject_id(code: str, sealer: Sealer | None = None) -> int:
    """As `find_subject_id`; raises WrongUse when there is none (or a part code fits several)."""
    found = find_subject_id(code, sealer)
    if found is None:
        raise WrongUse(
            f"没有代码为 {code} 的信用主体；请核对代码",
            f"no subject has the code {code}; check the code",
        )
    return found


def list_unregistered(subject_ids: Iterable[int]) -> list[int]:
    """Those of these subjects, natural persons left out, that no register's row has described yet."""
    sql = "SELECT id FROM subjects_subject WHERE NOT registered AND NOT is_person AND id IN ({values}) ORDER BY id"
    return [subject_id for (subject_id,) in select_in(sql, list(subject_ids), kind="bigint")]


def list_unnamed(subject_ids: Iterable[int]) -> list[int]:
    """The canonical subjects of these that no register names, neither themselves nor any merged into them."""
    roots: set[int] = set()
    up = set(subject_ids)
    while up:
        sql = "SELECT id, merged_into_id FROM subjects_subject WHERE id IN ({values})"
        rows = list(select_in(sql, list(up), kind="bigint"))
        roots |= {id for id, into in rows if into is None}
        up = {into for _, into in rows if into is not None}
    unnamed = set(list_unregistered(roots))
    owner = {id: id for id in unnamed}
    while owner:
        sql = "SELECT id, merged_into_id, registered FROM subjects_subject WHERE merged_into_id IN ({values})"
        rows = list(select_in(sql, list(owner), kind="bigint"))
        unnamed -= {owner[into] for _, into, registered in rows if registered}
        owner = {id: owner[into] for id, into, _ in rows}
    return sorted(unnamed)


def list_merged_ids(subject_id: int) -> list[int]:
    """The canonical id and every id merged into it: under which entries of the ledger may stand."""
    ids, frontier = [subject_id], [subject_id]
    while frontier:
        frontier = list(
            CreditSubject.objects.filter(merged_into_id__in=frontier).values_list("id", flat=True)
        )
        ids.extend(frontier)
    return ids


def get_subject(subject_id: int) -> SubjectView:
    """One subject with its codes (also of those merged into it) and relations."""
    row = CreditSubject.objects.get(id=subject_id)
    ids = list_merged_ids(subject_id)
    identifiers = [
        (i.kind, i.value)
        for i in Identifier.objects.filter(subject_id__in=ids, derived=False).order_by("id")
        if i.kind != IdKind.PERSON_ID.value
    ]
    return SubjectView(
        id=row.id,
        name=row.name,
        kind=row.kind,
        is_person=row.is_person,
        area=row.area,
        address=row.address,
        legal_rep=row.legal_rep,
        status=row.status,
        registered=row.registered,
        code=main_code(identifiers),
        codes=tuple(identifiers),
        parents=tuple(Relation.objects.filter(child_id__in=ids).values_list("parent_id", flat=True)),
        branches=tuple(Relation.objects.filter(parent_id__in=ids).values_list("child_id", flat=True)),
    )


def list_persons(subject_ids: Iterable[int]) -> frozenset[int]:
    """Those of these subjects that are natural persons."""
    rows = CreditSubject.objects.filter(id__in=list(subject_ids), is_person=True)
    return frozenset(rows.values_list("id", flat=True))


def main_code(identifiers: Iterable[tuple[str, str]]) -> str:
    """The code a subject goes by in public: USCC, else the older ones; "" for a person."""
    by_kind: dict[str, str] = {}
    for kind, value in identifiers:
        by_kind.setdefault(kind, value)
    return next((by_kind[kind.value] for kind in PUBLIC_CODE_ORDER if kind.value in by_kind), "")


def iter_codes(subject_ids: list[int]) -> Iterator[tuple[int, str, str]]:
    """(subject id, kind, value) of the direct codes of many subjects, persons' numbers left out."""
    sql = (
        "SELECT subject_id, kind, value FROM subjects_identifier "
        "WHERE NOT derived AND kind <> 'person_id' AND subject_id IN ({values}) ORDER BY subject_id, id"
    )
    yield from select_in(sql, subject_ids, kind="bigint")
