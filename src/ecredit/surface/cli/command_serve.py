"""ecredit serve and up: the portal on an address, and everything from nothing to it."""

import argparse
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.sm2 import has_fast_sm2
from ecredit.judgement.evaluation.queries import last_evaluated
from ecredit.service.badges.issue_actions import Issuer, issue_badges
from ecredit.service.badges.public_badges import PublicBadges
from ecredit.service.operation.evaluate_all import evaluate_everything
from ecredit.surface.cli.answer import Answer
from ecredit.surface.cli.command_demo import progress_line
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.demo_commitments import make_demo_commitments
from ecredit.surface.cli.demo_disclosure import confirm_demo_gaps
from ecredit.surface.cli.demo_load import load_home_city
from ecredit.surface.cli.demo_monitor import publish_demo_period
from ecredit.surface.cli.demo_stories import publish_demo_stories
from ecredit.surface.cli.demo_summary import summarise_home, summary_lines
from ecredit.surface.cli.parsing import Everywhere, Subparsers

_LOOK_EVERY = 0.5
_PATIENCE = 10.0


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare both."""
    serve = commands.add_parser("serve", parents=[everywhere], help="开启门户 serve the portal")
    _address(serve)
    serve.set_defaults(run=run_serve)
    up = commands.add_parser(
        "up", parents=[everywhere], help="建库、示范城市、评价、开门户 everything, then serve"
    )
    _address(up)
    up.add_argument("--no-serve", action="store_true", help="汇总后结束 end after the summary")
    up.set_defaults(run=run_up)


def _address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--no-jobs",
        action="store_true",
        help="后台任务另由 ecredit worker 执行 jobs are done by: ecredit worker",
    )


def run_up(args: argparse.Namespace, context: Context) -> Answer:
    """Make the home, load the demo city and evaluate if that was not done, say what is there, serve."""
    _, receipts = load_home_city(context, size="small", seed=None, today=None, progress=progress_line(args))
    if not all(receipt.already_received for receipt in receipts) or last_evaluated() is None:
        make_demo_commitments(context)
        evaluate_everything(context, by=context.operator, as_of=context.today)
    publish_demo_period(context)
    publish_demo_stories(context)
    confirm_demo_gaps(context)
    if PublicBadges(context.home.badges_db).keys() is None:
        _issue_badges(context)
    summary = summarise_home(context)
    answer = Answer(asdict(summary), summary_lines(summary))
    if args.no_serve:
        return answer
    for line in answer.lines:
        print(line)
    return run_serve(args, context)


def _issue_badges(context: Context) -> None:
    """The first badges; where the machine cannot sign with SM2 it is said, and everything else goes on."""
    if has_fast_sm2():
        issue_badges(Issuer(context.home, context.sealer, context.operator, context.now))
    else:
        print("没有带 SM2 的 OpenSSL，未签发标识 no badges: no OpenSSL with SM2 here", file=sys.stderr)


def run_serve(args: argparse.Namespace, context: Context) -> Answer:
    """Serve until stopped, with a worker beside the portal: it keeps the schedule and does what the desk asks for."""
    if not context.home.public_db.exists():
        raise WrongUse(
            "还没有公示库；请先执行 ecredit init", "there is no public database yet; run ecredit init first"
        )
    address = f"{args.host}:{args.port}"
    environment = {**os.environ, "ECREDIT_HOME": str(context.home.root)}
    server = subprocess.Popen(
        [
            sys.executable, "-m", "gunicorn", "--config", "python:config.serving",
            "config.wsgi:application", "--bind", address, "--workers", str(args.workers), "--timeout", "30",
            "--graceful-timeout", "5", "--no-control-socket",
        ],
        env=environment,
    )  # fmt: skip
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    print(f"门户 the portal: http://{address}  （Ctrl-C 结束 ends it）", flush=True)
    code = _watch(server, None if args.no_jobs else WorkerChild(environment))
    return Answer({"served": address, "code": code}, [], code=0 if code in (0, -signal.SIGTERM) else 2)


class WorkerChild:
    """`ecredit worker` as a process that is started again when it ends, and ended with the server."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._again_at = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    def keep(self) -> None:
        """Start it unless it runs; not more often than every few seconds."""
        ended = self._process is None or self._process.poll() is not None
        if ended and time.monotonic() >= self._again_at:
            self._again_at = time.monotonic() + _PATIENCE
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ecredit.surface.cli.main", "worker", "--beside", str(os.getpid())],
                env=self._environment,
                stdin=subprocess.DEVNULL,
            )

    def end(self) -> None:
        """Tell it to stop; a job at hand goes back into the queue. Who does not stop in time is killed, which loses nothing."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _watch(server: "subprocess.Popen[bytes]", worker: WorkerChild | None) -> int:
    """Wait for the server, and keep a worker beside it."""
    try:
        while (code := server.poll()) is None:
            if worker is not None:
                worker.keep()
            time.sleep(_LOOK_EVERY)
    except KeyboardInterrupt:
        server.terminate()
        code = server.wait(timeout=_PATIENCE)
    finally:
        if worker is not None:
            worker.end()
    return code
