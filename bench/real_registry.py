"""Real register rows through the whole way: from a department's file to a public page, and every row accounted for.

    .venv/bin/python bench/real_registry.py [--data FOLDER] [--rows N] [--keep FOLDER] [--sample 400]

FOLDER (default: the environment's ECREDIT_EVAL_DATA) holds `cn_registry_jiangsu/`: registers of Jiangsu as they are,
with 18-character codes and older numbers, and two lists of pairs made from them: different firms of almost one name,
and branches with their parents. The rows are input of this measurement only; nothing of them is kept by the project.

They are written as a market regulator would send them (GB18030 CSV, Chinese headers), collected into a home of its
own, graded, published, and read back: from the tables, from the public database, from pages. Prints one JSON document:
seconds of every stage, every check with what it counted, and what is wrong by example. Exit code 1 when a check fails.
"""

import argparse
import csv
import gzip
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Row = dict[str, str]

ECREDIT = str(Path(sys.executable).with_name("ecredit"))
FOLDER, FILES = "cn_registry_jiangsu", ("changzhou_dev", "jiangsu_other_cities")
# Header as sent → column of the register's file. The code goes under one of two headers, by what it is.
COLUMNS = {
    "企业(机构)名称": "name",
    "统一社会信用代码": "",
    "注册号": "",
    "企业(机构)类型": "type",
    "法定代表人(负责人)": "legal_rep_pseud",
    "注册资本(金)": "capital",
    "成立日期": "registered_on",
    "住所": "address",
    "经营范围": "scope",
}
KEPT = {
    "ENTNAME": "name",
    "ENTTYPE": "type",
    "REGCAP": "capital",
    "ESTDATE": "registered_on",
    "DOM": "address",
}
KEPT |= {"LEREP": "legal_rep_pseud", "OPSCOPE": "scope"}
# What the files call a code, and what a subject's identifier is then called.
KINDS = {
    "uscc": "uscc",
    "regno15": "reg_no",
    "regno13": "other_reg_no",
    "orgcode9": "org_code",
    "other": "other_reg_no",
}
SHOWN = 5


@dataclass
class Check:
    """One thing that must be true: what was counted, and examples of what is wrong."""

    name: str
    counted: dict[str, Any]
    wrong: list[Any] = field(default_factory=list)
    must: bool = True

    def document(self) -> dict[str, Any]:
        """As printed."""
        state = "ok" if not self.wrong else ("WRONG" if self.must else "noted")
        return {"state": state, **self.counted, "wrong": len(self.wrong), "examples": self.wrong[:SHOWN]}


def read_rows(data: Path, name: str) -> list[Row]:
    """The rows of one of the files."""
    with gzip.open(data / FOLDER / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_file(rows: Iterable[Row], path: Path) -> None:
    """The rows as the register's monthly file."""
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in rows:
            codes = {"统一社会信用代码": "", "注册号": ""}
            codes["统一社会信用代码" if row["code_kind"] == "uscc" else "注册号"] = row["code"]
            writer.writerow([row[source] if source else codes[header] for header, source in COLUMNS.items()])


class Home:
    """A home of this run, the seconds its commands took, and reads of its tables that trust no code of the project."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "home"
        self.seconds: dict[str, float] = {}

    def run(self, stage: str, *words: str) -> dict[str, Any]:
        """One command; its document."""
        env = {k: v for k, v in os.environ.items() if k != "ECREDIT_DATABASE_URL"}
        started = time.perf_counter()
        done = subprocess.run(
            [ECREDIT, "--home", str(self.root), "--json", *words],
            capture_output=True, text=True, check=False, env=env,
        )  # fmt: skip
        self.seconds[stage] = round(time.perf_counter() - started, 1)
        if done.returncode not in (0, 1):
            raise SystemExit(f"{stage}: {done.stderr}")
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    def read(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """Rows of the operational database."""
        connection = sqlite3.connect(f"{(self.root / 'ecredit.sqlite3').as_uri()}?mode=ro", uri=True)
        try:
            yield from connection.execute(sql)
        finally:
            connection.close()


def check_fates(receipt: dict[str, Any], rows: Sequence[Row], known: dict[str, Row]) -> list[Check]:
    """The receipt against what this file should come to; `known` is what earlier files left, and is moved on."""
    expected: Counter[str] = Counter()
    for row in rows:
        before = known.get(row["code"])
        same = before is not None and all(row[c] == before[c] for c in ("name", *KEPT.values()))
        expected["accepted" if before is None else "duplicate" if same else "superseded"] += 1
        known[row["code"]] = row
    fates = {f: receipt[f] for f in ("accepted", "superseded", "duplicate", "quarantined", "refused")}
    counted = {"file_rows": len(rows), "rows": receipt["rows"], **fates}
    adds_up = receipt["rows"] == len(rows) == sum(fates.values())
    checks = [Check("every row has one fate", counted, [] if adds_up else ["the fates do not add up"])]
    if not fates["quarantined"] and not fates["refused"]:
        differs = {f: (fates[f], expected[f]) for f in expected if fates[f] != expected[f]}
        checks.append(Check("repeats are duplicates", dict(expected), [differs] if differs else []))
    with Path(receipt["report"]).open(encoding="utf-8-sig", newline="") as file:
        problems = list(csv.DictReader(file))
    held = [p for p in problems if p["rule"] not in ("not_in_code_table", "no_identity_in_text", "not_after")]
    checks.append(
        Check("real rows that wait", {"by_rule": receipt["problem_counts"]}, _spread(held), must=False)
    )
    told = [p for p in problems if p not in held]
    checks.append(Check("real rows that are told about", {"lines": len(told)}, _spread(told), must=False))
    return checks


def _spread(problems: Sequence[Row]) -> list[str]:
    """Problems so that the first examples are of different rules."""
    by_rule: dict[str, list[Row]] = defaultdict(list)
    for problem in problems:
        by_rule[problem["rule"]].append(problem)
    ordered = sorted((n, rule, p) for rule, found in by_rule.items() for n, p in enumerate(found))
    return [
        f"{p['line']} {p['column']} {rule}: {p.get('value', '')} — {p['message']}" for _, rule, p in ordered
    ]


def check_codes(home: Home, rows: Sequence[Row]) -> tuple[list[Check], dict[str, int]]:
    """Every code is an identifier of its kind, of a subject of its own. Gives also the subject of each code."""
    kept: dict[str, tuple[str, int]] = {}
    canonical = dict(home.read("SELECT id, COALESCE(merged_into_id, id) FROM subjects_subject"))
    for subject_id, kind, value in home.read(
        "SELECT subject_id, kind, value FROM subjects_identifier WHERE NOT derived"
    ):
        kept[value] = (kind, canonical[subject_id])
    by_code = {row["code"]: row for row in rows}
    counts: Counter[str] = Counter()
    lost, other_kind = [], []
    bearers: dict[int, list[str]] = defaultdict(list)
    for code, row in by_code.items():
        kind, subject_id = kept.get(code) or kept.get(code.replace("-", "")) or ("", 0)
        counts[f"{row['code_kind']} → {kind or 'nothing'}"] += 1
        if not kind:
            lost.append(f"{row['code_kind']} {code} {row['name']}")
            continue
        bearers[subject_id].append(code)
        if kind != KINDS[row["code_kind"]]:
            other_kind.append(f"{row['code_kind']} {code} is kept as {kind}")
    shared = [
        [f"{code} {by_code[code]['name']}" for code in codes] for codes in bearers.values() if len(codes) > 1
    ]
    # Sources with a column of its own for it give the nine characters without a dash; a code has one form.
    dashed = [
        f"{value} of S{sid}" for value, (kind, sid) in kept.items() if kind == "org_code" and "-" in value
    ]
    usccs = [line for line in lost if line.startswith("uscc ")]
    subjects = len(canonical)
    checks = [
        Check("all 18-character codes are accepted", {"codes": counts["uscc → uscc"]}, usccs),
        Check("every older code is kept", {"kinds": dict(sorted(counts.items()))}, lost),
        Check("older codes are kept as what they are", {}, other_kind, must=False),
        Check("organisation codes are nine characters", {"codes": counts["orgcode9 → org_code"]}, dashed),
        Check("one code, one subject", {"codes": len(by_code), "subjects": subjects}, shared),
    ]
    return checks, {code: subject_id for subject_id, codes in bearers.items() for code in codes}


def check_contents(home: Home, rows: Sequence[Row]) -> Check:
    """What the ledger says of each code is what was last sent, to the character."""
    last = {row["code"]: row for row in rows}
    standing: dict[str, Row] = {}
    for (content,) in home.read("SELECT content FROM records_entry ORDER BY leaf"):
        values = json.loads(content)
        standing[values.get("UNISCID") or values["REGNO"]] = values
    wrong = []
    for code, row in last.items():
        values = standing.get(code)
        if values is None:
            wrong.append(f"{code} has no entry")
            continue
        for column, source in KEPT.items():
            sent = row[source].strip()
            if values.get(column, "") != sent:
                wrong.append(f"{code} {column}: sent {sent!r}, kept {values.get(column)!r}")
    return Check("kept to the character", {"codes": len(last), "cells": len(last) * len(KEPT)}, wrong)


def check_near_names(data: Path, subject_of: dict[str, int]) -> Check:
    """Different firms of almost one name are still two."""
    pairs = read_rows(data, "changzhou_near_name_different_entity")
    both = [p for p in pairs if p["code_a"] in subject_of and p["code_b"] in subject_of]
    one = [p for p in both if subject_of[p["code_a"]] == subject_of[p["code_b"]]]
    return Check("near names stay two", {"pairs": len(pairs), "both_registered": len(both)}, one)


def check_branches(home: Home, data: Path, subject_of: dict[str, int]) -> list[Check]:
    """Branches are two subjects with a link to the right parent."""
    pairs = read_rows(data, "branch_parent_pairs")
    both = [p for p in pairs if p["branch_code"] in subject_of and p["parent_code"] in subject_of]
    parents: dict[int, set[int]] = defaultdict(set)
    for child, parent in home.read("SELECT child_id, parent_id FROM subjects_relation"):
        parents[child].add(parent)
    names = dict(home.read("SELECT id, name FROM subjects_subject"))
    merged, astray, unlinked = [], [], []
    for pair in both:
        child, parent = subject_of[pair["branch_code"]], subject_of[pair["parent_code"]]
        if child == parent:
            merged.append(pair)
        elif not parents[child]:
            unlinked.append(f"{pair['branch_name']} ← {pair['parent_name']}")
        elif parent not in parents[child]:
            found = [names[p] for p in parents[child]]
            astray.append(f"{pair['branch_name']}: {found}, not {pair['parent_name']}")
    right = len(both) - len(merged) - len(astray) - len(unlinked)
    counted = {"pairs": len(both), "linked_right": right, "share": round(right / max(1, len(both)), 4)}
    return [
        Check("branches are not merged with parents", {"pairs": len(both)}, merged),
        Check("branches are not linked to somebody else", {"links": len(parents)}, astray),
        Check("branches are linked to their parents", counted, unlinked, must=False),
    ]


def check_public(home: Home, rows: Sequence[Row], sample: int) -> list[Check]:
    """A sample has a page, is found by code, by its name, and by a part of it."""
    os.environ.pop("ECREDIT_DATABASE_URL", None)
    os.environ |= {"ECREDIT_HOME": str(home.root), "DJANGO_SETTINGS_MODULE": "config.settings"}
    import django

    django.setup()
    from django.test import Client
    from django.utils import timezone

    from ecredit.service.publicity.queries import PublicStore

    store, client, on = PublicStore(home.root / "public.sqlite3"), Client(), timezone.localdate()
    dice = random.Random(11)
    last = {row["code"]: row for row in rows}
    by_kind: dict[str, list[Row]] = defaultdict(list)
    for row in last.values():
        by_kind[row["code_kind"]].append(row)
    chosen = [row for some in by_kind.values() for row in dice.sample(some, min(sample // 5, len(some)))]
    chosen += dice.sample(by_kind["uscc"], min(sample - len(chosen), len(by_kind["uscc"])))
    no_page, no_name, no_code, parts = [], [], [], Counter[str]()
    for row in chosen:
        code, name = row["code"], row["name"]
        page = client.get(f"/s/{code}", follow=True)
        if page.status_code != 200 or name not in page.content.decode():
            no_page.append(f"{page.status_code} {code} {name}")
        if store.find_subject(code, on) is None:
            no_code.append(f"{code} {name}")
        hits = {hit.code for hit in store.search(name, on, per_page=100).hits}
        if not hits & {code, code.replace("-", "")}:
            no_name.append(f"{code} {name}")
        at = dice.randrange(max(1, len(name) - 3))
        found = store.search(name[at : at + 4], on, per_page=100)
        parts[
            "found"
            if code in {h.code for h in found.hits}
            else "beyond the first"
            if found.pages > 1
            else "not"
        ] += 1
    return [
        Check("a page for everyone", {"asked": len(chosen)}, no_page),
        Check("found by code", {"asked": len(chosen)}, no_code),
        Check("found by name", {"asked": len(chosen), "by_four_characters": dict(parts)}, no_name),
    ]


def main() -> int:
    """Take the rows through and print what became of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=os.environ.get("ECREDIT_EVAL_DATA"))
    parser.add_argument("--rows", type=int, help="only the first rows of each file")
    parser.add_argument("--sample", type=int, default=400, help="how many pages and searches to try")
    parser.add_argument("--keep", type=Path, help="work in this folder and leave it")
    args = parser.parse_args()
    if args.data is None or not (Path(args.data) / FOLDER).is_dir():
        print(f"no {FOLDER}/ under --data or ECREDIT_EVAL_DATA", file=sys.stderr)
        return 2
    data = Path(args.data)
    folder = args.keep or Path(tempfile.mkdtemp(prefix="ecredit-registry-"))
    folder.mkdir(parents=True, exist_ok=True)
    home = Home(folder)
    shutil.rmtree(home.root, ignore_errors=True)
    try:
        return _measure(home, data, folder, args)
    finally:
        if not args.keep:
            shutil.rmtree(folder)


def _measure(home: Home, data: Path, folder: Path, args: argparse.Namespace) -> int:
    home.run("init", "init")
    checks: dict[str, list[Check]] = {}
    rows: list[Row] = []
    known: dict[str, Row] = {}
    rates: dict[str, int] = {}
    for name in FILES:
        mine = read_rows(data, name)[: args.rows]
        rows += mine
        path = folder / f"{name}.csv"
        write_file(mine, path)
        receipt = home.run(f"collect {name}", "collect", "registration", str(path), "--by", "gongshang")
        rates[name] = round(len(mine) / home.seconds[f"collect {name}"])
        checks[name] = check_fates(receipt, mine, known)
    evaluation = home.run("evaluate", "evaluate")
    audit = home.run("log audit", "log", "audit")
    found, subject_of = check_codes(home, rows)
    checks["codes"] = found
    checks["ledger"] = [check_contents(home, rows)]
    checks["subjects"] = [check_near_names(data, subject_of), *check_branches(home, data, subject_of)]
    checks["public"] = check_public(home, rows, args.sample)
    checks["log"] = [Check("audit", {"leaves": audit["size"]}, audit["findings"])]
    result = {
        "rows": len(rows),
        "seconds": home.seconds,
        "collect_rows_per_s": rates,
        "rows_per_s_whole_way": round(len(rows) / sum(home.seconds.values())),
        "evaluation": evaluation,
        "checks": {part: {c.name: c.document() for c in some} for part, some in checks.items()},
    }
    print(json.dumps(result, ensure_ascii=False, indent=2))
    failed = [c.name for some in checks.values() for c in some if c.must and c.wrong]
    print("FAILED: " + ", ".join(failed) if failed else "all checks hold", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
