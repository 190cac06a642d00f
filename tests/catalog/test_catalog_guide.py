"""The guide's blocks are complete: its source loads, its file fits the source, its fault is what is said."""

import csv
import io
import re
import shutil
from pathlib import Path

import pytest

from ecredit.foundation.catalog.errors import CatalogError
from ecredit.foundation.catalog.load import load_catalog
from ecredit.foundation.catalog.spelling import spelled
from ecredit.foundation.kernel.codes import is_uscc

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "guides" / "add-a-source.md").read_text(encoding="utf-8")
BLOCKS = {
    m[1]: m[2] for m in re.finditer(r'^```\w+ title="([^"]+)"\n(.*?)^```$', GUIDE, re.MULTILINE | re.DOTALL)
}


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """The city's catalogue with the guide's source in it."""
    folder = Path(shutil.copytree(ROOT / "catalog", tmp_path / "catalog"))
    (tmp_path / "catalog/sources/demo_recall.yaml").write_text(
        BLOCKS["catalog/sources/demo_recall.yaml"], encoding="utf-8"
    )
    return folder


def test_the_source_of_the_guide_loads_and_fits_its_file(city: Path) -> None:
    source = load_catalog(city).sources["demo_recall"]
    header, *rows = csv.reader(io.StringIO(BLOCKS["demo_recall.csv"]))
    assert [source.headers[spelled(name)] for name in header] == [c.code for c in source.columns]
    codes = [row[header.index("统一社会信用代码")] for row in rows]
    assert [is_uscc(code) for code in codes] == [True, True, True, False]
    assert all(len(row) == len(header) for row in rows)


def test_the_fault_shown_in_the_guide_is_the_one_told(city: Path) -> None:
    shown = re.search(r"^```text\n(.*?)\n```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert shown
    path = city / "sources" / "demo_recall.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("column: announced_on", "column: announced"), encoding="utf-8")
    with pytest.raises(CatalogError) as caught:
        load_catalog(city)
    assert shown[1] in str(caught.value)


def test_the_guide_has_commands_to_run() -> None:
    commands = re.findall(r"^```sh\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert len(commands) == 3
    assert all(line.startswith("ecredit ") for block in commands for line in block.splitlines())
