"""A signed receipt: what holds, and each way in which one does not."""

import json
from datetime import timedelta

import pytest

from ecredit.foundation.proof.badge_check import check_badge
from ecredit.foundation.proof.checks import Asked
from ecredit.foundation.proof.receipts import sign_receipt
from tests.proof.badge_samples import AT, SampleCity, make_city

SAID = {"batch_id": 7, "rows": 5, "accepted": 2, "superseded": 0, "duplicate": 1, "quarantined": 1, "refused": 1,
        "digest": "ab" * 32, "supplier": "gongshang", "filename": "处罚.csv"}  # fmt: skip


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> SampleCity:
    return make_city(tmp_path_factory.mktemp("city") / "keys")


def check(found: object, city: SampleCity, at=AT):
    return check_badge(json.dumps(found).encode(), Asked(city.keys, at))


def signed(city: SampleCity, **changed: object) -> dict[str, str]:
    return sign_receipt({**SAID, **changed}, issuer=city.issuer, at=AT, pair=city.pair)


def test_it_holds_and_says_what_was_signed(city: SampleCity) -> None:
    verdict = check(signed(city), city)
    assert verdict.ok and verdict.kind == "receipt" and verdict.said["accepted"] == 2


def test_what_does_not_hold_is_told_apart(city: SampleCity, tmp_path) -> None:
    good = signed(city)
    bent = {
        **good,
        "receipt": good["receipt"][:-5] + ("A" if good["receipt"][-5] != "A" else "B") + good["receipt"][-4:],
    }
    assert check(bent, city).failed == ("es256",) and not check(bent, city).said
    assert check({**good, "sm2": signed(city, rows=6)["sm2"]}, city).failed == ("sm2",)
    assert check(signed(city, accepted=3), city).failed == ("rows",)
    assert check(good, city, at=AT - timedelta(hours=1)).failed == ("clock",)
    other = make_city(tmp_path / "keys", issuer="did:web:next.example")
    assert check(good, other).failed == ("city",)
    for none in ({**good, "more": 1}, {**good, "receipt": 7}, {**good, "receipt": "a.b.c"}):
        assert check(none, city).failed == ("form",)
