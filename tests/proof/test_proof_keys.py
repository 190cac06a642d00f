"""The key ring: made whole or not at all, never overwritten, closed to others."""

from pathlib import Path

import pytest

from ecredit.foundation.proof.errors import KeysMissing, KeysUnusable
from ecredit.foundation.proof.keys import KeyRing


def test_made_once_and_loaded_alike(tmp_path: Path) -> None:
    keys = tmp_path / "home" / "keys"
    made = KeyRing.create(keys)
    loaded = KeyRing.load(keys)
    assert made.sealing_keys == loaded.sealing_keys
    assert made.index_key == loaded.index_key
    assert made.log_key.public_key() == loaded.log_key.public_key()
    assert {len(k) for k in made.sealing_keys.values()} == {64}
    assert len(made.index_key) == 32
    assert sorted(p.name for p in keys.parent.iterdir()) == ["keys"]
    assert keys.stat().st_mode & 0o777 == 0o700
    assert {p.stat().st_mode & 0o777 for p in keys.iterdir()} == {0o600}


def test_two_rings_share_nothing_and_show_nothing(tmp_path: Path) -> None:
    one, two = KeyRing.create(tmp_path / "a"), KeyRing.create(tmp_path / "b")
    assert one.sealing_keys["s1"] != two.sealing_keys["s1"]
    assert one.index_key != two.index_key
    assert repr(one) == "KeyRing(current='s1')"


def test_an_empty_folder_is_filled_and_a_filled_one_is_left_alone(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    KeyRing.create(keys)
    before = {p.name: p.read_bytes() for p in keys.iterdir()}
    with pytest.raises(KeysUnusable, match="never overwritten"):
        KeyRing.create(keys)
    assert {p.name: p.read_bytes() for p in keys.iterdir()} == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["keys"]


@pytest.mark.parametrize("name", ["log-signing.pem", "index.key", "sealing-s1.key"])
def test_each_missing_open_or_damaged_file_is_named(tmp_path: Path, name: str) -> None:
    KeyRing.create(tmp_path / "keys")
    path = tmp_path / "keys" / name
    path.chmod(0o644)
    with pytest.raises(KeysUnusable, match=f"{name} is open to other users"):
        KeyRing.load(tmp_path / "keys")
    path.chmod(0o600)
    path.write_bytes(b"AAAA")
    with pytest.raises(KeysUnusable, match=f"{name} is damaged"):
        KeyRing.load(tmp_path / "keys")
    path.write_bytes("密钥".encode())
    with pytest.raises(KeysUnusable, match=f"{name} is damaged"):
        KeyRing.load(tmp_path / "keys")
    path.unlink()
    with pytest.raises(KeysMissing, match=f"{name} is missing"):
        KeyRing.load(tmp_path / "keys")


def test_no_folder_at_all(tmp_path: Path) -> None:
    with pytest.raises(KeysMissing, match="ecredit init"):
        KeyRing.load(tmp_path / "nowhere")


def test_rotation_adds_a_key_and_keeps_the_old(tmp_path: Path) -> None:
    first = KeyRing.create(tmp_path / "keys")
    for n in range(2, 12):
        ring = KeyRing.rotate_sealing(tmp_path / "keys")
        assert ring.current == f"s{n}"  # s10 comes after s9
    assert ring.sealing_keys["s1"] == first.sealing_keys["s1"]
    assert ring.index_key == first.index_key
    assert len(set(ring.sealing_keys.values())) == 11
    assert {p.stat().st_mode & 0o777 for p in (tmp_path / "keys").iterdir()} == {0o600}
