"""What is withdrawn or put in question is out of the public database when the act ends, not at the next evaluation."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.records.audit_descriptions import audit_descriptions
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.subjects.queries import find_subject_id, get_subject
from ecredit.facts.subjects.review_queries import list_review
from ecredit.service.operation.evaluate_all import evaluate_everything
from ecredit.service.operation.platform import Platform
from ecredit.service.publicity import project_actions
from ecredit.service.publicity.project_actions import audit_public
from ecredit.service.publicity.store import create_store
from ecredit.service.publicity.take_down_actions import NotTakenDown, take_down
from ecredit.surface.cli.commands import build_parser
from ecredit.surface.cli.context import Context
from tests.conftest import NOON
from tests.penalty_rows import code, row, table
from tests.subjects.test_subjects_review_journey import NAME, register

PENALTY = "dual_publicity_penalty"
SHOP, OWNER = "常州云帆启航商贸有限公司", "常州溯洄唯真母婴用品有限公司"


@pytest.fixture
def city(settings, home, collector, collect, monkeypatch):
    """Two penalties, published; `ecredit` words are said at noon of the day."""
    settings.ECREDIT_HOME = home.root
    monkeypatch.setattr(Platform, "now", property(lambda _: NOON + timedelta(hours=1)))
    create_store(home.public_db)
    collect(PENALTY, table(row(1, CF_XDR_MC=SHOP), row(2)), name="a.csv")
    publish()
    return home


@pytest.fixture
def say(city):
    def run(*words: str):
        args = build_parser().parse_args([*words])
        return args.run(args, Context())

    return run


def publish() -> None:
    platform = Context()
    evaluate_everything(platform, by=OPERATOR, as_of=platform.today)


def ask(home, sql: str, *values) -> list[tuple]:
    with closing(sqlite3.connect(home.public_db)) as connection:
        return connection.execute(sql, values).fetchall()


def shown(home, n: int) -> int:
    return ask(home, "SELECT count(*) FROM item WHERE code = ?", code(n))[0][0]


def graded(home, n: int) -> tuple:
    return ask(home, "SELECT grade, score, ungraded, reasons FROM subject WHERE code = ?", code(n))[0]


def leaf_of(n: int) -> int:
    return CreditRecord.objects.get(source_id=PENALTY, subject_id=find_subject_id(code(n))).leaf


def test_a_withdrawn_record_is_out_when_the_command_ends(city, say):
    assert shown(city, 1) == shown(city, 2) == 1 and graded(city, 1)[0] is not None
    answer = say("record", "withdraw", str(leaf_of(1)), "--reason", "处罚决定已被撤销")
    assert shown(city, 1) == 0 and "已从公示库撤下" in answer.lines[-1]
    # No register names the firm and nothing of it is public any more, so nobody is told of it.
    assert ask(city, "SELECT count(*) FROM subject WHERE code = ?", code(1)) == [(0,)]
    # What rested on it goes too, and nothing of it stays in the bytes.
    written = city.public_db.read_bytes()
    assert "常市监处罚〔2026〕1号".encode() not in written and "常市监处罚〔2026〕2号".encode() in written
    assert shown(city, 2) == 1 and graded(city, 2)[0] is not None
    assert ask(city, "SELECT value FROM meta WHERE key = 'items'") == [("1",)]
    # It is what was published last, and nothing more happens.
    assert list(audit_public(city)) == []
    assert take_down(home=city, ring=Context().ring, by=OPERATOR, at=NOON) == []
    assert JournalEntry.objects.filter(verb="publicity.take_down").count() == 1
    publish()
    assert shown(city, 1) == 0 and list(audit_public(city)) == []
    assert ask(city, "SELECT count(*) FROM subject WHERE code = ?", code(1)) == [(0,)]


def test_who_has_other_records_stays_and_waits_for_a_grade(city, say, collect):
    collect(PENALTY, table(row(7, CF_XDR_SHXYM=code(1), CF_XDR_MC=SHOP)), name="more.csv")
    publish()
    first = CreditRecord.objects.filter(source_id=PENALTY, subject_id=find_subject_id(code(1))).first()
    say("record", "withdraw", str(first.leaf), "--reason", "处罚决定已被撤销")
    assert shown(city, 1) == 1 and graded(city, 1) == (None, None, "waiting", "[]")


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("penalised", [False, True])
def test_whom_no_register_names_any_more_leaves_when_the_command_ends(city, say, collect, whole, penalised):
    """A register's row that should never have been: the firm goes, but for a record of its own that is shown."""
    receipt = collect("registration", register((OWNER, code(8), "通江路1号")), name="r.csv")
    if penalised:
        collect(PENALTY, table(row(8, CF_XDR_MC=OWNER)), name="p.csv")
    publish()
    known = "SELECT count(*) FROM subject WHERE code = ?"
    assert ask(city, known, code(8)) == [(1,)] and shown(city, 8) == 1 + penalised
    entry = CreditRecord.objects.get(source_id="registration")
    words = ("batch", "withdraw", str(receipt.batch_id)) if whole else ("record", "withdraw", str(entry.leaf))
    say(*words, "--reason", "误报")
    assert not get_subject(entry.subject_id).registered and list(audit_descriptions()) == []
    assert ask(city, known, code(8)) == [(int(penalised),)] and shown(city, 8) == penalised
    assert list(audit_public(city)) == []
    if not penalised:
        assert OWNER.encode() not in city.public_db.read_bytes()
    platform = Context()
    common = {"catalog": platform.catalog, "ring": platform.ring, "by": OPERATOR, "at": NOON}
    # The lake knows nothing of the withdrawal yet.
    project_actions.project(home=city, as_of=platform.today, full=True, **common)
    assert ask(city, known, code(8)) == [(int(penalised),)]
    publish()
    assert ask(city, known, code(8)) == [(int(penalised),)] and list(audit_public(city)) == []


def test_the_journal_names_a_few_and_counts_all(city, say, collect, monkeypatch):
    collect(PENALTY, table(*(row(n) for n in range(10, 15))), name="many.csv")
    publish()
    monkeypatch.setattr("ecredit.service.publicity.take_down_actions._NAMED", 2)
    batch = CreditRecord.objects.filter(source_id=PENALTY).order_by("-leaf").first().batch_id
    answer = say("batch", "withdraw", str(batch), "--reason", "误报")
    assert len(answer.document["taken_down"]) == 5 and shown(city, 10) == shown(city, 14) == 0
    assert shown(city, 1) == shown(city, 2) == 1
    detail = json.loads(JournalEntry.objects.get(verb="publicity.take_down").detail)
    assert detail["count"] == 5 and len(detail["leaves"]) == 2


def test_what_was_never_public_says_so(city, say, collect):
    collect(PENALTY, table(row(3)), name="c.csv")
    answer = say("record", "withdraw", str(leaf_of(3)), "--reason", "误报")
    assert "公示库中没有它" in answer.lines[-1] and answer.document["taken_down"] == []


def test_a_questioned_record_is_out_when_the_register_is_collected(city, say, tmp_path):
    path = tmp_path / "register.csv"
    path.write_bytes(register((OWNER, code(1), "常州市新北区通江路1号")).encode("gb18030"))
    answer = say("collect", "registration", str(path), "--by", "gongshang")
    assert any("records_questioned" in line for line in answer.lines)
    assert shown(city, 1) == 0 and shown(city, 2) == 1
    assert "虚构交易" not in graded(city, 1)[3] and list(audit_public(city)) == []


def test_an_answer_undone_takes_its_record_down(city, say, collect):
    collect("registration", register((NAME, code(5), "常州市新北区通江路1号")), name="r.csv")
    collect(PENALTY, table(row(5, CF_XDR_MC=NAME, CF_XDR_SHXYM="")), name="d.csv")
    (item,) = list_review()
    say("review", "accept", str(item.id), code(5))
    publish()
    assert shown(city, 5) >= 1
    before = shown(city, 5)
    say("review", "undo", str(item.id))
    assert shown(city, 5) == before - 1


def test_a_projection_from_an_older_lake_does_not_bring_it_back(city, say):
    """A projection that began before the withdrawal reads a mirror that still has the record."""
    say("record", "withdraw", str(leaf_of(1)), "--reason", "处罚决定已被撤销")
    platform = Context()
    project_actions.project(
        home=city,
        catalog=platform.catalog,
        ring=platform.ring,
        as_of=platform.today,
        by=OPERATOR,
        at=NOON,
        full=True,
    )
    assert shown(city, 1) == 0 and shown(city, 2) == 1


def test_a_database_altered_by_hand_is_not_vouched_for(city, say):
    with closing(sqlite3.connect(city.public_db)) as connection, connection:
        connection.execute("UPDATE subject SET status = '注销' WHERE code = ?", (code(2),))
    say("record", "withdraw", str(leaf_of(1)), "--reason", "处罚决定已被撤销")
    assert shown(city, 1) == 0 and len(list(audit_public(city))) == 1
    publish()
    assert list(audit_public(city)) == []
    assert ask(city, "SELECT status FROM subject WHERE code = ?", code(2)) != [("注销",)]


def test_a_database_that_cannot_be_written_is_said(city, say, monkeypatch):
    def broken(_path):
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr("ecredit.service.publicity.take_down_actions.open_writer", broken)
    with pytest.raises(NotTakenDown, match="ecredit evaluate"):
        say("record", "withdraw", str(leaf_of(1)), "--reason", "处罚决定已被撤销")
    assert CreditRecord.objects.filter(verb="withdraw").exists()
