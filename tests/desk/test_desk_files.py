"""What takes longer than a second is made in the background, fetched by whoever asked, and gone after three days."""

import io
from datetime import timedelta

import openpyxl
import pytest

from ecredit.facts.actors.models import JournalNote, Membership
from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.collection.models import Batch
from ecredit.service.operation.job_actions import start_job
from ecredit.service.operation.job_files import find_job_file
from ecredit.service.operation.job_queries import list_jobs
from ecredit.service.operation.made_files import KEPT, sweep_made
from ecredit.service.operation.models import Job
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.worker import Worker
from ecredit.surface.desk import page_batches_marked, table_export
from tests.conftest import NOON
from tests.desk.conftest import make_person, sign_in
from tests.desk.test_desk_admin import as_admin
from tests.penalty_rows import row, table

PENALTY = "dual_publicity_penalty"


@pytest.fixture
def slow(monkeypatch):
    """Every table takes longer than a request may."""
    monkeypatch.setattr(table_export, "AT_ONCE_SECONDS", -1.0)


@pytest.fixture
def work(desk):
    def run():
        worker = Worker(Platform())
        while worker.run_next():
            pass

    return run


def content(answer):
    assert answer.status_code == 200, answer.content[:300]
    return b"".join(answer.streaming_content)


def test_a_long_table_is_made_in_the_background_as_at_once(as_role, collect, desk, work, monkeypatch):
    collect(PENALTY, table(*(row(n) for n in range(1, 4))))
    clerk = as_role("clerk")
    ask = "/desk/batches?export=csv&lang=en"
    at_once = content(clerk.get(ask))
    monkeypatch.setattr(table_export, "AT_ONCE_SECONDS", -1.0)
    place = clerk.get(ask)["Location"]
    assert clerk.get(ask)["Location"] == place, "the same asked again is the same"
    # Without a script the page asks again by itself.
    waiting = clerk.get(place).content.decode()
    assert (
        'http-equiv="refresh"' in waiting
        and "Making the file" in clerk.get(f"{place}?lang=en").content.decode()
    )
    assert clerk.get(f"{place}/download").status_code == 404
    assert clerk.get(place, headers={"HX-Request": "true"}).status_code == 200
    work()
    assert clerk.get(place, headers={"HX-Request": "true"})["HX-Redirect"] == place
    assert f"{place}/download" in clerk.get(place).content.decode()
    fetched = clerk.get(f"{place}/download")
    assert content(fetched) == at_once and fetched["Cache-Control"] == "no-store"
    assert "batches-" in clerk.get("/desk/files").content.decode()
    # It lies sealed, and what was asked for is in no table in clear.
    made = next(desk.reports.glob("job-*/made.sealed"))
    assert at_once[:40] not in made.read_bytes() and "export=csv" not in str(Job.objects.get().params)


def test_a_workbook_as_long_is_one(as_role, collect, slow, work):
    collect(PENALTY, table(row(1), row(2, CF_JDRQ="2026/13/40")))
    batch = Batch.objects.get()
    clerk = as_role("clerk")
    place = clerk.get(f"/desk/batches/{batch.id}?export=xlsx")["Location"]
    work()
    book = openpyxl.load_workbook(io.BytesIO(content(clerk.get(f"{place}/download"))))
    assert book.worksheets[0]["A2"].value == 3


def test_nobody_else_has_it_and_nobody_without_the_right(as_role, collect, slow, work, desk):
    collect(PENALTY, table(row(1)))
    clerk, other = as_role("clerk"), sign_in(make_person("other", ("gongshang", "clerk")))
    place = clerk.get("/desk/batches?export=csv")["Location"]
    work()
    for path in (place, f"{place}/download"):
        assert other.get(path).status_code == 404
    assert "batches-" not in other.get("/desk/files").content.decode()
    assert clerk.get(f"{place}/download").status_code == 200
    Membership.objects.filter(person__login="clerk").update(valid_to=NOON.date())
    assert clerk.get(f"{place}/download").status_code == 403


def test_who_has_lost_the_right_meanwhile_gets_no_file(as_role, collect, slow, work):
    collect(PENALTY, table(row(1)))
    clerk = as_role("clerk")
    place = clerk.get("/desk/batches?export=csv")["Location"]
    Membership.objects.filter(person__login="clerk").update(valid_to=NOON.date())
    work()
    job = list_jobs()[0]
    assert (job.state.value, job.result["code"]) == ("failed", "actors.not_allowed"), job
    assert "没有生成" in clerk.get(place).content.decode()


def test_its_time_is_three_days(as_role, collect, slow, work, desk):
    collect(PENALTY, table(row(1)))
    clerk = as_role("clerk")
    place = clerk.get("/desk/batches?export=csv")["Location"]
    work()
    job = Job.objects.get()
    Job.objects.update(finished_at=job.finished_at - KEPT, created_at=job.created_at - KEPT)
    assert clerk.get(f"{place}/download").status_code == 404
    assert "已过期" in clerk.get(place).content.decode()
    assert sweep_made(desk, at=Platform().now) == 0
    assert sweep_made(desk, at=Platform().now + KEPT + timedelta(minutes=1)) == 1
    assert not list(desk.reports.glob("job-*"))


def test_more_than_three_at_a_time_are_too_many(as_role, collect, slow):
    collect(PENALTY, table(row(1)))
    clerk = as_role("clerk")
    for since in ("2026-01-01", "2026-01-02", "2026-01-03"):
        assert clerk.get(f"/desk/batches?export=csv&since={since}").status_code == 302
    assert clerk.get("/desk/batches?export=csv").status_code == 400


def test_a_large_file_is_marked_in_the_background_and_its_reading_noted(as_role, collect, work, monkeypatch):
    collect(PENALTY, table(row(1), row(2, CF_JDRQ="2026/13/40")))
    batch, clerk = Batch.objects.get(), as_role("clerk")
    ask = f"/desk/batches/{batch.id}/marked.xlsx"
    assert content(clerk.get(ask)).startswith(b"PK")
    monkeypatch.setattr(page_batches_marked, "MOST_ROWS", 1)
    place = clerk.get(ask)["Location"]
    assert JournalNote.objects.filter(verb="held.read", object=f"batch:{batch.id}").count() == 2
    work()
    assert "None" not in clerk.get(place).content.decode()
    answer = clerk.get(f"{place}/download")
    book = openpyxl.load_workbook(io.BytesIO(content(answer)))
    assert len(book.sheetnames) >= 2 and f"batch-{batch.id}-marked.xlsx" in answer["Content-Disposition"]


def test_the_journal_is_noted_once_and_the_same_by_either_door(
    as_role, desk, work, slow, collect, monkeypatch
):
    collect(PENALTY, table(row(1)))
    audit = as_admin("audit_admin")
    ask = "/desk/journal?export=csv&verb=batch.receive"
    place = audit.get(ask)["Location"]
    work()
    assert JournalNote.objects.filter(verb="journal.export").count() == 1
    lines = content(audit.get(f"{place}/download")).decode("utf-8-sig").splitlines()
    platform = Platform()
    params = {"export": "journal", "verb": "batch.receive"}
    number = start_job(kind="export", params=params, ring=platform.ring, by=OPERATOR, at=platform.now)
    work()
    written = find_job_file(desk, number, "journal.csv").read_text("utf-8-sig").splitlines()
    assert (lines == written and len(lines) == 2 and "归集" in lines[1]) or "收到" in lines[1]
