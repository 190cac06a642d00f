"""Signing keys in a PKCS#11 token: made there, used there, told when it is the wrong one, gone when retired."""

import json
import multiprocessing
import secrets
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ecredit.foundation.proof import es256
from ecredit.foundation.proof.badge_check import check_badge
from ecredit.foundation.proof.badge_forms import badge_file, sign_badge
from ecredit.foundation.proof.checks import Asked
from ecredit.foundation.proof.city_keys import CityKeys
from ecredit.foundation.proof.errors import KeysMissing, KeysUnusable
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.sealing import Sealer
from ecredit.foundation.proof.signing_keys import list_city_keys, load_pair, make_pair, retire_pair
from ecredit.foundation.proof.token_keys import Token
from tests.proof.badge_samples import AT, SEED, make_claims
from tests.proof.soft_token import soft_tokens

YEAR = timedelta(days=365)


@pytest.fixture
def token() -> Token:
    return soft_tokens()[0]


@pytest.fixture
def sealer(tmp_path: Path) -> Sealer:
    return Sealer(KeyRing.create(tmp_path / "keys"))


def made(token: Token, sealer: Sealer) -> str:
    return make_pair(sealer.ring.folder, sealer, since=AT, until=AT + YEAR, token=token).kid


def test_what_the_token_signs_is_checked_as_any_other_and_its_key_is_in_no_file(
    token: Token, sealer: Sealer
) -> None:
    folder, kid = sealer.ring.folder, made(token, sealer)
    pair = load_pair(folder, sealer, at=AT, token=token)
    assert pair.kid == kid and token.has(f"ecredit-{kid}")
    for _ in range(20):
        message = secrets.token_bytes(40)
        assert es256.holds(pair.public.es256, pair.sign_es256(message), message)
    held = json.loads(sealer.unseal(f"keys.signing.{kid}", (folder / f"signing-{kid}.key").read_text()))
    assert held["es256"] == "token"
    claims = make_claims()
    file = badge_file(claims, SEED, sign_badge(claims, SEED, pair), pair.kid)
    keys = CityKeys("did:web:credit.example", "示例市", list_city_keys(folder))
    assert check_badge(json.dumps(file).encode(), Asked(keys, AT)).ok


def test_without_the_token_or_with_another_it_does_not_sign(token: Token, sealer: Sealer) -> None:
    folder = sealer.ring.folder
    made(token, sealer)
    with pytest.raises(KeysUnusable, match="ECREDIT_PKCS11_MODULE"):
        load_pair(folder, sealer, at=AT)
    pair = load_pair(folder, sealer, at=AT, token=soft_tokens()[1])
    with pytest.raises(KeysUnusable, match="does not hold this signing key"):
        pair.sign_es256(b"x")
    for wrong, said in (
        (replace(token, pin="000000"), "PIN"),
        (replace(token, label="nobody"), "0 PKCS#11 tokens"),
        (replace(token, label="", slot=999_999_999), "0 PKCS#11 tokens"),
        (replace(token, module=Path("/nowhere.so")), "cannot be loaded"),
    ):
        with pytest.raises(KeysUnusable, match=said):
            load_pair(folder, sealer, at=AT, token=wrong).sign_es256(b"x")
    # A wrong word before does not keep the right one from working after.
    assert load_pair(folder, sealer, at=AT, token=token).sign_es256(b"x")


def test_rotation_from_file_to_token_and_retirement(token: Token, sealer: Sealer) -> None:
    folder = sealer.ring.folder
    first = make_pair(folder, sealer, since=AT - YEAR, until=AT + YEAR)
    kid = made(token, sealer)
    assert load_pair(folder, sealer, at=AT, token=token).kid == kid
    assert load_pair(folder, sealer, at=AT - timedelta(days=1), token=token).kid == first.kid
    retire_pair(folder, kid, at=AT, token=token)
    assert not token.has(f"ecredit-{kid}")
    retire_pair(folder, kid, at=AT, token=token)
    retire_pair(folder, first.kid, at=AT, token=token)
    with pytest.raises(KeysMissing):
        load_pair(folder, sealer, at=AT, token=token)


def _sign_elsewhere(token: Token, name: str, out: "multiprocessing.SimpleQueue[bytes]") -> None:
    out.put(token.sign(name, b"from a child"))


def test_a_process_that_was_forked_signs_as_well(token: Token, sealer: Sealer) -> None:
    kid = made(token, sealer)
    pair = load_pair(sealer.ring.folder, sealer, at=AT, token=token)
    assert pair.sign_es256(b"from the parent")
    context = multiprocessing.get_context("fork")
    out = context.SimpleQueue()
    child = context.Process(target=_sign_elsewhere, args=(token, f"ecredit-{kid}", out))
    child.start()
    child.join(30)
    assert child.exitcode == 0
    assert es256.holds(pair.public.es256, out.get(), b"from a child")
    assert es256.holds(pair.public.es256, pair.sign_es256(b"still"), b"still")
