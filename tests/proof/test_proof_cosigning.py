"""ES256 and SM2 under a log head: read by who knows them, passed over by who does not, and never in the way."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ecredit.foundation.proof.checkpoint import sign_checkpoint, verifier_key, verify_checkpoint
from ecredit.foundation.proof.cosigning import check_cosigned, cosign
from ecredit.foundation.proof.errors import CheckpointBroken
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.note import split_note
from ecredit.foundation.proof.signing_keys import denounce_pair, make_pair, retire_pair
from ecredit.foundation.proof.sm2 import Sm2PrivateKey
from tests.proof.badge_samples import AT, SampleCity, make_city

ORIGIN = "credit.example/log"


@pytest.fixture
def city(tmp_path: Path) -> SampleCity:
    return make_city(tmp_path / "keys")


def head_of(city: SampleCity) -> str:
    ring = KeyRing.load(city.folder)
    return cosign(sign_checkpoint(ORIGIN, 7, bytes(32), ring.log_key), ORIGIN, ring, at=AT)


def states(city: SampleCity, head: str) -> list[tuple[str, str]]:
    return [(one.code, one.state.value) for one in check_cosigned(head, ORIGIN, city.keys)]


def test_a_head_carries_all_three_and_old_readers_pass_two_over(city: SampleCity) -> None:
    head = head_of(city)
    assert states(city, head) == [("es256", "holds"), ("sm2", "holds")]
    key = verifier_key(ORIGIN, KeyRing.load(city.folder).log_key)
    assert verify_checkpoint(head, key).size == 7
    names = [name for name, _ in split_note(head)[1]]
    assert names == [ORIGIN, f"{ORIGIN}/{city.pair.kid}", f"{ORIGIN}/{city.pair.kid}"]


def test_altered_cut_or_of_another_city(city: SampleCity, tmp_path: Path) -> None:
    head = head_of(city)
    assert states(city, head.replace("\n7\n", "\n8\n")) == [("es256", "fails"), ("sm2", "fails")]
    lines = head.splitlines(keepends=True)
    assert states(city, "".join(lines[:-1])) == [("es256", "holds")]
    swapped = [*lines[:-2], lines[-1], lines[-2]]
    assert states(city, "".join(swapped)) == [("sm2", "holds"), ("es256", "holds")]
    assert states(make_city(tmp_path / "other"), head) == []
    with pytest.raises(CheckpointBroken):
        check_cosigned("no note", ORIGIN, city.keys)


def test_a_stolen_pair_says_nothing_more_and_takes_nothing_away(city: SampleCity) -> None:
    head, kid = head_of(city), city.pair.kid
    denounce_pair(city.folder, kid, since=AT - timedelta(days=1), at=AT)
    assert states(city, head) == [("es256", "open"), ("sm2", "open")]
    assert len(split_note(head_of(city))[1]) == 1
    new = make_pair(city.folder, city.sealer, since=AT - timedelta(hours=1), until=AT + timedelta(days=9))
    assert split_note(head_of(city))[1][1][0] == f"{ORIGIN}/{new.kid}"
    retire_pair(city.folder, new.kid, at=AT)
    assert len(split_note(head_of(city))[1]) == 1


def test_where_there_is_no_sm2_or_no_pair_a_head_is_signed_all_the_same(
    city: SampleCity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ecredit.foundation.proof.errors import KeysUnusable

    def refuse(_self: Sm2PrivateKey, _message: bytes) -> bytes:
        raise KeysUnusable("x", "x")

    monkeypatch.setattr(Sm2PrivateKey, "sign", refuse)
    assert len(split_note(head_of(city))[1]) == 1
    bare = KeyRing.create(tmp_path / "bare")
    assert cosign(plain := sign_checkpoint(ORIGIN, 7, bytes(32), bare.log_key), ORIGIN, bare, at=AT) == plain


def test_openssl_finds_the_es256_line_good(city: SampleCity, tmp_path: Path) -> None:
    text, lines = split_note(head_of(city))
    (tmp_path / "text").write_text(text, encoding="utf-8")
    (tmp_path / "sig").write_bytes(lines[1][1][4:])
    pem = city.pair.public.es256.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(pem)
    words = ["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "sig", "text"]
    assert subprocess.run(words, cwd=tmp_path, check=False, capture_output=True).returncode == 0
