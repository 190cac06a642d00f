"""The demo city from nothing: every planted mistake is found where it was planted, what must be public is, and no public
byte holds a planted identity number or telephone."""

import csv
import io
import json
import sqlite3
import zipfile
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ecredit.facts.collection.collect_actions import Collector
from ecredit.facts.collection.persons import sealed_columns
from ecredit.facts.collection.row_again import read_row
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.sealing import Sealer
from tests.cli.conftest import run


@pytest.fixture(scope="session")
def batches(city) -> dict[str, sqlite3.Row]:
    """File name as planted → its batch."""
    with sqlite3.connect(city / "ecredit.sqlite3") as database:
        database.row_factory = sqlite3.Row
        rows = database.execute("SELECT * FROM collection_batch").fetchall()
    return {(row["source_id"], row["filename"], row["digest"]): row for row in rows}


def test_the_city_is_on_record_and_in_public_as_invented(city):
    with sqlite3.connect(city / "ecredit.sqlite3") as database:
        said = database.execute("SELECT count(*) FROM actors_journal WHERE verb = 'home.invented'").fetchone()
    assert said == (1,)
    run(city, "evaluate", "--full")
    with sqlite3.connect(city / "public.sqlite3") as public:
        assert public.execute("SELECT value FROM meta WHERE key = 'invented'").fetchone() == ("1",)


def test_the_reasons_of_every_subject_add_up_to_its_score(city):
    """Everybody the evaluation graded, and nobody without data has a grade."""
    with sqlite3.connect(city / "ecredit.sqlite3") as database:
        rows = database.execute(
            "SELECT subject_id, grade, score, findings FROM evaluation_grade WHERE is_current AND model_id <> ''"
        ).fetchall()
    assert len(rows) > 500
    ungraded = 0
    for subject, grade, score, findings in rows:
        parts = json.loads(findings, parse_float=Decimal)
        assert abs(sum(Decimal(part["points"]) for part in parts) - Decimal(str(score))) < Decimal("1e-9"), (
            subject
        )
        nothing = not any(part.get("records") for part in parts)
        assert not nothing or grade is None, subject
        ungraded += nothing
    assert ungraded


def test_every_file_fared_as_planned(truth, batches):
    by_name = defaultdict(list)
    for (source, filename, _), row in batches.items():
        by_name[source, filename].append(row)
    wrong = []
    for file in truth["files"]:
        if file["already_received"]:
            continue
        found = by_name[file["source"], Path(file["path"]).name]
        fates = ("rows", "accepted", "superseded", "duplicate", "quarantined", "refused", "late", "cleared")
        if not any(all(row[fate] == file[fate] for fate in fates) for row in found):
            wrong.append(
                (file["path"], {f: file[f] for f in fates}, [{f: r[f] for f in fates} for r in found])
            )
    assert not wrong


def test_every_planted_mistake_is_reported_on_its_line(city, truth, batches):
    reported = defaultdict(set)
    for (_, filename, _), row in batches.items():
        with (city / "reports" / f"batch-{row['id']}.csv").open(encoding="utf-8-sig", newline="") as file:
            for problem in csv.DictReader(file):
                reported[filename].add((int(problem["line"]), problem["rule"]))
    missed = [
        bad
        for bad in truth["bad_rows"]
        if bad["rule"] and (bad["line"], bad["rule"]) not in reported[Path(bad["file"]).name]
    ]
    assert not missed


def test_a_second_run_starts_at_once_and_doubles_nothing(city):
    with sqlite3.connect(city / "ecredit.sqlite3") as database:
        before = database.execute("SELECT COUNT(*), MAX(leaf) FROM records_entry").fetchone()
    run(city, "up", "--no-serve")
    with sqlite3.connect(city / "ecredit.sqlite3") as database:
        assert database.execute("SELECT COUNT(*), MAX(leaf) FROM records_entry").fetchone() == before
    assert run(city, "log", "audit")["ok"] is True


def test_what_must_be_public_is_and_nothing_else(city, truth):
    with sqlite3.connect(city / "public.sqlite3") as database:
        # What the demo city's people promised at the desk is in no file of suppliers.
        items = database.execute("SELECT source, code FROM item WHERE doc NOT LIKE '%\"XYCN-%'").fetchall()
    shown = Counter(items)
    wanted = defaultdict(int)
    for planned in truth["public"]:
        wanted[planned["source"], planned["code"]] += bool(planned["shown"])
    differing = {
        key: (shown.get(key, 0), wanted.get(key, 0))
        for key in shown.keys() | wanted.keys()
        if shown.get(key, 0) != wanted.get(key, 0)
    }
    assert not differing


def test_the_marked_workbook_of_a_batch_opens(city, truth, batches, tmp_path):
    row = next(r for (_, name, _), r in batches.items() if name.endswith(".xlsx") and r["quarantined"])
    out = tmp_path / "marked.xlsx"
    run(city, "marked", str(row["id"]), "--out", str(out))
    with zipfile.ZipFile(io.BytesIO(out.read_bytes())) as book:
        assert any("sheet" in name for name in book.namelist())


def test_every_value_in_the_ledger_reads_as_itself(city, catalog):
    """Else an officer's correction of one column would change others without a word."""
    ring = KeyRing.load(city / "keys")
    collector = Collector(Home(city), catalog, ring, WorkCalendar())
    sealer = Sealer(ring)
    with sqlite3.connect(city / "ecredit.sqlite3") as database:
        rows = database.execute(
            "SELECT source_id, doc_key, content, date(known_at), is_person FROM records_entry JOIN subjects_subject s ON "
            "s.id = subject_id WHERE verb = 'post' GROUP BY source_id, is_person, leaf % 40"
        ).fetchall()
    # Nobody sends confirmed findings: they come of officers' decisions.
    assert {source for source, *_ in rows} == set(catalog.sources) - {"detected_forged_trade"}
    for source_id, doc_key, content, day, is_person in rows:
        source, values = catalog.sources[source_id], json.loads(content)
        sealed = sealed_columns(source, about_person=bool(is_person))
        cells = {c: sealer.unseal(c, v) if c in sealed else v for c, v in values.items()}
        block = read_row(collector, source, cells, line=1, received_on=date.fromisoformat(day))
        assert json.loads(block.contents[0].as_py()) == values and block.keys == [doc_key], source_id


def test_the_audit_of_the_whole_city_is_clean(city):
    report = run(city, "log", "audit")
    assert report["ok"] and report["entries"] > 3000 and "--against" in report["note"]
    heads = (city / "log" / "heads.jsonl").read_text().splitlines()
    assert len(heads) == report["heads"]
