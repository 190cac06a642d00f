"""A platform brings its merchants' commitments in one file; what is wrong is told at once, the rest is as if made at the desk."""

from datetime import timedelta

import pytest

from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.collection.models import HeldRow
from ecredit.service.commitments.models import BreachCase, CommitmentReminder
from ecredit.service.operation.job_kinds import get_kind
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.webhook_sending import event_of
from tests.commitments.commitments_world import FIRM, OTHER, Told, World
from tests.commitments.test_commitments_desk import promised
from tests.desk.test_desk_officer import text_of
from tests.penalty_rows import code

pytestmark = pytest.mark.django_db
HEAD = "主体名称,主体类别,统一社会信用代码,承诺书编号,承诺类型,承诺内容,承诺日期,承诺有效期至,受理单位,履行情况,违诺认定日期\r\n"


@pytest.fixture
def world(desk, collect):
    return World(desk, collect)


def line(
    name: str, uscc: str, number: str, *, by="常州某平台", kept="", until="2028-01-01", on="2026-04-01"
) -> str:
    return f"{name},法人及非法人组织,{uscc},{number},行业自律型,不售假,{on},{until},{by},{kept},\r\n"


def test_all_faults_of_a_platforms_file_are_told_at_once_and_the_rest_is_taken(world, collect):
    rows = [
        line(FIRM, code(1), "P1"),
        line(OTHER, code(2), "P2"),
        line(FIRM, code(1)[:-1] + "?", "P3"),
        line(FIRM, code(1), "P4", on="2026-13-01"),
        line(FIRM, code(1), "P5", until="2020-01-01"),
        line(FIRM, code(1), "P6", by="别的平台"),
        line(FIRM, code(1), "P7", kept="未履行"),
        line(OTHER, code(2), "P2"),
    ]
    receipt = collect("commitment", HEAD + "".join(rows), by="plat-1")
    assert (receipt.rows, receipt.accepted, receipt.quarantined, receipt.duplicate) == (8, 2, 5, 1)
    held = {row.line: row for row in HeldRow.objects.filter(batch_id=receipt.batch_id)}
    assert set(held) == {4, 5, 6, 7, 8}
    (taken,) = world.entries()
    assert '"commitment_no":"P1"' in taken.content


def test_what_a_platform_brought_is_listed_and_a_case_may_be_about_it(world, collect):
    collect("commitment", HEAD + line(FIRM, code(1), "P1"), by="plat-1")
    agent = world.person("agent")
    assert "P1" in text_of(agent.get("/desk/commitments"))
    officer = world.officer("jia")
    (entry,) = world.entries()
    given = {
        "code": code(1), "commitment_no": "P1", "ground": "spot_check", "topic": "quality", "words": "抽检不合格",
        "records": str(entry.leaf),
    }  # fmt: skip
    assert officer.post("/desk/breaches/open/new", given).status_code == 302
    case = BreachCase.objects.get()
    assert (case.accepted_by, case.organisation) == ("常州某平台", "firm-1")
    # The platform that brought it may not take its word back by sending it anew while the case is open: nothing of the case changes.
    assert agent.post(f"/desk/breaches/{case.pk}/answer", {"words": "已整改"}).status_code == 302


def remind(monkeypatch, day, job):
    """What the reminding job of a day gives."""
    monkeypatch.setattr(Platform, "today", property(lambda _: day))
    return get_kind("remind").run(Platform(), Told(id=job))


def test_a_reminder_is_said_once_also_after_days_on_which_nobody_was_at_work(world, monkeypatch):
    made = promised(world)
    longest, *_, last = Platform().catalog.commitments.breach.remind_days
    told = {
        left: len(remind(monkeypatch, made.valid_until - timedelta(days=left), job)["commitments_ending"])
        for job, left in enumerate((longest + 5, longest - 3, longest - 4, last - 1, last - 2, 0), 1)
    }
    assert list(told.values()) == [0, 1, 0, 1, 0, 0]
    # A job that was cut off after it had put them down tells the same when it is run again.
    assert len(remind(monkeypatch, made.valid_until, 4)["commitments_ending"]) == 1
    (first, second) = CommitmentReminder.objects.order_by("id")
    assert (first.days, second.days) == (longest, last)
    assert JournalEntry.objects.filter(verb="commitment.remind").count() == 2


def test_who_promised_is_reminded_on_the_days_of_the_catalogue_and_told_by_webhook(world, monkeypatch):
    made = promised(world)
    days = Platform().catalog.commitments.breach.remind_days
    for job, (left, told) in enumerate(
        ((days[0] + 1, False), (days[0], True), (days[0] - 1, False), (days[-1], True), (-1, False)), 1
    ):
        result = remind(monkeypatch, made.valid_until - timedelta(days=left), job)
        found = [one["number"] for one in result["commitments_ending"]]
        assert found == ([made.number] if told else []), left
    job = type("Job", (), {"kind": "remind", "finished_at": None, "result": result, "params": {}, "id": 1})()
    assert event_of(job, "firm-1")["commitments"] == []
    job.result = {
        "commitments_ending": [{"number": "a", "organisation": "firm-1", "valid_until": "2028-01-01"}]
    }
    assert event_of(job, "firm-1")["commitments"] == [{"number": "a", "valid_until": "2028-01-01"}]
    assert event_of(job, "firm-2")["commitments"] == []


def test_the_home_page_says_what_soon_ends(world, monkeypatch):
    agent = world.person("agent")
    made = promised(world, agent)
    assert "即将到期的信用承诺" not in text_of(agent.get("/desk/"))
    day = made.valid_until - timedelta(days=3)
    monkeypatch.setattr(Platform, "today", property(lambda _: day))
    assert "即将到期" in text_of(agent.get("/desk/commitments"))
