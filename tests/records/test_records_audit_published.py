"""Grades, the mirror and the public database: what was altered by hand since the log bound it is named."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.records.models import CreditRecord, MirrorPart
from ecredit.judgement.evaluation.evaluate_actions import evaluate
from ecredit.judgement.evaluation.models import Grade, Run
from ecredit.service.publicity.project_actions import project
from ecredit.service.publicity.store import create_store
from tests.conftest import NOON
from tests.penalty_rows import code, row, table
from tests.records.audited_home import PENALTY, audit, register, tamper

__all__ = ["audit"]


@pytest.fixture
def publish(collector):
    """publish(days later): evaluate and project."""

    def run(days: int = 0, **more):
        common = {
            "home": collector.home,
            "catalog": collector.catalog,
            "ring": collector.ring,
            "by": OPERATOR,
        }
        at = NOON + timedelta(days=days)
        evaluate(**common, as_of=at.date(), at=at, **more)
        return project(**common, as_of=at.date(), at=at, **more)

    return run


@pytest.fixture
def city(collect, publish, collector):
    """Graded and published three times, so that there are old grades, several parts and an incremental publication."""
    create_store(collector.home.public_db)
    collect("registration", register(*((row(n)["CF_XDR_MC"], code(n), "通江路") for n in range(20))))
    collect(PENALTY, table(*(row(n) for n in range(10))))
    publish()
    publish(1)
    collect(PENALTY, table(*(row(n, CF_WSH=f"乙{n}") for n in range(5))), name="b.csv")
    publish(2)
    return collector.home


def test_an_honest_city_is_clean(city, publish, audit):
    assert Grade.objects.filter(is_current=False).count() == 5 and MirrorPart.objects.count() == 3
    assert audit() == []
    publish(400)
    publish(3, full=True)
    assert audit() == []


def test_before_anything_is_published_all_is_clean(collect, collector, audit):
    collect(PENALTY, table(row(1)))
    assert audit() == []
    create_store(collector.home.public_db)
    assert audit() == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("grade", "'A'"),
        ("score", "99"),
        ("findings", "'[]'"),
        ("valid_until", "'2027-01-01'"),
        ("edition", "'x'"),
    ],
)
def test_a_changed_grade_is_named_with_its_subject(city, audit, column, value):
    subject = Grade.objects.filter(is_current=True, grade="B").order_by("id").last().subject_id
    tamper(f"UPDATE evaluation_grade SET {column} = {value} WHERE subject_id = %s AND is_current", subject)
    (found,) = audit()
    assert found.startswith("grade: grades that evaluation ") and found.endswith(f"changed: S{subject}")


@pytest.mark.parametrize("column", ["subject_id", "through_leaf", "digest"])
def test_any_other_column_of_a_grade_is_bound_too(city, audit, column):
    tamper(f"UPDATE evaluation_grade SET {column} = {column} + 100 WHERE NOT is_current")
    assert any(f.startswith("grade: grades that evaluation 1 wrote") for f in audit())


def test_a_grade_deleted_or_invented_is_named(city, audit):
    newest = Grade.objects.order_by("-id").first()
    tamper("UPDATE evaluation_grade SET id = id + 1000 WHERE id = %s", newest.id)
    found = audit()
    assert any("now 4)" in f for f in found)
    assert any(
        f"no evaluation wrote the grade of subject S{newest.subject_id} (row {newest.id + 1000})" in f
        for f in found
    )


def test_an_old_grade_made_current_again_is_named(city, audit):
    old = Grade.objects.filter(is_current=False).first()
    tamper("UPDATE evaluation_grade SET is_current = FALSE WHERE subject_id = %s", old.subject_id)
    tamper("UPDATE evaluation_grade SET is_current = TRUE WHERE id = %s", old.id)
    assert [f"the current grade of subject S{old.subject_id} is not the newest" in f for f in audit()] == [
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("column", "value"),
    [("as_of", "'2020-01-01'"), ("by", "'x'"), ("through_leaf", "1"), ("counts", "'{}'"), ("why_full", "'x'"), ("at", "'2020-01-01 00:00:00'")],
)  # fmt: skip
def test_a_changed_evaluation_is_named(city, audit, column, value):
    tamper(f'UPDATE evaluation_run SET "{column}" = {value} WHERE id = (SELECT MAX(id) FROM evaluation_run)')
    number = Run.objects.order_by("-id").first().id
    assert [f.partition(" was")[0] for f in audit()] == [f"grade: {column} of evaluation {number}"]


def test_a_deleted_evaluation_a_changed_model_and_a_lost_picture_are_named(city, audit):
    tamper("UPDATE evaluation_model_edition SET document = '{}'")
    (city.root / Run.objects.order_by("-id").first().picture).unlink()
    assert all("grading model" in f or "picture of who is who" in f for f in audit()) and len(audit()) > 1
    tamper("DELETE FROM evaluation_run WHERE id = 1")
    assert any("evaluation 1 is gone" in f for f in audit())


def part_file(home):
    return home.root / MirrorPart.objects.order_by("id").first().path


def test_a_mirror_file_lost_or_altered_is_named_and_made_again(city, publish, audit):
    path = part_file(city)
    content = path.read_bytes()
    path.unlink()
    assert [f"{path.name} is gone; ecredit evaluate" in f for f in audit()] == [True]
    path.write_bytes(content[:-9] + b"x" + content[-8:])
    assert [f"{path.name} was altered" in f for f in audit()] == [True]
    publish(3)
    assert audit() == []


def test_a_mirror_file_altered_together_with_its_digest_is_named(city, audit):
    import hashlib

    path = part_file(city)
    path.write_bytes(path.read_bytes() + b"x")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    tamper(
        "UPDATE records_mirror_part SET digest = %s WHERE id = (SELECT MIN(id) FROM records_mirror_part)",
        digest,
    )
    assert ["otherwise than the log says" in f for f in audit()] == [True]


def test_a_mirror_part_taken_from_the_list_is_named(city, audit):
    tamper("DELETE FROM records_mirror_part WHERE id = (SELECT MIN(id) FROM records_mirror_part)")
    found = audit()
    assert any("is gone from the list" in f for f in found) and any("the ledger to leaf" in f for f in found)


def public(home, sql: str) -> None:
    with closing(sqlite3.connect(home.public_db)) as connection, connection:
        assert connection.execute(sql).rowcount


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE item SET shown_until = '2030-01-01'",
        "UPDATE subject SET grade = 'A'",
        "DELETE FROM item WHERE leaf = (SELECT min(leaf) FROM item)",
        "UPDATE meta SET value = '1' WHERE key = 'log_size'",
        "UPDATE source SET title_zh = 'x'",
        "DELETE FROM name_index_data WHERE id > 10",
    ],
)
def test_a_public_database_altered_by_hand_is_named_and_not_built_upon(city, publish, audit, sql):
    public(city, sql)
    (found,) = audit()
    assert found.startswith("public: the public database public.sqlite3 is not what was published last")
    assert publish(2).why_full == "altered" and audit() == []


@pytest.mark.parametrize("damage", ["gone", "older", "noise"])
def test_a_public_database_gone_or_replaced_is_named(city, publish, audit, damage):
    older = city.public_db.read_bytes()
    publish(3)
    if damage == "gone":
        city.public_db.unlink()
    else:
        city.public_db.write_bytes(older if damage == "older" else b"x" * 5000)
    assert ["is not what was published last" in f for f in audit()] == [True]


def test_nobody_sees_what_is_not_journaled(city, publish, collect, audit, monkeypatch):
    """Cut off between journal and publication, the audit says so, and the next run builds anew."""
    before = city.public_db.read_bytes()
    monkeypatch.setattr("ecredit.service.publicity.project_actions._journal", _cut)
    with pytest.raises(KeyboardInterrupt):
        publish(3)
    assert city.public_db.read_bytes() == before
    monkeypatch.undo()
    publish(3)
    assert audit() == []
    assert (
        JournalEntry.objects.filter(verb="publicity.project").count() == 4
        and CreditRecord.objects.count() == 35
    )


def _cut(*_args, **_more):
    raise KeyboardInterrupt
