"""The guide "Add a source" followed step by step: its blocks are written out, its commands run, its promises checked."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guides" / "add-a-source.md"
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```', re.S | re.M)

pytestmark = pytest.mark.repo


@pytest.fixture
def blocks() -> list[tuple[str, str, str]]:
    return [(m[1], m[2] or "", m[3]) for m in BLOCK.finditer(GUIDE.read_text(encoding="utf-8"))]


def test_the_guide_works_as_written(tmp_path, blocks):
    shutil.copytree(ROOT / "catalog", tmp_path / "catalog")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "ECREDIT_CATALOG": str(tmp_path / "catalog"),
        "ECREDIT_HOME": str(tmp_path / "home"),
    }
    environment.pop("ECREDIT_DATABASE_URL", None)
    said = ""
    for kind, title, text in blocks:
        if title:
            (tmp_path / title).write_text(text, encoding="utf-8")
        elif kind == "sh":
            done = subprocess.run(
                ["bash", "-ec", text],
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            said += done.stdout
    assert "demo_recall" in said and "rows 4" in said and "accepted 3" in said and "quarantined 1" in said
    with (tmp_path / "demo_recall_problems.csv").open(encoding="utf-8-sig", newline="") as file:
        problems = list(csv.DictReader(file))
    assert [(p["line"], p["column"], p["rule"]) for p in problems] == [("5", "uscc", "uscc_check_digit")]
    with (tmp_path / "demo_recall_template.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.reader(file))[0] == "召回编号"
    again = subprocess.run(
        ["ecredit", "--json", "collect", "demo_recall", "demo_recall.csv", "--by", "gongshang"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(again.stdout)["already_received"] is True


def test_a_fault_in_the_file_is_named_with_its_line(tmp_path, blocks):
    shutil.copytree(ROOT / "catalog", tmp_path / "catalog")
    text = next(text for _, title, text in blocks if title.endswith("demo_recall.yaml"))
    broken = text.replace("occurred: announced_on", "occurred: announced")
    (tmp_path / "catalog" / "sources" / "demo_recall.yaml").write_text(broken, encoding="utf-8")
    line = broken.splitlines().index("occurred: announced") + 1
    done = subprocess.run(
        [str(Path(sys.executable).with_name("ecredit")), "sources"],
        env={**os.environ, "ECREDIT_CATALOG": str(tmp_path / "catalog")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert f"demo_recall.yaml:{line}" in done.stderr and "Traceback" not in done.stderr
