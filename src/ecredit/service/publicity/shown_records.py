"""What everyone is shown, as a tree: each record's text as it is proved, and the root that an act of publishing names."""

import sqlite3
from collections.abc import Iterator

from ecredit.foundation.proof.merkle import Tree
from ecredit.foundation.proof.shown import record_hash
from ecredit.service.publicity.store import to_json

_COLUMNS = "leaf, code, source, section, occurred_on, shown_from, shown_until, doc"
_BLOCK = 5_000

Tiles = dict[tuple[int, int], bytes]


def record_text(row: tuple[object, ...]) -> str:
    """The text of a record's row (leaf, code, source, section, occurred_on, shown_from, shown_until, doc): one way to write it."""
    return to_json(row)


def shown_tree(public: sqlite3.Connection) -> tuple[int, bytes, Tiles]:
    """How many records the public database holds, the root over them in the order of their entries, and the tiles."""
    tiles: Tiles = {}
    tree = Tree(lambda level, place: tiles.get((level, place)))
    for block in _blocks(public):
        tiles.update(tree.append([record_hash(record_text(row)) for row in block]))
    return tree.size, tree.root(), tiles


def shown_detail(public: sqlite3.Connection) -> list[object]:
    """What an act of publishing says of it: number and root."""
    size, root, _ = shown_tree(public)
    return [size, root.hex()]


def find_record(public: sqlite3.Connection, leaf: int) -> tuple[str, int] | None:
    """The text of an entry's record, and how many stand before it; None when none is there."""
    row = public.execute(f"SELECT {_COLUMNS} FROM item WHERE leaf = ?", (leaf,)).fetchone()
    if row is None:
        return None
    (rank,) = public.execute("SELECT count(*) FROM item WHERE leaf < ?", (leaf,)).fetchone()
    return record_text(row), int(rank)


def _blocks(public: sqlite3.Connection) -> Iterator[list[tuple[object, ...]]]:
    rows = public.execute(f"SELECT {_COLUMNS} FROM item ORDER BY leaf")
    while block := rows.fetchmany(_BLOCK):
        yield block
