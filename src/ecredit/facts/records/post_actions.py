"""Appending to the ledger."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import repeat
from typing import Any, NamedTuple

from ecredit.facts.actors.bulk import bulk_insert, select_in, sql_date, sql_instant
from ecredit.facts.actors.canonical import instant_text
from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.facts.records.entry_leaf import entry_leaf
from ecredit.facts.records.models import Entry
from ecredit.facts.records.types import EntryBlock, Fate, Verb
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.merkle import leaf_hash, leaf_hashes

_COLUMNS = (
    "leaf", "verb", "source_id", "doc_key", "subject_id", "valid_from", "valid_to", "known_at", "supplier",
    "batch_id", "line", "edition", "content", "original",
)  # fmt: skip

# In the content of a withdrawal that only takes an answer back.
_REOPENS = "_reopens"


def post_entries(block: EntryBlock, *, log: OpenLog, revive: bool = False) -> list[Fate]:
    """Append what is new of a block and give every row's fate, inside the caller's transaction.

    The same document with the same content and subject is a duplicate and changes nothing; with another content it
    is a new version that supersedes and keeps the old. A withdrawn document does not come back by being sent again, in
    whatever wording, only when an officer says so (`revive`).
    """
    fates, fresh = _fates(block, revive)
    if not fresh:
        return fates
    first, known_at, known_text = log.next_leaf, sql_instant(log.at), instant_text(log.at)
    post, source_id, supplier, edition = Verb.POST.value, block.source_id, block.supplier, block.edition
    everything = len(fresh) == len(fates)

    def chosen(column: Sequence[Any]) -> Sequence[Any]:
        return column if everything else [column[row] for row in fresh]

    leaves = range(first, first + len(fresh))
    keys, subject_ids, lines = chosen(block.doc_keys), chosen(block.subject_ids), chosen(block.lines)
    starts, ends = chosen(block.valid_from), chosen(block.valid_to)
    contents, originals = chosen(block.content), chosen(block.original)
    dates = {day: sql_date(date.fromisoformat(day)) for day in {*starts, *ends} if day}
    dates[None] = None
    rows = zip(
        leaves, repeat(post), repeat(source_id), keys, subject_ids, map(dates.__getitem__, starts),
        map(dates.__getitem__, ends), repeat(known_at), repeat(supplier), repeat(block.batch_id), lines,
        repeat(edition), contents, originals, strict=False,
    )  # fmt: skip
    bulk_insert("records_entry", _COLUMNS, rows)
    log.append(
        leaf_hashes(
            entry_leaf(leaf, post, source_id, key, subject_id, starts or "", ends or "", known_text, supplier,
                       block.batch_id, line, edition, content, original)
            for leaf, key, subject_id, starts, ends, line, content, original in zip(
                leaves, keys, subject_ids, starts, ends, lines, contents, originals, strict=True
            )
        )
    )  # fmt: skip
    return fates


class _Version(NamedTuple):
    """How a document stands: whom its last content is about, the content, and whether it was withdrawn after that."""

    subject_id: int
    content: str
    withdrawn: bool = False


def _fates(block: EntryBlock, revive: bool) -> tuple[list[Fate], list[int]]:
    """Every row's fate, and the rows that become entries."""
    current = _current_versions(block.doc_keys)
    fates: list[Fate] = []
    fresh: list[int] = []
    for row, (key, subject_id, content) in enumerate(
        zip(block.doc_keys, block.subject_ids, block.content, strict=True)
    ):
        before = current.get(key)
        if before is None or (before.withdrawn and revive):
            fates.append(Fate.ACCEPTED)
        elif before.subject_id == subject_id and before.content == content:
            fates.append(Fate.DUPLICATE)
            continue
        elif before.withdrawn:
            fates.append(Fate.WITHDRAWN)
            continue
        else:
            fates.append(Fate.SUPERSEDED)
        current[key] = _Version(subject_id, content)
        fresh.append(row)
    return fates, fresh


def _current_versions(doc_keys: Sequence[str]) -> dict[str, _Version]:
    """The version each known document stands at; one that a taken-back answer withdrew counts as unknown."""
    sql = "SELECT doc_key, leaf, verb, subject_id, content FROM records_entry WHERE doc_key IN ({values})"
    current: dict[str, _Version] = {}
    for key, _, verb, subject_id, content in sorted(select_in(sql, list(dict.fromkeys(doc_keys)))):
        if verb != Verb.WITHDRAW:
            current[key] = _Version(subject_id, content)
        elif _REOPENS in json.loads(content):
            current.pop(key, None)
        elif key in current:
            current[key] = current[key]._replace(withdrawn=True)
    return current


def get_latest(doc_key: str) -> Entry:
    """The last entry of a document. Raises WrongUse when there is none or it was withdrawn."""
    row = Entry.objects.filter(doc_key=doc_key).order_by("-leaf").first()
    if row is None:
        raise WrongUse("没有这份文书的记录", "no entry of this document", doc_key=doc_key)
    if row.verb == Verb.WITHDRAW:
        raise WrongUse("这份文书的记录已经撤回", "this document was withdrawn already", doc_key=doc_key)
    return row


def withdraw_document(
    *, leaf: int, reason: str, log: OpenLog, by: Actor, edition: str, reopens: bool = False
) -> int:
    """Withdraw the document of which `leaf` is the current entry; the entries stay, the last says withdrawn.

    `reopens` is for an answer taken back: the document itself is not in doubt and may be sent again. Raises WrongUse when
    `leaf` is not the current entry: somebody else changed the document first.
    """
    old = _current_entry(leaf)
    said = {"_reason": reason, **({_REOPENS: "1"} if reopens else {})}
    content = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return _append_by_officer(old, Verb.WITHDRAW, content, log=log, by=by, edition=edition)


def correct_document(
    *, leaf: int, changes: Mapping[str, str | None], reason: str, log: OpenLog, by: Actor, edition: str
) -> int:
    """Post a corrected version of the document of which `leaf` is the current entry.

    `changes` gives new values by column code; None takes a value out. Raises WrongUse as `withdraw_document` does.
    """
    old = _current_entry(leaf)
    values: dict[str, str | None] = json.loads(old.content)
    values.update(changes)
    values["_reason"] = reason
    kept = {code: value for code, value in values.items() if value is not None}
    content = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    return _append_by_officer(old, Verb.CORRECT, content, log=log, by=by, edition=edition)


def _current_entry(leaf: int) -> Entry:
    row = Entry.objects.filter(leaf=leaf).first()
    if row is None:
        raise WrongUse(f"账本中没有第 {leaf} 条记录", f"the ledger has no entry {leaf}")
    latest = get_latest(row.doc_key)
    if latest.leaf != leaf:
        raise WrongUse(
            f"第 {leaf} 条已被第 {latest.leaf} 条取代，请按最新一条操作",
            f"entry {leaf} was superseded by {latest.leaf}; act on the latest",
        )
    return latest


def _append_by_officer(old: Entry, verb: Verb, content: str, *, log: OpenLog, by: Actor, edition: str) -> int:
    leaf = log.next_leaf
    starts = "" if old.valid_from is None else old.valid_from.isoformat()
    ends = "" if old.valid_to is None else old.valid_to.isoformat()
    log.append(
        [
            leaf_hash(
                entry_leaf(leaf, verb.value, old.source_id, old.doc_key, old.subject_id, starts, ends,
                           instant_text(log.at), old.supplier, "", "", edition, content, "{}")
            )
        ]
    )  # fmt: skip
    Entry.objects.create(
        leaf=leaf,
        verb=verb.value,
        source_id=old.source_id,
        doc_key=old.doc_key,
        subject_id=old.subject_id,
        valid_from=old.valid_from,
        valid_to=old.valid_to,
        known_at=log.at,
        # Whose document it is does not change; who corrected it is in the journal.
        supplier=old.supplier,
        batch_id=None,
        line=None,
        edition=edition,
        content=content,
        original="{}",
    )
    post_journal(
        log, by=by, verb=f"record.{verb.value}", about=f"entry:{leaf}", detail={"replaces": old.leaf}
    )
    return leaf
