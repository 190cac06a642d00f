"""Appending to the transparency log, and signing its head.

The caller opens the log inside its own transaction: leaves, rows and head become durable together or not at all.
The log is locked from opening to commit, so leaf numbers have no gaps and instants never run backwards.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import connection, transaction

from ecredit.facts.actors.heads_file import keep_head
from ecredit.facts.actors.key_token import find_token
from ecredit.facts.actors.models import LogHead, LogState, LogTile
from ecredit.foundation.kernel.errors import EcreditError
from ecredit.foundation.proof.blinding import Blinder
from ecredit.foundation.proof.checkpoint import sign_checkpoint, verifier_key, verify_checkpoint
from ecredit.foundation.proof.cosigning import cosign
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.merkle import Tree


def read_tile(level: int, index: int) -> bytes | None:
    """The stored hashes of one tile, or None: what the Merkle tree reads lazily."""
    row = LogTile.objects.filter(level=level, index=index).values_list("hashes", flat=True).first()
    return None if row is None else bytes(row)


class OpenLog:
    """The log, locked for one transaction. `start` is the number the next leaf gets; `at` the instant to record."""

    def __init__(self, ring: KeyRing, at: datetime) -> None:
        if not connection.in_atomic_block:
            raise EcreditError("日志只能在事务中打开", "the log is opened inside a transaction only")
        LogState.objects.get_or_create(id=1)
        state = LogState.objects.select_for_update().get(id=1)
        # A clock set back must not make later knowledge look earlier than what is already in the log.
        self.at = at.astimezone(UTC) if state.last_at is None or at > state.last_at else state.last_at
        self._ring, self._origin = ring, state.origin
        self._blinder = Blinder(ring)
        self._tree = Tree(read_tile, state.size)
        self._size = state.size
        self._changed: dict[tuple[int, int], bytes] = {}
        self._check_last_head()

    def _check_last_head(self) -> None:
        """Refuse to go on from a tree that is not the one signed last: a new signature would cover what was done to it.

        Raises EcreditError.
        """
        last = LogHead.objects.order_by("-size").first()
        if last is None and self._size == 0:
            return
        if last is None or not self._is_signed(last):
            raise EcreditError(
                "账本日志与最后一次签名的树头不一致，已停止写入；请执行 ecredit log audit 查明，再从备份恢复",
                "the log is not what its last signed head says, so nothing more is written; "
                "find out with: ecredit log audit, then restore from a backup",
                size=self._size,
            )
        # Cut off between its commit and the file, it would be missing there.
        keep_head(self._ring, last.checkpoint)

    def _is_signed(self, last: LogHead) -> bool:
        """Whether this head is of the tree as it stands, in its row and in the text that was signed."""
        try:
            head = verify_checkpoint(last.checkpoint, verifier_key(self._origin, self._ring.log_key))
        except EcreditError:
            return False
        stands = self._size, self._tree.root()
        return (head.size, head.root) == stands == (last.size, bytes(last.root))

    @property
    def next_leaf(self) -> int:
        """The number the next leaf will have."""
        return self._size

    def append(self, hashes: Sequence[bytes]) -> None:
        """Take the hashes of rows numbered from `next_leaf` on; each becomes a blinded leaf."""
        self._changed.update(self._tree.append([self._blinder.leaf(one) for one in hashes]))
        self._size += len(hashes)

    def seal(self) -> None:
        """Write tiles, size and the signed head; the last act before the caller's commit, after which the head is also
        put into the heads file."""
        if not self._changed:
            return
        _write_tiles(self._changed)
        root = self._tree.root()
        LogState.objects.filter(id=1).update(size=self._size, last_at=self.at)
        signed = sign_checkpoint(self._origin, self._size, root, self._ring.log_key)
        checkpoint = cosign(signed, self._origin, self._ring, at=self.at, token=find_token())
        LogHead.objects.create(size=self._size, root=root, signed_at=self.at, checkpoint=checkpoint)
        transaction.on_commit(lambda: keep_head(self._ring, checkpoint))
        self._changed = {}


def _write_tiles(changed: dict[tuple[int, int], bytes]) -> None:
    rows = [(level, index, hashes) for (level, index), hashes in sorted(changed.items())]
    with connection.cursor() as cursor:
        cursor.executemany(
            'INSERT INTO "actors_log_tile" ("level", "index", "hashes") VALUES (%s, %s, %s) '
            'ON CONFLICT ("level", "index") DO UPDATE SET "hashes" = excluded."hashes"',
            rows,
        )
