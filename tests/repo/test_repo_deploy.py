"""The deployment examples parse, call commands the program has, and name settings and numbers there are."""

import json
import re
import shlex
import shutil
import subprocess
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from ecredit.facts.actors.key_actions import PER_MINUTE
from ecredit.foundation.kernel.problem_form import problem_document
from ecredit.foundation.proof.pdf_check import LONGEST_PDF
from ecredit.surface.cli.commands import build_parser
from ecredit.surface.portal import page_signature

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
SETTINGS = set(re.findall(r"^(ECREDIT_\w+) ", str(import_module("config.settings").__doc__), re.M))
COMPOSE = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8"))
OURS = {name: service for name, service in COMPOSE["services"].items() if name != "database"}
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))

pytestmark = pytest.mark.repo


def understood(words: list[str]) -> bool:
    try:
        return callable(build_parser().parse_args(words).run)
    except SystemExit:
        return False


def lines(unit: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in unit.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd")
def test_systemd_takes_the_units(tmp_path):
    for unit in (*UNITS, *(DEPLOY / "systemd").glob("*.timer")):
        # The program must be where the unit says: here it is in this checkout.
        text = unit.read_text(encoding="utf-8").replace("/opt/ecredit/", f"{ROOT}/")
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    command = ["systemd-analyze", "verify", "--man=no", *map(str, sorted(tmp_path.iterdir()))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_runs_a_command_there_is_and_may_touch_little(unit):
    held = lines(unit)
    (start,) = held["ExecStart"]
    program = shlex.split(start)
    if program[0] == "/bin/sh":
        assert program[1] == "-c" and program[2].startswith("exec ")
        program = shlex.split(program[2].removeprefix("exec "))
    assert program[0] == "/opt/ecredit/.venv/bin/ecredit"
    assert understood(program[1:]), start
    assert (
        held["User"] == ["ecredit"]
        and held["ProtectSystem"] == ["strict"]
        and held["NoNewPrivileges"] == ["yes"]
    )
    assert (
        held["CapabilityBoundingSet"] == [""] and held["ProtectHome"] == ["yes"] and held["UMask"] == ["0077"]
    )
    named = {
        name.removesuffix("_FILE")
        for line in held["Environment"]
        for name in re.findall(r"ECREDIT_\w+", line)
    }
    assert named <= SETTINGS
    # A secret is a file of root's that systemd hands over, never a value in the unit.
    assert all("=%d/" in line for line in held["Environment"])


def test_the_settings_of_the_examples_are_the_programs():
    text = (DEPLOY / "systemd" / "ecredit.env").read_text(encoding="utf-8")
    assert set(re.findall(r"^(\w+)=", text, re.M)) <= SETTINGS
    for service in OURS.values():
        assert {name.removesuffix("_FILE") for name in service["environment"]} <= SETTINGS
        assert (
            "ECREDIT_SECRET_KEY" not in service["environment"]
            and "ECREDIT_DATABASE_URL" not in service["environment"]
        )


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_container_runs_a_command_there_is_and_may_touch_little(name):
    service = OURS[name]
    assert understood(service["command"]), service["command"]
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert set(service["secrets"]) <= set(COMPOSE["secrets"])
    # Nothing but the proxy of this machine reaches it.
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_the_image_is_made_of_what_is_locked_and_runs_as_nobody():
    text = (DEPLOY / "compose" / "Containerfile").read_text(encoding="utf-8")
    assert "--require-hashes -r requirements.txt" in text and "\nUSER ecredit\n" in text
    assert yaml.safe_load(re.search(r"^ENTRYPOINT (.*)$", text, re.M)[1]) == ["ecredit"]
    assert understood(yaml.safe_load(re.search(r"^CMD (.*)$", text, re.M)[1]))
    dockerfile = ROOT / OURS["web"]["build"]["dockerfile"]
    assert dockerfile.is_file() and (DEPLOY / "compose" / OURS["web"]["build"]["context"]).resolve() == ROOT


def test_what_is_not_for_an_image_stays_out_of_it():
    left_out = set((ROOT / ".dockerignore").read_text(encoding="utf-8").split())
    assert {"home", "**/keys", "**/secrets", ".venv", ".git"} <= left_out


def test_the_worker_may_write_where_the_daily_backup_goes():
    assert lines(DEPLOY / "systemd" / "ecredit-worker.service")["ReadWritePaths"] == ["-/var/backups/ecredit"]
    for service in OURS.values():
        place = service["environment"]["ECREDIT_BACKUPS"]
        assert any(volume.endswith(f":{place}") for volume in service["volumes"])
    text = (DEPLOY / "compose" / "Containerfile").read_text(encoding="utf-8")
    assert re.search(r"install -d -m 0700 -o ecredit .* /var/backups/ecredit$", text, re.M)


def test_the_proxy_lets_a_key_use_what_it_may_and_tells_machines_when_to_come_again():
    text = (DEPLOY / "nginx" / "ecredit.conf").read_text(encoding="utf-8")
    (rate,) = re.findall(r"zone=ecredit_api:10m rate=(\d+)r/s;", text)
    assert int(rate) * 60 > PER_MINUTE
    (api,) = re.findall(r"location \^~ /api/ \{(.*?)\n    \}", text, re.S)
    assert "limit_req zone=ecredit_api" in api and "error_page 429 = @api_too_many;" in api
    (told,) = re.findall(r"location @api_too_many \{(.*?)\n    \}", text, re.S)
    document = json.loads(re.search(r"return 429 '(.*)';", told)[1])
    # As every problem document: the same members in the same order, a sentence in both languages, a type with the code in it.
    made = problem_document(
        status=429,
        code="proxy.too_many",
        title=document["title"],
        zh=document["zh"],
        en=document["en"],
        lang="zh",
    )
    assert list(document.items()) == list(made.items()) and document["zh"] != document["en"]
    assert "add_header Content-Language zh-CN always;" in told and "charset utf-8;" in told
    assert "add_header Retry-After 1 always;" in told
    assert "default_type application/problem+json;" in told


def test_whom_the_proxy_turns_away_is_told_in_words_and_when_to_come_again():
    text = (DEPLOY / "nginx" / "ecredit.conf").read_text(encoding="utf-8")
    assert "limit_conn_status 429;" in text and "limit_req_status 429;" in text
    assert "    error_page 429 = @too_many;" in text
    (told,) = re.findall(r"location @too_many \{(.*?)\n    \}", text, re.S)
    assert "add_header Retry-After 5 always;" in told and "请稍后再试" in told and "try again" in told


def test_the_proxy_takes_what_the_pages_that_check_take_and_slows_who_guesses():
    text = (DEPLOY / "nginx" / "ecredit.conf").read_text(encoding="utf-8")
    ((pattern, check),) = re.findall(r"location ~ (\^/verify/\S*) \{(.*?)\n    \}", text, re.S)
    (megabytes,) = re.findall(r"client_max_body_size (\d+)m;", check)
    assert int(megabytes) * 2**20 > max(page_signature.LONGEST, LONGEST_PDF)
    # An inner limit replaces the outer ones, unless they are said again.
    assert "limit_req zone=ecredit_req burst=60 nodelay;" in check
    assert "limit_req zone=ecredit_check burst=10 nodelay;" in check
    (rate,) = re.findall(r"zone=ecredit_check:10m rate=(\d+)r/m;", text)
    # One address gets no further at the proxy than at the page: a quarter of the city's places.
    assert int(rate) <= settings.ECREDIT_CHECKS_A_MINUTE // 4
    for path in ("/verify/signature", "/verify/report", "/verify/report/R20261125-0000000000"):
        assert re.match(pattern, path)
    assert not re.match(pattern, "/verify/status/1") and not re.match(pattern, "/verify/offline.html")


@pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx")
@pytest.mark.parametrize("name", ["ecredit.conf", "static.conf"])
def test_nginx_takes_the_file(tmp_path, name):
    text = (DEPLOY / "nginx" / name).read_text(encoding="utf-8")
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=x"]
    subprocess.run(
        [*made, "-keyout", tmp_path / "k", "-out", tmp_path / "c"], check=True, capture_output=True
    )
    text = re.sub(r"(ssl_certificate\s+)\S+;", rf"\g<1>{tmp_path}/c;", text)
    text = re.sub(r"(ssl_certificate_key\s+)\S+;", rf"\g<1>{tmp_path}/k;", text)
    text = re.sub(r"error_log \S+", f"error_log {tmp_path}/log", text)
    whole = f"pid {tmp_path}/pid; error_log {tmp_path}/log; events {{}} http {{ {text}\n}}"
    (tmp_path / "nginx.conf").write_text(whole, encoding="utf-8")
    done = subprocess.run(
        ["nginx", "-t", "-c", tmp_path / "nginx.conf"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_proxy_keeps_what_is_for_inside_inside():
    text = (DEPLOY / "nginx" / "ecredit.conf").read_text(encoding="utf-8")
    bare = re.sub(r"#.*", "", text)
    assert bare.count("{") == bare.count("}")
    assert all(re.search(r"[;{}]\s*$", line) for line in bare.splitlines() if line.strip())
    assert re.search(r"location ~ \^/\(metrics\|readyz\|healthz\)\$ \{\s*return 404;", bare)
    assert bare.count("access_log off;") == bare.count("server {") == 2
    for header in ("X-Forwarded-For $remote_addr", "X-Forwarded-Proto $scheme", "Host $host"):
        assert f"proxy_set_header {header};" in bare
    assert "client_max_body_size 1m;" in bare and "proxy_request_buffering on;" in bare


@pytest.mark.django_db
def test_the_alarms_are_about_numbers_there_are(home, collect, client, settings):
    from prometheus_client import Counter

    from ecredit.surface.gate import metrics, numbers
    from tests.penalty_rows import row, table

    collect("dual_publicity_penalty", table(row(1)))
    settings.ECREDIT_HOME = home.root
    metrics._platform.cache_clear()
    there = {measure.name for measure in metrics._read_measures()}
    assert there > {"ecredit_batches", "ecredit_log_size", "ecredit_home_free_bytes"}
    for counted in (numbers.REQUESTS, numbers.SECONDS, numbers.TURNED_AWAY):
        there.add(f"{counted._name}_total" if isinstance(counted, Counter) else f"{counted._name}_bucket")
    # Absent here for want of an evaluation, a backup and jobs; each is made by the code it is named in.
    measured = (ROOT / "src/ecredit/service/operation/measures.py").read_text(encoding="utf-8")
    there |= set(re.findall(r'"(ecredit_(?:evaluation_age|backup_age)_seconds|ecredit_jobs)"', measured)) | {
        "ecredit_database_up"
    }
    alarms = yaml.safe_load((DEPLOY / "prometheus" / "alarms.yml").read_text(encoding="utf-8"))
    rules = [rule for group in alarms["groups"] for rule in group["rules"]]
    assert len(rules) > 8
    for rule in rules:
        assert set(re.findall(r"\becredit_\w+", rule["expr"])) <= there, rule["alert"]
        assert " / " in rule["annotations"]["summary"] and rule["annotations"]["description"]
