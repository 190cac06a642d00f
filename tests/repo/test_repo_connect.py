"""The guide "Connect a platform" followed step by step against a served city, and a generated client that does the same."""

import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.serving import serving

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guides" / "connect-a-platform.md"
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```', re.S | re.M)

# The generator knows few kinds of content by name; the rest are bytes or JSON to it.
CLIENT = """post_hooks: []
content_type_overrides:
  application/schema+json: application/json
  application/problem+json: application/json
  text/csv: application/octet-stream
  application/x-ndjson: application/octet-stream
  application/jsonl: application/octet-stream
  application/vnd.ms-excel: application/octet-stream
  application/vnd.openxmlformats-officedocument.spreadsheetml.sheet: application/octet-stream
"""

pytestmark = pytest.mark.repo


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    folder = tmp_path_factory.mktemp("city")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "ECREDIT_HOME": str(folder / "home"),
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }
    environment.pop("ECREDIT_DATABASE_URL", None)
    subprocess.run(["ecredit", "init"], env=environment, check=True, capture_output=True)
    with serving(environment, "--workers", "1") as address:
        yield folder, environment | {"HOST": address}


@pytest.fixture(scope="module")
def followed(city):
    """What the guide's commands said: written into files, and run in one shell, as somebody would who reads it."""
    folder, environment = city
    script = []
    for kind, title, text in (m.groups() for m in BLOCK.finditer(GUIDE.read_text(encoding="utf-8"))):
        if kind == "sh":
            script.append(text)
        else:
            (folder / title).write_text(text, encoding="utf-8")
    return subprocess.run(
        ["bash", "-euc", "".join(script)], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_the_guide_works_as_written(city, followed):
    folder, _ = city
    assert followed.returncode == 0, followed.stderr + followed.stdout[-2000:]
    said = followed.stdout
    assert '"rule": "date_unreadable"' in said and '"line": 3' in said
    assert "done 2 accepted" in said and "rows 2 problems 0" in said and "signed 200" in said
    assert json.loads((folder / "shops.schema.json").read_text("utf-8"))["required"]
    assert (folder / "shops.xlsx").read_bytes().startswith(b"PK")


def test_a_generated_client_submits_a_file_and_reads_the_receipt(city, followed, tmp_path):
    folder, environment = city
    with urllib.request.urlopen(environment["HOST"] + "/api/v1/openapi.json") as answer:  # noqa: S310 - our own server
        (tmp_path / "openapi.json").write_bytes(answer.read())
    (tmp_path / "client.yaml").write_text(CLIENT, encoding="utf-8")
    made = subprocess.run(
        ["openapi-python-client", "generate", "--path", "openapi.json", "--output-path", "client", "--meta", "none",
         "--fail-on-warning", "--config", "client.yaml"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    secret = json.loads((folder / "key.json").read_text())["secret"]
    program = tmp_path / "use.py"
    program.write_text(
        """
import io, os, time
from client import AuthenticatedClient
import client.api.submissions as submissions, importlib, pkgutil
from client.types import File
from client.models import SubmissionShape

caller = AuthenticatedClient(base_url=os.environ["HOST"], token=os.environ["ECK"])
modules = {m.name: importlib.import_module("client.api.submissions." + m.name) for m in pkgutil.iter_modules(submissions.__path__)}
submit = next(m for n, m in modules.items() if n.endswith("_submit") or n == "submit")
read = next(m for n, m in modules.items() if n.endswith("read_submission"))
rows = "经营者名称,经营者类别,统一社会信用代码,平台名称,平台统一社会信用代码,网店名称,网店网址,开设日期\\r\\n示例九号商贸有限公司,法人及非法人组织,9100000000000003CU,示例平台,9100000000000003AM,九号小店,https://shop.example/9,2026-01-05\\r\\n"
rows += "示例九号商贸有限公司,法人及非法人组织,9100000000000003CU,示例平台,9100000000000003AM,又一小店,https://shop.example/99,2026-01-05\\r\\n"
sent = submit.sync("shops", client=caller, body=File(payload=io.BytesIO(rows.encode()), file_name="shops.csv"), filename="nine.csv")
assert isinstance(sent, SubmissionShape), sent
while sent.state in ("waiting", "running"):
    time.sleep(0.5)
    sent = read.sync(sent.id, client=caller)
print(sent.state, sent.receipt.additional_properties["accepted"])

import client.api.records as records
about = next(importlib.import_module("client.api.records." + m.name) for m in pkgutil.iter_modules(records.__path__) if m.name.endswith("read_subject"))
page, seen = about.sync("9100000000000003CU", client=caller, limit=1), []
while True:
    seen += [each.leaf for each in page.records]
    if page.next_ is None:
        break
    page = about.sync("9100000000000003CU", client=caller, limit=1, cursor=page.next_)
print(len(seen), len(set(seen)))
""",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, str(program)], cwd=tmp_path, env={**environment, "ECK": secret}, capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.split() == ["done", "2", "2", "2"]
