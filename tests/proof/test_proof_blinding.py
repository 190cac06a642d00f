"""Leaves are blinded: the same entry gives the same leaf under one ring, and nobody without the ring can make it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecredit.foundation.proof.blinding import TOKEN_BYTES, Blinder, blinded
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.merkle import leaf_hash


@pytest.fixture(scope="module")
def rings(tmp_path_factory: pytest.TempPathFactory) -> tuple[KeyRing, KeyRing]:
    folder: Path = tmp_path_factory.mktemp("rings")
    return KeyRing.create(folder / "one"), KeyRing.create(folder / "two")


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_a_leaf_follows_from_entry_and_ring(
    rings: tuple[KeyRing, KeyRing], entry: bytes, other: bytes
) -> None:
    own, strange = (Blinder(ring) for ring in rings)
    hashed = leaf_hash(entry)
    token = own.token(hashed)
    assert len(token) == TOKEN_BYTES
    assert own.leaf(hashed) == blinded(hashed, token) == Blinder(rings[0]).leaf(hashed)
    assert own.leaf(hashed) not in (hashed, strange.leaf(hashed), blinded(hashed, bytes(TOKEN_BYTES)))
    assert (own.leaf(leaf_hash(other)) == own.leaf(hashed)) == (other == entry)


def test_a_rotated_sealing_key_changes_no_leaf(tmp_path: Path) -> None:
    before = Blinder(KeyRing.create(tmp_path / "keys"))
    after = Blinder(KeyRing.rotate_sealing(tmp_path / "keys"))
    assert before.leaf(leaf_hash(b"x")) == after.leaf(leaf_hash(b"x"))
