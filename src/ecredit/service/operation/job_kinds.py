"""What jobs do: a kind, and the function that does it."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.utils import timezone

from ecredit.facts.actors.journal_notes import seal_notes
from ecredit.facts.actors.queries import get_supplier
from ecredit.facts.collection.collect_actions import Progress, collect_file, get_source, resume_batches
from ecredit.facts.collection.marked_workbook import mark_file
from ecredit.facts.collection.trial import try_file
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.judgement.evaluation.backtest_actions import backtest
from ecredit.judgement.measures.queries import list_opened
from ecredit.judgement.monitoring.period_rules import read_period
from ecredit.service.badges.issue_actions import Issuer, issue_badges
from ecredit.service.commitments.queries import list_reminded
from ecredit.service.commitments.remind_actions import post_reminders
from ecredit.service.operation import job_endings as endings
from ecredit.service.operation.answers import forget_answers
from ecredit.service.operation.backup_actions import back_up
from ecredit.service.operation.backup_manifest import MANIFEST
from ecredit.service.operation.commitment_records import link_subjects
from ecredit.service.operation.evaluate_all import evaluate_everything
from ecredit.service.operation.exports import get_export, write_export
from ecredit.service.operation.job_files import job_folder, sweep_job_files
from ecredit.service.operation.job_types import COLLECT, EVALUATE, REMIND, TRY, Handle, Result
from ecredit.service.operation.json_lines import SUFFIX, table_of_lines
from ecredit.service.operation.made_files import FILE, make_file, sweep_made
from ecredit.service.operation.model_trials import TRY_MODEL, try_model
from ecredit.service.operation.monitor_reports import MONITOR, list_proposed, make_period
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.reminders import find_unknown_year, list_ending_keys, list_reminders
from ecredit.service.operation.signing_lists import SIGNING_LISTS, fetch_by_schedule
from ecredit.service.operation.single_records import COLLECT_RECORDS, collect_records
from ecredit.service.operation.staging import forget_staged, named_copy, sweep_staged
from ecredit.service.operation.static_site import PUBLISH, publish_by_schedule
from ecredit.service.operation.uploads import sweep_uploads
from ecredit.service.operation.webhook_actions import open_due_calls
from ecredit.service.operation.webhook_sending import deliver_calls
from ecredit.service.operation.whole_audit import audit_home
from ecredit.service.publicity.take_down_actions import take_down
from ecredit.service.telling.publish_actions import publish_due

# Who waits for SQLite's one writer looks every 100 ms; a block takes seconds.
_TURN_SECONDS = 0.12
# How many of the audit's findings the page of jobs tells; all are in the job's result.
_TOLD: Final = 3


SLOW, QUICK, OUTWARD, ASKED = "slow", "quick", "outward", "asked"
EXPORT: Final = "export"
BACKTEST: Final = "backtest"
LANES: Final = (SLOW, QUICK, OUTWARD, ASKED)


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of work: its names, and what does it. The function may be run again after a cut and must then go on.

    `lane` is the worker's lane that does it: `quick` work takes a moment and does not wait behind what takes minutes; what
    waits for others' machines (`outward`) holds up neither, and a file somebody waits for (`asked`) is made meanwhile.
    `ending` is the sentence of one that is done, from its result; `attention` tells whether its result leaves something for a
    person to do.
    """

    id: str
    zh: str
    en: str
    run: Callable[[Platform, Handle], Result]
    lane: str = SLOW
    ending: Callable[[Result], endings.Said] = endings.silent
    attention: Callable[[Result], bool] = endings.nothing_left


def _collect(platform: Platform, job: Handle) -> Result:
    """Collect a staged file. Cut off, the next worker finds the batch and finishes it; nothing is doubled."""
    params = job.params
    token, filename = str(params["token"]), str(params["filename"])
    supplier = get_supplier(platform.catalog, str(params["supplier"]), on=platform.today)
    corrects = params.get("corrects")
    job.tell(0, None, "正在读取文件", "reading the file")
    with table_copy(platform, str(params["source"]), token, filename) as path:
        receipt = collect_file(
            platform.collector,
            source_id=str(params["source"]),
            path=path,
            supplier=supplier,
            by=job.by,
            at=platform.now,
            filename=filename,
            corrects=corrects if isinstance(corrects, int) else None,
            progress=_rows_told(job, pause=connection.vendor == "sqlite"),
        )
    _take_down(platform, job)
    forget_staged(platform.home, token)
    return {"receipt": _plain(asdict(receipt))}


def _try(platform: Platform, job: Handle) -> Result:
    """Check a staged file without sending it: its report and the marked workbook are kept for a month, nothing else."""
    params = job.params
    token, filename = str(params["token"]), str(params["filename"])
    supplier = get_supplier(platform.catalog, str(params["supplier"]), on=platform.today)
    folder = job_folder(platform.home, job.id)
    report, source = folder / "report.csv", str(params["source"])
    job.tell(0, None, "正在读取文件", "reading the file")
    with table_copy(platform, source, token, filename) as path:
        trial = try_file(
            platform.collector,
            source_id=source,
            path=path,
            supplier=supplier,
            report=report,
            at=platform.now,
            filename=filename,
            progress=_rows_told(job),
        )
        job.tell(trial.rows, trial.rows, "正在标注文件", "marking the file")
        mark_file(
            platform.collector,
            path,
            source_id=source,
            filename=filename,
            report=report,
            out=folder / "marked.xlsx",
        )
    forget_staged(platform.home, token)
    return {"trial": _plain(asdict(trial)), "files": ["report.csv", "marked.xlsx"]}


@contextmanager
def table_copy(platform: Platform, source_id: str, token: str, filename: str) -> Iterator[Path]:
    """The upload as a file that can be opened as a table: JSON lines are made one first."""
    with named_copy(platform.home, token, filename) as path:
        if not filename.lower().endswith(SUFFIX):
            yield path
            return
        source = get_source(platform.catalog, source_id)
        table = path.with_name("lines.csv")
        table_of_lines(source, path, table)
        yield table


def _collect_records(platform: Platform, job: Handle) -> Result:
    batches = [receipt.batch_id for receipt in collect_records(platform, job)]
    if batches:
        link_subjects()
    _take_down(platform, job)
    return {"batches": batches}


def _take_down(platform: Platform, job: Handle) -> None:
    """A register's row may have put records in question: they are public no longer when the job is done."""
    take_down(home=platform.home, ring=platform.ring, by=job.by, at=platform.now)


def _deliver(platform: Platform, job: Handle) -> Result:
    _ = job
    heard, unheard = deliver_calls(platform)
    return {"heard": heard, "unheard": unheard}


def _rows_told(job: Handle, *, pause: bool = False) -> Progress:
    """Counts rows into the job's progress. With `pause`, others who wait to write get their turn between two blocks."""
    done = 0

    def told(rows: int) -> None:
        nonlocal done
        done += rows
        if pause:
            time.sleep(_TURN_SECONDS)
        job.tell(done, None, f"已处理 {done:,} 行", f"{done:,} rows done")

    return told


def _evaluate(platform: Platform, job: Handle) -> Result:
    said = job.params.get("as_of")
    as_of = date.fromisoformat(said) if isinstance(said, str) else platform.today
    full = bool(job.params.get("full"))
    done = evaluate_everything(platform, by=job.by, as_of=as_of, full=full, told=job.tell)
    run = done["warnings"]["run_id"]
    if isinstance(run, int):
        open_due_calls(organisations=list_opened(run), job_id=job.id, at=platform.now)
    return _plain(done)


def _monitor(platform: Platform, job: Handle) -> Result:
    """The reports that are asked for, or those of periods that are over and have none; a cut one is made again."""
    said, reason = job.params.get("period"), str(job.params.get("reason") or "")
    asked = [read_period(said)] if isinstance(said, str) else list_proposed(platform, job.params)
    made = []
    for done, period in enumerate(asked):
        job.tell(
            done, len(asked), f"正在生成 {period.name} 的监测报告", f"making the reports of {period.name}"
        )
        made.append(_plain(asdict(make_period(platform, period, by=job.by, reason=reason))))
    return {"reports": made}


def _backtest(platform: Platform, job: Handle) -> Result:
    """Hold the grades of a day (`on`, None: the latest that can be judged) against what came; what cannot be judged fails with why."""
    on, months = job.params.get("on"), job.params.get("months")
    job.tell(0, None, "正在回测等级", "holding the grades against what came")
    with platform.home.alone_in_lake():
        report = backtest(
            home=platform.home,
            catalog=platform.catalog,
            ring=platform.ring,
            on=date.fromisoformat(on) if isinstance(on, str) else None,
            months=months if isinstance(months, int) else None,
            zone=timezone.get_current_timezone(),
            today=platform.today,
            by=job.by,
            at=platform.now,
        )
    return {
        "on": report.on.isoformat(),
        "at_risk": report.at_risk,
        "with_outcome": report.with_outcome,
        "auc": report.found.ranked.value,
    }


def _badges(platform: Platform, job: Handle) -> Result:
    """Badges brought to what is public today, and the status lists signed anew."""
    summary = issue_badges(
        Issuer(platform.home, platform.sealer, job.by, platform.now),
        told=lambda done: job.tell(done, None, f"已核对 {done:,} 个主体", f"{done:,} subjects looked at"),
    )
    return _plain(asdict(summary))


def _try_model(platform: Platform, job: Handle) -> Result:
    params = job.params
    job.tell(0, None, "正在试算", "trying the version")
    found = try_model(
        platform,
        model_id=str(params["model"]),
        number=int(str(params["number"])),
        from_on=date.fromisoformat(str(params["from"])),
        as_of=None,
        by=job.by,
    )
    trial = found.trial
    counts = {"looked_at": trial.looked_at, "up": trial.up, "down": trial.down}
    return {"model": trial.model_id, "number": trial.number, "digest": found.digest, **counts}


def _export(platform: Platform, job: Handle) -> Result:
    export = get_export(str(job.params.get("export")))
    name = f"{export.id}.csv"
    rows = write_export(
        export,
        platform,
        job.params,
        out=job_folder(platform.home, job.id) / name,
        told=lambda done: job.tell(done, None, f"已写出 {done:,} 行", f"{done:,} rows written"),
    )
    return {"rows": rows, "files": [name]}


def _audit(platform: Platform, job: Handle) -> Result:
    job.tell(0, None, "正在审计账本", "auditing the ledger")
    report = audit_home(
        platform.home, catalog=platform.catalog, verifier=platform.verifier, sealer=platform.sealer
    )
    first, more = report.findings[:_TOLD], len(report.findings) - _TOLD
    zh, en = ("；".join(finding.zh for finding in first), "; ".join(finding.en for finding in first))
    if report.ok:
        zh, en = "全部一致", "clean"
    elif more > 0:
        zh, en = f"另有 {more} 处；{zh}", f"{more} more; {en}"
    # The page of jobs shows what was told last: who looks after the home reads there that it was written by hand.
    job.tell(report.size, report.size, zh, en)
    return _plain(asdict(report) | {"ok": report.ok})


def _seal_notes(platform: Platform, job: Handle) -> Result:
    _ = job
    sealed = 0
    while taken := seal_notes(ring=platform.ring, at=platform.now):
        sealed += taken
    return {"sealed": sealed}


def _resume(platform: Platform, job: Handle) -> Result:
    receipts, failed = resume_batches(platform.collector, by=job.by, at=platform.now)
    _take_down(platform, job)
    return {
        "finished": [receipt.batch_id for receipt in receipts],
        "failed": [{"batch": batch, "zh": error.zh, "en": error.en} for batch, error in failed],
    }


def _expire(platform: Platform, job: Handle) -> Result:
    """What has had its time: uploads nobody went on with, files of old jobs, sessions that ended; keys that soon end."""
    sweep_staged(platform.home)
    sweep_uploads(platform.home, at=platform.now)
    swept = sweep_job_files(platform.home, at=platform.now) + sweep_made(platform.home, at=platform.now)
    SessionStore.clear_expired()
    forget_answers(at=platform.now)
    ending = list_ending_keys(platform)
    if ending:
        job.tell(
            0,
            None,
            f"{len(ending)} 个接口密钥将在一个月内到期，请通知单位换发",
            f"{len(ending)} keys end within a month; tell their organisations to make new ones",
        )
    return {"job_files": swept, "keys_ending": [key.id for key in ending]}


def _remind(platform: Platform, job: Handle) -> Result:
    found = list_reminders(platform, on=platform.today)
    overdue = sum(reminder.state == "overdue" for reminder in found)
    job.tell(
        len(found),
        len(found),
        f"{overdue} 项报送已逾期，{len(found) - overdue} 项临近截止",
        f"{overdue} reports are overdue, {len(found) - overdue} are nearly due",
    )
    days = platform.catalog.commitments.breach.remind_days
    post_reminders(on=platform.today, days=days, job=job.id, ring=platform.ring, by=job.by, at=platform.now)
    ending = list_reminded(job.id)
    concerned = {reminder.supplier for reminder in found} | {c.organisation for c in ending if c.organisation}
    open_due_calls(organisations=concerned, job_id=job.id, at=platform.now)
    return {
        "reminders": [_plain(asdict(reminder)) for reminder in found],
        "commitments_ending": [
            {"number": c.number, "organisation": c.organisation, "valid_until": c.valid_until.isoformat()}
            for c in ending
        ],
    }


def _watch_calendar(platform: Platform, job: Handle) -> Result:
    """Without the year's announcement, deadlines rest on weekends and statutory holidays alone."""
    year = find_unknown_year(platform.calendar, on=platform.today)
    if year is not None:
        job.tell(
            0,
            None,
            f"还没有 {year} 年的工作日安排：请按国务院办公厅通知填写 catalog/workdays.yaml",
            f"the working-day calendar has no official table for {year} yet; write it into catalog/workdays.yaml",
        )
    return {"unknown_year": year}


def _tell(platform: Platform, job: Handle) -> Result:
    """Articles whose time has come are shown; what has had its time, or is no longer permitted, is not."""
    done = publish_due(
        catalog=platform.catalog, home=platform.home, ring=platform.ring, by=job.by, at=platform.now
    )
    return {"shown": list(done.shown), "ended": list(done.ended)}


def _back_up(platform: Platform, job: Handle) -> Result:
    """Today's backup into the folder of the settings; one that is there already is not made again."""
    if not settings.ECREDIT_BACKUPS:
        job.tell(
            0,
            None,
            "没有备份：请在 ECREDIT_BACKUPS 中设置备份目录，最好在另一台机器上",
            "nothing was backed up: name a folder in ECREDIT_BACKUPS, best on another machine",
        )
        return {"folder": None}
    folder = Path(settings.ECREDIT_BACKUPS) / platform.today.isoformat()
    if (folder / MANIFEST).is_file():
        return {"folder": str(folder), "made": False}
    job.tell(0, None, "正在备份", "backing up")
    passphrase = settings.ECREDIT_BACKUP_PASSPHRASE or None
    backup = back_up(platform, folder, by=job.by, passphrase=passphrase)
    return {
        "folder": str(folder),
        "made": True,
        "bytes": backup.size,
        "keys": backup.manifest.keys,
        "missing": list(backup.manifest.missing),
    }


KINDS: dict[str, JobKind] = {
    kind.id: kind
    for kind in (
        JobKind(COLLECT, "归集文件", "collect a file", _collect, ending=endings.collected),
        JobKind(TRY, "试查文件", "check a file without sending it", _try, ending=endings.tried),
        JobKind(
            COLLECT_RECORDS,
            "归集逐条报送的记录",
            "collect records sent one by one",
            _collect_records,
            ending=endings.one_by_one,
        ),
        JobKind(
            SIGNING_LISTS,
            "取吊销列表",
            "fetch revocation lists",
            fetch_by_schedule,
            OUTWARD,
            endings.lists_fetched,
        ),
        JobKind("deliver", "回调通知", "tell webhooks", _deliver, OUTWARD, endings.told),
        JobKind(
            EVALUATE,
            "评价、公示和预警",
            "grades, publicity and warnings",
            _evaluate,
            ending=endings.evaluated,
        ),
        JobKind("badges", "签发和更新标识", "badges", _badges, ending=endings.badges_made),
        JobKind(
            PUBLISH, "导出静态网站", "the site as plain files", publish_by_schedule, ending=endings.published
        ),
        JobKind(
            TRY_MODEL,
            "试算评价模型",
            "try a version of a grade model",
            _try_model,
            ending=endings.tried_model,
        ),
        JobKind(
            "backup", "备份", "a backup", _back_up, ending=endings.backed_up, attention=endings.not_backed_up
        ),
        JobKind(BACKTEST, "回测等级", "a back-test of the grades", _backtest, ending=endings.backtested),
        JobKind("audit", "审计账本", "audit of the ledger", _audit, attention=endings.not_clean),
        JobKind(MONITOR, "生成监测报告", "reports on platforms", _monitor, ending=endings.monitored),
        JobKind("tell", "发布和撤下宣传文章", "show and end articles", _tell, QUICK, endings.told_public),
        JobKind(EXPORT, "导出", "an export", _export, ending=endings.exported),
        JobKind(FILE, "生成文件", "make a file", make_file, ASKED, endings.made),
        JobKind(
            "resume",
            "续完中断的批次",
            "finish batches cut off",
            _resume,
            ending=endings.resumed,
            attention=endings.not_resumed,
        ),
        JobKind("seal_notes", "封存查阅记录", "seal noted reads", _seal_notes, QUICK, endings.sealed),
        JobKind(
            "expire",
            "清理过期的内容",
            "clear what has ended",
            _expire,
            QUICK,
            endings.cleared,
            endings.keys_end,
        ),
        JobKind(REMIND, "提醒应报未报", "reports that are due", _remind, QUICK),
        JobKind(
            "watch_calendar",
            "检查工作日历",
            "watch the calendar",
            _watch_calendar,
            QUICK,
            endings.watched,
            endings.year_unknown,
        ),
    )
}


def get_kind(kind: str) -> JobKind:
    """The kind of that id. Raises WrongUse."""
    found = KINDS.get(kind)
    if found is None:
        raise WrongUse(f"没有 {kind} 这种后台任务", f"there is no kind of job {kind}", kind=kind)
    return found


def _plain(value: object) -> dict[str, object]:
    """As JSON holds it."""
    made = _jsonable(value)
    return made if isinstance(made, dict) else {"value": made}


def _jsonable(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(k): _jsonable(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(v) for v in value]
    if isinstance(value, Path):
        return value.name
    return value if isinstance(value, str | int | float | bool | None) else str(value)
