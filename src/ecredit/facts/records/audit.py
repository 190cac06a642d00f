"""The audit: does every row still hash to its leaf, every signed head to the tree, and all else follow from the leaves?

Whoever changes, adds or removes a row behind the log's back is named here: by leaf, table and what it says now.
A signer who rewrites the whole log with the city's key is only found with a head kept elsewhere: `against`.
Rooms above this one bring their own part, for this one cannot know their tables.
"""

import heapq
import time
from collections.abc import Iterable, Iterator
from typing import Any

from ecredit.facts.actors.audit_organisations import audit_organisations
from ecredit.facts.actors.audit_types import AuditFinding, AuditPart
from ecredit.facts.actors.bulk import stream_rows
from ecredit.facts.actors.canonical import leaf_lines, stored_instant_text
from ecredit.facts.actors.log_actions import read_tile
from ecredit.facts.actors.models import LogHead, LogState
from ecredit.facts.records.audit_descriptions import audit_descriptions
from ecredit.facts.records.audit_heads import check_heads
from ecredit.facts.records.audit_tree import check_tiles
from ecredit.facts.records.entry_leaf import entry_leaf
from ecredit.facts.records.types import AuditReport
from ecredit.facts.subjects.replay import audit_identity
from ecredit.foundation.proof.blinding import Blinder
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.merkle import leaf_hash

_MOST_NAMED = 200
_TILE = 256
_HASH = 32

_ENTRIES = """
    SELECT leaf, verb, source_id, doc_key, subject_id, valid_from, valid_to, known_at, supplier, batch_id, line,
           edition, content, original FROM records_entry ORDER BY leaf
"""
_JOURNAL = 'SELECT leaf, at, who, "right", verb, object, detail FROM actors_journal ORDER BY leaf'
_IDENTITY = """
    SELECT leaf, at, who, "right", verb, subject_id, other_id, kind, value, detail
    FROM subjects_identity_event ORDER BY leaf
"""


def audit_ledger(
    verifier: str, *, ring: KeyRing, against: str | None = None, further: Iterable[AuditPart] = ()
) -> AuditReport:
    """Check every row, tile and head, and what follows from them in this room and those below; then the `further` parts.

    `verifier` is the log's public key as text, `ring` the keys its leaves are blinded with, `against` a head kept elsewhere.
    """
    started = time.monotonic()
    state = LogState.objects.filter(id=1).first()
    size = state.size if state else 0
    findings, blinder = _Findings(), Blinder(ring)
    counts = {"entry": 0, "journal": 0, "identity": 0}
    expected = 0
    tile, tile_index = b"", -1
    for leaf, kind, found in heapq.merge(_entry_leaves(), _journal_leaves(), _identity_leaves()):
        counts[kind] += 1
        if leaf >= size or leaf < expected:
            findings.add("added", leaf, kind)
            continue
        for missing in range(expected, min(leaf, expected + _MOST_NAMED)):
            findings.add("missing", missing, "")
        if leaf // _TILE != tile_index:
            tile_index = leaf // _TILE
            tile = read_tile(0, tile_index) or b""
        place = leaf % _TILE * _HASH
        if tile[place : place + _HASH] != blinder.leaf(found):
            findings.add("changed", leaf, kind)
        expected = leaf + 1
    for missing in range(expected, min(size, expected + _MOST_NAMED)):
        findings.add("missing", missing, "")
    check_tiles(size, findings.tree)
    check_heads(size, verifier, against, findings.tree)
    for part in (audit_identity, audit_descriptions, audit_organisations, *further):
        try:
            for finding in part():
                findings.tree(finding)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            # A row of the log that was changed may say anything, also what no part can read; it is named already.
            if not findings.found:
                raise
            findings.tree(_UNREADABLE)
    return AuditReport(
        size=size,
        entries=counts["entry"],
        journal=counts["journal"],
        identity=counts["identity"],
        heads=LogHead.objects.count(),
        seconds=time.monotonic() - started,
        findings=tuple(findings.found),
    )


_UNREADABLE = AuditFinding(
    "unread",
    None,
    "日志中有行被改动，依据它的一部分内容无法核对",
    "rows of the log were changed, so that a part of what follows from them cannot be checked",
)


class _Findings:
    """What was found, up to a number that a person can read; the rest is counted by `more`."""

    _WORDS = {
        "changed": ("第 {leaf} 条（{table}）被改动：与日志不符", "leaf {leaf} ({table}) was changed: it does not fit the log"),
        "missing": ("第 {leaf} 条被删除：日志中有，表中没有", "leaf {leaf} was deleted: the log has it, no table does"),
        "added": ("第 {leaf} 条（{table}）不在日志中", "leaf {leaf} ({table}) was added: the log does not have it"),
    }  # fmt: skip
    _TABLES = {
        "entry": "records_entry",
        "journal": "actors_journal",
        "identity": "subjects_identity_event",
        "": "",
    }

    def __init__(self) -> None:
        self.found: list[AuditFinding] = []

    def add(self, code: str, leaf: int, kind: str) -> None:
        if len(self.found) < _MOST_NAMED:
            zh, en = (text.format(leaf=leaf, table=self._TABLES[kind]) for text in self._WORDS[code])
            self.found.append(AuditFinding(code, leaf, zh, en))

    def tree(self, finding: AuditFinding) -> None:
        if len(self.found) < _MOST_NAMED:
            self.found.append(finding)


_Leaf = tuple[int, str, bytes]


def _entry_leaves() -> Iterator[_Leaf]:
    for (
        leaf, verb, source_id, doc_key, subject_id, valid_from, valid_to, known_at, supplier, batch_id, line, edition,
        content, original,
    ) in stream_rows(_ENTRIES):  # fmt: skip
        batch, place = ("" if value is None else value for value in (batch_id, line))
        starts, ends, known = _day(valid_from), _day(valid_to), stored_instant_text(known_at)
        text = entry_leaf(
            leaf, verb, source_id, doc_key, subject_id, starts, ends, known, supplier, batch, place, edition, content,
            original,
        )  # fmt: skip
        yield leaf, "entry", leaf_hash(text)


def _journal_leaves() -> Iterator[_Leaf]:
    for leaf, at, *rest in stream_rows(_JOURNAL):
        yield leaf, "journal", leaf_hash(leaf_lines("journal", leaf, stored_instant_text(at), *rest))


def _identity_leaves() -> Iterator[_Leaf]:
    for leaf, at, *rest in stream_rows(_IDENTITY):
        yield leaf, "identity", leaf_hash(leaf_lines("identity", leaf, stored_instant_text(at), *rest))


def _day(value: Any) -> str:
    return "" if value is None else str(value)
