"""The audit of the signed heads: those of the database, those of the heads file, and the key they are signed with."""

from collections.abc import Callable, Iterator

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.heads_file import read_heads
from ecredit.facts.actors.log_actions import read_tile
from ecredit.facts.actors.models import LogHead, LogState
from ecredit.foundation.kernel.errors import EcreditError
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.checkpoint import verify_checkpoint
from ecredit.foundation.proof.errors import TileMissing
from ecredit.foundation.proof.merkle import Tree

Report = Callable[[AuditFinding], None]


def check_heads(size: int, verifier: str, against: str | None, report: Report) -> None:
    """Every signed head must be signed by the city and be the root of the first so many leaves."""
    roots = _Roots(size)
    last = 0
    for head in LogHead.objects.order_by("size").iterator():
        fault = _fault(roots, verifier, head.checkpoint, head.size, bytes(head.root))
        if fault is not None:
            zh, en = fault
            report(_finding(f"数据库中的日志头 {head.size}：{zh}", f"head {head.size} of the database: {en}"))
        last = head.size
    if last != size:
        report(
            _finding(
                f"日志有 {size} 条，最后签名的日志头只到 {last}",
                f"the log has {size} leaves, the last signed head covers {last}",
            )
        )
    if against is not None and (fault := _fault(roots, verifier, against)) is not None:
        report(_finding(f"别处保存的日志头：{fault[0]}", f"the head kept elsewhere: {fault[1]}"))


def audit_heads_file(home: Home, verifier: str) -> Iterator[AuditFinding]:
    """The heads file and the database must hold the same heads, and the public key must be that of the signing key.

    The newest head may be missing in the file: it is written after its commit.
    """
    yield from _audit_key(home, verifier)
    size = LogState.objects.filter(id=1).values_list("size", flat=True).first() or 0
    roots = _Roots(size)
    kept = {head.checkpoint: head.size for head in LogHead.objects.order_by("size").iterator()}
    missing = dict(kept)
    name = home.heads.name
    for number, text in read_heads(home.heads):
        missing.pop(text, None)
        if text in kept:
            continue
        zh, en = _fault(roots, verifier, text) or (
            "数据库中没有这个日志头：它被删除或改动",
            "the database does not have this head: it was deleted or changed there",
        )
        yield _finding(f"{name} 第 {number} 行：{zh}", f"line {number} of {name}: {en}")
    newest = max(kept.values(), default=0)
    lost = sorted(head for head in missing.values() if head != newest)
    if lost:
        yield _finding(
            f"{name} 中缺 {len(lost)} 个日志头，第一个是 {lost[0]}：文件被删除或改动",
            f"{name} lacks {len(lost)} heads, the first is {lost[0]}: the file was deleted or changed",
        )


def _audit_key(home: Home, verifier: str) -> Iterator[AuditFinding]:
    name = home.public_key.name
    if not home.public_key.is_file():
        yield _finding(f"公钥文件 {name} 不见了", f"the public key file {name} is gone")
    elif home.public_key.read_text(encoding="utf-8", errors="replace").strip() != verifier:
        yield _finding(
            f"公布的公钥（{name}）不是现在签名所用密钥的：其中一个被换过",
            f"the published key ({name}) is not that of the key that signs now: one of them was replaced",
        )


class _Roots:
    """The roots of the log's beginnings; None where a tile is missing, which the audit of the tiles names."""

    def __init__(self, size: int) -> None:
        self.size = size
        try:
            self._tree: Tree | None = Tree(read_tile, size)
        except TileMissing:
            self._tree = None

    def of(self, size: int) -> bytes | None:
        try:
            return None if self._tree is None else self._tree.root(size)
        except TileMissing:
            return None


def _fault(
    roots: _Roots, verifier: str, text: str, stated_size: int | None = None, stated_root: bytes | None = None
) -> tuple[str, str] | None:
    """What is wrong with a head, in both languages; None when it is the city's and of this log."""
    try:
        head = verify_checkpoint(text, verifier)
    except EcreditError as error:
        return error.zh, error.en
    if head.size > roots.size:
        return (
            f"它有 {head.size} 条，现在的日志只有 {roots.size} 条：数据库被换成了旧的副本",
            f"it has {head.size} leaves, the log has only {roots.size} now: the database was put back to an older copy",
        )
    differs = stated_size not in (None, head.size) or stated_root not in (None, head.root)
    if differs or roots.of(head.size) not in (None, head.root):
        return (
            f"日志头 {head.size} 与现在的日志不符：日志被改写过",
            f"head {head.size} does not fit the log: the log was rewritten",
        )
    return None


def _finding(zh: str, en: str) -> AuditFinding:
    return AuditFinding("head", None, zh, en)
