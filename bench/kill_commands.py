"""Commands in process groups of their own, to be killed at any moment: cold, or forked from a process that is warm.

Most of a short command's time is loading modules, and a kill there finds nothing to break. The warm way loads them once
and forks for every command, which then does all that the cold one does; so kills fall where files are read and written.
"""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

# A block of rows is one transaction; smaller blocks give small files many of them. The names must be there: a setting
# that no longer does anything would make these kills harmless.
_BLOCKS = """
import sys
from ecredit.facts.collection import reading_fast, reading_text
if rows := int(sys.argv.pop(1)):
    reading_fast._BLOCK_ROWS, reading_text._BLOCK
    reading_fast._BLOCK_ROWS, reading_text._BLOCK = rows, rows * 512
"""
COLD = f"{_BLOCKS}from ecredit.surface.cli.main import run\nrun()\n"
# Reads one request a line, answers with the child's pid and then with how it ended.
WARM = f"""{_BLOCKS}
import json, os
import django
django.setup()
import duckdb, splink, sqlglot
from ecredit.surface.cli import commands
from ecredit.surface.cli.main import main
for request in sys.stdin:
    words, out, err = json.loads(request)
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        for path, number in ((os.devnull, 0), (out, 1), (err, 2)):
            os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), number)
        try:
            code = main(words)
        except SystemExit as end:
            code = end.code
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code or 0)
    try:
        os.setpgid(pid, pid)
    except OSError:
        pass
    print(pid, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


class Running:
    """A command under way, in a process group whose number is `pid`."""

    pid: int
    returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code (a signal's number, negative), or None while it runs."""
        raise NotImplementedError

    def communicate(self) -> tuple[str, str]:
        """Wait for its end; what it printed on both channels."""
        raise NotImplementedError

    def kill_after(self, seconds: float) -> bool:
        """Kill the process group after some time. False when the command was through before."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.poll() is None:
            time.sleep(0.0005)
        if self.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)
        self.communicate()
        return self.returncode == -signal.SIGKILL


class Commands:
    """Starts commands about one home. `close` it, or use it in a `with`."""

    def __init__(self, home: Path, *, block_rows: int, warm: bool = False) -> None:
        self.home = home
        self._block_rows = str(block_rows)
        self._env = {k: v for k, v in os.environ.items() if k != "ECREDIT_DATABASE_URL"}
        self._env |= {"ECREDIT_HOME": str(home.resolve()), "DJANGO_SETTINGS_MODULE": "config.settings"}
        self._warm: subprocess.Popen[str] | None = None
        if warm:
            self._warm = subprocess.Popen(
                [sys.executable, "-c", WARM, self._block_rows],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, env=self._env,
            )  # fmt: skip

    def __enter__(self) -> "Commands":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the warm process, if there is one."""
        if self._warm is not None:
            self._warm.communicate()

    def start(self, *words: str) -> Running:
        """A running command. With a warm process, one at a time."""
        line = ["--home", str(self.home), "--json", *words]
        if self._warm is not None:
            return _Forked(self._warm, line)
        return _Started([sys.executable, "-c", COLD, self._block_rows, *line], self._env)

    def run(self, *words: str) -> dict[str, Any]:
        """A command to its end; its document. Raises AssertionError with its words when it did not do its work."""
        running = self.start(*words)
        out, err = running.communicate()
        assert running.returncode in (0, 1) and out, f"{words}: {running.returncode} {err}"
        document: dict[str, Any] = json.loads(out)
        return document

    def await_work(self, running: Running, before: set[str]) -> None:
        """Return when the command has a landed file open, or has ended: from here on it writes."""
        while running.poll() is None and not self.open_files() - before:
            time.sleep(0.0005)

    def open_files(self) -> set[str]:
        """The names of the files being read."""
        folder = self.home / "landing" / "reading"
        return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


class _Started(Running):
    """A process of its own."""

    def __init__(self, line: list[str], env: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, env=env
        )
        self.pid = self._process.pid

    def poll(self) -> int | None:
        self.returncode = self._process.poll()
        return self.returncode

    def communicate(self) -> tuple[str, str]:
        out, err = self._process.communicate()
        self.returncode = self._process.returncode
        return out, err


class _Forked(Running):
    """A child of the warm process."""

    def __init__(self, warm: "subprocess.Popen[str]", words: list[str]) -> None:
        assert warm.stdin is not None and warm.stdout is not None
        self._answers = warm.stdout
        self._printed = tempfile.TemporaryDirectory(prefix="ecredit-command-")
        folder = Path(self._printed.name)
        self._channels = (folder / "out", folder / "err")
        warm.stdin.write(json.dumps([words, *map(str, self._channels)]) + "\n")
        warm.stdin.flush()
        self.pid = int(self._answers.readline())

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._answers], [], [], 0)[0]:
            self.returncode = int(self._answers.readline())
        return self.returncode

    def communicate(self) -> tuple[str, str]:
        if self.returncode is None:
            self.returncode = int(self._answers.readline())
        # Killed at once, it may not have opened its channels.
        out, err = (c.read_text(encoding="utf-8") if c.exists() else "" for c in self._channels)
        self._printed.cleanup()
        return out, err
