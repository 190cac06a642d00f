"""Reads: who may send under which name, and the log's latest head."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Final

from django.db.models import Count
from django.db.models.functions import TruncMonth

from ecredit.facts.actors.errors import OrganisationOver
from ecredit.facts.actors.models import (
    ApiKey,
    JournalEntry,
    JournalNote,
    LogHead,
    LogState,
    Organisation,
    Person,
)
from ecredit.facts.actors.prepared import Prepared
from ecredit.facts.actors.rights import Account, holds_on
from ecredit.facts.actors.types import Act, KeyView, PersonView, Seat, Supplier
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.errors import WrongUse

HOME: Final = "home"
# What the journal calls the readings of a subject's personal data, all of which are counted.
READS: Final = ("subject.read", "subject.reveal")
_BY_ID: Final = Prepared(lambda id: Organisation.objects.filter(id=id), "-")
_FOLLOWERS: Final = Prepared(lambda: Organisation.objects.filter(predecessor__isnull=False))
INVENTED: Final = "home.invented"
"""The journal's verb for a home whose data are made up (a demo city)."""


def get_supplier(catalog: Catalog, name_or_id: str, *, on: date) -> Supplier:
    """The department or organisation called so, today or before a reform.

    Raises WrongUse when nobody is (the sentence says how to list those who are), OrganisationOver for a registered one
    that has ended by the day.
    """
    department = catalog.find_department(name_or_id, on=on)
    if department is not None:
        return Supplier(id=department.id, name=department.name, kind=department.kind)
    wanted = name_or_id.strip()
    row = _called(wanted)
    if row is not None:
        _check_lasts(row, on)
        return _supplier(row)
    raise WrongUse(
        f"没有叫“{wanted}”的报送单位；用 ecredit suppliers 查看全部",
        f"no supplier is called '{wanted}'; list them with: ecredit suppliers",
    )


def get_organisation_id(catalog: Catalog, name_or_id: str, *, on: date) -> str:
    """The id of the one called so, also of one that has ended or was merged: what it was given can be taken back.

    Raises WrongUse.
    """
    wanted = name_or_id.strip()
    if wanted in catalog.departments:
        return wanted
    row = _called(wanted)
    return get_supplier(catalog, wanted, on=on).id if row is None else row.id


def check_lasts(catalog: Catalog, organisation: str, *, on: date) -> None:
    """Raise OrganisationOver for a registered organisation that has ended by the day; departments are the catalogue's."""
    row = None if organisation in catalog.departments else _BY_ID.first(organisation)
    if row is not None:
        _check_lasts(row, on)


def _called(wanted: str) -> Organisation | None:
    return _BY_ID.first(wanted) or Organisation.objects.filter(name=wanted).first()


def _check_lasts(row: Organisation, on: date) -> None:
    if row.valid_to is None or on < row.valid_to:
        return
    heir = Organisation.objects.filter(predecessor=row).order_by("id").first()
    zh = "" if heir is None else f"；其工作由 {heir.name} 接续，请以它的名义办理"
    en = "" if heir is None else f"; {heir.name} has taken over its work, act as that"
    raise OrganisationOver(
        f"{row.name} 已于 {row.valid_to} 终止{zh}",
        f"{row.name} ended on {row.valid_to}{en}",
        organisation=row.id,
    )


def get_organisation(supplier_id: str) -> Supplier | None:
    """A registered organisation by its id; None for departments."""
    row = _BY_ID.first(supplier_id)
    return None if row is None else _supplier(row)


def _supplier(row: Organisation) -> Supplier:
    return Supplier(id=row.id, name=row.name, kind=row.kind, uscc=row.uscc)


def list_supplier_names(catalog: Catalog, ids: Iterable[str]) -> dict[str, str]:
    """The names of departments and registered organisations by id; one query. Who is neither keeps the id."""
    wanted = set(ids)
    names = {id: catalog.departments[id].name for id in wanted if id in catalog.departments}
    registered = Organisation.objects.filter(id__in=wanted - set(names)).values_list("id", "name")
    return {id: id for id in wanted} | names | dict(registered)


def list_predecessors(catalog: Catalog, supplier_id: str) -> frozenset[str]:
    """The departments whose work this one has taken over, itself included; nobody for other organisations."""
    return frozenset(
        department
        for department in catalog.departments
        if (found := catalog.find_department(department)) is not None and found.id == supplier_id
    )


def list_taken_over(catalog: Catalog, supplier_id: str) -> frozenset[str]:
    """Whose work a supplier does, department or registered: its own, and that of those whose work it has taken over."""
    if supplier_id in catalog.departments:
        return list_predecessors(catalog, supplier_id) | {supplier_id}
    return organisations_before([supplier_id]).get(supplier_id, frozenset()) | {supplier_id}


def list_organisations(*, on: date | None = None) -> list[Supplier]:
    """Registered suppliers that are not departments, by id (with a day, those that have not ended by it)."""
    rows = Organisation.objects.order_by("id")
    if on is not None:
        rows = rows.exclude(valid_to__lte=on)
    return [_supplier(row) for row in rows]


def log_size() -> int:
    """How many leaves the log has."""
    return LogState.objects.filter(id=1).values_list("size", flat=True).first() or 0


def log_origin() -> str:
    """The log's name in its signed heads."""
    return LogState.objects.values_list("origin", flat=True).get(id=1)


def is_invented() -> bool:
    """Tell whether it is on record that what this home holds is made up."""
    return JournalEntry.objects.filter(object=HOME, verb=INVENTED).exists()


def latest_head() -> LogHead | None:
    """The last signed head, or None while the log is empty."""
    return LogHead.objects.order_by("-size").first()


def read_journal(
    *verbs: str, since: datetime | None = None, until: datetime | None = None
) -> Iterator[JournalEntry]:
    """The journal rows of these verbs, oldest first (of a half-open period)."""
    rows = JournalEntry.objects.filter(verb__in=verbs).order_by("leaf")
    if since is not None:
        rows = rows.filter(at__gte=since)
    if until is not None:
        rows = rows.filter(at__lt=until)
    yield from rows.iterator()


def find_last_act(verb: str) -> JournalEntry | None:
    """The newest journal row of a verb."""
    return JournalEntry.objects.filter(verb=verb).order_by("-leaf").first()


def list_acts(objects: Collection[str]) -> list[Act]:
    """What the journal holds about these objects (`entry:12`), oldest first; reads are left out."""
    rows = JournalEntry.objects.filter(object__in=objects).exclude(verb__endswith=".read").order_by("leaf")
    return [Act(row.object, row.verb, row.who, row.right, row.at) for row in rows]


def account_of(person: Person, *, where: str, on: date) -> Account:
    """A person with the roles held on a day; one in an organisation that has ended is held no longer."""
    seats = _seats(person, on)
    own = {seat.organisation for seat in seats}
    over = set(Organisation.objects.filter(id__in=own, valid_to__lte=on).values_list("id", flat=True))
    if over:
        seats = tuple(seat for seat in seats if seat.organisation not in over)
        own -= over
    return Account(
        who=person.who, name=person.name, where=where, seats=seats, inherited=organisations_before(own)
    )


def find_account_of(who: str, *, where: str, on: date) -> Account | None:
    """The account of a person by how logs call them (`p12`); None when it is nobody's, or disabled."""
    number = who.removeprefix("p")
    if who == number or not (number.isascii() and number.isdigit()):
        return None
    person = Person.objects.filter(id=int(number), is_active=True).first()
    return None if person is None else account_of(person, where=where, on=on)


def organisations_before(ids: Collection[str]) -> Mapping[str, frozenset[str]]:
    """Registered organisations whose work these have taken over, by id; those that follow nobody are left out."""
    if not ids:
        return {}
    follows = {row.pk: row.predecessor_id for row in _FOLLOWERS.rows()}
    found: dict[str, frozenset[str]] = {}
    for id in ids:
        before: list[str] = []
        here = follows.get(id)
        while here is not None and here not in before:
            before.append(here)
            here = follows.get(here)
        if before:
            found[id] = frozenset(before)
    return found


def list_people(*, on: date | None = None) -> list[PersonView]:
    """Everybody, by login, with the roles held on a day (default: those not taken back)."""
    return [
        PersonView(p.who, p.login, p.name, p.is_active, _seats(p, on))
        for p in Person.objects.prefetch_related("memberships").order_by("login")
    ]


def _seats(person: Person, on: date | None) -> tuple[Seat, ...]:
    return tuple(
        Seat(held.organisation, held.role)
        for held in sorted(person.memberships.all(), key=lambda held: held.pk)
        if (held.valid_to is None if on is None else holds_on(on, held.valid_from, held.valid_to))
    )


def list_keys(organisation: str | None = None) -> list[KeyView]:
    """Every key (of one organisation), newest first."""
    keys = ApiKey.objects.order_by("-id")
    if organisation is not None:
        keys = keys.filter(organisation=organisation)
    return [
        KeyView(
            id=k.pk,
            organisation=k.organisation,
            title=k.title,
            prefix=k.prefix,
            scopes=tuple(k.scopes),
            per_minute=k.per_minute,
            per_day=k.per_day,
            created_at=k.created_at,
            expires_at=k.expires_at,
            revoked_at=k.revoked_at,
            last_used_at=k.last_used_at,
        )
        for k in keys
    ]


def count_reads(about: str) -> int:
    """How often personal data of `about` (`subject:12`) was read, noted reads included."""
    rows = JournalEntry.objects.filter(object=about, verb__in=READS).count()
    return rows + JournalNote.objects.filter(object=about, verb__in=READS).count()


def count_reads_by_month(abouts: Collection[str], *, months: int = 12) -> list[tuple[date, int]]:
    """How often personal data of these was read in each of the last months with any read, newest first (its first day)."""
    counted: Counter[date] = Counter()
    for model in (JournalEntry, JournalNote):
        rows = model.objects.filter(object__in=abouts, verb__in=READS).annotate(month=TruncMonth("at"))
        for month, n in rows.values_list("month").annotate(n=Count("at")).order_by("-month")[:months]:
            counted[month.date()] += n
    return sorted(counted.items(), reverse=True)[:months]
