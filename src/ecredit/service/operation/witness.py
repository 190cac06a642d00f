"""Following a city's log from outside: no home, no right, no question to anybody but its public files.

A witness keeps every leaf's hash of the log it has seen. At each visit it takes the signed head, checks the signature with
the key it kept, adds the new hashes to its own and computes the root: when that is the signed one, everything seen before is
still the beginning of the log. Otherwise it says what is wrong and keeps both heads, which the city signed, as evidence.
"""

import random
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ecredit.foundation.kernel.errors import EcreditError, InputRefused
from ecredit.foundation.proof.checkpoint import Checkpoint, verify_checkpoint
from ecredit.foundation.proof.merkle import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, Tree, tile_path
from ecredit.foundation.proof.note import parse_verifier_key
from ecredit.service.operation.log_source import CHECKPOINT, KEY, LONGEST, LogSource
from ecredit.service.operation.witness_memory import WitnessMemory, damaged

ALL_UP_TO: Final = 1_000
"""Tiles of a log that are all read again at every visit; of a longer one this many are drawn."""
_NAMED: Final = 20


@dataclass(frozen=True, slots=True)
class WitnessFinding:
    """One thing that is wrong: `key`, `head`, `rollback`, `fork`, `rewritten`, `leaf`, `tile` or `elsewhere`; and in words."""

    code: str
    zh: str
    en: str


@dataclass(slots=True)
class WitnessReport:
    """What a visit found.

    size, root     of the head that was shown; None when none could be trusted
    before         leaves of the head kept last time, None at the first visit; `before_at` when that was
    reread, tiles  how many tiles of hashes were fetched and compared, of how many there are
    new_key        the key was taken from the log itself at this visit
    evidence       heads the city signed that do not fit one another
    """

    source: str
    key: str = ""
    new_key: bool = False
    origin: str = ""
    size: int | None = None
    root: str = ""
    before: int | None = None
    before_at: str = ""
    reread: int = 0
    tiles: int = 0
    elsewhere: int = 0
    findings: list[WitnessFinding] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything fits."""
        return not self.findings

    def add(self, code: str, zh: str, en: str) -> None:
        """Note something wrong, once."""
        finding = WitnessFinding(code, f"{zh}。", f"{en[0].upper()}{en[1:]}.")
        if finding not in self.findings:
            self.findings.append(finding)


def follow_log(
    source: LogSource,
    memory: WitnessMemory,
    *,
    at: datetime,
    key: str | None = None,
    elsewhere: Sequence[str] = (),
    everything: bool = False,
) -> WitnessReport:
    """Visit a log once and keep what was found good.

    *key* is the verifier key got by another way (a newspaper, a letter); without it the first visit takes what the log itself
    gives. *elsewhere*: signed heads others were shown. With *everything* all hashes are fetched again, however long the log.
    Raises InputRefused when the log cannot be reached or there is none, or the memory is damaged, VerifierKeyUnusable for a bad *key*.
    """
    if key is not None:
        parse_verifier_key(key)
    try:
        memory.check()
        report = _follow(source, memory, at=at, key=key, elsewhere=elsewhere, everything=everything)
    except sqlite3.DatabaseError as error:
        raise damaged() from error
    return report


def _follow(
    source: LogSource,
    memory: WitnessMemory,
    *,
    at: datetime,
    key: str | None,
    elsewhere: Sequence[str],
    everything: bool,
) -> WitnessReport:
    report = WitnessReport(source.name)
    _settle_key(source, memory, key, report)
    raw = source.get(CHECKPOINT)
    if raw is None:
        raise InputRefused(f"{source.name} 没有公布日志头", f"{source.name} publishes no signed head")
    text = raw.decode("utf-8", "replace")
    try:
        head = verify_checkpoint(text, report.key)
    except EcreditError as error:
        report.add("head", error.zh.rstrip("。"), error.en.rstrip("."))
        return report
    report.origin, report.size, report.root = head.origin, head.size, head.root.hex()
    visit = _Visit(source, memory, report, head, text)
    visit.compare(everything=everything)
    if not report.ok:
        # Before the city is said to be wrong: the damage may be here.
        memory.check(everything=True)
    if report.ok:
        for other in elsewhere:
            visit.compare_elsewhere(other)
    if report.ok:
        memory.settle(report.key)
        memory.keep(text, head, visit.changed, at=at)
    else:
        memory.note_bad(text, head.size, at=at)
    return report


def _settle_key(source: LogSource, memory: WitnessMemory, given: str | None, report: WitnessReport) -> None:
    raw = source.get(KEY)
    shown = "" if raw is None else raw.decode("utf-8", "replace").strip()
    kept = memory.key
    report.key = kept or (given or shown).strip()
    if not report.key:
        raise InputRefused(
            f"{source.name} 没有公布公钥，请用 --key 给出",
            f"{source.name} publishes no key; give one with --key",
        )
    try:
        parse_verifier_key(report.key)
    except EcreditError as error:
        raise InputRefused(error.zh, error.en) from error
    report.new_key = kept is None and given is None
    for other, zh, en in (
        (shown, "网站现在公布的公钥", "the key the site publishes now"),
        ((given or "").strip(), "您给出的公钥", "the key you give"),
    ):
        if other and other != report.key:
            report.add(
                "key",
                f"{zh}不是以前保存的那一个：公钥被换过，或者这不是同一份日志",
                f"{en} is not the one kept before: it was replaced, or this is another log",
            )


class _Visit:
    """One comparison of what is shown with what was kept."""

    def __init__(
        self, source: LogSource, memory: WitnessMemory, report: WitnessReport, head: Checkpoint, text: str
    ) -> None:
        self._source, self._memory, self._report, self._head, self._text = source, memory, report, head, text
        self._kept = memory.head
        self._tree = memory.tree()
        self.changed: dict[tuple[int, int], bytes] = {}
        report.before = None if self._kept is None else self._kept.size
        report.before_at = memory.head_at
        report.tiles = -(-head.size // TILE_WIDTH)

    def compare(self, *, everything: bool) -> None:
        """Old against new; what is wrong goes into the report."""
        kept, head, report = self._kept, self._head, self._report
        size = 0 if kept is None else kept.size
        if kept is not None and head.size <= size and self._tree.root(head.size) != head.root:
            self._fork(head.size)
            return
        if head.size < size:
            report.evidence += [self._memory.head_text, self._text]
            report.add(
                "rollback",
                f"日志退回了：上次看到 {size:,} 条，现在只给出 {head.size:,} 条；日志被换成旧的副本，或者对不同的人出示不同的日志"
                "（也可能是缓存，稍后再看一次）",
                f"the log went back: {size:,} entries were shown before, only {head.size:,} now; it was put back to an older copy,"
                " or different people are shown different logs (or a cache is old: look again later)",
            )
            return
        fresh = self._fetch(size, head.size)
        if fresh is not None:
            self._grow(size, fresh)
        if report.ok:
            self._reread(size, everything=everything)

    def compare_elsewhere(self, text: str) -> None:
        """A head somebody else was shown must be of this very log."""
        report = self._report
        report.elsewhere += 1
        try:
            other = verify_checkpoint(text, report.key)
        except EcreditError as error:
            report.add(
                "elsewhere",
                f"别处的日志头：{error.zh.rstrip('。')}",
                f"the head from elsewhere: {error.en.rstrip('.')}",
            )
            return
        if other.size > self._head.size:
            report.evidence += [text, self._text]
            report.add(
                "rollback",
                f"别处看到的日志头有 {other.size:,} 条，这里只给出 {self._head.size:,} 条",
                f"elsewhere a head of {other.size:,} entries was shown, here only {self._head.size:,}",
            )
        elif self._tree.root(other.size) != other.root:
            report.evidence += [text, self._text]
            report.add(
                "fork",
                f"日志分叉：别处看到的 {other.size:,} 条的日志头与这里的日志不符，两份都有本市签名",
                f"the log is forked: the head of {other.size:,} entries shown elsewhere does not fit this log, and the city signed both",
            )

    def _grow(self, size: int, fresh: list[bytes]) -> None:
        """Add what is new; the root must be the signed one."""
        self.changed = self._tree.append(fresh)
        # The tree reads its older tiles from memory, the new ones are not there yet.
        self._tree = Tree(self._read, self._head.size)
        if self._tree.root() == self._head.root:
            return
        self.changed = {}
        self._tree = self._memory.tree()
        shown = self._fetch(0, size)
        if shown is None:
            return
        whole = _root_of([*shown, *fresh])
        if whole == self._head.root and self._kept is not None:
            self._report.evidence += [self._memory.head_text, self._text]
            self._name_leaves(shown)
            self._report.add(
                "rewritten",
                f"历史被改写：上次的 {size:,} 条不是现在 {self._head.size:,} 条的开头，两个日志头都有本市签名",
                f"history was rewritten: the {size:,} entries of last time are not the beginning of the {self._head.size:,} of now,"
                " and the city signed both heads",
            )
        else:
            self._report.add(
                "tile",
                "公布的散列算不出签名的日志头：网站给出的散列不是这份日志的",
                "the hashes that are published do not give the signed head: they are not this log's",
            )
            self._name_leaves(shown)

    def _fork(self, size: int) -> None:
        self._report.evidence += [self._memory.head_text, self._text]
        shown = self._fetch(0, size)
        if shown is not None:
            self._name_leaves(shown)
        self._report.add(
            "fork",
            f"日志分叉：{size:,} 条的日志头与上次保存的日志不符，两份都有本市签名",
            f"the log is forked: the head of {size:,} entries does not fit the log kept before, and the city signed both",
        )

    def _name_leaves(self, shown: Sequence[bytes]) -> None:
        size = 0 if self._kept is None else self._kept.size
        changed = [n for n, leaf in enumerate(shown[:size]) if leaf != self._tree.leaf(n)]
        for n in changed[:_NAMED]:
            self._report.add("leaf", f"第 {n:,} 条被改动", f"entry {n:,} was changed")
        if len(changed) > _NAMED:
            more = len(changed) - _NAMED
            self._report.add("leaf", f"另有 {more:,} 条被改动", f"{more:,} more entries were changed")

    def _reread(self, size: int, *, everything: bool) -> None:
        """What was seen before is fetched again and must be what it was."""
        old = size // TILE_WIDTH
        chosen: Sequence[int] = range(old)
        if old > ALL_UP_TO and not everything:
            chosen = sorted(random.SystemRandom().sample(range(old), ALL_UP_TO))
        for place in chosen:
            self._check_tile(0, place, TILE_WIDTH)
        level = 1
        while count := self._head.size >> (TILE_HEIGHT * level):
            for place in range(-(-count // TILE_WIDTH)):
                self._check_tile(level, place, min(TILE_WIDTH, count - place * TILE_WIDTH))
            level += 1

    def _check_tile(self, level: int, place: int, width: int) -> None:
        found = self._get(level, place, width)
        own = self._read(level, place)
        if own is None:
            raise damaged()
        if found is None or own[: len(found)] == found:
            return
        if level:
            self._report.add(
                "tile",
                f"第 {level} 层第 {place} 块与各条的散列不符",
                f"tile {place} of level {level} does not follow from the entries' hashes",
            )
            return
        for n, (a, b) in enumerate(zip(_hashes(own), _hashes(found), strict=False)):
            if a != b and len(self._report.findings) < _NAMED:
                leaf = place * TILE_WIDTH + n
                self._report.add("leaf", f"第 {leaf:,} 条被改动", f"entry {leaf:,} was changed")

    def _fetch(self, first: int, end: int) -> list[bytes] | None:
        """The leaf hashes first..end-1 as they are shown; None when some are missing, which is in the report then."""
        leaves: list[bytes] = []
        for place in range(first // TILE_WIDTH, -(-end // TILE_WIDTH)):
            width = min(TILE_WIDTH, self._head.size - place * TILE_WIDTH)
            raw = self._get(0, place, width)
            if raw is None:
                return None
            leaves += _hashes(raw)
        start = first % TILE_WIDTH
        for n in range(start):
            leaf = first - start + n
            if leaves[n] != self._tree.leaf(leaf):
                self._report.add("leaf", f"第 {leaf:,} 条被改动", f"entry {leaf:,} was changed")
        return leaves[start : start + end - first]

    def _get(self, level: int, place: int, width: int) -> bytes | None:
        name = tile_path(level, place, width)
        raw = self._source.get(name)
        if raw is None and width < TILE_WIDTH:
            raw = self._source.get(tile_path(level, place))
        self._report.reread += level == 0
        if raw is None or len(raw) % HASH_BYTES or not width * HASH_BYTES <= len(raw) <= LONGEST:
            self._report.add("tile", f"缺少或不完整：{name}", f"missing or cut short: {name}")
            return None
        return raw[: width * HASH_BYTES]

    def _read(self, level: int, place: int) -> bytes | None:
        return self.changed.get((level, place)) or self._memory.tile(level, place)


def _root_of(leaves: Sequence[bytes]) -> bytes:
    tiles: dict[tuple[int, int], bytes] = {}
    tiles.update(Tree(lambda level, place: tiles.get((level, place)), 0).append(leaves))
    return Tree(lambda level, place: tiles.get((level, place)), len(leaves)).root()


def _hashes(raw: bytes) -> Iterator[bytes]:
    return (raw[n : n + HASH_BYTES] for n in range(0, len(raw), HASH_BYTES))
