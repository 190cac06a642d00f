"""The audit's second half: the tiles above the leaves, and every signed head."""

from collections.abc import Callable

from ecredit.facts.actors.log_actions import read_tile
from ecredit.facts.actors.models import LogHead
from ecredit.facts.records.types import AuditFinding
from ecredit.foundation.kernel.errors import EcreditError
from ecredit.foundation.proof.checkpoint import verify_checkpoint
from ecredit.foundation.proof.merkle import Tree, node_hash

_TILE, _LEVEL = 256, 8
_HASH = 32
Report = Callable[[AuditFinding], None]


def check_tiles(size: int, report: Report) -> None:
    """Every stored tile of a higher level must follow from the tiles below it."""
    level, width = 0, size
    while width:
        for index in range((width + _TILE - 1) // _TILE):
            tile = read_tile(level, index)
            wanted = min(_TILE, width - index * _TILE)
            if tile is None or len(tile) != wanted * _HASH:
                zh = f"日志块 {level}/{index} 缺失或长度不对"
                report(
                    AuditFinding(
                        "tile", None, zh, f"log tile {level}/{index} is missing or has a wrong length"
                    )
                )
                continue
            if wanted == _TILE:
                above = read_tile(level + 1, index // _TILE) or b""
                place = index % _TILE * _HASH
                if above[place : place + _HASH] != _root_of(tile):
                    zh = f"日志块 {level}/{index} 与上一层不符"
                    report(
                        AuditFinding(
                            "tile", None, zh, f"log tile {level}/{index} does not fit the level above"
                        )
                    )
        level, width = level + 1, width // _TILE


def check_heads(size: int, verifier: str, against: str | None, report: Report) -> None:
    """Every signed head must be signed by the city and be the root of the first so many leaves."""
    tree = Tree(read_tile, size)
    last = 0
    for head in LogHead.objects.order_by("size").iterator():
        _check_head(tree, verifier, head.checkpoint, head.size, bytes(head.root), size, report)
        last = head.size
    if last != size:
        zh = f"日志有 {size} 条，最后签名的日志头只到 {last}"
        report(
            AuditFinding("head", None, zh, f"the log has {size} leaves, the last signed head covers {last}")
        )
    if against is not None:
        _check_head(tree, verifier, against, None, None, size, report)


def _check_head(
    tree: Tree,
    verifier: str,
    text: str,
    stated_size: int | None,
    stated_root: bytes | None,
    size: int,
    report: Report,
) -> None:
    try:
        head = verify_checkpoint(text, verifier)
    except EcreditError as error:
        report(
            AuditFinding(
                "head",
                None,
                f"日志头 {stated_size} 的签名不对：{error.zh}",
                f"head {stated_size}: {error.en}",
            )
        )
        return
    differs = (stated_size is not None and head.size != stated_size) or (
        stated_root is not None and head.root != stated_root
    )
    if head.size > size or differs or tree.root(head.size) != head.root:
        zh = f"日志头 {head.size} 与现在的日志不符：日志被改写过"
        report(
            AuditFinding("head", None, zh, f"head {head.size} does not fit the log: the log was rewritten")
        )


def _root_of(tile: bytes) -> bytes:
    hashes = [tile[i : i + _HASH] for i in range(0, len(tile), _HASH)]
    while len(hashes) > 1:
        hashes = [node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes), 2)]
    return hashes[0]
