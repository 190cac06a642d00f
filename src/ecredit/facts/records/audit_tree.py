"""The audit of the tiles above the leaves."""

from collections.abc import Callable

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.log_actions import read_tile
from ecredit.foundation.proof.merkle import node_hash

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


def _root_of(tile: bytes) -> bytes:
    hashes = [tile[i : i + _HASH] for i in range(0, len(tile), _HASH)]
    while len(hashes) > 1:
        hashes = [node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes), 2)]
    return hashes[0]
