"""A command line as an operator types it, over a home of the test's own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ecredit.surface.cli.commands import build_parser
from ecredit.surface.cli.context import Context


@pytest.fixture
def command(settings, home, collector, db):
    """command("job", "list") → its answer."""
    settings.ECREDIT_HOME = home.root

    def run(*words: str):
        args = build_parser().parse_args([*words])
        return args.run(args, Context())

    return run


ECREDIT = str(Path(sys.executable).with_name("ecredit"))


def run(home: Path, *words: str) -> dict:
    environment = {k: v for k, v in os.environ.items() if k != "ECREDIT_DATABASE_URL"}
    done = subprocess.run(
        [ECREDIT, "--home", str(home), "--json", *words],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="session")
def city(tmp_path_factory) -> Path:
    """A home filled with the small city, evaluated and published."""
    home = tmp_path_factory.mktemp("city") / "home"
    run(home, "up", "--no-serve")
    return home


@pytest.fixture(scope="session")
def truth(city) -> dict:
    folder = city / "demo" / "truth"
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
