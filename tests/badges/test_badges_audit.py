"""The audit names a badge that was altered, removed, put back or added, in the table or in the public copy."""

import json
import sqlite3
from datetime import timedelta

import pytest

from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.sealing import Sealer
from ecredit.foundation.proof.signing_keys import list_city_keys, make_pair, retire_pair
from ecredit.service.badges.audit_badges import audit_badges
from ecredit.service.badges.models import Badge
from tests.badges.conftest import FIRST, SECOND, make_subject


def findings(badges) -> list[str]:
    return [finding.en for finding in audit_badges(badges.home, Sealer(KeyRing.load(badges.home.keys)))]


def test_clean_before_and_after(badges) -> None:
    assert findings(badges) == []
    badges.issue()
    assert findings(badges) == []
    badges.write(make_subject(FIRST, 1, grade="A"))
    badges.issue()
    badges.revoke(SECOND)
    badges.issue(redate=True)
    assert findings(badges) == []
    badges.home.badges_db.unlink()
    assert findings(badges) == []  # it shows nothing false; the next run makes it again


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("claims", '["x"]'),
        ("code", "91320411MA00000X0Z"),
        ("place", 77),
        ("seed", b"0" * 16),
        ("signatures", b"0" * 256),
        ("kid", "00000000"),
        ("successor", "AAAAAAAAAAAA"),
        ("leaf", 0),
        ("binding", "0" * 64),
        ("binding", "no hex"),
    ],
)
def test_each_altered_value_is_named(badges, field, value) -> None:
    badges.issue()
    badge = badges.public.find_live(FIRST).claims.id
    Badge.objects.filter(pk=badge).update(**{field: value})
    said = findings(badges)
    assert any(badge in one and "is not as this home wrote it" in one for one in said)


def test_a_revocation_taken_back_is_named(badges) -> None:
    badges.issue()
    before = Badge.objects.filter(code=FIRST).values().get()
    badges.revoke(FIRST)
    Badge.objects.filter(code=FIRST).update(ended_at=None, ended_why="")
    assert any("is not as this home wrote it" in one for one in findings(badges))
    # The whole row as it was before, with its own mark: only the sum of all tells.
    Badge.objects.filter(code=FIRST).update(**before)
    said = findings(badges)
    assert not any("is not as this home wrote it" in one for one in said)
    assert any("does not add up" in one for one in said)


def test_a_row_removed_or_doubled_is_named(badges) -> None:
    badges.issue()
    Badge.objects.filter(code=FIRST).delete()
    said = findings(badges)
    assert any("does not add up" in one for one in said) and any("too many" in one for one in said)


def test_a_copy_that_differs_is_named_and_mended(badges) -> None:
    badges.issue()
    badge = badges.public.find_live(FIRST).claims.id
    with sqlite3.connect(badges.home.badges_db) as connection:
        connection.execute("UPDATE badge SET ended_at = 1, ended_why = 'officer' WHERE id = ?", (badge,))
    assert any(badge in one and "public copy" in one for one in findings(badges))
    badges.issue()
    assert findings(badges) == []


def test_a_strange_key_among_the_published_ones_is_named(badges) -> None:
    badges.issue()
    said = json.loads(badges.home.city_keys.read_text())
    strange = [{**jwk, "kid": "deadbeef" + jwk["kid"][8:]} for jwk in said["keys"]]
    badges.home.city_keys.write_text(json.dumps({**said, "keys": said["keys"] + strange}))
    assert any("city-keys" in one or "public keys" in one for one in findings(badges))
    badges.issue()
    assert findings(badges) == []
    with sqlite3.connect(badges.home.badges_db) as connection:
        connection.execute(
            "UPDATE meta SET value = ? WHERE key = 'keys'", (json.dumps({**said, "name": "别的城市"}),)
        )
    assert any("public keys" in one for one in findings(badges))
    badges.issue()
    with sqlite3.connect(badges.home.badges_db) as connection:
        connection.execute("UPDATE city SET name = '别的城市'")
    assert any("a city in the public copy" in one for one in findings(badges))


def test_a_status_list_put_back_or_bent_is_named(badges) -> None:
    badges.issue()
    with sqlite3.connect(badges.home.badges_db) as connection:
        (before,) = connection.execute("SELECT doc FROM status_list").fetchone()
    badges.revoke(FIRST)
    assert findings(badges) == []
    for doc in (before, "{}", before.replace(".", "A.", 1)):
        with sqlite3.connect(badges.home.badges_db) as connection:
            connection.execute("UPDATE status_list SET doc = ?", (doc,))
        assert any("status list 0" in one for one in findings(badges)), doc[:20]


def test_a_key_nobody_made_or_retired_is_named(badges) -> None:
    badges.issue()
    (own,) = list_city_keys(badges.home.keys)
    retire_pair(badges.home.keys, own.kid, at=badges.at)
    assert any(own.kid in one and "journal" in one for one in findings(badges))
    (badges.home.keys / f"signing-{own.kid}.retired").unlink()
    sealer = Sealer(KeyRing.load(badges.home.keys))
    made = make_pair(badges.home.keys, sealer, since=badges.at, until=badges.at + timedelta(days=9))
    assert any(made.kid in one and "journal" in one for one in findings(badges))
