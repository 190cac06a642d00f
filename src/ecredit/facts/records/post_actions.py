"""Appending to the ledger."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import repeat
from typing import Any

from ecredit.facts.actors.bulk import bulk_insert, select_in, sql_date, sql_instant
from ecredit.facts.actors.canonical import instant_text
from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.facts.records.describe_again_actions import describe_again
from ecredit.facts.records.entry_leaf import entry_head, entry_leaf
from ecredit.facts.records.key_stretches import only_known
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.records.types import CORRECTED_BY, POSTED, EntryBlock, Fate, Verb
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.masking import redact
from ecredit.foundation.proof.merkle import leaf_hash, leaf_hashes

ENTRY_COLUMNS = (
    "leaf", "verb", "source_id", "doc_key", "subject_id", "valid_from", "valid_to", "known_at", "supplier",
    "batch_id", "line", "edition", "content", "original",
)  # fmt: skip

# In the content of what an officer did: why. And in that of a withdrawal that only takes an answer back.
REASON = "_reason"
REOPENS = "_reopens"
_BY_OFFICERS = frozenset({REASON, CORRECTED_BY, REOPENS})


def post_entries(block: EntryBlock, *, log: OpenLog, by_officer: bool = False) -> list[Fate]:
    """Append what is new of a block and give every row's fate, inside the caller's transaction.

    The same document with the same content and subject is a duplicate and changes nothing; with another content it
    is a new version that supersedes and keeps the old. That is for the supplier whose document it is, or who issued it
    (somebody else may have sent it first), and as long as no officer corrected or withdrew it; else the row must wait for an officer, who posts it with `by_officer`.
    """
    fates, fresh = _fates(block, by_officer)
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
    bulk_insert("records_entry", ENTRY_COLUMNS, rows, utf8=("content", "original"))
    log.append(
        leaf_hashes(
            entry_head(leaf, post, source_id, key, subject_id, starts or "", ends or "", known_text, supplier,
                       block.batch_id, line, edition) + content + b"\n" + original
            for leaf, key, subject_id, starts, ends, line, content, original in zip(
                leaves, keys, subject_ids, starts, ends, lines, contents, originals, strict=True
            )
        )
    )  # fmt: skip
    return fates


def foresee_fates(block: EntryBlock) -> list[Fate]:
    """The fate that `post_entries` would give every row of a block now; nothing is appended."""
    return _fates(block, by_officer=False)[0]


@dataclass(slots=True)
class _Version:
    """How a document stands: its last content, whom that is about, whose document it is.

    `corrected` and `withdrawn` say that an officer did so and nobody has posted since. `past` are the contents before.
    """

    subject_id: int
    content: bytes
    supplier: str
    corrected: bool = False
    withdrawn: bool = False
    past: tuple[bytes, ...] = ()


def _fates(block: EntryBlock, by_officer: bool) -> tuple[list[Fate], list[int]]:
    """Every row's fate, and the rows that become entries."""
    current = _current_versions(block.doc_keys)
    own = {block.supplier, *block.predecessors}
    fates: list[Fate] = []
    fresh: list[int] = []
    accepted = Fate.ACCEPTED
    for row, (key, subject_id, content) in enumerate(
        zip(block.doc_keys, block.subject_ids, block.content, strict=True)
    ):
        before = current.get(key)
        if before is not None:
            theirs = before.supplier not in own and not block.issued(row)
            fate = _fate(before, subject_id, content, theirs=theirs, by_officer=by_officer)
            fates.append(fate)
            if fate not in POSTED:
                continue
        else:
            fates.append(accepted)
        current[key] = _Version(subject_id, content, block.supplier)
        fresh.append(row)
    return fates, fresh


def _fate(before: _Version, subject_id: int, content: bytes, *, theirs: bool, by_officer: bool) -> Fate:
    """What becomes of a row of a known document."""
    if before.withdrawn and by_officer:
        return Fate.ACCEPTED
    if before.subject_id == subject_id and before.content == content:
        return Fate.DUPLICATE
    if not by_officer:
        if before.withdrawn:
            return Fate.WITHDRAWN
        if before.corrected:
            return Fate.OUTDATED if content in before.past else Fate.CORRECTED
        if theirs:
            return Fate.ANOTHERS
    return Fate.SUPERSEDED if before.subject_id == subject_id else Fate.MOVED


def _current_versions(doc_keys: Sequence[str]) -> dict[str, _Version]:
    """The version each known document stands at; one that a taken-back answer withdrew counts as unknown."""
    sql = "SELECT doc_key, leaf, verb, subject_id, content, supplier FROM records_entry WHERE doc_key IN ({values})"
    current: dict[str, _Version] = {}
    for key, _, verb, subject_id, content, supplier in sorted(select_in(sql, only_known(doc_keys))):
        before = current.get(key)
        if verb == Verb.POST:
            current[key] = _Version(subject_id, content.encode(), supplier)
        elif before is None:
            continue
        elif verb == Verb.CORRECT:
            before.past += (before.content,)
            before.content, before.corrected = _without_reason(content).encode(), True
        elif REOPENS in json.loads(content):
            del current[key]
        else:
            before.withdrawn = True
    return current


def _without_reason(content: str) -> str:
    """The content of a correction as its supplier would send it."""
    return content_text(sent_values(json.loads(content)))


def sent_values(content: Mapping[str, str]) -> dict[str, str]:
    """The values of an entry's content by column code, without what an officer's act added."""
    return {code: value for code, value in content.items() if code not in _BY_OFFICERS}


def content_text(values: Mapping[str, str]) -> str:
    """Values by column code as an entry's content; the same text as collecting makes of them."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def standing_subjects(doc_keys: Sequence[str], contents: Sequence[bytes]) -> list[int | None]:
    """Per document with this content (UTF-8) whom it is about, None when the ledger does not have it so.

    For rows that do not say it themselves: what an officer answered about one holds when it is sent again.
    """
    current = _current_versions(doc_keys)
    return [
        None
        if (version := current.get(key)) is None
        or version.withdrawn
        or content not in (version.content, *version.past)
        else version.subject_id
        for key, content in zip(doc_keys, contents, strict=True)
    ]


def has_earlier(leaf: int) -> bool:
    """Whether an entry took the place of another version of its document that stood then."""
    entry = CreditRecord.objects.get(leaf=leaf)
    before = CreditRecord.objects.filter(doc_key=entry.doc_key, leaf__lt=leaf).order_by("-leaf").first()
    return before is not None and before.verb != Verb.WITHDRAW


def get_latest(doc_key: str) -> CreditRecord:
    """The last entry of a document. Raises WrongUse when there is none or it was withdrawn."""
    row = CreditRecord.objects.filter(doc_key=doc_key).order_by("-leaf").first()
    if row is None:
        raise WrongUse("没有这份文书的记录", "no entry of this document", doc_key=doc_key)
    if row.verb == Verb.WITHDRAW:
        raise WrongUse("这份文书的记录已经撤回", "this document was withdrawn already", doc_key=doc_key)
    return row


def withdraw_document(
    *, leaf: int, reason: str, log: OpenLog, by: Actor, edition: str, reopens: bool = False
) -> int:
    """Withdraw the document of which `leaf` is the current entry; the entries stay, the last says withdrawn.

    Whom a register's document described is described by what still stands, see `describe_again`.
    `reopens` is for an answer taken back: the document itself is not in doubt and may be sent again. Raises WrongUse when
    `leaf` is not the current entry: somebody else changed the document first.
    """
    old = current_entry(leaf)
    content = content_text({REASON: redact(reason), **({REOPENS: "1"} if reopens else {})})
    days = _day(old.valid_from), _day(old.valid_to)
    new = _append_by_officer(old, Verb.WITHDRAW, content, "{}", days, log=log, by=by, edition=edition)
    describe_again([old.doc_key], source_id=old.source_id, log=log)
    return new


def correct_document(
    *,
    leaf: int,
    values: Mapping[str, str],
    original: str,
    valid_from: str | None,
    valid_to: str | None,
    reason: str,
    behalf: str,
    log: OpenLog,
    by: Actor,
    edition: str,
) -> int:
    """Post a corrected version of the document of which `leaf` is the current entry; gives the new leaf.

    `values` are all its values by column code, read and checked; `valid_from` and `valid_to` ISO days or None; `behalf` is
    the id of the organisation that corrects it, "" when that cannot be told. Raises WrongUse as `withdraw_document` does.
    """
    old = current_entry(leaf)
    content = content_text({**values, REASON: redact(reason), **({CORRECTED_BY: behalf} if behalf else {})})
    days = valid_from or "", valid_to or ""
    return _append_by_officer(old, Verb.CORRECT, content, original, days, log=log, by=by, edition=edition)


def current_entry(leaf: int) -> CreditRecord:
    """The entry `leaf`. Raises WrongUse when there is none, or it no longer stands for its document."""
    row = CreditRecord.objects.filter(leaf=leaf).first()
    if row is None:
        raise WrongUse(f"账本中没有第 {leaf} 条记录", f"the ledger has no entry {leaf}")
    latest = get_latest(row.doc_key)
    if latest.leaf != leaf:
        raise WrongUse(
            f"第 {leaf} 条已被第 {latest.leaf} 条取代，请按最新一条操作",
            f"entry {leaf} was superseded by {latest.leaf}; act on the latest",
        )
    return latest


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _append_by_officer(
    old: CreditRecord,
    verb: Verb,
    content: str,
    original: str,
    days: tuple[str, str],
    *,
    log: OpenLog,
    by: Actor,
    edition: str,
) -> int:
    leaf, (starts, ends) = log.next_leaf, days
    log.append(
        [
            leaf_hash(
                entry_leaf(leaf, verb.value, old.source_id, old.doc_key, old.subject_id, starts, ends,
                           instant_text(log.at), old.supplier, "", "", edition, content, original)
            )
        ]
    )  # fmt: skip
    CreditRecord.objects.create(
        leaf=leaf,
        verb=verb.value,
        source_id=old.source_id,
        doc_key=old.doc_key,
        subject_id=old.subject_id,
        valid_from=starts or None,
        valid_to=ends or None,
        known_at=log.at,
        # Whose document it is does not change; who corrected it is in the journal.
        supplier=old.supplier,
        batch_id=None,
        line=None,
        edition=edition,
        content=content,
        original=original,
    )
    post_journal(
        log, by=by, verb=f"record.{verb.value}", about=f"entry:{leaf}", detail={"replaces": old.leaf}
    )
    return leaf
