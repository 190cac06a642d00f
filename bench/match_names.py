"""How well names propose: on real registers, with the pairs that must stay two.

    ECREDIT_EVAL_DATA=DIR python bench/match_names.py [--rows 4000] [--json FILE]

Reads the folder's `cn_registry_jiangsu` and `er_name_pairs` as evaluation input and keeps nothing of them. Every register
row is a subject; rows to match are register rows without their code, written as suppliers write (the register has no
firm under two names, so positives can only be made). Hard negatives are pairs of near names with different codes.
"""

import argparse
import csv
import gzip
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / "src"), str(Path(__file__).resolve().parent.parent)]
SEED = 7
Row = dict[str, str]


def main() -> int:
    """Measure and print; 2 when the evaluation data is not there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=4_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    folder = os.environ.get("ECREDIT_EVAL_DATA")
    if not folder or not (Path(folder) / "cn_registry_jiangsu").is_dir():
        print("ECREDIT_EVAL_DATA 未指明评测数据文件夹 / ECREDIT_EVAL_DATA names no folder with evaluation data")
        return 2
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["ECREDIT_HOME"] = scratch
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        figures = measure(Path(folder), Path(scratch), options.rows)
    text = json.dumps(figures, ensure_ascii=False, indent=2)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")
    return 0


def measure(folder: Path, home: Path, count: int) -> dict[str, Any]:
    """All figures; the database is a new one below `home`."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    registry = folder / "cn_registry_jiangsu"
    city = read(registry / "changzhou_dev.csv.gz")
    rows = list({row["code"]: row for row in city + read(registry / "jiangsu_other_cities.csv.gz")}.values())
    figures: dict[str, Any] = {"subjects": len(rows)}
    ids = fill(rows, home)
    matcher = Matcher(rows, ids, home)
    figures["pool_seconds"] = matcher.seconds
    codes = {row["code"]: row for row in rows}
    city_rows = [row for row in codes.values() if row in_city(row)] if False else [codes[r["code"]] for r in city]
    figures["positives"] = positives(matcher, list({r["code"]: r for r in city_rows}.values()), count)
    figures["hard_negatives"] = hard_negatives(matcher, codes, read(registry / PAIRS), count)
    figures["branches"] = branches(ids, read(registry / "branch_parent_pairs.csv.gz"), home)
    names = folder / "er_name_pairs" / "opensanctions_name_pairs.csv"
    if names.exists():
        figures["name_pairs"] = name_pairs(names)
    return figures
