"""Penalty files with rows of every fate, and what a home must hold after each: the generator's half of kill_nine.py.

Nothing here asks the project: what must be true is known because the files were made so.
"""

import csv
import hashlib
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import penalty_file

FATES = ("accepted", "superseded", "duplicate", "quarantined", "refused")
SUBJECTS = 400
KINDS = ("known", "newer", "mended", "twin", "clash", "broken", "broken", "short")
FAULTS = (
    ("CF_WSH", ""),
    ("CF_JDRQ", "2025/13/40"),
    ("CF_CFLB", "口头教育"),
    ("CF_NR_FK", "三万元"),
    ("CF_XDR_SHXYM", penalty_file.code(1)[:-2] + "ZZ"),
)
_AT = {code: place for place, code in enumerate(penalty_file.HEADER)}


@dataclass
class File:
    """A file of one round and what must become of it. `waiting`: line → state of the row that waits there."""

    path: Path
    digest: str = ""
    rows: int = 0
    fates: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(FATES, 0)))
    cleared: int = 0
    waiting: dict[int, str] = field(default_factory=dict)
    good: dict[str, tuple[int, int]] = field(default_factory=dict)

    def all_known(self) -> dict[str, int]:
        """The fates on the receipt of the same file sent again."""
        # Of its own waiting rows some were cleared by good ones further down.
        still = sum(state in ("held", "review") for state in self.waiting.values())
        waiting = {"quarantined": still, "refused": self.fates["refused"]}
        return dict.fromkeys(FATES, 0) | waiting | {"duplicate": self.rows - sum(waiting.values())}


@dataclass
class Waiting:
    """A row that waits: of which file, for which document ("" when it does not say), about which subject."""

    file: str
    state: str
    document: str
    subject: int
    line: int


@dataclass
class Truth:
    """What one home must hold. `documents`: number → (subject, fine) of the version that stands."""

    folder: Path
    dice: random.Random
    documents: dict[str, tuple[int, int]] = field(default_factory=dict)
    waiting: dict[tuple[str, int], Waiting] = field(default_factory=dict)
    subjects: set[int] = field(default_factory=set)
    entries: int = 0
    files: int = 0
    _made: int = 0
    _waiting_for: dict[str, list[Waiting]] = field(default_factory=dict)

    def make_file(self, rows: int) -> File:
        """The next file: new documents, and in random places an eighth of all other kinds of rows."""
        self.files += 1
        file = File(self.folder / f"penalties-{self.files:04d}.csv", rows=rows)
        known = self.dice.sample(list(self.documents), min(len(self.documents), rows // 20))
        broken = self._mendable()
        lines = []
        for line, kind in enumerate(self._plan(rows), start=2):
            document, subject, fine = (
                self._number(),
                self.dice.randrange(SUBJECTS),
                self.dice.randrange(1, 900),
            )
            if kind in ("known", "newer") and known:
                document = known.pop()
                subject, fine = self.documents[document]
                fine += kind == "newer"
            elif kind == "mended" and broken:
                document, subject = broken.pop()
            elif kind in ("twin", "clash") and file.good:
                document = self.dice.choice(list(file.good))
                subject, fine = file.good[document]
                fine += kind == "clash"
            cells = _row(document, subject, fine)
            # A document once more in one file, with another content: the first counts.
            clashes = file.good.get(document, (subject, fine)) != (subject, fine)
            state = "held" if clashes else _spoil(cells, kind, self.dice)
            lines.append(cells)
            if state:
                said = len(cells) > _AT["CF_WSH"] and cells[_AT["CF_WSH"]] != ""
                self._wait(file, line, state, document if said else "", subject)
            else:
                self._take(file, document, subject, fine)
        with file.path.open("w", encoding="gb18030", newline="") as out:
            csv.writer(out).writerows([penalty_file.HEADER, *lines])
        file.digest = hashlib.sha256(file.path.read_bytes()).hexdigest()
        return file

    def _plan(self, rows: int) -> Iterator[str]:
        others = [KINDS[n % len(KINDS)] for n in range(max(1, rows // 8))]
        others[0] = "nameless"
        plan = others + ["new"] * (rows - len(others))
        self.dice.shuffle(plan)
        return iter(plan)

    def _mendable(self) -> list[tuple[str, int]]:
        """Documents of which only a waiting row is known, each once, in random order."""
        fresh = [(d, rows[0].subject) for d, rows in self._waiting_for.items() if d not in self.documents]
        self.dice.shuffle(fresh)
        return fresh

    def _wait(self, file: File, line: int, state: str, document: str, subject: int) -> None:
        file.waiting[line] = state
        file.fates["quarantined"] += 1
        row = self.waiting[file.path.name, line] = Waiting(file.path.name, state, document, subject, line)
        if document:
            self._waiting_for.setdefault(document, []).append(row)

    def _take(self, file: File, document: str, subject: int, fine: int) -> None:
        before = self.documents.get(document)
        fate = "accepted" if before is None else "duplicate" if before == (subject, fine) else "superseded"
        file.fates[fate] += 1
        self.entries += fate != "duplicate"
        self.documents[document] = file.good[document] = (subject, fine)
        self.subjects.add(subject)
        for row in self._waiting_for.pop(document, []):
            row.state = "cleared"
            file.cleared += 1
            if row.file == file.path.name:  # put right further down its own file
                file.waiting[row.line] = row.state

    def _number(self) -> str:
        self._made += 1
        return f"常市监处罚〔2025〕{self._made:07d}号"


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


def _spoil(cells: list[str], kind: str, dice: random.Random) -> str:
    """Break a row as its kind says; gives the state in which it will wait, "" when it stays good."""
    if kind == "nameless":
        cells[_AT["CF_XDR_SHXYM"]] = ""
        return "review"
    if kind == "short":
        cells[:] = [cells[0], "只有", "三格"]
        return "held"
    if kind != "broken":
        return ""
    column, text = dice.choice(FAULTS)
    cells[_AT[column]] = text
    return "held"
