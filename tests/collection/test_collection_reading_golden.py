"""Real-looking files in their true encodings: what the reader must find stands beside each, by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ecredit.facts.collection.reading import ReadLimits, open_table

FILES = Path(__file__).parents[1] / "golden" / "files"
NAMES = sorted(path.name.removesuffix(".json") for path in FILES.glob("*.json"))


def test_every_golden_file_has_its_expectation() -> None:
    here = {path.name for path in FILES.iterdir() if path.suffix not in {".json", ".py", ".md"}}
    assert here - {"__pycache__"} == set(NAMES)
    assert len(NAMES) >= 9


@pytest.mark.parametrize("name", NAMES)
def test_golden_file_is_read_as_expected(name: str, tmp_path: Path) -> None:
    expected = json.loads((FILES / f"{name}.json").read_text("utf-8"))
    known = frozenset(expected["known_headers"])
    limits = ReadLimits(scratch=tmp_path)
    with open_table(FILES / name, filename=name, known_headers=known, limits=limits) as table:
        for _ in range(2):  # a reading can be read again
            rows: list[list[object]] = []
            misshapen: list[list[object]] = []
            for block in table.blocks():
                cells = [column.to_pylist() for column in block.columns]
                rows += [
                    [line, *row]
                    for line, row in zip(block.lines.tolist(), zip(*cells, strict=True), strict=True)
                ]
                misshapen += [[odd.line, odd.kind] for odd in block.misshapen]
            assert rows == expected["rows"]
            assert misshapen == expected["misshapen"]
        found = {
            "format": table.format,
            "encoding": table.encoding,
            "header_line": table.header_line,
            "header": list(table.header),
            "header_positions": list(table.header_positions),
            "sheet": table.sheet,
            "notes": len(table.notes),
        }
    assert found == {key: expected[key] for key in found}
    assert list(tmp_path.iterdir()) == []  # nothing is left in the scratch folder
