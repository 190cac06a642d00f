"""The README's five minutes run as written, say what it shows, and its figures are the catalogue's."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```", re.S | re.M)

pytestmark = pytest.mark.repo


def tour(page: str) -> list[tuple[str, str]]:
    return BLOCK.findall(page)


def shown_line(line: str) -> re.Pattern[str]:
    """A line of a shown output; `…` stands for anything, and columns may be wider apart."""
    pieces = [re.escape(piece) for piece in line.strip().split("…")]
    return re.compile(re.sub(r"(\\ )+", " +", ".*?".join(pieces)))


def test_the_tour_runs_and_says_what_is_shown(tmp_path):
    script = [text for kind, text in tour(ENGLISH) if kind == "sh"]
    marked = "\nprintf '%s\\n' '=== next'\n".join(script)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ECREDIT_")}
    environment["TMPDIR"] = str(tmp_path)
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-ec", marked], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    said = iter(done.stdout.split("=== next\n"))
    output = ""
    missing = []
    for kind, text in tour(ENGLISH):
        if kind == "sh":
            output = next(said)
            continue
        lines = output.splitlines()
        missing += [
            line for line in text.splitlines() if not any(shown_line(line).search(real) for real in lines)
        ]
    assert not missing, done.stdout


def test_both_languages_show_the_same_tour_commands_and_figures():
    def bare(page: str) -> list[str]:
        return [re.sub(r" +#.*", "", text) for _, text in tour(page)]

    assert bare(ENGLISH) == bare(CHINESE)
    assert table_of_commands(ENGLISH) == table_of_commands(CHINESE)
    assert figures(ENGLISH) == figures(CHINESE)


def table_of_commands(page: str) -> list[str]:
    rows = re.findall(r"^\| (`[a-z-]+`.*?) \|", page, re.M)
    return [name for row in rows for name in re.findall(r"`([\w-]+)`", row)]


def figures(page: str) -> list[tuple[int, int]]:
    return [(int(seen), int(of)) for seen, of in re.findall(r"\| (\d+) \| (\d+) \|$", page, re.M)]


def test_every_command_is_named():
    help_text = subprocess.run(
        [str(Path(sys.executable).with_name("ecredit")), "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    commands = re.findall(r"^    ([a-z][a-z-]*)\b", help_text, re.M)
    assert sorted(table_of_commands(ENGLISH)) == sorted(commands)


def test_what_is_verified_is_counted_right(catalog):
    def count(things) -> tuple[int, int]:
        flags = [thing.verified for thing in things]
        return sum(flags), len(flags)

    kinds = (ROOT / "catalog" / "publicity" / "order36.yaml").read_text(encoding="utf-8")
    placed = re.findall(r"^      \S+: \{class: \w+, verified: (true|false)\}", kinds, re.M)
    assert figures(ENGLISH) == [
        count(catalog.laws.values()),
        count(article for law in catalog.laws.values() for article in law.articles.values()),
        count(catalog.term_classes),
        (placed.count("true"), len(placed)),
        count(column for source in catalog.sources.values() for column in source.columns),
    ]
    assert f"{len(catalog.sources)} sources" in ENGLISH and f"{len(catalog.sources)} 个数据源" in CHINESE


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md", "CONTRIBUTING.md"])
def test_links_and_pictures_are_there(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#]+?)\)", text)
    assert targets
    gone = [t for t in targets if "://" not in t and not ((ROOT / page).parent / t).exists()]
    assert not gone


def test_pictures_are_light():
    assert all(p.stat().st_size < 300_000 for p in (ROOT / "docs" / "pictures").iterdir())
