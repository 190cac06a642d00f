"""The glossary's identifiers are the code's, in the very place the glossary names."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GLOSSARY = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
ROWS = [
    cells
    for line in GLOSSARY.splitlines()
    if line.startswith("| ") and len(cells := [cell.strip() for cell in line.strip("|").split("|")]) == 5
    if cells[0] != "中文"
]
TICKED = re.compile(r"`([^`]+)`")

pytestmark = pytest.mark.repo


def place(name: str) -> Path:
    return ROOT / name if name.startswith("catalog/") else ROOT / "src" / "ecredit" / name


def named_there(identifier: str, folder: Path) -> bool:
    """A class, function, field, table column or enumeration value in Python; a file, a key or a value in YAML."""
    if folder.suffix == ".yaml" or "catalog" in folder.relative_to(ROOT).parts[:1]:
        files = [folder] if folder.is_file() else sorted(folder.rglob("*.yaml"))
        said = re.compile(rf"^\s*(- )?{identifier}:|[:\[,{{] *{identifier}\b *[\],}}\n]", re.M)
        return any(f.stem == identifier or said.search(f.read_text(encoding="utf-8")) for f in files)
    said = re.compile(
        rf"^\s*(class|def) {identifier}\b|^\s*{identifier}\s*[:=]|= \"{identifier}\"|name=\"{identifier}\"",
        re.M,
    )
    return any(said.search(f.read_text(encoding="utf-8")) for f in folder.rglob("*.py"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[1])
def test_identifiers_occur_where_the_glossary_says(row):
    identifiers, places = TICKED.findall(row[2]), TICKED.findall(row[4])
    assert identifiers and places
    for name in places:
        assert place(name).exists(), name
    for identifier in identifiers:
        assert any(named_there(identifier, place(name)) for name in places), identifier


def test_no_word_is_bound_twice():
    for column in (0, 1):
        words = [row[column] for row in ROWS]
        assert len(words) == len(set(words))
    bound = [identifier for row in ROWS for identifier in TICKED.findall(row[2])]
    assert sorted(bound) == sorted(set(bound))


def test_every_row_says_what_its_english_rests_on():
    assert {row[3] for row in ROWS} <= {"S", "B", "D", "C", "–"}
    assert len(ROWS) > 50


def test_every_table_of_the_database_is_in_the_glossary_or_only_machinery():
    from django.apps import apps

    machinery = {"Organisation", "JournalNote", "LogTile", "LogState", "MirrorPart", "ModelEdition", "Run"}
    tables = {model.__name__ for model in apps.get_models() if model.__module__.startswith("ecredit.")}
    bound = {identifier for row in ROWS for identifier in TICKED.findall(row[2])}
    assert tables - machinery <= bound
    assert machinery <= tables
