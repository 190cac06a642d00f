"""Blinding: the leaves of the log are public, and nobody can try out what an entry may say.

A leaf is not the hash of its entry alone but of that hash and a token, which only the home's keys give: who knows every field
of an entry but one cannot find that one by hashing guesses (ADR 13). Whoever is shown the entry and its token checks both.
"""

from __future__ import annotations

import hmac
from hashlib import blake2b
from typing import Final

from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.merkle import leaf_hash

TOKEN_BYTES: Final = 16
_DERIVED: Final = b"ecredit log leaf 1\x00"


class Blinder:
    """Makes leaves of entries' hashes, under a key derived from the ring."""

    def __init__(self, ring: KeyRing) -> None:
        self._key = hmac.digest(ring.index_key, _DERIVED, "sha256")

    def token(self, entry_hash: bytes) -> bytes:
        """The 16 bytes that belong to an entry (its `merkle.leaf_hash`)."""
        return blake2b(entry_hash, key=self._key, digest_size=TOKEN_BYTES).digest()

    def leaf(self, entry_hash: bytes) -> bytes:
        """The leaf's hash as the log holds it."""
        return blinded(entry_hash, self.token(entry_hash))


def blinded(entry_hash: bytes, token: bytes) -> bytes:
    """The leaf of an entry's hash and its token."""
    return leaf_hash(entry_hash + token)
