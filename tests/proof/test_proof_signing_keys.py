"""The city's keys: made, sealed at rest, rotated, retired; and the file of them that is published."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ecredit.foundation.proof.city_keys import CityKeys, did_document, read_keys, write_keys
from ecredit.foundation.proof.errors import KeySetUnusable, KeysMissing, KeysUnusable
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.sealing import Sealer
from ecredit.foundation.proof.signing_keys import list_city_keys, load_pair, make_pair, retire_pair

AT = datetime(2026, 5, 12, 4, 0, tzinfo=UTC)
YEAR = timedelta(days=365)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    KeyRing.create(tmp_path / "keys")
    return tmp_path / "keys"


@pytest.fixture
def sealer(keys: Path) -> Sealer:
    return Sealer(KeyRing.load(keys))


def test_a_pair_signs_in_its_time_and_its_secret_is_sealed(keys: Path, sealer: Sealer) -> None:
    made = make_pair(keys, sealer, since=AT, until=AT + YEAR)
    pair = load_pair(keys, sealer, at=AT)
    assert pair.kid == made.kid
    assert made.sm2.holds(pair.sign_sm2(b"a"), b"a")
    for at in (AT - timedelta(seconds=1), AT + YEAR):
        with pytest.raises(KeysMissing, match="badge key new"):
            load_pair(keys, sealer, at=at)
    assert {path.stat().st_mode & 0o777 for path in keys.iterdir()} == {0o600}
    secret = (keys / f"signing-{made.kid}.key").read_text()
    assert secret.startswith("sealed:s1:")
    assert "PrivateKey" not in repr(pair)
    assert '"sm2"' not in secret


def test_rotation_and_retirement(keys: Path, sealer: Sealer) -> None:
    first = make_pair(keys, sealer, since=AT, until=AT + YEAR)
    signed = load_pair(keys, sealer, at=AT).sign_es256(b"a")
    second = make_pair(keys, sealer, since=AT + timedelta(days=1), until=AT + YEAR)
    later = AT + timedelta(days=2)
    assert load_pair(keys, sealer, at=AT).kid == first.kid
    assert load_pair(keys, sealer, at=later).kid == second.kid
    retire_pair(keys, second.kid, at=later)
    retire_pair(keys, second.kid, at=later + YEAR)  # said again: the first time counts
    assert not (keys / f"signing-{second.kid}.key").exists()
    assert load_pair(keys, sealer, at=later).kid == first.kid
    retire_pair(keys, first.kid, at=later)
    with pytest.raises(KeysMissing):
        load_pair(keys, sealer, at=later)
    listed = {key.kid: key for key in list_city_keys(keys)}
    assert {key.retired_at for key in listed.values()} == {later}
    # What the first signed goes on being verified, as signed before it was retired.
    from ecredit.foundation.proof import es256

    assert es256.holds(listed[first.kid].es256, signed, b"a")
    assert listed[first.kid].signs(AT) and not listed[first.kid].signs(later)
    with pytest.raises(KeysMissing, match="00000000"):
        retire_pair(keys, "00000000", at=later)


def test_a_file_open_damaged_or_swapped_is_named(keys: Path, sealer: Sealer, tmp_path: Path) -> None:
    made = make_pair(keys, sealer, since=AT, until=AT + YEAR)
    path = keys / f"signing-{made.kid}.key"
    content = path.read_bytes()
    path.chmod(0o644)
    with pytest.raises(KeysUnusable, match="open to other users"):
        load_pair(keys, sealer, at=AT)
    path.chmod(0o600)
    path.write_bytes(content[:-8])
    with pytest.raises(KeysUnusable, match="is damaged"):
        load_pair(keys, sealer, at=AT)
    # Another pair's secret under this name is sealed for another purpose.
    other = make_pair(keys, sealer, since=AT - timedelta(days=1), until=AT + YEAR)
    path.write_bytes((keys / f"signing-{other.kid}.key").read_bytes())
    with pytest.raises(KeysUnusable, match="is damaged"):
        load_pair(keys, sealer, at=AT)


def test_the_published_file_is_read_back_and_its_faults_are_not(keys: Path, sealer: Sealer) -> None:
    make_pair(keys, sealer, since=AT, until=AT + YEAR)
    old = make_pair(keys, sealer, since=AT - YEAR, until=AT + YEAR)
    retire_pair(keys, old.kid, at=AT)
    city = CityKeys("did:web:credit.example", "示例市", list_city_keys(keys), "log+00000000+AA")
    said = write_keys(city)
    text = json.dumps(said).encode()
    assert write_keys(read_keys(text)) == said
    assert '"d"' not in text.decode()
    for name in ("kty", "crv", "x", "y", "kid", "nbf", "exp"):
        bent = json.loads(text)
        for half in bent["keys"]:
            half[name] = "AAAA"
        with pytest.raises(KeySetUnusable, match="jwks"):
            read_keys(json.dumps(bent).encode())
    for bad in (b"", b"[]", b"{}", b"\xff", text[:-1], b'{"keys": []}', b"9" * (1 << 21)):
        with pytest.raises(KeySetUnusable):
            read_keys(bad)
    # Two keys' halves exchanged: the id is the key's own.
    swapped = json.loads(text)
    swapped["keys"][0]["x"], swapped["keys"][2]["x"] = swapped["keys"][2]["x"], swapped["keys"][0]["x"]
    with pytest.raises(KeySetUnusable):
        read_keys(json.dumps(swapped).encode())
    # Another key under a known id: the file is refused, whoever wrote it.
    with pytest.raises(KeySetUnusable):
        read_keys(text.replace(city.keys[0].kid.encode(), b"00000000"))
    document = did_document(replace(city, keys=city.keys[:1]))
    assert document["id"] == "did:web:credit.example"
    assert document["assertionMethod"] == [f"did:web:credit.example#{city.keys[0].kid}"]
