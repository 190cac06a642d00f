"""What jobs do: a kind, and the function that does it."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

from ecredit.facts.actors.journal_notes import seal_notes
from ecredit.facts.actors.queries import get_supplier
from ecredit.facts.actors.types import Actor
from ecredit.facts.collection.collect_actions import collect_file, resume_batches
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.operation.evaluate_all import evaluate_everything
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.staging import forget_staged, named_copy, sweep_staged
from ecredit.service.operation.whole_audit import audit_home

Result = Mapping[str, object]


class Handle(Protocol):
    """How a running job is spoken with."""

    @property
    def params(self) -> Mapping[str, object]:
        """What was asked for."""
        ...

    @property
    def by(self) -> Actor:
        """Who asked for it, by which right."""
        ...

    def tell(self, progress: int, total: int | None, zh: str, en: str) -> None:
        """Say how far it is. Raises JobCancelled when its end was asked for."""
        ...


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of work: its names, and what does it. The function may be run again after a cut and must then go on."""

    id: str
    zh: str
    en: str
    run: Callable[[Platform, Handle], Result]


def _collect(platform: Platform, job: Handle) -> Result:
    """Collect a staged file. Cut off, the next worker finds the batch and finishes it; nothing is doubled."""
    params = job.params
    token, filename = str(params["token"]), str(params["filename"])
    supplier = get_supplier(platform.catalog, str(params["supplier"]), on=platform.today)
    corrects = params.get("corrects")
    done = 0

    def told(rows: int) -> None:
        nonlocal done
        done += rows
        job.tell(done, None, f"已处理 {done:,} 行", f"{done:,} rows done")

    job.tell(0, None, "正在读取文件", "reading the file")
    with named_copy(platform.home, token, filename) as path:
        receipt = collect_file(
            platform.collector,
            source_id=str(params["source"]),
            path=path,
            supplier=supplier,
            by=job.by,
            at=platform.now,
            filename=filename,
            corrects=corrects if isinstance(corrects, int) else None,
            progress=told,
        )
    forget_staged(platform.home, token)
    return {"receipt": _plain(asdict(receipt))}


def _evaluate(platform: Platform, job: Handle) -> Result:
    job.tell(0, None, "正在评价并更新公示", "grading and publishing")
    said = job.params.get("as_of")
    as_of = date.fromisoformat(said) if isinstance(said, str) else platform.today
    return _plain(evaluate_everything(platform, by=job.by, as_of=as_of, full=bool(job.params.get("full"))))


def _audit(platform: Platform, job: Handle) -> Result:
    job.tell(0, None, "正在审计账本", "auditing the ledger")
    report = audit_home(platform.home, verifier=platform.verifier, sealer=platform.sealer)
    return _plain(asdict(report) | {"ok": report.ok})


def _seal_notes(platform: Platform, job: Handle) -> Result:
    _ = job
    return {"sealed": seal_notes(ring=platform.ring, at=platform.now)}


def _resume(platform: Platform, job: Handle) -> Result:
    receipts, failed = resume_batches(platform.collector, by=job.by, at=platform.now)
    sweep_staged(platform.home)
    return {
        "finished": [receipt.batch_id for receipt in receipts],
        "failed": [{"batch": batch, "zh": error.zh, "en": error.en} for batch, error in failed],
    }


def _watch_calendar(platform: Platform, job: Handle) -> Result:
    """From November on the next year's working days must be known, else deadlines rest on weekends alone."""
    _ = job
    year = (platform.today + timedelta(days=61)).year
    known = not platform.calendar.is_workday(date(year, 7, 1)).provisional
    if not known:
        job.tell(
            0,
            None,
            f"还没有 {year} 年的工作日安排：请按国务院办公厅通知填写 catalog/workdays.yaml",
            f"the working days of {year} are not known yet; write them into catalog/workdays.yaml",
        )
    return {"year": year, "known": known}


KINDS: dict[str, JobKind] = {
    kind.id: kind
    for kind in (
        JobKind("collect", "归集文件", "collect a file", _collect),
        JobKind("evaluate", "评价并更新公示", "grades and publicity", _evaluate),
        JobKind("audit", "审计账本", "audit of the ledger", _audit),
        JobKind("seal_notes", "封存查阅记录", "seal noted reads", _seal_notes),
        JobKind("resume", "续完中断的批次", "finish batches cut off", _resume),
        JobKind("watch_calendar", "检查工作日历", "watch the calendar", _watch_calendar),
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
