"""Where every value of a record comes from: the supplier, the file, its line, what was written there, who changed it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ecredit.facts.actors.approval_queries import ApprovalView, list_names, list_waiting_about
from ecredit.facts.actors.queries import list_acts
from ecredit.facts.collection.correct_actions import fixed_columns
from ecredit.facts.collection.queries import list_files
from ecredit.facts.collection.shown_values import show_entry_value
from ecredit.facts.records.post_actions import REASON
from ecredit.facts.records.timeline import list_versions
from ecredit.facts.records.types import EntryView, Verb
from ecredit.facts.subjects.queries import canonical_id, get_subject
from ecredit.foundation.catalog.types import Source
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.sealing import is_sealed
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.subject_file import document_of


@dataclass(frozen=True, slots=True)
class Version:
    """One entry of the document. `by` is the officer who corrected or withdrew it, "" for what its supplier sent."""

    entry: EntryView
    filename: str
    reason: str
    by: str
    right: str


@dataclass(frozen=True, slots=True)
class FieldOrigin:
    """A value with where it comes from: `version` is the entry that first said so. `original` is what was written there
    when it was written otherwise; `earlier` what the document said before, newest first."""

    code: str
    name: str
    value: str
    original: str
    sealed: bool
    correctable: bool
    version: Version
    earlier: tuple[tuple[str, Version], ...]


@dataclass(frozen=True, slots=True)
class RecordFile:
    """A document of a subject through time: the entry shown, its fields with their origin, all its versions."""

    subject_id: int
    source: Source | None
    source_id: str
    document: str
    shown: Version
    current: bool
    withdrawn: bool
    fields: tuple[FieldOrigin, ...]
    versions: tuple[Version, ...]
    waiting: ApprovalView | None


def read_record(
    platform: Platform, leaf: int, *, known_at: datetime | None = None, whole: bool = False
) -> RecordFile:
    """The record of which `leaf` is an entry, as that entry says it.

    `whole` opens sealed values: only for whom `subject.reveal` allows it, with its own purpose noted. Raises WrongUse when
    there is no such entry.
    """
    entries = list_versions(leaf, known_at=known_at)
    versions = _versions(entries)
    shown = next((version for version in versions if version.entry.leaf == leaf), None)
    if shown is None:
        raise WrongUse(f"账本中没有第 {leaf} 条记录", f"the ledger has no entry {leaf}")
    subject = get_subject(canonical_id(shown.entry.subject_id))
    source = platform.catalog.sources.get(shown.entry.source_id)
    told = [version for version in versions if version.entry.leaf <= leaf]
    if shown.entry.verb == Verb.WITHDRAW:  # a withdrawal says nothing of its own
        told = told[:-1]
    standing = told[-1].entry if told else shown.entry
    fields = [
        _field(platform, source, code, told, about_person=subject.is_person, whole=whole)
        for code in _order(source, standing)
    ]
    return RecordFile(
        subject_id=subject.id,
        source=source,
        source_id=shown.entry.source_id,
        document=document_of(source, standing, subject.is_person, platform),
        shown=shown,
        current=versions[-1] is shown and shown.entry.verb != Verb.WITHDRAW,
        withdrawn=versions[-1].entry.verb == Verb.WITHDRAW,
        fields=tuple(fields),
        versions=tuple(reversed(versions)),
        waiting=list_waiting_about([f"entry:{leaf}"]).get(f"entry:{leaf}"),
    )


def _versions(entries: Sequence[EntryView]) -> list[Version]:
    files = list_files(entry.batch_id for entry in entries if entry.batch_id is not None)
    acts = {act.about: act for act in list_acts([f"entry:{e.leaf}" for e in entries if e.batch_id is None])}
    names = list_names(act.who for act in acts.values())
    found = []
    for entry in entries:
        act = acts.get(f"entry:{entry.leaf}")
        found.append(
            Version(
                entry,
                files.get(entry.batch_id or 0, ""),
                entry.values.get(REASON, ""),
                "" if act is None else names[act.who],
                "" if act is None else act.right,
            )
        )
    return found


def _order(source: Source | None, entry: EntryView) -> list[str]:
    known = [] if source is None else [c.code for c in source.columns if c.code in entry.values]
    return known + [code for code in entry.values if code not in known and not code.startswith("_")]


def _field(
    platform: Platform,
    source: Source | None,
    code: str,
    told: Sequence[Version],
    *,
    about_person: bool,
    whole: bool,
) -> FieldOrigin:
    def shown(value: str) -> str:
        return show_entry_value(
            source, code, value, about_person=about_person, sealer=platform.sealer, whole=whole
        )

    said: list[tuple[str, Version]] = []
    for version in told:
        value = version.entry.values.get(code, "")
        if version.entry.verb != Verb.WITHDRAW and (not said or said[-1][0] != value):
            said.append((value, version))
    value, origin = said[-1]
    original = origin.entry.original.get(code, "")
    column = None if source is None else next((c for c in source.columns if c.code == code), None)
    return FieldOrigin(
        code=code,
        name=code if column is None else column.name,
        value=shown(value),
        original="" if original in ("", value) else shown(original),
        sealed=is_sealed(value),
        correctable=source is not None and code not in fixed_columns(source) and not is_sealed(value),
        version=origin,
        earlier=tuple((shown(before), version) for before, version in reversed(said[:-1])),
    )
