"""Opening subjects and attaching codes, many at once, each with its identity event in the log."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ecredit.facts.actors.bulk import bulk_insert, sql_instant
from ecredit.facts.actors.canonical import leaf_lines
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.facts.subjects.identity_log import detail_text
from ecredit.facts.subjects.lookup import organisation_part
from ecredit.foundation.kernel.codes import IdKind
from ecredit.foundation.kernel.masking import mask_name
from ecredit.foundation.kernel.text_forms import name_form
from ecredit.foundation.proof.merkle import leaf_hash

_EVENT_COLUMNS = (
    "leaf", "at", "who", "right", "verb", "subject_id", "other_id", "kind", "value", "detail",
)  # fmt: skip
_SUBJECT_COLUMNS = (
    "id", "name", "name_form", "kind", "is_person", "area", "address", "legal_rep", "status", "registered",
    "merged_into_id", "opened_leaf", "changed_leaf",
)  # fmt: skip
_IDENTIFIER_COLUMNS = ("subject_id", "kind", "value", "sealed", "derived", "leaf")


@dataclass(frozen=True, slots=True)
class NewSubject:
    """A subject to open: its codes as stored (the first is the main one) and what the row says."""

    id: int
    codes: tuple[tuple[IdKind, str], ...]
    name: str
    kind: str
    is_person: bool


def open_subjects(news: Sequence[NewSubject], *, log: OpenLog, by: Actor, sealed: Mapping[str, str]) -> None:
    """Write the subjects, their codes and one `open` event each (further codes: one `attach` event each).

    A natural person is kept under a masked name; the number only as index and cipher (`sealed`: index → cipher).
    """
    if not news:
        return
    events = _Events(log, by)
    subjects: list[tuple[object, ...]] = []
    identifiers: list[tuple[object, ...]] = []
    for new in news:
        name = mask_name(new.name) if new.is_person else new.name
        main_kind, main = new.codes[0]
        leaf = events.add("open", new.id, main_kind, main, detail_text({"kind": new.kind, "name": name}))
        subjects.append(
            (new.id, name, name_form(name), new.kind, new.is_person, area_of(main_kind, main), "", "", "", False,
             None, leaf, leaf)
        )  # fmt: skip
        identifiers.extend(_identifier_rows(new.id, main_kind, main, sealed.get(main, ""), leaf))
        for kind, value in new.codes[1:]:
            leaf = events.add("attach", new.id, kind, value, "")
            identifiers.extend(_identifier_rows(new.id, kind, value, sealed.get(value, ""), leaf))
    bulk_insert("subjects_subject", _SUBJECT_COLUMNS, subjects)
    bulk_insert("subjects_identifier", _IDENTIFIER_COLUMNS, identifiers)
    events.write()


def attach_codes(attached: Iterable[tuple[int, IdKind, str]], *, log: OpenLog, by: Actor) -> None:
    """Give known subjects further codes, as the register says; each an `attach` event."""
    events = _Events(log, by)
    identifiers: list[tuple[object, ...]] = []
    for subject_id, kind, value in attached:
        leaf = events.add("attach", subject_id, kind, value, "")
        identifiers.extend(_identifier_rows(subject_id, kind, value, "", leaf))
    if identifiers:
        bulk_insert("subjects_identifier", _IDENTIFIER_COLUMNS, identifiers)
        events.write()


def area_of(kind: IdKind, code: str) -> str:
    """The six-digit area of registration that a code carries (GB/T 2260), or nothing."""
    if kind is IdKind.USCC:
        return code[2:8]
    return code[:6] if kind is IdKind.REG_NO else ""


def _identifier_rows(
    subject_id: int, kind: IdKind, value: str, sealed: str, leaf: int
) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = [(subject_id, kind.value, value, sealed, False, leaf)]
    part = organisation_part(value) if kind is IdKind.USCC else None
    if part:
        rows.append((subject_id, IdKind.ORG_CODE.value, part, "", True, leaf))
    return rows


class _Events:
    """Identity events of one call, numbered from the open log."""

    def __init__(self, log: OpenLog, by: Actor) -> None:
        self._log, self._by = log, by
        self._first = log.next_leaf
        self._rows: list[tuple[object, ...]] = []
        self._hashes: list[bytes] = []

    def add(self, verb: str, subject_id: int, kind: IdKind, value: str, detail: str) -> int:
        leaf = self._first + len(self._rows)
        row = (self._by.who, self._by.right, verb, subject_id, None, kind.value, value, detail)
        self._rows.append((leaf, sql_instant(self._log.at), *row))
        self._hashes.append(leaf_hash(leaf_lines("identity", leaf, self._log.at, *row)))
        return leaf

    def write(self) -> None:
        bulk_insert("subjects_identity_event", _EVENT_COLUMNS, self._rows)
        self._log.append(self._hashes)
