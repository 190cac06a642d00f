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

sys.path[:0] = [
    str(Path(__file__).resolve().parent.parent / "src"),
    str(Path(__file__).resolve().parent.parent),
]
SEED = 7
Row = dict[str, str]


def main() -> int:
    """Measure and print; 2 when the evaluation data is not there."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=4_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    folder = os.environ.get("ECREDIT_EVAL_DATA")
    if not folder or not (Path(folder) / "cn_registry_jiangsu").is_dir():
        print(
            "ECREDIT_EVAL_DATA 未指明评测数据文件夹 / ECREDIT_EVAL_DATA names no folder with evaluation data"
        )
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
    city = list({row["code"]: row for row in read(registry / "changzhou_dev.csv.gz")}.values())
    rows = list({row["code"]: row for row in city + read(registry / "jiangsu_other_cities.csv.gz")}.values())
    rng = random.Random(SEED)
    unknown = rng.sample(city, min(1_000, len(city) // 8))
    away = {row["code"] for row in unknown}
    known = [row for row in rows if row["code"] not in away]
    ids = fill(known)
    figures: dict[str, Any] = {"subjects": len(known), "branches": branches(registry, ids, home)}
    matcher = Matcher(ids, home)
    figures["pool_seconds"] = matcher.pool_seconds
    figures["positives"] = positives(matcher, [row for row in city if row["code"] not in away], count, rng)
    figures["rows_per_second"] = round(matcher.rows / matcher.seconds)
    figures["unknown_firms"] = unknown_firms(matcher, unknown)
    figures["calibration"] = matcher.calibration()
    figures["hard_negatives"] = hard_negatives(matcher, registry, {row["code"]: row for row in known}, rng)
    figures["merged_by_machine"] = matcher.merged()
    pairs = folder / "er_name_pairs" / "opensanctions_name_pairs.csv"
    if pairs.exists():
        figures["name_pairs"] = name_pairs(matcher, pairs)
    return figures


def read(path: Path) -> list[Row]:
    """The rows of one evaluation file."""
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
    with opened as file:
        return list(csv.DictReader(file))


def fill(rows: Sequence[Row]) -> dict[str, int]:
    """Every register row a subject; code → subject id."""
    from django.db import transaction

    from ecredit.facts.actors.bulk import bulk_insert
    from ecredit.foundation.kernel.text_forms import name_form

    columns = ("id", "name", "name_form", "kind", "is_person", "area", "address", "legal_rep", "status",
               "registered", "merged_into_id", "opened_leaf", "changed_leaf")  # fmt: skip
    values = [
        (n, row["name"], name_form(row["name"]), "legal", False, row["code"][2:8], row["address"],
         row["legal_rep_pseud"], "", True, None, n, n)
        for n, row in enumerate(rows, start=1)
    ]  # fmt: skip
    with transaction.atomic():
        bulk_insert("subjects_subject", columns, values)
    return {row["code"]: n for n, row in enumerate(rows, start=1)}


class Matcher:
    """Asks for candidates and counts what it asked."""

    def __init__(self, ids: dict[str, int], home: Path) -> None:
        from ecredit.facts.subjects.matching_model import load_model
        from ecredit.facts.subjects.matching_pool import open_pool
        from ecredit.facts.subjects.name_words import load_words
        from ecredit.foundation.kernel.home import Home

        self.ids, self.words, self.model = ids, load_words(), load_model()
        started = time.monotonic()
        self.pool = open_pool(Home(home), self.words)
        first = round(time.monotonic() - started, 1)
        self.pool.close()
        started = time.monotonic()
        self.pool = open_pool(Home(home), self.words)
        self.pool_seconds = {"first": first, "again": round(time.monotonic() - started, 1)}
        self.rows, self.seconds = 0, 0.0
        self.answers: list[tuple[float, bool]] = []

    def ask(self, names: Sequence[tuple[str, str, str]], pool: Any = None) -> list[list[Any]]:
        """Candidates of (name, address, legal representative), in order."""
        from ecredit.facts.subjects.matching import propose_candidates
        from ecredit.facts.subjects.matching_types import RowClaim

        claims = [
            RowClaim(n, "bench", 1, n, name, address=address, legal_rep=person)
            for n, (name, address, person) in enumerate(names)
        ]
        started = time.monotonic()
        found = propose_candidates(claims, pool=pool or self.pool, words=self.words, model=self.model)
        self.seconds += time.monotonic() - started
        self.rows += len(claims)
        return [list(found[n]) for n in range(len(claims))]

    def answered(self, candidates: list[Any], right: int | None) -> None:
        """Remember the first candidate's probability and whether it was right."""
        if candidates:
            self.answers.append((candidates[0].probability, candidates[0].subject_id == right))

    def calibration(self) -> list[dict[str, Any]]:
        """Probability told of the first candidate, and how often it was right."""
        made = []
        edges = (0.0, 0.2, 0.5, 0.8, 0.9, 0.95, 0.99, 1.01)
        for low, high in zip(edges, edges[1:], strict=False):
            inside = [(p, right) for p, right in self.answers if low <= p < high]
            if inside:
                told = sum(p for p, _ in inside) / len(inside)
                right = sum(r for _, r in inside) / len(inside)
                made.append({"told": round(told, 3), "right": round(right, 3), "rows": len(inside)})
        return made

    def merged(self) -> int:
        """Subjects that anything here has merged: must be none."""
        from ecredit.facts.subjects.models import CreditSubject

        return CreditSubject.objects.exclude(merged_into=None).count()


# --- how suppliers write: each takes the register's name and gives another writing, or None where it does not apply ---

_LIMITED, _LIABILITY = "有限公司", "有限责任公司"


def _without_place(name: str, _: random.Random) -> str | None:
    for place in (
        "常州市武进",
        "常州市金坛区",
        "常州市",
        "常州",
        "江苏省",
        "江苏",
        "溧阳市",
        "溧阳",
        "金坛市",
    ):
        if name.startswith(place) and len(name) - len(place) >= 5:
            return name[len(place) :]
    return None


def _city_toggled(name: str, _: random.Random) -> str | None:
    if name.startswith("常州市"):
        return "常州" + name[3:]
    return "常州市" + name[2:] if name.startswith("常州") else None


def _district_added(name: str, rng: random.Random) -> str | None:
    if name.startswith("常州市") and not name.startswith("常州市武进"):
        return "常州市" + rng.choice(("武进区", "新北区", "天宁区", "钟楼区")) + name[3:]
    return None


def _place_in_brackets(name: str, _: random.Random) -> str | None:
    return (
        f"{name[2:-4]}（常州）{_LIMITED}"
        if name.startswith("常州") and name[2] != "市" and name.endswith(_LIMITED)
        else None
    )


def _form_dropped(name: str, _: random.Random) -> str | None:
    return name.removesuffix(_LIMITED) if name.endswith(_LIMITED) else None


def _form_other(name: str, _: random.Random) -> str | None:
    return name.removesuffix(_LIMITED) + _LIABILITY if name.endswith(_LIMITED) else None


def _plain_company(name: str, _: random.Random) -> str | None:
    return name.removesuffix(_LIMITED) + "公司" if name.endswith(_LIMITED) else None


def _wrong_character(name: str, rng: random.Random) -> str | None:
    place = rng.randrange(2, max(3, len(name) - 4))
    return name[:place] + rng.choice("华兴明德伟建国新文大金海") + name[place + 1 :]


def _missing_character(name: str, rng: random.Random) -> str | None:
    place = rng.randrange(2, max(3, len(name) - 4))
    return name[:place] + name[place + 1 :]


def _swapped(name: str, rng: random.Random) -> str | None:
    place = rng.randrange(2, max(3, len(name) - 5))
    return name[:place] + name[place + 1] + name[place] + name[place + 2 :]


def _cut_off(name: str, rng: random.Random) -> str | None:
    return name[: max(7, len(name) - rng.randint(4, 7))] if len(name) > 11 else None


def _dressed(name: str, _: random.Random) -> str | None:
    return f" {name[:4]} {name[4:]}　".replace("(", "【").replace(")", "】")


KINDS: dict[str, Callable[[str, random.Random], str | None]] = {
    "as_registered": lambda name, _: name,
    "blanks_and_brackets": _dressed,
    "city_toggled": _city_toggled,
    "place_left_out": _without_place,
    "district_added": _district_added,
    "place_in_brackets": _place_in_brackets,
    "form_dropped": _form_dropped,
    "form_other": _form_other,
    "plain_company": _plain_company,
    "wrong_character": _wrong_character,
    "missing_character": _missing_character,
    "swapped_characters": _swapped,
    "cut_off": _cut_off,
}


def positives(matcher: Matcher, rows: Sequence[Row], count: int, rng: random.Random) -> dict[str, Any]:
    """Per kind of writing: how often the right subject is first, among the first three, among all proposed; and of the
    rows that got candidates, how often the first is right. With the name alone, and with the address beside it."""
    figures: dict[str, Any] = {}
    each = max(50, count // len(KINDS))
    for kind, rewrite in KINDS.items():
        for beside in ("name", "name_and_address"):
            chosen = []
            for row in rng.sample(rows, len(rows)):
                written = rewrite(row["name"], rng)
                if written and (beside == "name" or row["address"]):
                    chosen.append((row, written))
                if len(chosen) == each:
                    break
            asked = [(w, r["address"] if beside != "name" else "", "") for r, w in chosen]
            ranks = []
            for (row, _), candidates in zip(chosen, matcher.ask(asked), strict=True):
                right = matcher.ids[row["code"]]
                matcher.answered(candidates, right)
                ranks.append(
                    (next((c.rank for c in candidates if c.subject_id == right), 0), bool(candidates))
                )
            figures[f"{kind}/{beside}"] = of_ranks(ranks)
    return figures


def of_ranks(ranks: Sequence[tuple[int, bool]]) -> dict[str, Any]:
    """Recall at one, three and all; precision of the first; rows."""
    n = len(ranks)
    some = sum(any_found for _, any_found in ranks)
    return {
        "rows": n,
        "recall_1": share(sum(rank == 1 for rank, _ in ranks), n),
        "recall_3": share(sum(1 <= rank <= 3 for rank, _ in ranks), n),
        "recall_all": share(sum(rank >= 1 for rank, _ in ranks), n),
        "precision_1": share(sum(rank == 1 for rank, _ in ranks), some),
    }


def share(part: int, whole: int) -> float:
    """A share to four places, 0 of nothing."""
    return round(part / whole, 4) if whole else 0.0


def unknown_firms(matcher: Matcher, rows: Sequence[Row]) -> dict[str, Any]:
    """Rows about firms nobody knows: how often something is proposed, and with how much certainty."""
    tops = []
    for candidates in matcher.ask([(row["name"], "", "") for row in rows]):
        matcher.answered(candidates, None)
        tops.append(candidates[0].probability if candidates else 0.0)
    return {
        "rows": len(tops),
        "nothing_proposed": share(sum(top == 0 for top in tops), len(tops)),
        "first_above_0.5": share(sum(top > 0.5 for top in tops), len(tops)),
        "first_above_0.9": share(sum(top > 0.9 for top in tops), len(tops)),
    }


def hard_negatives(
    matcher: Matcher, registry: Path, known: dict[str, Row], rng: random.Random
) -> dict[str, Any]:
    """Pairs of near names with different codes: how often the other one stands above (or level with) the true one."""
    pairs = read(registry / "changzhou_near_name_different_entity.csv.gz")
    pairs = [pair for pair in pairs if pair["code_a"] in known and pair["code_b"] in known]
    figures: dict[str, Any] = {"pairs": len(pairs)}
    kinds = [kind for kind in KINDS if kind not in ("as_registered", "cut_off")]
    for label in ("as_registered", "rewritten", "rewritten_same_street"):
        chosen = pairs if label != "rewritten_same_street" else [p for p in pairs if p["same_address"] == "1"]
        asked, truth = [], []
        for pair in chosen:
            row = known[pair["code_a"]]
            written = row["name"] if label == "as_registered" else None
            while written is None:
                written = KINDS[rng.choice(kinds)](row["name"], rng)
            asked.append((written, row["address"] if label == "rewritten_same_street" else "", ""))
            truth.append((matcher.ids[pair["code_a"]], matcher.ids[pair["code_b"]]))
        above = level = lost = first = 0
        for (right, wrong), candidates in zip(truth, matcher.ask(asked), strict=True):
            weights = {c.subject_id: c.weight for c in candidates}
            first += bool(candidates) and candidates[0].subject_id == right
            lost += right not in weights
            above += weights.get(wrong, -99.0) > weights.get(right, -99.0)
            level += wrong in weights and weights.get(wrong) == weights.get(right)
        figures[label] = {
            "rows": len(asked),
            "other_above_true": share(above, len(asked)),
            "other_level_with_true": share(level, len(asked)),
            "true_first": share(first, len(asked)),
            "true_not_proposed": share(lost, len(asked)),
        }
    return figures


def branches(registry: Path, ids: dict[str, int], home: Path) -> dict[str, Any]:
    """Linking all registered branches by name, against the pairs known to belong together."""
    from datetime import UTC, datetime

    from ecredit.facts.actors.types import OPERATOR
    from ecredit.facts.subjects.branch_actions import link_branches
    from ecredit.facts.subjects.models import Relation
    from ecredit.foundation.proof.keys import KeyRing

    ring = KeyRing.create(home / "keys")
    started = time.monotonic()
    summary = link_branches(ring=ring, by=OPERATOR, at=datetime.now(UTC))
    seconds = time.monotonic() - started
    parents = dict(Relation.objects.values_list("child_id", "parent_id"))
    pairs = [
        (ids[pair["branch_code"]], ids[pair["parent_code"]])
        for pair in read(registry / "branch_parent_pairs.csv.gz")
        if pair["branch_code"] in ids and pair["parent_code"] in ids
    ]
    return {
        "seconds": round(seconds, 2),
        "linked": summary.linked,
        "names_of_branches": summary.branches,
        "parent_ambiguous": summary.ambiguous,
        "parent_not_registered": summary.parent_unknown,
        "known_pairs": len(pairs),
        "known_pairs_linked": share(sum(parents.get(child) == parent for child, parent in pairs), len(pairs)),
        "known_pairs_linked_elsewhere": sum(
            child in parents and parents[child] != parent for child, parent in pairs
        ),
    }


def name_pairs(matcher: Matcher, path: Path) -> dict[str, Any]:
    """Pairs of names of organisations, mostly in Latin letters, which these words were not made for: told, not hidden."""
    import duckdb
    import pyarrow as pa

    from ecredit.facts.subjects.matching_columns import part_table
    from ecredit.facts.subjects.matching_functions import add_likeness
    from ecredit.facts.subjects.matching_pool import Pool, join_parts

    pairs = [row for row in read(path) if row["schema"] != "Person" and row["name1"] and row["name2"]]
    db = duckdb.connect()
    add_likeness(db)
    n = len(pairs)
    numbers = pa.array(range(1, n + 1), pa.int64())
    subjects = pa.table({
        "row_id": numbers, "subject_id": numbers, "name": [pair["name2"] for pair in pairs],
        "address_text": [""] * n, "legal_rep": [""] * n, "earlier_item": pa.nulls(n, pa.int64()),
    })  # fmt: skip
    parts = part_table(sorted({(pair["name2"], "") for pair in pairs}), matcher.words)
    for name, table in (("listed", subjects), ("part", parts)):
        db.register("given", table)
        db.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
        db.unregister("given")
    join_parts(db)
    found = matcher.ask([(pair["name1"], "", "") for pair in pairs], Pool(db, n, 0))
    counts: Counter[tuple[bool, bool]] = Counter()
    for number, (pair, candidates) in enumerate(zip(pairs, found, strict=True), start=1):
        counts[pair["is_match"] == "true", any(c.subject_id == number for c in candidates)] += 1
    hits, wrong, missed = counts[True, True], counts[False, True], counts[True, False]
    return {"pairs": n, "recall": share(hits, hits + missed), "precision": share(hits, hits + wrong)}


if __name__ == "__main__":
    sys.exit(main())
