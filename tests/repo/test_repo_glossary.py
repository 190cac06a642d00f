"""The glossary's identifiers are really the code's."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.repo


def test_every_identifier_occurs_where_the_glossary_says():
    missing = []
    for line in (ROOT / "GLOSSARY.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 4 or not cells[2].startswith("`"):
            continue
        for identifier in re.findall(r"`(\w+)`", cells[2]):
            places = re.findall(r"`([\w/.]+)`", cells[3])
            files = [f for place in places for f in _files(place)] or list((ROOT / "src").rglob("*.py"))
            if not any(
                re.search(rf"\b{identifier}(\b|_)", f.read_text(encoding="utf-8")) or identifier in f.name
                for f in files
            ):
                missing.append(identifier)
    assert not missing


def _files(place: str) -> list[Path]:
    path = ROOT / place if place.startswith("catalog") else ROOT / "src" / "ecredit" / place
    if place.startswith("catalog/publicity"):
        return list((ROOT / "src" / "ecredit" / "foundation" / "catalog").glob("*.py"))
    if place.startswith("catalog"):
        return [
            *(path.rglob("*.yaml") if path.is_dir() else [path]),
            *(ROOT / "src/ecredit/foundation/catalog").glob("*.py"),
        ]
    return [f for f in path.rglob("*") if f.suffix in (".py", ".html")]
