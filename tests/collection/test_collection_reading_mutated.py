"""A small seeded form of ``bench/mutated_files.py``: every file is read or refused, nothing else happens."""

from __future__ import annotations

from pathlib import Path

from bench.mutated_files import Tally, mutants, read_one
from ecredit.facts.collection.reading import ReadLimits


def test_mutated_files_are_read_or_refused(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    limits = ReadLimits(scratch=scratch, max_inflated=64 << 20)
    tally = Tally()
    files = list(mutants(seed=20260508, count=150, workbooks=0.1))
    for mutant in files:
        read_one(mutant, tmp_path, limits, tally)
    assert tally.failures == []
    assert tally.read + tally.refused.total() == len(files)
    assert tally.read > 40
    assert tally.refused.total() > 30
    assert list(scratch.iterdir()) == []


def test_mutants_are_the_same_for_a_seed() -> None:
    assert [m.content for m in mutants(3, 12, 0.0)] == [m.content for m in mutants(3, 12, 0.0)]
