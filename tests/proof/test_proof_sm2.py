"""SM2 and SM3 against the standard's worked example, the plain reference, and the `openssl` command; and what is no signature."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecredit.foundation.proof import sm2_plain as plain
from ecredit.foundation.proof.sm2 import (
    IDENTITY,
    Sm2PrivateKey,
    Sm2PublicKey,
    has_fast_sm2,
    signature_from_der,
    signature_to_der,
)
from tests.proof.vectors import vectors

# GB/T 32918.5 annex A.2.
EXAMPLE = {
    "d": "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8",
    "k": "59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21",
    "px": "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020",
    "py": "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13",
    "e": "F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640",
    "r": "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3",
    "s": "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA",
    "message_ascii": "message digest",
    "id": "1234567812345678",
}
KEY = Sm2PrivateKey(bytes.fromhex(EXAMPLE["d"]))
MESSAGE = EXAMPLE["message_ascii"].encode()
SIGNATURE = bytes.fromhex(EXAMPLE["r"] + EXAMPLE["s"])
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl command here")
needs_libcrypto = pytest.mark.skipif(not has_fast_sm2(), reason="there is no libcrypto with SM2 here")


def check_example(example: dict[str, str]) -> None:
    number = {name: int(example[name], 16) for name in ("d", "k", "px", "py", "e", "r", "s")}
    public = plain.public_point(number["d"])
    assert public == (number["px"], number["py"])
    e = plain.digest_for(public, example["id"].encode(), example["message_ascii"].encode())
    assert e == number["e"]
    assert plain.sign_with(number["d"], number["k"], e) == (number["r"], number["s"])
    assert plain.holds(public, e, number["r"], number["s"])
    key = Sm2PrivateKey(bytes.fromhex(example["d"])).public
    assert key.holds(
        bytes.fromhex(example["r"] + example["s"]), example["message_ascii"].encode(), example["id"].encode()
    )


def test_the_standards_example() -> None:
    check_example(EXAMPLE)


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        (b"", "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"),
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_of_the_standards_examples(message: bytes, digest: str) -> None:
    assert plain.sm3(message).hex() == digest


def test_the_vectors_at_hand() -> None:
    folder = vectors("std_sm_crypto")
    for example in json.loads((folder / "sm2_sign.json").read_text()):
        check_example(example)
    digests = json.loads((folder / "sm3.json").read_text())
    assert len(digests) >= 5
    for one in digests:
        assert plain.sm3(bytes.fromhex(one["msg_hex"])).hex() == one["digest"].lower()


def number(value: int) -> bytes:
    return value.to_bytes(32, "big")


R, S = int(EXAMPLE["r"], 16), int(EXAMPLE["s"], 16)


@pytest.mark.parametrize(
    "signature",
    [
        bytes(64),  # (0, 0)
        number(0) + number(S),
        number(R) + number(0),
        number(plain.N) + number(S),  # r = n stands for 0
        number(R) + number(plain.N),
        number(R) + number(plain.N - S),  # the lower or higher twin of s, which ECDSA would take
        number(R) + number(plain.N - R),  # r + s = n: t is 0
        number((1 << 256) - 1) + number(S),
        SIGNATURE + b"\x00",
        SIGNATURE[:-1],
        b"",
        signature_to_der(SIGNATURE),  # right, in another spelling
        signature_to_der(SIGNATURE) + b"\x00",
    ],
)
def test_what_is_no_signature_is_refused_by_both(signature: bytes) -> None:
    assert KEY.public.holds(signature, MESSAGE) is False
    if len(signature) == 64:
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        assert plain.holds(plain.public_point(int(EXAMPLE["d"], 16)), int(EXAMPLE["e"], 16), r, s) is False


def test_another_message_identity_or_key_is_refused() -> None:
    assert KEY.public.holds(SIGNATURE, MESSAGE)
    assert not KEY.public.holds(SIGNATURE, MESSAGE + b".")
    assert not KEY.public.holds(SIGNATURE, MESSAGE, b"ALICE123@YAHOO.COM")  # another ZA
    assert not Sm2PrivateKey.generate().public.holds(SIGNATURE, MESSAGE)


def test_each_bit_of_a_signature_counts() -> None:
    for place in range(0, 512, 7):
        bent = bytearray(SIGNATURE)
        bent[place >> 3] ^= 0x80 >> (place & 7)
        assert not KEY.public.holds(bytes(bent), MESSAGE)


def test_what_is_no_key_is_refused() -> None:
    p256 = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    p256 += "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"  # a point of P-256
    for raw in (bytes(64), b"\xff" * 64, bytes.fromhex(p256), KEY.public.raw + b"\x00", KEY.public.raw[:-1]):
        with pytest.raises(ValueError, match="sm2p256v1"):
            Sm2PublicKey(raw)
    for secret in (0, plain.N - 1, plain.N):
        with pytest.raises(ValueError, match="sm2p256v1"):
            Sm2PrivateKey(number(secret))
    assert Sm2PublicKey.from_der(KEY.public.der) == KEY.public
    with pytest.raises(ValueError, match="sm2p256v1"):
        Sm2PublicKey.from_der(KEY.public.der + b"\x00")
    assert EXAMPLE["d"].lower() not in repr(KEY).lower()


@needs_libcrypto
@settings(max_examples=25)
@given(st.binary(max_size=200), st.binary(min_size=1, max_size=40))
def test_what_is_signed_fast_is_verified_slowly(message: bytes, identity: bytes) -> None:
    signature = KEY.sign(message, identity)
    point = plain.public_point(int(EXAMPLE["d"], 16))
    e = plain.digest_for(point, identity, message)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    assert plain.holds(point, e, r, s)
    assert KEY.public.holds(signature, message, identity)
    assert not KEY.public.holds(signature, message + b"x", identity)


@given(st.integers(1, plain.N - 1), st.integers(1, plain.N - 1))
def test_a_signature_in_der_and_back(r: int, s: int) -> None:
    raw = number(r) + number(s)
    der = signature_to_der(raw)
    assert signature_from_der(der) == raw
    for other in (der + b"\x00", der[:-1], b"\x30\x81" + der[1:], b""):
        with pytest.raises(ValueError, match="DER"):
            signature_from_der(other)


@needs_openssl
@needs_libcrypto
def test_openssl_takes_ours_and_we_take_openssls(tmp_path: Path) -> None:
    listed = subprocess.run(["openssl", "list", "-public-key-algorithms"], capture_output=True, text=True)
    if "SM2" not in listed.stdout:
        pytest.skip("the openssl command here has no SM2")
    key = Sm2PrivateKey.generate()
    (tmp_path / "key.der").write_bytes(key.der)
    (tmp_path / "public.der").write_bytes(key.public.der)
    (tmp_path / "message").write_bytes(MESSAGE)
    (tmp_path / "ours").write_bytes(signature_to_der(key.sign(MESSAGE)))
    how = ["-rawin", "-digest", "sm3", "-pkeyopt", f"distid:{IDENTITY.decode()}", "-keyform", "DER"]

    def openssl(*words: str) -> int:
        done = subprocess.run(["openssl", "pkeyutl", *words, *how], cwd=tmp_path, capture_output=True)
        return done.returncode

    verify = ("-verify", "-pubin", "-inkey", "public.der", "-sigfile", "ours", "-in", "message")
    assert openssl(*verify) == 0
    assert openssl("-sign", "-inkey", "key.der", "-in", "message", "-out", "theirs") == 0
    assert key.public.holds(signature_from_der((tmp_path / "theirs").read_bytes()), MESSAGE)
    (tmp_path / "message").write_bytes(MESSAGE + b".")
    assert openssl(*verify) != 0


def test_without_libcrypto_it_verifies_and_does_not_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    from ecredit.foundation.proof import sm2
    from ecredit.foundation.proof.errors import KeysUnusable

    monkeypatch.setattr(sm2, "_library", lambda: None)
    assert KEY.public.holds(SIGNATURE, MESSAGE)
    assert not KEY.public.holds(SIGNATURE, MESSAGE + b".")
    assert not KEY.public.holds(SIGNATURE, MESSAGE, b"ALICE123@YAHOO.COM")
    with pytest.raises(KeysUnusable, match="install OpenSSL 3"):
        KEY.sign(MESSAGE)
