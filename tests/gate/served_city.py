"""A server as `ecredit serve` starts it, for tests that need the real thing."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Served:
    """The port, and the file of what the server said on standard error."""

    port: int
    said: Path

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, headers: Mapping[str, str] = {}
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Status, headers, body; on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()


@contextmanager
def serve(
    home: Path, *, workers: int = 1, application: str = "config.wsgi:application", **settings: str
) -> Iterator[Served]:
    """Serve a home until the `with` ends; `settings` are environment variables."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "gunicorn", "--config", "python:config.serving", application, "--bind", f"127.0.0.1:{port}",
        "--workers", str(workers), "--no-control-socket", "--graceful-timeout", "2",
    ]  # fmt: skip
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ECREDIT_", "PROMETHEUS_"))}
    place = home / "said"
    with place.open("wb") as errors:
        process = subprocess.Popen(
            command, env={**kept, "ECREDIT_HOME": str(home), **settings}, stderr=errors
        )
    served = Served(port, place)
    try:
        for _ in range(300):
            assert process.poll() is None, place.read_text()
            try:
                if served.ask("/healthz")[0] == 200:
                    break
            except OSError:
                time.sleep(0.1)
        yield served
    finally:
        process.terminate()
        process.wait(timeout=20)
