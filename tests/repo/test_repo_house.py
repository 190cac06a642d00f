"""Tests about the repository itself: sizes, names, rooms, the direction of tables, what must not be written anywhere."""

import re
import subprocess
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "ecredit"
FLOORS = ("foundation", "facts", "judgement", "service", "surface")
# Within a floor a table may point to its own room or one below; the same order as in .importlinter.
ORDER = (
    "actors",
    "subjects",
    "market",
    "records",
    "collection",
    "triage",
    "disclosure",
    "evaluation",
    "measures",
    "monitoring",
    "signatures",
    "commitments",
    "telling",
    "badges",
    "credit_reports",
    "operation",
    "desk",
)
# Tables of libraries: second factors, the city's sign-on, and who guessed.
OTHERS = ("account", "mfa", "socialaccount", "axes")
FORBIDDEN = {"utils", "helpers", "common", "misc", "manager", "service", "base", "data", "info", "process"}
ROOMS = sorted(
    p for floor in FLOORS for p in (SOURCE / floor).iterdir() if p.is_dir() and p.name != "__pycache__"
)

pytestmark = pytest.mark.repo


def tracked() -> list[Path]:
    """Files git knows or would take; without git, everything outside hidden folders."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode == 0:
        return [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file()]
    return [p for p in ROOT.rglob("*") if p.is_file() and not any(part.startswith(".") for part in p.parts)]


def test_no_file_passes_500_lines():
    long = {
        p.name: n
        for p in SOURCE.rglob("*.py")
        if (n := len(p.read_text(encoding="utf-8").splitlines())) > 500
    }
    assert not long


def test_no_name_that_says_nothing():
    assert not [p for p in SOURCE.rglob("*.py") if p.stem in FORBIDDEN]
    assert not [room for room in ROOMS if room.name in FORBIDDEN]


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_every_room_has_a_short_readme(room):
    readme = room / "README.md"
    assert readme.is_file()
    assert len(readme.read_text(encoding="utf-8").splitlines()) < 30


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_room_is_flat(room):
    allowed = {"migrations", "templates", "jinja2", "static", "__pycache__"}
    assert not [p for p in room.iterdir() if p.is_dir() and p.name not in allowed]


def test_no_table_points_upward():
    upward = []
    for model in apps.get_models():
        label = model._meta.app_label
        if label not in ORDER:
            continue
        for field in model._meta.get_fields():
            if field.is_relation and field.concrete and field.related_model is not None:
                target = field.related_model._meta.app_label
                if ORDER.index(target) > ORDER.index(label):
                    upward.append(f"{model.__name__}.{field.name} → {target}")
    assert not upward
    # The framework's own tables hold what nobody asks the house about: sessions, and who may enter.
    assert {m._meta.app_label for m in apps.get_models()} <= {
        *ORDER,
        "auth",
        "contenttypes",
        "sessions",
        *OTHERS,
    }


def test_every_check_of_the_catalogue_has_a_function_and_a_file():
    from ecredit.facts.collection.checks import CHECKS, OVER_THE_FILE
    from ecredit.foundation.catalog.check_rules import RULES

    files = {p.stem.removeprefix("check_") for p in (SOURCE / "facts" / "collection").glob("check_*.py")}
    assert set(CHECKS) == files
    assert set(CHECKS) | OVER_THE_FILE == set(RULES)


def test_nothing_names_this_machine_or_a_registry():
    hosts = re.compile(
        "py" + r"pi\.org|python" + r"hosted|registry\." + r"npmjs|/(?:wo" + "rk|fa" + r"rm)/[a-z]"
    )
    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, OSError):
            continue
        if hosts.search(text):
            found.append(str(path.relative_to(ROOT)))
    assert not found


@pytest.mark.django_db
def test_migrations_say_what_the_models_say():
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_signals_and_receivers_are_not_used():
    assert not [
        p
        for p in SOURCE.rglob("*.py")
        if re.search(r"^from django\.dispatch|@receiver", p.read_text("utf-8"), re.M)
    ]
