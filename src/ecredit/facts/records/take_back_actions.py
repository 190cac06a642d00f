"""Taking back everything a batch put into the ledger: by entries, so that what was there before stands again."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import NamedTuple

from django.db import connection

from ecredit.facts.actors.bulk import bulk_insert, select_in, sql_instant
from ecredit.facts.actors.canonical import instant_text
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.records.describe_again_actions import describe_again
from ecredit.facts.records.entry_leaf import entry_leaf
from ecredit.facts.records.post_actions import ENTRY_COLUMNS, REASON, REOPENS, content_text
from ecredit.facts.records.types import Verb
from ecredit.foundation.kernel.masking import redact
from ecredit.foundation.proof.merkle import leaf_hashes

_AT_ONCE = 5_000


class _Entry(NamedTuple):
    """An entry as the table has it."""

    doc_key: str
    leaf: int
    verb: str
    source_id: str
    subject_id: int
    valid_from: object
    valid_to: object
    supplier: str
    batch_id: int | None
    line: int | None
    edition: str
    content: str
    original: str


@dataclass(slots=True)
class TakenBack:
    """How many documents were withdrawn, of how many an earlier version stands again, and how many entries say so again by
    the batch they had come in."""

    withdrawn: int = 0
    restored: int = 0
    posted_again: Counter[int] = field(default_factory=Counter)


def take_back_batch(
    batch_id: int, *, voided: Collection[int], reason: str, log: OpenLog, edition: str
) -> TakenBack:
    """Withdraw every document whose last version came with the batch, inside the caller's transaction.

    An officer's correction of such a version goes with it. The version that stood before the batch is posted again, as it
    was and with where it came from; `voided` are batches taken back earlier, whose versions never stand again. Where nothing
    stood before, the document is free to be sent again. What came later than the batch, and what is withdrawn, stays.
    Whom a register's batch described is described by what still stands, see `describe_again`.
    """
    taken, withdrawn, source_id = TakenBack(), list[str](), ""
    gone = {*voided, batch_id}
    content = content_text({REASON: redact(reason), REOPENS: "1"})
    for keys in _parts(_keys_of(batch_id)):
        made: list[_Entry] = []
        for now, before in _standing(keys, batch_id, gone):
            leaf = log.next_leaf + len(made)
            made.append(
                now._replace(leaf=leaf, verb=Verb.WITHDRAW.value, batch_id=None, line=None, edition=edition,
                             content=content, original="{}")
            )  # fmt: skip
            taken.withdrawn += 1
            taken.restored += bool(before)
            for version in before:
                leaf += 1
                made.append(version._replace(leaf=leaf))
                if version.batch_id is not None:
                    taken.posted_again[version.batch_id] += 1
            source_id = now.source_id
            withdrawn.append(now.doc_key)
        _append(made, log)
    describe_again(withdrawn, source_id=source_id, log=log)
    return taken


def _keys_of(batch_id: int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT doc_key FROM records_entry WHERE batch_id = %s AND verb = 'post' ORDER BY doc_key",
            [batch_id],
        )
        return [key for (key,) in cursor.fetchall()]


def _parts(keys: list[str]) -> Iterator[list[str]]:
    rest = iter(keys)
    while part := list(islice(rest, _AT_ONCE)):
        yield part


def _standing(keys: list[str], batch_id: int, gone: Collection[int]) -> Iterator[tuple[_Entry, list[_Entry]]]:
    """Of each document that stands as the batch left it: its last entry, and the version that stood before with an
    officer's correction of it, if there was one."""
    sql = f"SELECT {', '.join(_Entry._fields)} FROM records_entry WHERE doc_key IN ({{values}})"
    entries = sorted((_Entry(*row) for row in select_in(sql, keys)), key=lambda e: (e.doc_key, e.leaf))
    for _, versions in groupby(entries, key=lambda entry: entry.doc_key):
        last, posted, void = None, None, False
        before: list[_Entry] = []
        for entry in versions:
            last = entry
            if entry.verb == Verb.POST:
                posted, void = entry, entry.batch_id in gone
            if not void:
                kept = {Verb.POST.value: [], Verb.CORRECT.value: before[:1]}.get(entry.verb)
                before = [] if kept is None else [*kept, entry]
        if last is None or posted is None:
            continue
        if posted.batch_id == batch_id and last.verb != Verb.WITHDRAW:
            yield last, before


def _append(entries: list[_Entry], log: OpenLog) -> None:
    if not entries:
        return
    known_at, known_text = sql_instant(log.at), instant_text(log.at)
    rows: list[Mapping[str, object]] = [{**e._asdict(), "known_at": known_at} for e in entries]
    bulk_insert("records_entry", ENTRY_COLUMNS, [tuple(row[c] for c in ENTRY_COLUMNS) for row in rows])
    log.append(
        leaf_hashes(
            entry_leaf(
                e.leaf, e.verb, e.source_id, e.doc_key, e.subject_id, _day(e.valid_from), _day(e.valid_to), known_text,
                e.supplier, "" if e.batch_id is None else e.batch_id, "" if e.line is None else e.line, e.edition,
                e.content, e.original,
            )
            for e in entries
        )
    )  # fmt: skip


def _day(day: object) -> str:
    return "" if day is None else str(day)
