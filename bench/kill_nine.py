"""kill -9 while files are collected: after a restart nothing is lost, nothing doubled, and the audit is clean.

    .venv/bin/python bench/kill_nine.py [--kills 200] [--rows 3000] [--block-kb 128] [--seed 1] [--keep FOLDER]

Every round writes a penalty file with rows of all fates (new, known, newer versions, broken, twice in the file, without
a code, mended ones of earlier files), starts `ecredit collect`, kills its whole process group at a random moment, now
and then the run after it too, and finishes by the same `collect` or by `ecredit resume` in turn. Then the tables are
read with nothing of the project's own code and compared with what the generator knows must be there. After each tenth
round and at the end of each home everything is compared and `ecredit log audit` runs.

A block of rows is one transaction and has about 65,536 rows; so that small files have many, the reader's block is made
smaller in the processes started here (`--block-kb 0` leaves it alone; then use --rows 200000). Prints one JSON
document; exit code 1 when anything was wrong.
"""

import argparse
import csv
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import penalty_file  # noqa: E402

SOURCE, SUPPLIER = "dual_publicity_penalty", "gongshang"
FATES = ("accepted", "superseded", "duplicate", "quarantined", "refused")
SUBJECTS = 400
# `python -c` with this does what the command does, in smaller blocks.
COMMAND = """
import sys
from ecredit.facts.collection import reading_text
size = int(sys.argv.pop(1)) * 1024
if size:
    reading_text._SMALLEST_BLOCK = reading_text._LARGEST_BLOCK = size
from ecredit.surface.cli.main import run
run()
"""


@dataclass
class File:
    """A file of one round and what must become of it."""

    path: Path
    digest: str
    rows: int
    fates: Counter[str]
    cleared: int
    waiting: dict[int, str]
    """Line → state of the row that waits there when the file is through."""


@dataclass
class Truth:
    """What a home must hold, known by making it: independent of everything that is tested."""

    folder: Path
    dice: random.Random
    documents: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Number of the document → (subject, fine) of its current version."""
    entries: int = 0
    waiting: dict[tuple[str, int], list[Any]] = field(default_factory=dict)
    """(file, line) → [state, document number or "", subject]."""
    subjects: set[int] = field(default_factory=set)
    files: int = 0
    made: int = 0

    def make_file(self, rows: int) -> File:
        """The next file, with rows of all fates in random places."""
        self.files += 1
        name, fates = f"penalties-{self.files:04d}.csv", Counter(dict.fromkeys(FATES, 0))
        known = self.dice.sample(list(self.documents), min(len(self.documents), rows // 20))
        broken = [w for w in self.waiting.values() if w[0] != "cleared" and w[1] and w[1] not in self.documents]
        plan = ["new"] * rows
        for at, kind in zip(self.dice.sample(range(rows), rows // 8), self._kinds(rows // 8), strict=True):
            plan[at] = kind
        lines: list[list[str]] = []
        here: dict[str, tuple[int, int]] = {}
        waiting: dict[int, str] = {}
        cleared = 0
        for line, kind in enumerate(plan, start=2):
            document, subject, fine = self._number(), self.dice.randrange(SUBJECTS), self.dice.randrange(1, 900)
            if kind == "known" and known:
                document = known.pop()
                subject, fine = self.documents[document]
            elif kind == "newer" and known:
                document = known.pop()
                subject, before = self.documents[document]
                fine = before + 1
            elif kind == "mended" and broken:
                _, document, subject = broken.pop(self.dice.randrange(len(broken)))
                if document in here or document in self.documents:
                    document = self._number()
            elif kind in ("twin", "clash") and here:
                document = self.dice.choice(list(here))
                subject, fine = here[document]
                fine += kind == "clash"
            row = _row(document, subject, fine)
            state = _spoil(row, kind, self.dice) if kind != "clash" or document not in here else "held"
            lines.append(row)
            if state:
                waiting[line] = state
                fates["quarantined"] += 1
                key = document if row[_AT["CF_WSH"] :] and row[_AT["CF_WSH"]] else ""
                self.waiting[name, line] = [state, key, subject]
                continue
            before_it = self.documents.get(document)
            fate = (
                "accepted" if before_it is None else "duplicate" if before_it == (subject, fine) else "superseded"
            )
            fates[fate] += 1
            self.entries += fate != "duplicate"
            self.documents[document] = here[document] = (subject, fine)
            self.subjects.add(subject)
            for (of_file, _), earlier in self.waiting.items():
                if earlier[1] == document and earlier[0] != "cleared" and of_file != name:
                    earlier[0] = "cleared"
                    cleared += 1
        path = self.folder / name
        with path.open("w", encoding="gb18030", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(penalty_file.HEADER)
            writer.writerows(lines)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return File(path, digest, len(lines), fates, cleared, waiting)

    def _kinds(self, count: int) -> list[str]:
        kinds = ["known", "newer", "mended", "twin", "clash", "broken", "broken", "short"]
        chosen = [kinds[n % len(kinds)] for n in range(count)]
        if chosen and self.files % 2:
            chosen[-1] = "nameless"
        self.dice.shuffle(chosen)
        return chosen

    def _number(self) -> str:
        self.made += 1
        return f"常市监处罚〔2025〕{self.made:07d}号"


_AT = {code: place for place, code in enumerate(penalty_file.HEADER)}


def _row(document: str, subject: int, fine: int) -> list[str]:
    cells = dict.fromkeys(penalty_file.HEADER, "")
    cells |= {
        "CF_XDR_MC": penalty_file.name(subject), "CF_XDR_LB": "法人及非法人组织", "CF_FRDB": "王某",
        "CF_XDR_SHXYM": penalty_file.code(subject), "CF_WSH": document, "CF_WFXW": "虚假宣传",
        "CF_SY": f"当事人在网店中虚构交易，{document}已立案查处。" * 3, "CF_YJ": "《中华人民共和国电子商务法》第十七条",
        "CF_CFLB": "罚款", "CF_NR": "罚款，限十五日内履行", "CF_NR_FK": str(fine), "CF_JDRQ": "2025/03/10",
        "CF_YXQ": "2028/03/10", "CF_CFJG": "常州市市场监督管理局", "CF_CFJGDM": penalty_file.AUTHORITY,
        "CF_SJLY": "常州市市场监督管理局", "CF_SJLYDM": penalty_file.AUTHORITY,
    }  # fmt: skip
    return list(cells.values())


def _spoil(row: list[str], kind: str, dice: random.Random) -> str:
    """Break the row as its kind says; gives the state in which it will wait, "" when it is good."""
    if kind == "nameless":
        row[_AT["CF_XDR_SHXYM"]] = ""
        return "review"
    if kind == "short":
        row[:] = [row[0], "只有", "三格"]
        return "held"
    if kind != "broken":
        return ""
    column, text = dice.choice(
        [("CF_WSH", ""), ("CF_JDRQ", "2025/13/40"), ("CF_CFLB", "口头教育"), ("CF_NR_FK", "三万元"),
         ("CF_XDR_SHXYM", penalty_file.code(1)[:-2] + "ZZ")]
    )  # fmt: skip
    row[_AT[column]] = text
    return "held"


class Commands:
    """Starts the command in processes of their own group."""

    def __init__(self, home: Path, block_kb: int) -> None:
        self.home, self._block_kb = home, block_kb
        self._env = {k: v for k, v in os.environ.items() if k not in ("ECREDIT_DATABASE_URL", "ECREDIT_HOME")}

    def start(self, *words: str) -> subprocess.Popen[str]:
        """A running command, leader of its own process group."""
        line = [sys.executable, "-c", COMMAND, str(self._block_kb), "--home", str(self.home), "--json", *words]
        return subprocess.Popen(
            line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, env=self._env
        )

    def run(self, *words: str) -> dict[str, Any]:
        """A command to its end; its document. Raises AssertionError with its words when it did not do its work."""
        process = self.start(*words)
        out, err = process.communicate()
        assert process.returncode in (0, 1) and "Traceback" not in err, f"{words}: {process.returncode} {err}"
        document: dict[str, Any] = json.loads(out)
        return document

    def run_and_kill(self, wait: Callable[[], float], *words: str) -> bool:
        """Start, wait until `wait` returns and as long as it says, kill the group. False when it was through before."""
        process = self.start(*words)
        until = time.monotonic() + wait()
        while time.monotonic() < until and process.poll() is None:
            time.sleep(0.001)
        alive = process.poll() is None
        if alive:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return alive


def read(home: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Rows of the operational database, through SQLite alone."""
    connection = sqlite3.connect(f"{(home / 'ecredit.sqlite3').as_uri()}?mode=ro", uri=True, timeout=60)
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


def phase(home: Path, file: File) -> str:
    """How far a killed run had come, by the home it left."""
    if not (home / "landing" / f"{file.digest}.sealed").exists():
        return "before the file had landed"
    batch = read(home, "SELECT state, posted_line FROM collection_batch WHERE digest = ?", file.digest)
    if not batch:
        return "landed, no batch yet"
    state, line = batch[0]
    if state == "done":
        return "after the batch was closed"
    if line == 0:
        return "batch open, nothing posted"
    return "between blocks" if line < file.rows + 1 else "all posted, batch not closed"


def check_batch(home: Path, file: File) -> Iterator[str]:
    """What is wrong about one finished file."""
    columns = ", ".join(FATES)
    found = read(
        home, f"SELECT id, state, rows, cleared, {columns} FROM collection_batch WHERE digest = ?", file.digest
    )
    if len(found) != 1:
        yield f"{file.path.name}: {len(found)} batches"
        return
    batch, state, rows, cleared, *fates = found[0]
    expected = [file.fates[f] for f in FATES]
    if (state, rows, cleared, fates) != ("done", file.rows, file.cleared, expected):
        yield f"{file.path.name}: {state} {rows} cleared {cleared} {fates}; must be {file.rows} {file.cleared} {expected}"
    lines = dict(read(home, "SELECT line, state FROM collection_held_row WHERE batch_id = ?", batch))
    if lines != file.waiting:
        yield f"{file.path.name}: waiting rows differ at {sorted(lines.items() ^ file.waiting.items())[:4]}"
    with (home / "reports" / f"batch-{batch}.csv").open(encoding="utf-8", newline="") as report:
        told = [int(p["line"]) for p in csv.DictReader(report) if not p["message"].startswith("[提示")]
    if set(told) != set(lines):
        yield f"{file.path.name}: the report's lines differ at {sorted(set(told) ^ set(lines))[:4]}"
    items = read(home, "SELECT line, count(*) FROM subjects_review_item WHERE batch_id = ? GROUP BY line", batch)
    if dict(items) != {line: 1 for line, state in file.waiting.items() if state == "review"}:
        yield f"{file.path.name}: review items {items}"


def check_landed(home: Path, file: File) -> Iterator[str]:
    """The file is kept as it came, and nothing of it lies about in clear."""
    from ecredit.foundation.proof.keys import KeyRing
    from ecredit.foundation.proof.sealing import Sealer

    digest = hashlib.sha256()
    with Sealer(KeyRing.load(home / "keys")).open_sealed(home / "landing" / f"{file.digest}.sealed") as sealed:
        while piece := sealed.read(1 << 20):
            digest.update(piece)
    if digest.hexdigest() != file.digest:
        yield f"{file.path.name}: the landed file is another"
    landed = [path for path in (home / "landing").rglob("*") if path.is_file() and path.suffix != ".sealed"]
    drafts = [path for path in (home / "reports").rglob("*") if path.suffix != ".csv"]
    if landed or drafts:
        yield f"left behind: {[str(path.relative_to(home)) for path in landed + drafts][:4]}"


def check_home(home: Path, truth: Truth) -> Iterator[str]:
    """What is wrong about everything together."""
    standing: dict[str, tuple[str, str]] = {}
    entries = 0
    for content, code in read(
        home,
        "SELECT e.content, i.value FROM records_entry e JOIN subjects_identifier i ON i.subject_id = e.subject_id "
        "AND i.kind = 'uscc' ORDER BY e.leaf",
    ):
        values = json.loads(content)
        standing[values["CF_WSH"]] = (code, values["CF_NR_FK"])
        entries += 1
    must = {d: (penalty_file.code(s), str(fine)) for d, (s, fine) in truth.documents.items()}
    if standing != must:
        yield f"documents: lost {len(must.keys() - standing.keys())}, differ {len(must.items() ^ standing.items())}"
    if entries != truth.entries:
        yield f"entries: {entries}, must be {truth.entries}"
    for what, sql in _NEVER.items():
        if found := read(home, sql):
            yield f"{what}: {found[:4]}"
    waiting = read(
        home, "SELECT b.filename, h.line, h.state FROM collection_held_row h JOIN collection_batch b ON b.id = h.batch_id"
    )
    due = {(name, line, state[0]) for (name, line), state in truth.waiting.items()}
    if set(waiting) != due or len(waiting) != len(due):
        yield f"waiting rows differ at {sorted(set(waiting) ^ due)[:4]}"
    subjects = {code for (code,) in read(home, "SELECT value FROM subjects_identifier WHERE kind = 'uscc'")}
    if subjects != {penalty_file.code(s) for s in truth.subjects}:
        yield f"subjects: {len(subjects)}, must be {len(truth.subjects)}"


_NEVER = {
    "batches not finished": "SELECT id, state FROM collection_batch WHERE state <> 'done'",
    "lines posted twice": "SELECT batch_id, line FROM records_entry GROUP BY 1, 2 HAVING count(*) > 1",
    "lines both posted and waiting": "SELECT e.batch_id, e.line FROM records_entry e JOIN collection_held_row h "
    "ON h.batch_id = e.batch_id AND h.line = e.line",
    "closed twice": "SELECT object, verb FROM actors_journal WHERE verb IN ('batch.receive', 'batch.close') "
    "GROUP BY 1, 2 HAVING count(*) > 1",
    "subjects without a code or with two": "SELECT s.id, count(i.id) FROM subjects_subject s LEFT JOIN "
    "subjects_identifier i ON i.subject_id = s.id AND NOT i.derived GROUP BY 1 HAVING count(i.id) <> 1",
    "leaves and rows": "SELECT size FROM actors_log_state WHERE size <> (SELECT count(*) FROM records_entry) + "
    "(SELECT count(*) FROM actors_journal) + (SELECT count(*) FROM subjects_identity_event)",
    "head and log": "SELECT size FROM actors_log_state WHERE size <> (SELECT max(size) FROM actors_log_head)",
}


@dataclass
class Outcome:
    """What a run came to."""

    rounds: int = 0
    kills: int = 0
    phases: Counter[str] = field(default_factory=Counter)
    finished_by: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    entries: int = 0
    audits: int = 0
    leaves: int = 0
    wrong: list[str] = field(default_factory=list)


class Killing:
    """Rounds in one home."""

    def __init__(self, folder: Path, *, block_kb: int, dice: random.Random, outcome: Outcome) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.truth, self._dice, self.outcome = Truth(folder, dice), dice, outcome
        self.commands = Commands(folder / "home", block_kb)
        self.home = self.commands.home
        self.commands.run("init")
        self._seconds = self._seconds_landed = 0.0

    def first_file(self, rows: int) -> None:
        """A file that nobody kills: it tells how long a run takes, and that the checks hold without kills."""
        file = self.truth.make_file(rows)
        started = time.monotonic()
        process = self.commands.start("collect", SOURCE, str(file.path), "--by", SUPPLIER)
        self._await_landing(file, process)
        landed = time.monotonic()
        out, err = process.communicate()
        assert process.returncode == 0, err
        assert json.loads(out)["rows"] == file.rows
        self._seconds, self._seconds_landed = time.monotonic() - started, time.monotonic() - landed
        self._check(file)

    def round(self, rows: int) -> None:
        """One file: killed once or more, finished, checked."""
        file = self.truth.make_file(rows)
        collect = ("collect", SOURCE, str(file.path), "--by", SUPPLIER)
        self.outcome.rounds += 1
        by_resume = self.outcome.rounds % 2 == 0
        words: tuple[str, ...] = collect
        while self._kill(file, words) and self._dice.random() < 0.3:
            words = ("resume",) if by_resume else collect
        if by_resume:
            self.outcome.finished_by["resume"] += len(self.commands.run("resume")["receipts"])
        if not by_resume or not read(self.home, "SELECT 1 FROM collection_batch WHERE digest = ?", file.digest):
            receipt = self.commands.run(*collect)
            self.outcome.finished_by["collect, known" if receipt["already_received"] else "collect"] += 1
            told = {f: receipt[f] for f in FATES}
            if told != (dict(file.fates) if not receipt["already_received"] else _all_known(file)):
                self.outcome.wrong.append(f"{file.path.name}: the receipt says {told}")
        self._check(file)

    def check_all(self) -> None:
        """Everything in the home, and the audit."""
        self.outcome.wrong += check_home(self.home, self.truth)
        audit = self.commands.run("log", "audit")
        self.outcome.audits += 1
        self.outcome.wrong += [f"audit: {finding['en']}" for finding in audit["findings"]]

    def close(self) -> None:
        """Check all a last time and add this home to the outcome."""
        self.check_all()
        self.outcome.entries += self.truth.entries
        self.outcome.leaves += read(self.home, "SELECT size FROM actors_log_state")[0][0]

    def _kill(self, file: File, words: tuple[str, ...]) -> bool:
        def moment() -> float:
            return self._dice.uniform(0, 1.05 * self._seconds)

        # Half of the moments lie anywhere in a run, half where it writes.
        if self._dice.random() < 0.5:
            hit = self.commands.run_and_kill(moment, *words)
        else:
            process = self.commands.start(*words)
            self._await_landing(file, process)
            hit = _kill_after(process, self._dice.uniform(0, 1.05 * self._seconds_landed))
        if hit:
            self.outcome.kills += 1
            self.outcome.phases[phase(self.home, file)] += 1
        return hit

    def _await_landing(self, file: File, process: "subprocess.Popen[str]") -> None:
        sealed = self.home / "landing" / f"{file.digest}.sealed"
        while not sealed.exists() and process.poll() is None:
            time.sleep(0.001)

    def _check(self, file: File) -> None:
        self.outcome.rows += file.rows
        self.outcome.wrong += [*check_batch(self.home, file), *check_landed(self.home, file)]


def _all_known(file: File) -> dict[str, int]:
    return dict.fromkeys(FATES, 0) | {"duplicate": file.rows}
