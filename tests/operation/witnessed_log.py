"""A log as a city publishes it, in memory, and what a dishonest city would show instead."""

from collections.abc import Callable, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ecredit.foundation.proof.checkpoint import sign_checkpoint, verifier_key
from ecredit.foundation.proof.merkle import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, Tree, leaf_hash, tile_path

ORIGIN = "credit.example/log"


class City:
    """The leaves it has, the key it signs with, and the files it gives out."""

    name = "https://credit.example/log"

    def __init__(self, entries: Sequence[bytes] = (), key: Ed25519PrivateKey | None = None) -> None:
        self.key = key or Ed25519PrivateKey.generate()
        self.leaves = [leaf_hash(entry) for entry in entries]
        self.changed: dict[str, bytes | None] = {}
        self.asked: list[str] = []

    @property
    def verifier(self) -> str:
        return verifier_key(ORIGIN, self.key)

    def grow(self, count: int, word: str = "entry") -> None:
        first = len(self.leaves)
        self.leaves += [leaf_hash(f"{word} {n}".encode()) for n in range(first, first + count)]

    def other(self, change: Callable[["City"], None]) -> "City":
        """The same city, telling something else to somebody else."""
        twin = City(key=self.key)
        twin.leaves = list(self.leaves)
        change(twin)
        return twin

    def head(self, size: int | None = None) -> str:
        leaves = self.leaves[:size]
        return sign_checkpoint(ORIGIN, len(leaves), _tree(leaves).root(), self.key)

    def get(self, name: str) -> bytes | None:
        self.asked.append(name)
        if name in self.changed:
            return self.changed[name]
        return self._files().get(name)

    def _files(self) -> dict[str, bytes]:
        size = len(self.leaves)
        files = {"checkpoint": self.head().encode(), "key.txt": self.verifier.encode()}
        for (level, place), hashes in tiles_of(self.leaves).items():
            width = min(TILE_WIDTH, (size >> (TILE_HEIGHT * level)) - place * TILE_WIDTH)
            files[tile_path(level, place, width)] = hashes[: width * HASH_BYTES]
        return files


def tiles_of(leaves: Sequence[bytes]) -> dict[tuple[int, int], bytes]:
    return Tree(lambda _level, _place: None, 0).append(leaves)


def _tree(leaves: Sequence[bytes]) -> Tree:
    tiles = tiles_of(leaves)
    return Tree(lambda level, place: tiles.get((level, place)), len(leaves))
