"""What is installed is listed from the lock file, and a known vulnerability in it never passes unsaid."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.repo


def test_the_bill_of_materials_lists_every_locked_package(tmp_path):
    done = subprocess.run(
        [ROOT / "scripts" / "sbom", tmp_path / "a.json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    bill = json.loads((tmp_path / "a.json").read_text())
    locked = dict(re.findall(r"^([\w.-]+)(?:\[\S*\])?==(\S+)", (ROOT / "requirements.txt").read_text(), re.M))
    assert {part["name"]: part["version"] for part in bill["components"]} == locked
    assert bill["metadata"]["component"]["name"] == "ecredit"


@pytest.fixture
def audit(tmp_path):
    """scripts/vulnerabilities in a checkout whose pip-audit answers as told: (report or None, its exit code)."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "vulnerabilities", tmp_path / "scripts")
    tools = tmp_path / ".venv" / "bin"
    tools.mkdir(parents=True)
    (tools / "python").symlink_to(sys.executable)

    def run(report: object, code: int) -> tuple[int, str]:
        (tmp_path / "report").write_text("" if report is None else json.dumps(report))
        program = tools / "pip-audit"
        program.write_text(
            f'#!/usr/bin/env bash\nwhile [ "$1" != -o ]; do shift; done\ncp {tmp_path}/report "$2"\n'
            f"echo no such host >&2\nexit {code}\n"
        )
        program.chmod(0o755)
        done = subprocess.run(
            [tmp_path / "scripts" / "vulnerabilities"],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ,
        )
        return done.returncode, done.stdout + done.stderr

    return run


def package(**more: object) -> dict[str, object]:
    return {"dependencies": [{"name": "django", "version": "5.2.0", "vulns": [], **more}]}


def test_a_vulnerability_fails_and_a_service_out_of_reach_is_told_apart(audit):
    assert audit(package(), 0) == (0, "查过 looked at 1，漏洞 vulnerabilities 0\n")
    code, said = audit(package(vulns=[{"id": "CVE-2027-1", "fix_versions": ["5.2.1"]}]), 1)
    assert code == 1 and "django 5.2.0: CVE-2027-1" in said and "5.2.1" in said
    code, said = audit(None, 1)
    assert code == 3 and "no such host" in said
    # A package that could not be looked up is not a package without faults.
    code, said = audit(package(skip_reason="not found"), 0)
    assert code == 1 and "not looked at: django" in said


def test_the_closing_summary_says_when_it_did_not_run():
    script = (ROOT / "test").read_text(encoding="utf-8")
    case = re.search(r'scripts/vulnerabilities"; found=\$\?\n(.*?)^esac', script, re.S | re.M)
    assert case and re.search(r"3\) not_run\+=\(", case[1]) and re.search(r"\*\) failed\+=\(", case[1])
