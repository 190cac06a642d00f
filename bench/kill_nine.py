"""kill -9 while files are collected: after a restart nothing is lost, nothing doubled, and the audit is clean.

    .venv/bin/python bench/kill_nine.py [--kills 200] [--rows 3000] [--block-rows 150] [--warm] [--seed 1] [--keep FOLDER]

Every round makes a penalty file with rows of all fates (new, known, newer versions, broken, twice in the file, without
a code, mended ones of earlier files), starts `ecredit collect`, kills its whole process group at a random moment, now
and then the run after it too, and finishes by the same `collect` or by `ecredit resume` in turn. Then the tables are
read through SQLite alone and compared with what kill_truth.py knows must be there. After each tenth round and at the
end of each home everything is compared and `ecredit log audit` runs.

A block of rows is one transaction and has about 32,768 rows; so that small files have many, the reader's block is made
smaller in the processes started here (`--block-rows 0` leaves it alone; then use --rows 200000). `--warm`: see
kill_commands.py. Prints one JSON document; exit code 1 when anything was wrong.
"""

import argparse
import csv
import hashlib
import json
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import penalty_file
from kill_commands import Commands
from kill_truth import FATES, File, Truth

SOURCE, SUPPLIER = "dual_publicity_penalty", "gongshang"
LEAST_BLOCKS = 4
# Queries that must find nothing in a home that is at rest.
NEVER = {
    "batches not finished": "SELECT id, state FROM collection_batch WHERE state <> 'done'",
    "lines posted twice": "SELECT batch_id, line FROM records_entry GROUP BY 1, 2 HAVING count(*) > 1",
    "lines both posted and waiting": "SELECT e.batch_id, e.line FROM records_entry e JOIN collection_held_row h "
    "ON h.batch_id = e.batch_id AND h.line = e.line",
    "received or closed twice": "SELECT object, verb FROM actors_journal WHERE verb IN ('batch.receive', "
    "'batch.close') GROUP BY 1, 2 HAVING count(*) > 1",
    "subjects without a code or with two": "SELECT s.id, count(i.id) FROM subjects_subject s LEFT JOIN "
    "subjects_identifier i ON i.subject_id = s.id AND NOT i.derived GROUP BY 1 HAVING count(i.id) <> 1",
    "leaves that no row has": "SELECT size FROM actors_log_state WHERE size <> (SELECT count(*) FROM records_entry)"
    " + (SELECT count(*) FROM actors_journal) + (SELECT count(*) FROM subjects_identity_event)",
    "leaves that no head has": "SELECT size FROM actors_log_state WHERE size <> (SELECT max(size) FROM actors_log_head)",
}


def read(home: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Rows of the operational database, through SQLite alone."""
    connection = sqlite3.connect(f"{(home / 'ecredit.sqlite3').as_uri()}?mode=ro", uri=True, timeout=60)
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


def phase(home: Path, file: File) -> str:
    """How far the killed run of a file had come, by the home it left."""
    if not (home / "landing" / f"{file.digest}.sealed").exists():
        return "1 before the file had landed"
    batch = read(home, "SELECT state, posted_line FROM collection_batch WHERE digest = ?", file.digest)
    if not batch:
        return "2 landed, no batch yet"
    state, line = batch[0]
    if state == "done":
        return "6 batch closed, process not ended"
    if line == 0:
        return "3 batch open, nothing posted"
    return "4 between blocks" if line < file.rows + 1 else "5 all posted, batch not closed"


def _posted(home: Path, file: File) -> int:
    found = read(home, "SELECT posted_line FROM collection_batch WHERE digest = ?", file.digest)
    return found[0][0] if found else 0


def check_batch(home: Path, file: File) -> Iterator[str]:
    """What is wrong about one finished file: batch, waiting rows, report, review items."""
    name, digest = file.path.name, file.digest
    sql = f"SELECT id, state, rows, cleared, {', '.join(FATES)} FROM collection_batch WHERE digest = ?"
    batches = read(home, sql, digest)
    if len(batches) != 1:
        yield f"{name}: {len(batches)} batches"
        return
    batch, *found = batches[0]
    expected = ["done", file.rows, file.cleared, *(file.fates[f] for f in FATES)]
    if found != expected:
        yield f"{name}: the batch says {found}, must be {expected}"
    lines = dict(read(home, "SELECT line, state FROM collection_held_row WHERE batch_id = ?", batch))
    if lines != file.waiting:
        yield f"{name}: waiting rows differ at {sorted(lines.items() ^ file.waiting.items())[:4]}"
    with (home / "reports" / f"batch-{batch}.csv").open(encoding="utf-8-sig", newline="") as report:
        told = {int(p["line"]) for p in csv.DictReader(report) if not p["message"].startswith("[提示")}
    if told != set(file.waiting):
        yield f"{name}: the report's lines differ at {sorted(told ^ set(file.waiting))[:4]}"
    items = read(
        home, "SELECT line, count(*) FROM subjects_review_item WHERE batch_id = ? GROUP BY line", batch
    )
    if dict(items) != {line: 1 for line, state in file.waiting.items() if state == "review"}:
        yield f"{name}: review items {items}"


def check_landed(home: Path, file: File) -> Iterator[str]:
    """The file is kept as it came."""
    from ecredit.foundation.proof.keys import KeyRing
    from ecredit.foundation.proof.sealing import Sealer

    digest = hashlib.sha256()
    with Sealer(KeyRing.load(home / "keys")).open_sealed(
        home / "landing" / f"{file.digest}.sealed"
    ) as sealed:
        while piece := sealed.read(1 << 20):
            digest.update(piece)
    if digest.hexdigest() != file.digest:
        yield f"{file.path.name}: the landed file is another"


def left_behind(home: Path) -> set[str]:
    """Files of a home at rest that should not be there: half done, or a supplier's file in clear."""
    left = [path for path in (home / "landing").rglob("*") if path.is_file() and path.suffix != ".sealed"]
    left += [path for path in (home / "reports").rglob("*") if path.suffix not in (".csv", ".places")]
    return {str(path.relative_to(home)) for path in left}


def check_home(home: Path, truth: Truth) -> Iterator[str]:
    """What is wrong about everything together."""
    standing: dict[str, tuple[str, str]] = {}
    entries = read(
        home,
        "SELECT e.content, i.value FROM records_entry e LEFT JOIN subjects_identifier i "
        "ON i.subject_id = e.subject_id AND i.kind = 'uscc' ORDER BY e.leaf",
    )
    for content, code in entries:
        values = json.loads(content)
        standing[values["CF_WSH"]] = (code, values["CF_NR_FK"])
    must = {d: (penalty_file.code(s), str(fine)) for d, (s, fine) in truth.documents.items()}
    if standing != must:
        differ = sorted(d for d in must.keys() & standing.keys() if must[d] != standing[d])
        lost, added = sorted(must.keys() - standing.keys()), sorted(standing.keys() - must.keys())
        yield f"documents lost {lost[:3]}, added {added[:3]}, different {differ[:3]}"
    if len(entries) != truth.entries:
        yield f"{len(entries)} entries, must be {truth.entries}"
    for what, sql in NEVER.items():
        if found := read(home, sql):
            yield f"{what}: {found[:4]}"
    waiting = read(
        home,
        "SELECT b.filename, h.line, h.state FROM collection_held_row h JOIN collection_batch b ON b.id = h.batch_id",
    )
    due = {(name, line, row.state) for (name, line), row in truth.waiting.items()}
    if set(waiting) != due or len(waiting) != len(due):
        yield f"waiting rows differ at {sorted(set(waiting) ^ due)[:4]}"
    subjects = {code for (code,) in read(home, "SELECT value FROM subjects_identifier WHERE kind = 'uscc'")}
    if subjects != {penalty_file.code(s) for s in truth.subjects}:
        yield f"{len(subjects)} subjects, must be {len(truth.subjects)}"


@dataclass
class Outcome:
    """What a run came to."""

    rounds: int = 0
    kills: int = 0
    homes: int = 0
    rows: int = 0
    entries: int = 0
    leaves: int = 0
    audits: int = 0
    killed: Counter[str] = field(default_factory=Counter)
    finished_by: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    left_behind: list[str] = field(default_factory=list)


class Killing:
    """Rounds in one home. `folder` takes the files and the home; `outcome` is added to."""

    def __init__(
        self, folder: Path, *, block_rows: int, warm: bool, dice: random.Random, outcome: Outcome
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._truth, self._dice, self._outcome = Truth(folder, dice), dice, outcome
        self._commands = Commands(folder / "home", block_rows=block_rows, warm=warm)
        self._home = self._commands.home
        self._seconds = self._seconds_of_work = 0.0
        self._left: set[str] = set()
        self._commands.run("init")
        outcome.homes += 1

    def undisturbed(self, rows: int) -> None:
        """A file nobody kills: it tells how long a run takes, and that the checks hold without kills."""
        file = self._truth.make_file(rows)
        heads = read(self._home, "SELECT count(*) FROM actors_log_head")[0][0]
        started = time.monotonic()
        running = self._commands.start(*_collect(file))
        self._commands.await_work(running, set())
        working = time.monotonic()
        out, err = running.communicate()
        assert running.returncode == 0, err
        # Each transaction signs a head: receiving, every block, reviews, closing.
        blocks = read(self._home, "SELECT count(*) FROM actors_log_head")[0][0] - heads - 3
        assert blocks >= LEAST_BLOCKS, f"only {blocks} blocks: kills would hardly fall between two"
        self._seconds, self._seconds_of_work = time.monotonic() - started, time.monotonic() - working
        self._check_receipt(file, json.loads(out))
        self._check(file)

    def round(self, rows: int) -> None:
        """One file: killed once or more, finished, checked."""
        file = self._truth.make_file(rows)
        self._outcome.rounds += 1
        by_resume = self._outcome.rounds % 2 == 0
        words = _collect(file)
        while self._kill(file, words) and self._dice.random() < 0.3:
            words = ("resume",) if by_resume else words
        if by_resume:
            resumed = self._commands.run("resume")["receipts"]
            self._outcome.finished_by["resume" if resumed else "resume had nothing to do"] += 1
        if not by_resume or not read(
            self._home, "SELECT 1 FROM collection_batch WHERE digest = ?", file.digest
        ):
            self._check_receipt(file, self._commands.run(*_collect(file)))
        self._check(file)

    def check_all(self) -> None:
        """Everything in the home, and the audit."""
        self._outcome.wrong += check_home(self._home, self._truth)
        audit = self._commands.run("log", "audit")
        self._outcome.audits += 1
        self._outcome.wrong += [f"audit: {finding['en']}" for finding in audit["findings"]]

    def close(self) -> None:
        """Check all a last time, count this home in, end its processes."""
        self.check_all()
        self._commands.close()
        self._outcome.entries += self._truth.entries
        self._outcome.leaves += read(self._home, "SELECT size FROM actors_log_state")[0][0]

    def _kill(self, file: File, words: tuple[str, ...]) -> bool:
        """One run, killed: a quarter anywhere, a quarter while it works, half about when a line has been posted."""
        before = self._commands.open_files()
        running = self._commands.start(*words)
        kind, line = self._dice.randrange(4), self._dice.randrange(file.rows)
        if kind == 0:
            seconds = 1.05 * self._seconds
        else:
            self._commands.await_work(running, before)
            seconds = 1.05 * self._seconds_of_work
        if kind >= 2:
            seconds = 0.05
            while running.poll() is None and _posted(self._home, file) < line:
                time.sleep(0.001)
        hit = running.kill_after(self._dice.uniform(0, seconds))
        if hit:
            self._outcome.kills += 1
            self._outcome.killed[phase(self._home, file)] += 1
        return hit

    def _check_receipt(self, file: File, receipt: dict[str, Any]) -> None:
        known = receipt["already_received"]
        self._outcome.finished_by["collect, done before" if known else "collect"] += 1
        told = {fate: receipt[fate] for fate in FATES}
        if told != (file.all_known() if known else dict(file.fates)):
            self._outcome.wrong.append(f"{file.path.name}: the receipt says {told}")

    def _check(self, file: File) -> None:
        self._outcome.rows += file.rows
        self._outcome.wrong += [*check_batch(self._home, file), *check_landed(self._home, file)]
        left = left_behind(self._home) - self._left
        self._outcome.left_behind += sorted(f"{file.path.name}: {name}" for name in left)
        self._left |= left


def _collect(file: File) -> tuple[str, ...]:
    return ("collect", SOURCE, str(file.path), "--by", SUPPLIER)


def main() -> int:
    """Kill and check, print what it came to."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--rows", type=int, default=3_000, help="rows of a file")
    parser.add_argument("--block-rows", type=int, default=150, help="rows of a block; 0 leaves it alone")
    parser.add_argument(
        "--warm", action="store_true", help="fork commands from a process that has loaded its modules"
    )
    parser.add_argument("--rounds-per-home", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="work in this folder and leave it")
    args = parser.parse_args()
    dice, outcome = random.Random(args.seed), Outcome()
    started = time.monotonic()
    folder = args.keep or Path(tempfile.mkdtemp(prefix="ecredit-kill-"))
    try:
        while outcome.kills < args.kills:
            place = folder / f"city-{outcome.homes + 1}"
            killing = Killing(place, block_rows=args.block_rows, warm=args.warm, dice=dice, outcome=outcome)
            killing.undisturbed(args.rows)
            for _ in range(args.rounds_per_home):
                if outcome.kills >= args.kills:
                    break
                killing.round(args.rows)
                if outcome.rounds % 10 == 0:
                    killing.check_all()
                    print(f"{outcome.kills} kills, {len(outcome.wrong)} wrong", file=sys.stderr)
            killing.close()
            if not args.keep:
                shutil.rmtree(place)
    finally:
        if not args.keep:
            shutil.rmtree(folder, ignore_errors=True)
    document = asdict(outcome) | {
        "killed": dict(sorted(outcome.killed.items())),
        "finished_by": dict(outcome.finished_by),
        "seconds": round(time.monotonic() - started),
        "wrong": len(outcome.wrong),
        "left_behind": len(outcome.left_behind),
        "examples": outcome.wrong[:20] + outcome.left_behind[:5],
    }
    print(json.dumps(document, ensure_ascii=False, indent=2))
    return 1 if outcome.wrong or outcome.left_behind else 0


if __name__ == "__main__":
    sys.exit(main())
