"""The audit names a badge that was altered, removed, put back or added, in the table or in the public copy."""

import sqlite3

import pytest

from ecredit.foundation.proof.keys import KeyRing
from ecredit.service.badges.audit_badges import audit_badges
from ecredit.service.badges.models import Badge
from tests.badges.conftest import FIRST, SECOND, make_subject


def findings(badges) -> list[str]:
    return [finding.en for finding in audit_badges(badges.home, KeyRing.load(badges.home.keys))]


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
