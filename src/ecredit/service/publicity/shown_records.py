"""What everyone is shown, as a tree: each record's text as it is proved, and the root that an act of publishing names."""

import sqlite3
from collections.abc import Iterator

from ecredit.foundation.proof.merkle import Tree
from ecredit.foundation.proof.shown import record_hash
from ecredit.service.publicity.store import to_json

_COLUMNS = "leaf, code, source, section, occurred_on, shown_from, shown_until, doc"
_BLOCK = 5_000

Tiles = dict[tuple[int, int], bytes]
# Between an act and the publishing of the log that follows it: reading a million records twice takes twice as long. A root is of
# one content only, so nothing else can be taken for it.
_just_made: dict[str, Tiles] = {}


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
    size, root, tiles = shown_tree(public)
    _just_made.clear()
    _just_made[to_json([size, root.hex()])] = tiles
    return [size, root.hex()]


def take_tiles(public: sqlite3.Connection, said: object) -> Tiles | None:
    """The tiles of what an act said (`shown_detail`), read anew unless they were just made; None when the database holds something else."""
    made = _just_made.pop(to_json(said), None)
    if made is not None:
        return made
    size, root, tiles = shown_tree(public)
    return tiles if said == [size, root.hex()] else None


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
