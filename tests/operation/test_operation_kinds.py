"""What the kinds of job do: a file tried and not sent, an export, what has ended swept away."""

import csv
import os
import stat
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest

from ecredit.facts.actors.journal_actions import declare_invented
from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.types import OPERATOR, Actor
from ecredit.facts.collection.models import Batch
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.operation.exports import EXPORTS, Export
from ecredit.service.operation.job_actions import start_job
from ecredit.service.operation.job_files import find_job_file, job_folder
from ecredit.service.operation.job_kinds import KINDS
from ecredit.service.operation.job_queries import get_job
from ecredit.service.operation.job_types import JobState
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.staging import append_staged, open_staged, staged_path, sweep_staged
from ecredit.service.operation.uploads import find_upload, open_upload
from ecredit.service.operation.worker import Worker
from tests.conftest import NOON
from tests.desk.conftest import make_person
from tests.penalty_rows import row, table

PENALTY = "dual_publicity_penalty"
TEXT = table(row(1), row(2, CF_JDRQ="2026/13/40")).encode("gb18030")


@pytest.fixture
def platform(settings, home, collector, db):
    settings.ECREDIT_HOME = home.root
    return Platform()


@pytest.fixture
def run(platform):
    def run(kind, **params):
        number = start_job(
            kind=kind, params=params, ring=platform.ring, by=Actor("p1", "batch.try desk/s1"), at=NOON
        )
        assert Worker(platform).run_next()
        return get_job(number)

    return run


def staged(home, content=TEXT):
    return append_staged(home, open_staged(home).token, iter([content]), offset=0).token


def test_a_file_is_tried_and_nothing_of_it_is_kept_but_what_was_asked_for(platform, run, home):
    token = staged(home)
    before = {p for p in home.root.rglob("*") if p.is_file()} - {staged_path(home, token)}
    job = run("try", token=token, filename="a.csv", source=PENALTY, supplier="gongshang")
    assert job.state is JobState.DONE, job
    assert (job.result["trial"]["good"], job.result["trial"]["held"]) == (1, 1)
    assert job.progress == 2 and not Batch.objects.exists() and not JournalEntry.objects.exists()
    # Beside a report lie its places, for whoever reads it a page at a time.
    kept = {p for p in home.root.rglob("*") if p.is_file() and p.suffix != ".places"} - before
    assert kept == {find_job_file(home, job.id, name) for name in job.result["files"]}
    marked = openpyxl.load_workbook(find_job_file(home, job.id, "marked.xlsx"))
    assert "CF_JDRQ" in find_job_file(home, job.id, "report.csv").read_text("utf-8-sig")
    assert any("2026/13/40" in str(cell.value) for sheet in marked for cells in sheet for cell in cells)


def test_a_file_that_cannot_be_sent_fails_with_the_sentence(run, home):
    job = run("try", token=staged(home), filename="a.csv", source=PENALTY, supplier="fayuan")
    assert (
        job.state is JobState.FAILED
        and job.result["code"] == "collection.not_entitled"
        and "报送单位" in job.message_zh
    )


def test_what_is_finished_says_what_it_did(run, home, collect):
    collect(PENALTY, TEXT)
    job = run("evaluate")
    assert job.message_zh.startswith("评价 1 个主体") and "现有" in job.message_zh, job
    assert job.message_en.startswith("1 subjects graded") and job.progress == job.total == 7
    job = run("try", token=staged(home), filename="a.csv", source=PENALTY, supplier="gongshang")
    assert job.message_zh == "试查 2 行，可入库 1 行，待改 1 行，退回 0 行"
    again = run("collect", token=staged(home), filename="a.csv", source=PENALTY, supplier="gongshang")
    assert "此前已收到同一文件" in again.message_zh
    assert run("export", export="journal").message_en.endswith("rows written")
    for kind in sorted(set(KINDS) - {"collect", "try", "export", "file", "backtest", "try_model"}):
        job = run(kind)
        # The audit of this home names the actors that the test made up.
        assert (
            job.state in (JobState.DONE, JobState.ATTENTION)
            and job.message_zh
            and "正在" not in job.message_zh
        ), job


def test_a_backtest_of_a_home_that_knows_too_little_fails_with_its_reason(run):
    job = run("backtest", on="2020-01-01", months=6)
    assert job.state is JobState.FAILED and "还没有任何记录" in job.message_zh, job


def test_an_export_is_written_with_formulas_made_text(run, home, monkeypatch):
    hostile = Export(
        "hostile",
        "",
        "",
        "x.read",
        ("a", "b"),
        lambda _platform, params: [("=1+1", None), (params["n"], "-5")],
    )
    monkeypatch.setitem(EXPORTS, "hostile", hostile)
    job = run("export", export="hostile", n=7)
    assert job.state is JobState.DONE and job.result == {"rows": 2, "files": ["hostile.csv"]}
    with find_job_file(home, job.id, "hostile.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [["a", "b"], ["'=1+1", ""], ["7", "-5"]]


def test_the_journal_is_exported_for_a_period(run, home, collect):
    collect(PENALTY, TEXT)
    rows = JournalEntry.objects.count()
    job = run("export", export="journal", **{"from": "2026-05-12", "to": "2026-05-12"})
    # That this was started is noted, and not in the log yet.
    assert job.result["rows"] == rows + 1 > 1
    assert run("export", export="journal", to="2026-05-11").result["rows"] == 0
    assert run("export", export="journal", to="gestern").result["code"] == "use.wrong"
    assert run("export", export="nothing").state is JobState.FAILED


def test_an_export_cut_off_leaves_no_half_file(run, home, monkeypatch):
    def rows(_platform, _params):
        yield ("a",)
        raise RuntimeError

    monkeypatch.setitem(EXPORTS, "broken", Export("broken", "", "", "x.read", ("a",), rows))
    job = run("export", export="broken")
    assert job.state is JobState.FAILED and not list(job_folder(home, job.id).iterdir())


@pytest.mark.parametrize("name", ["../../keys/index.key", "report.csv/../../x.csv", ".csv", "a.exe", ""])
def test_a_name_from_outside_is_no_path(home, name):
    assert find_job_file(home, 1, name) is None


def test_what_has_ended_is_swept(run, home):
    token, old = staged(home), job_folder(home, 99)
    upload = open_upload(
        home, who="p1", organisation="gongshang", source="shops", filename="a.csv", size=9, marks="m", trial=False,
        corrects=None, at=datetime.now(UTC) - timedelta(days=2),
    )  # fmt: skip
    (old / "x.csv").write_text("x")
    long_ago = time.time() - 40 * 86_400
    for path in (staged_path(home, token), old):
        os.utime(path, (long_ago, long_ago))
    fresh = staged(home)
    assert stat.S_IMODE(staged_path(home, fresh).stat().st_mode) == 0o600
    job = run("expire")
    assert job.state is JobState.DONE, job
    assert find_upload(home, upload.token, who="p1") is None
    assert not old.exists() and not staged_path(home, token).exists() and staged_path(home, fresh).exists()


def test_a_piece_sent_twice_at_once_is_taken_once(home):
    token = open_staged(home).token
    began = threading.Barrier(4)

    def pieces():
        for _ in range(50):
            yield b"x" * 1000

    def send(_number):
        began.wait()
        try:
            return append_staged(home, token, pieces(), offset=0).size
        except WrongUse as refused:
            return refused.data["size"]

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(send, range(4))) == {50_000}
    assert staged_path(home, token).stat().st_size == 50_000


def test_what_a_killed_worker_read_from_is_swept_too(home):
    token = staged(home)
    left = staged_path(home, token).with_name(f"{token}.d")
    left.mkdir()
    (left / "file.csv").write_text("x")
    os.utime(left, (0, 0))
    sweep_staged(home)
    assert not left.exists() and staged_path(home, token).exists()


def test_what_the_audit_found_is_told_where_jobs_are_shown(platform, run, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        declare_invented(ring=platform.ring, by=OPERATOR, at=NOON)
    platform.home.public_key.write_text(platform.verifier)
    assert (job := run("audit")).message_zh == "全部一致", job
    for login in ("a", "b", "c", "d"):
        make_person(login)
    job = run("audit")
    assert job.message_zh.startswith("另有 1 处；人员 p") and job.message_zh.count("没有登记记录") == 3
    assert job.message_en.startswith("1 more; nobody registered person p")
