"""ecredit worker and job: what runs in the background."""

import argparse
import os
import signal
import threading
import time
from dataclasses import asdict

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.operation.exports import get_export
from ecredit.service.operation.job_actions import cancel_job, retry_job, start_job
from ecredit.service.operation.job_kinds import EXPORT, KINDS
from ecredit.service.operation.job_queries import get_job, list_jobs
from ecredit.service.operation.job_types import COLLECT, TRY, JobState, JobView
from ecredit.service.operation.made_files import FILE
from ecredit.service.operation.worker import Worker
from ecredit.surface.cli.answer import Answer, columns, named
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers

_LOOK_SECONDS = 1.0


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare both."""
    worker = commands.add_parser(
        "worker", parents=[everywhere], help="后台任务 do jobs and keep the schedule"
    )
    worker.add_argument("--once", action="store_true", help="做完等待的就结束 end when nothing waits")
    worker.add_argument("--beside", type=int, metavar="PID", help="随该进程结束 end with this process")
    worker.set_defaults(run=run_worker)
    parser = commands.add_parser("job", parents=[everywhere], help="查看和管理后台任务 jobs")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    listing = verbs.add_parser("list", parents=[everywhere], help="列表 newest first")
    listing.add_argument("--state", choices=[s.value for s in JobState], action="append")
    listing.add_argument("--limit", type=int, default=50)
    listing.set_defaults(run=run_list)
    start = verbs.add_parser("start", parents=[everywhere], help="启动 start one")
    start.add_argument("kind", choices=sorted(set(KINDS) - {COLLECT, TRY, FILE}))
    start.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="参数，如 export=quality what it is to work on",
    )
    start.set_defaults(run=run_start)
    for verb, run, says in (
        ("show", run_show, "查看 one job"),
        ("cancel", run_cancel, "取消 end it"),
        ("retry", run_retry, "重试 try it again"),
    ):
        one = verbs.add_parser(verb, parents=[everywhere], help=says)
        one.add_argument("job", type=int)
        one.set_defaults(run=run)


def run_worker(args: argparse.Namespace, context: Context) -> Answer:
    """Work until told to stop (SIGTERM, Ctrl-C); a job at hand goes back into the queue."""
    _ = context.home
    worker = Worker(context)
    if args.once:
        worker.look_at_schedule()
        done = 0
        while worker.run_next():
            done += 1
        return Answer({"done": done}, [f"完成 {done} 个任务 jobs done"])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    if args.beside:
        threading.Thread(target=_stop_without, args=(args.beside, worker), daemon=True).start()
    worker.run()
    return Answer({"stopped": True}, [])


def _stop_without(parent: int, worker: Worker) -> None:
    """A server that was killed cannot tell its worker to stop: the worker sees that it is another's child."""
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    worker.stop()


def run_list(args: argparse.Namespace, context: Context) -> Answer:
    """Jobs."""
    _ = context.home
    jobs = list_jobs(states=[JobState(s) for s in args.state or ()], limit=args.limit)
    rows = [
        (job.id, _kind(job.kind), _state(job.state), _far(job), job.message_zh or job.message_en)
        for job in jobs
    ]
    head = ("任务 job", "种类 kind", "状态 state", "进度 so far", "")
    return Answer(
        {"jobs": [asdict(job) for job in jobs]}, columns(rows, head) if rows else ["没有任务 no jobs"]
    )


def run_start(args: argparse.Namespace, context: Context) -> Answer:
    """Start one. Raises WrongUse for what the job could not begin with."""
    _ = context.home
    params = dict(_param(said) for said in args.param)
    if args.kind == EXPORT:
        get_export(params.get("export", ""))
    job = start_job(kind=args.kind, params=params, ring=context.ring, by=context.operator, at=context.now)
    return Answer({"job": job}, [f"任务 job {job}"])


def run_show(args: argparse.Namespace, context: Context) -> Answer:
    """One job with its result."""
    _ = context.home
    job = get_job(args.job)
    lines = [f"{job.id}  {_kind(job.kind)}  {_state(job.state)}  {_far(job)}", job.message_zh, job.message_en]
    return Answer({"job": asdict(job)}, [line for line in lines if line])


def run_cancel(args: argparse.Namespace, context: Context) -> Answer:
    """End it."""
    _ = context.home
    state = cancel_job(job_id=args.job, ring=context.ring, by=context.operator, at=context.now)
    return Answer({"job": args.job, "state": state.value}, [f"{args.job}: {_state(state)}"])


def run_retry(args: argparse.Namespace, context: Context) -> Answer:
    """Again."""
    _ = context.home
    retry_job(job_id=args.job, ring=context.ring, by=context.operator, at=context.now)
    return Answer({"job": args.job, "state": "waiting"}, [f"{args.job}: {_state(JobState.WAITING)}"])


def _param(said: str) -> tuple[str, str]:
    name, equals, value = said.partition("=")
    if not name or not equals:
        raise WrongUse(f"参数应写成 名称=值，而不是 {said}", f"write a parameter as name=value, not {said}")
    return name, value


def _far(job: JobView) -> str:
    if job.state in (JobState.DONE, JobState.ATTENTION):
        return ""
    return f"{job.progress:,}/{job.total:,}" if job.total else f"{job.progress:,}" if job.progress else ""


def _state(state: JobState) -> str:
    return named(f"desk.job_state_{state.value}", state.value)


def _kind(kind: str) -> str:
    known = KINDS.get(kind)
    return kind if known is None else f"{known.zh} {known.en} [{kind}]"
