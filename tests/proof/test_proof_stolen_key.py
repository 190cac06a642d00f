"""A stolen key: nothing it signs is believed any more, whatever date it puts on it, but what the log shows to be older."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ecredit.foundation.proof.badge_check import check_badge
from ecredit.foundation.proof.badge_forms import badge_file, sign_badge
from ecredit.foundation.proof.badge_types import Verdict
from ecredit.foundation.proof.blinding import blinded
from ecredit.foundation.proof.checkpoint import sign_checkpoint, verifier_key
from ecredit.foundation.proof.checks import Asked
from ecredit.foundation.proof.city_keys import CityKeys, did_document, read_keys, write_keys
from ecredit.foundation.proof.errors import KeySetUnusable, KeysMissing, TokenBroken
from ecredit.foundation.proof.link_mark import check_mark, sign_mark
from ecredit.foundation.proof.logged import logged_at
from ecredit.foundation.proof.merkle import Tree, leaf_hash
from ecredit.foundation.proof.proofs import make_proof
from ecredit.foundation.proof.receipts import sign_receipt
from ecredit.foundation.proof.signing_keys import denounce_pair, list_city_keys, load_pair, make_pair
from tests.proof.badge_samples import AT, SEED, SampleCity, make_city, make_claims, make_file

STOLEN = AT + timedelta(days=10)
LATER = AT + timedelta(days=20)
LOG_KEY = Ed25519PrivateKey.generate()
LOG = verifier_key("credit.example/log", LOG_KEY)


@pytest.fixture
def city(tmp_path: Path) -> SampleCity:
    return make_city(tmp_path / "keys")


def check(raw: bytes, keys: CityKeys, logged: datetime | None = None) -> Verdict:
    return check_badge(raw, Asked(keys, LATER, logged_at=logged))


def test_a_forgery_dated_back_does_not_hold_nor_does_what_was_signed_later(city: SampleCity) -> None:
    pair = city.pair  # in the thief's hands from now on
    denounce_pair(city.folder, pair.kid, since=STOLEN, at=LATER)
    keys = city.keys
    for day in (-20, 0, 9, 10, 15):
        claims = make_claims(id="FORGED000000", grade="A", valid_from=AT + timedelta(days=day))
        file = badge_file(claims, SEED, sign_badge(claims, SEED, pair), pair.kid)
        for form in (json.dumps(file), file["credential"], file["selective"]):
            verdict = check(form.encode(), keys)
            assert verdict.failed == ("compromised",), (day, verdict.findings)
            (said,) = (one.en for one in verdict.findings if one.code == "compromised")
            assert ("nothing signed later" in said) == (day >= 10)
    rows = {"accepted": 1, "superseded": 0, "duplicate": 0, "quarantined": 0, "refused": 0, "rows": 1}
    receipt = sign_receipt(rows, issuer=city.issuer, at=AT, pair=pair)
    assert check(json.dumps(receipt).encode(), keys).failed == ("compromised",)
    mark = sign_mark(
        issuer=city.issuer, badge_id="B43XPN23748E", page="https://x.example/", since=AT, pair=pair
    )
    assert check_mark(mark, Asked(keys, LATER)).failed == ("compromised",)


def test_what_the_log_shows_to_be_older_still_holds(city: SampleCity) -> None:
    raw = json.dumps(make_file(city)).encode()
    denounce_pair(city.folder, city.pair.kid, since=STOLEN, at=LATER)
    keys = city.keys
    assert check(raw, keys, AT + timedelta(hours=1)).ok
    for logged in (None, STOLEN, STOLEN + timedelta(seconds=1)):
        assert check(raw, keys, logged).failed == ("compromised",)


@given(st.integers(-30, 30), st.integers(-30, 30), st.none() | st.integers(-30, 30))
def test_only_what_is_shown_to_be_older_holds(
    tmp_path_factory: pytest.TempPathFactory, signed: int, stolen: int, logged: int | None
) -> None:
    from ecredit.foundation.proof.checks import doubt

    key = replace(_KEY, compromised_at=AT + timedelta(days=stolen))
    at = None if logged is None else AT + timedelta(days=logged)
    found = doubt(key, AT + timedelta(days=stolen), AT + timedelta(days=signed), at)
    assert (found.state == "holds") == (logged is not None and logged < stolen and signed < stolen)


def test_the_instant_that_stands_is_the_earliest_and_the_secret_is_gone(city: SampleCity) -> None:
    kid = city.pair.kid
    assert denounce_pair(city.folder, kid, since=STOLEN, at=LATER) == STOLEN
    assert denounce_pair(city.folder, kid, since=LATER, at=LATER) == STOLEN
    assert denounce_pair(city.folder, kid, since=AT, at=LATER) == AT
    (key,) = list_city_keys(city.folder)
    assert key.compromised_at == AT and key.retired_at == LATER and not key.signs(AT)
    assert not (city.folder / f"signing-{kid}.key").exists()
    with pytest.raises(KeysMissing):
        load_pair(city.folder, city.sealer, at=LATER)
    with pytest.raises(KeysMissing):
        denounce_pair(city.folder, "00000000", since=AT, at=LATER)


def test_a_list_that_a_thief_dated_back_is_not_believed_of_a_badge_that_is_older(city: SampleCity) -> None:
    """The badge stood in the log before the theft; the list that calls it good is signed with the stolen pair."""
    from tests.proof.test_proof_badge import make_list

    raw, forged = json.dumps(make_file(city)).encode(), make_list(city)
    denounce_pair(city.folder, city.pair.kid, since=STOLEN, at=LATER)
    logged = AT + timedelta(hours=1)
    asked = Asked(city.keys, AT + timedelta(days=1), logged_at=logged)
    assert check_badge(raw, asked).ok
    assert check_badge(raw, replace(asked, status=forged)).failed == ("status",)


def test_what_is_published_says_so_and_is_read_back(city: SampleCity) -> None:
    kid = city.pair.kid
    denounce_pair(city.folder, kid, since=STOLEN, at=LATER)
    new = make_pair(city.folder, city.sealer, since=LATER, until=LATER + timedelta(days=9))
    said = write_keys(city.keys)
    assert {half["kid"]: half.get("revoked") for half in said["keys"]} == {
        new.kid: None, f"{new.kid}-sm2": None,
        kid: (stolen := {"revoked_at": int(STOLEN.timestamp()), "reason": "compromised"}), f"{kid}-sm2": stolen,
    }  # fmt: skip
    text = json.dumps(said)
    assert write_keys(read_keys(text.encode())) == said
    # Of one half alone it cannot be said.
    said["keys"][-1].pop("revoked")
    with pytest.raises(KeySetUnusable):
        read_keys(json.dumps(said).encode())
    document = did_document(city.keys)
    assert document["assertionMethod"] == [f"{city.issuer}#{new.kid}"]
    assert {one["id"].partition("#")[2]: one.get("revoked") for one in document["verificationMethod"]} == {
        new.kid: None, kid: "2026-05-22T04:00:00Z",
    }  # fmt: skip


def test_evidence_is_a_proof_that_names_the_very_file() -> None:
    raw = b"%PDF a report"
    import hashlib

    detail = json.dumps({"digest": hashlib.sha256(raw).hexdigest(), "number": "R1"}, separators=(",", ":"))
    entry = f"ecredit/journal/v1\n3\n2026-05-12T04:00:00.000001Z\np1\nx\ncredit_report.issue\ncode:1\n{detail}".encode()
    token = bytes(16)
    leaves = [leaf_hash(b"%d" % n) for n in range(3)] + [blinded(leaf_hash(entry), token)]
    tiles = Tree(lambda _l, _n: None, 0).append(leaves)
    tree = Tree(lambda level, place: tiles.get((level, place)), 4)
    head = sign_checkpoint("credit.example/log", 4, tree.root(), LOG_KEY)
    whole = make_proof(tree, entry, 3, head, token=token, whole=True)
    assert logged_at(raw, whole, LOG) == datetime(2026, 5, 12, 4, 0, 0, 1, tzinfo=UTC)
    for file, document in (
        (b"%PDF another", whole),
        (raw, make_proof(tree, entry, 3, head, token=token)),
        (raw, {**whole, "index": 2}),
        (
            raw,
            {
                **whole,
                "checkpoint": sign_checkpoint(
                    "credit.example/log", 4, tree.root(), Ed25519PrivateKey.generate()
                ),
            },
        ),
        (raw, "{}"),
    ):
        with pytest.raises(TokenBroken):
            logged_at(file, document, LOG)


def _a_key(folder: Path):
    return make_city(folder).keys.keys[0]


@pytest.fixture(scope="module", autouse=True)
def _made(tmp_path_factory: pytest.TempPathFactory) -> None:
    global _KEY
    _KEY = _a_key(tmp_path_factory.mktemp("key") / "keys")
