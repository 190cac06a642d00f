"""What a supplier may see of the ledger: the entries it sent itself, personal values masked, and whom they are about."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ecredit.facts.collection.shown_values import show_entry_value
from ecredit.facts.records.queries import list_standing_of
from ecredit.facts.records.types import EntryView
from ecredit.facts.subjects.queries import (
    find_subject_id,
    get_subject,
    iter_codes,
    list_merged_ids,
    list_persons,
    main_code,
)
from ecredit.service.operation.platform import Platform


@dataclass(frozen=True, slots=True)
class ShownRecord:
    """An entry as its supplier reads it. `subject` is the code of whom it is about, empty for a person."""

    leaf: int
    verb: str
    source: str
    subject: str
    valid_from: str | None
    valid_to: str | None
    known_at: str
    batch: int | None
    line: int | None
    edition: str
    values: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class OwnSubject:
    """A subject as a supplier that has sent something about it may see it; `further` is the leaf behind which the next page
    of its records begins, None on the last."""

    code: str
    name: str
    kind: str
    status: str
    records: tuple[ShownRecord, ...]
    further: int | None


def show_records(platform: Platform, entries: Sequence[EntryView]) -> list[ShownRecord]:
    """Entries with their personal values masked. Two queries, however many."""
    ids = sorted({entry.subject_id for entry in entries})
    persons = list_persons(ids)
    codes: dict[int, list[tuple[str, str]]] = {}
    for subject_id, kind, value in iter_codes(ids) if ids else ():
        codes.setdefault(subject_id, []).append((kind, value))
    return [
        _shown(platform, entry, entry.subject_id in persons, main_code(codes.get(entry.subject_id, ())))
        for entry in entries
    ]


def find_own_subject(
    platform: Platform, code: str, *, suppliers: Collection[str], after: int | None = None, limit: int = 200
) -> OwnSubject | None:
    """The organisation behind a code and a page of what these suppliers have sent about it that stands, by leaf; None when
    nothing of theirs stands, or it is a person."""
    subject_id = find_subject_id(code)
    if subject_id is None:
        return None
    ids = list_merged_ids(subject_id)
    own = list_standing_of(ids, suppliers, after=-1 if after is None else after, limit=limit + 1)
    subject = get_subject(subject_id)
    # What the page before ended with may have been withdrawn since: an empty last page is no subject never heard of.
    known = own or (after is not None and list_standing_of(ids, suppliers, limit=1))
    if not known or subject.is_person:
        return None
    return OwnSubject(
        subject.code,
        subject.name,
        subject.kind,
        subject.status,
        tuple(show_records(platform, own[:limit])),
        own[limit - 1].leaf if len(own) > limit else None,
    )


def _shown(platform: Platform, entry: EntryView, person: bool, code: str) -> ShownRecord:
    source = platform.catalog.sources.get(entry.source_id)
    return ShownRecord(
        leaf=entry.leaf,
        verb=entry.verb,
        source=entry.source_id,
        subject="" if person else code,
        valid_from=None if entry.valid_from is None else entry.valid_from.isoformat(),
        valid_to=None if entry.valid_to is None else entry.valid_to.isoformat(),
        known_at=entry.known_at.isoformat(),
        batch=entry.batch_id,
        line=entry.line,
        edition=entry.edition,
        values={
            name: show_entry_value(source, name, value, about_person=person, sealer=platform.sealer)
            for name, value in _texts(entry.values.items())
        },
    )


def _texts(members: Iterable[tuple[str, object]]) -> Iterable[tuple[str, str]]:
    return ((name, value) for name, value in members if isinstance(value, str))
