"""Publishing the log: its new tiles, its head and the acts of publishing go into the public copy; and the audit of that copy."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

from django.db import transaction

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.journal_actions import journal_leaf
from ecredit.facts.actors.models import JournalEntry, LogHead, LogTile
from ecredit.facts.actors.queries import latest_head, log_origin
from ecredit.foundation.kernel.errors import EcreditError
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.blinding import Blinder
from ecredit.foundation.proof.checkpoint import verifier_key
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.merkle import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, leaf_hash
from ecredit.service.publicity.public_log import open_copy
from ecredit.service.publicity.published import ACTS
from ecredit.service.publicity.shown_records import take_tiles


class LogNotPublished(EcreditError):  # noqa: N818 - says what happened
    """The public copy of the log could not be brought up."""

    code = "publicity.log_not_published"


def publish_log(*, home: Home, ring: KeyRing, at: datetime) -> int:
    """Bring the public copy up to the last signed head; gives the number of its leaves (0 while the log is empty).

    Call it after a publication's own transaction, never inside. Repeating it changes nothing. A copy of a later day than the database
    (which was restored), or of another log, is made anew. Raises LogNotPublished when the copy cannot be written.
    """
    try:
        return _publish(home, ring, at)
    except (sqlite3.Error, OSError) as error:
        name = home.public_log_db.name
        raise LogNotPublished(
            f"公示已完成，但公开的日志副本 {name} 写不进去（{error}）；排除后请执行 ecredit evaluate",
            f"published, but the public copy of the log {name} cannot be written ({error}); when that is mended run:"
            " ecredit evaluate",
        ) from error


def _publish(home: Home, ring: KeyRing, at: datetime) -> int:
    with open_copy(home.public_log_db) as copy, transaction.atomic():
        head = latest_head()
        if head is None:
            return 0
        origin, key = log_origin(), verifier_key(log_origin(), ring.log_key)
        before = _kept(copy, key)
        if before > head.size:
            before = 0
        if before == 0:
            for table in ("tile", "head", "act", "shown", "stamp", "meta"):
                copy.execute(f"DELETE FROM {table}")
        _copy_tiles(copy, before, head.size)
        _copy_acts(copy, ring, before, head.size)
        _copy_stamps(copy, home)
        _copy_shown(copy, home)
        copy.execute(
            "INSERT OR IGNORE INTO head VALUES (?,?,?)", (head.size, head.checkpoint, at.isoformat())
        )
        copy.executemany("INSERT OR REPLACE INTO meta VALUES (?,?)", (("key", key), ("origin", origin)))
        return int(head.size)


def _kept(copy: sqlite3.Connection, key: str) -> int:
    """How many leaves the copy has of this log."""
    own = copy.execute("SELECT value FROM meta WHERE key = 'key'").fetchone()
    (size,) = copy.execute("SELECT max(size) FROM head").fetchone()
    return 0 if own is None or own[0] != key or size is None else int(size)


def _copy_tiles(copy: sqlite3.Connection, before: int, size: int) -> None:
    level = 0
    while count := size >> (TILE_HEIGHT * level):
        first = (before >> (TILE_HEIGHT * level)) // TILE_WIDTH
        rows = LogTile.objects.filter(level=level, index__gte=first, index__lte=count // TILE_WIDTH)
        copy.executemany(
            "INSERT OR REPLACE INTO tile VALUES (?,?,?)",
            (
                (level, index, bytes(hashes)[: (count - index * TILE_WIDTH) * HASH_BYTES])
                for index, hashes in rows.order_by("index").values_list("index", "hashes").iterator()
                if index * TILE_WIDTH < count
            ),
        )
        level += 1


def _copy_acts(copy: sqlite3.Connection, ring: KeyRing, before: int, size: int) -> None:
    blinder = Blinder(ring)
    for row in JournalEntry.objects.filter(verb__in=ACTS, leaf__gte=before, leaf__lt=size).order_by("leaf"):
        entry = journal_leaf(row)
        token = blinder.token(leaf_hash(entry))
        values = (row.leaf, row.at.isoformat(), row.verb, row.detail, entry, token)
        copy.execute("INSERT OR REPLACE INTO act VALUES (?,?,?,?,?,?)", values)


def _copy_shown(copy: sqlite3.Connection, home: Home) -> None:
    """The tree of what is shown, of the last act: only when it is what that act named."""
    last = copy.execute("SELECT leaf, detail FROM act ORDER BY leaf DESC LIMIT 1").fetchone()
    done = copy.execute("SELECT value FROM meta WHERE key = 'shown'").fetchone()
    if last is None or (done is not None and int(done[0]) == last[0]):
        return
    with closing(sqlite3.connect(f"{home.public_db.absolute().as_uri()}?mode=ro", uri=True)) as public:
        tiles = take_tiles(public, read_object(last[1]).get("shown"))
    copy.execute("DELETE FROM shown")
    copy.execute("DELETE FROM meta WHERE key = 'shown'")
    if tiles is not None:
        rows = ((level, place, hashes) for (level, place), hashes in tiles.items())
        copy.executemany("INSERT INTO shown VALUES (?,?,?)", rows)
        copy.execute("INSERT INTO meta VALUES ('shown', ?)", (str(last[0]),))


def _copy_stamps(copy: sqlite3.Connection, home: Home) -> None:
    """The stamps of heads that were published, whatever became of an earlier copy."""
    for path in home.stamps.glob("*.tst") if home.stamps.is_dir() else ():
        if path.stem.isascii() and path.stem.isdigit():
            copy.execute("INSERT OR REPLACE INTO stamp VALUES (?,?)", (int(path.stem), path.read_bytes()))


def audit_public_log(home: Home, ring: KeyRing) -> Iterator[AuditFinding]:
    """The public copy must hold this log's tiles, heads it signed, and acts as the journal has them. A missing copy shows nothing false."""
    path = home.public_log_db
    if not path.exists():
        return
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as copy:
        try:
            wrong = _differences(copy, verifier_key(log_origin(), ring.log_key), ring)
        except sqlite3.DatabaseError:
            wrong = ("不是日志副本", "is no copy of the log")
    if wrong is not None:
        yield AuditFinding(
            "public_log",
            None,
            f"公开的日志副本 {path.name} {wrong[0]}：被改动或换成旧的；删除该文件后执行 ecredit evaluate 重建",
            f"the public copy of the log {path.name} {wrong[1]}: altered or put back; delete the file and run ecredit evaluate",
        )


def _differences(copy: sqlite3.Connection, key: str, ring: KeyRing) -> tuple[str, str] | None:
    if copy.execute("SELECT value FROM meta WHERE key = 'key'").fetchone() != (key,):
        return "的公钥不是本市的", "does not hold the city's key"
    signed = dict(LogHead.objects.values_list("size", "checkpoint"))
    heads = copy.execute("SELECT size, text FROM head").fetchall()
    if any(signed.get(size) != text for size, text in heads):
        return "中有本市没有签过的日志头", "holds a head the city did not sign"
    size, tiles = max((size for size, _ in heads), default=0), 0
    for level, place, hashes in copy.execute("SELECT level, place, hashes FROM tile"):
        own = LogTile.objects.filter(level=level, index=place).values_list("hashes", flat=True).first()
        width = min(TILE_WIDTH, (size >> (TILE_HEIGHT * level)) - place * TILE_WIDTH)
        if own is None or width <= 0 or bytes(own)[: width * HASH_BYTES] != bytes(hashes):
            return f"第 {level} 层第 {place} 块不同", f"differs in tile {place} of level {level}"
        tiles += 1
    wanted, level = 0, 0
    while count := size >> (TILE_HEIGHT * level):
        wanted, level = wanted + -(-count // TILE_WIDTH), level + 1
    if tiles != wanted:
        return f"缺少 {wanted - tiles} 块", f"lacks {wanted - tiles} tiles"
    acts = JournalEntry.objects.filter(verb__in=ACTS, leaf__lt=size).order_by("leaf")
    told = {
        leaf: rest for leaf, *rest in copy.execute("SELECT leaf, at, verb, detail, entry, token FROM act")
    }
    blinder = Blinder(ring)
    for row in acts:
        entry = journal_leaf(row)
        ours = [row.at.isoformat(), row.verb, row.detail, entry, blinder.token(leaf_hash(entry))]
        if told.pop(row.leaf, None) != ours:
            return (
                f"中第 {row.leaf} 条公示与日志不同",
                f"tells publication {row.leaf} otherwise than the journal",
            )
    return ("中有日志没有的公示", "tells a publication the journal does not have") if told else None
