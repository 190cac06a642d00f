"""ES256: RFC 7515's example, the `joserfc` library as the referee, and what is no signature."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jws as oracle
from joserfc.jwk import ECKey

from ecredit.foundation.proof import es256
from ecredit.foundation.proof.errors import TokenBroken
from ecredit.foundation.proof.jws import decode, encode, join, parse_jws, signing_input

KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC = KEY.public_key()
# RFC 7515 appendix A.3.
RFC_KEY = ("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")
RFC_TOKEN = (
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)


def token(header: dict[str, object], payload: dict[str, object] | None = None) -> str:
    signed = signing_input(header, {"a": 1} if payload is None else payload)
    return join(signed, es256.sign(KEY, signed))


def test_the_rfcs_example() -> None:
    key = es256.public_from_raw(decode(RFC_KEY[0]) + decode(RFC_KEY[1]))
    jws = parse_jws(RFC_TOKEN)
    assert jws.payload["iss"] == "joe"
    assert es256.holds(key, jws.signature, jws.signed, any_s=True)
    bent = bytes([jws.signature[0] ^ 1]) + jws.signature[1:]
    assert not es256.holds(key, bent, jws.signed, any_s=True)


def test_joserfc_takes_ours_and_we_take_theirs() -> None:
    key = ECKey.import_key(KEY)
    for _ in range(8):
        ours = oracle.deserialize_compact(token({"alg": "ES256"}), key, algorithms=["ES256"])
        assert json.loads(ours.payload) == {"a": 1}
        theirs = parse_jws(oracle.serialize_compact({"alg": "ES256"}, b'{"a":1}', key, algorithms=["ES256"]))
        assert es256.holds(PUBLIC, theirs.signature, theirs.signed, any_s=True)


def test_one_of_the_two_signatures_that_hold_is_ours() -> None:
    for number in range(20):
        message = str(number).encode()
        ours = es256.sign(KEY, message)
        s = int.from_bytes(ours[32:], "big")
        twin = ours[:32] + (es256.ORDER - s).to_bytes(32, "big")
        assert es256.holds(PUBLIC, ours, message)
        assert not es256.holds(PUBLIC, twin, message)
        assert es256.holds(PUBLIC, twin, message, any_s=True)


def test_what_is_no_signature_is_refused() -> None:
    ours = es256.sign(KEY, b"a")
    zero, order = bytes(32), es256.ORDER.to_bytes(32, "big")
    for bad in (
        bytes(64),
        zero + ours[32:],
        ours[:32] + zero,
        order + ours[32:],
        ours + b"\0",
        ours[:-1],
        b"",
    ):
        assert not es256.holds(PUBLIC, bad, b"a", any_s=True)
    assert not es256.holds(PUBLIC, ours, b"b")
    other = ec.generate_private_key(ec.SECP384R1())
    assert not es256.holds(other.public_key(), ours, b"a")
    with pytest.raises(ValueError, match="P-256"):
        es256.sign(other, b"a")
    for raw in (bytes(64), b"\xff" * 64, es256.raw_public(PUBLIC) + b"\0"):
        with pytest.raises(ValueError):
            es256.public_from_raw(raw)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "ES384"},
        {},
        {"alg": "ES256", "crit": ["b64"]},
        {"alg": "ES256", "jwk": {}},
        {"alg": "ES256", "jku": "https://evil.example"},
        {"alg": "ES256", "x5u": "https://evil.example"},
        {"alg": "ES256", "typ": "JWT"},
    ],
)
def test_a_header_decides_nothing(header: dict[str, object]) -> None:
    with pytest.raises(TokenBroken):
        parse_jws(token(header), "vc+jwt")


def test_a_token_has_one_spelling() -> None:
    good = token({"alg": "ES256"})
    first, second, third = good.split(".")
    assert parse_jws(good).payload == {"a": 1}
    twice = encode(b'{"a":1,"a":2}')
    for bad in (
        f"{first}.{second}",
        f"{good}.x",
        f"{first}=.{second}.{third}",
        f"{first}.{second}.{third[:-1]}{'B' if third[-1] == 'A' else chr(ord(third[-1]) + 1)}",
        f"{first}.{twice}.{third}",
        f"{first}.{encode(b'[1]')}.{third}",
        f"{first}.{encode(b'{' + b'a' * 10)}.{third}",
        f"{first}.{encode(b'[' * 100_000)}.{third}",
        "",
        "中.文.字",
    ):
        with pytest.raises(TokenBroken):
            parse_jws(bad)
