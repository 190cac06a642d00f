"""The lake as publicity reads it: who is who, and the document that stands for each document number."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa

from ecredit.facts.records.types import CORRECTED_BY
from ecredit.foundation.catalog.types import Source

BATCH: Final = 20_000
# China keeps one time all year. The ledger's instants are UTC; a term counts the city's days.
_HOURS_AHEAD: Final = 8
_LONGEST_MERGE_CHAIN: Final = 50
_FIELD_NAMES: Final = ("name", "kind", "area", "status")
_FIELDS: Final = ", ".join(f"coalesce(r.{name}, '')" for name in _FIELD_NAMES)
_NAMED_FIELDS: Final = ", ".join(f"coalesce(r.{name}, '') AS {name}" for name in _FIELD_NAMES)


@dataclass(frozen=True, slots=True)
class SubjectRecord:
    """A canonical subject that is no natural person. `members` are the ids it speaks for, its own first.

    `registered`: a register's row named it or one of them.
    """

    id: int
    members: tuple[int, ...]
    code: str | None
    name: str
    kind: str
    area: str
    status: str
    print: int
    registered: bool


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """A document as it stands. `received_on` is the day its first version was received.

    corrected_on, corrected_by   when the standing version is an officer's correction: its day, and the organisation's id
    """

    leaf: int
    subject: int
    supplier: str
    received_on: date
    corrected_on: date | None
    corrected_by: str
    values: dict[str, str]


class Lake:
    """The mirror of the ledger and the picture of the subjects, opened for one run."""

    def __init__(self, subjects: Path, globs: dict[str, str]) -> None:
        """`subjects` is the Parquet file of who is who; `globs` are the mirror's files by source id."""
        self.globs = globs
        # What does not fit into memory is spilled beside the lake: the system's folder is not for such data.
        self._duck = duckdb.connect(
            config={
                "memory_limit": "700MB",
                "threads": 2,
                "preserve_insertion_order": False,
                "temp_directory": str(subjects.parent / ".spill"),
            }
        )
        self._everybody = True
        self._duck.execute("SET enable_progress_bar = false")
        self._read_subjects(subjects)

    def close(self) -> None:
        """Let the files go."""
        self._duck.close()

    def through_leaf(self) -> int:
        """The largest mirrored leaf, -1 when there is none."""
        tops = [self._one(f"SELECT max(leaf) FROM {_files(glob)}") for glob in self.globs.values()]
        return max((top for top in tops if top is not None), default=-1)

    def prints(self) -> dict[int, int]:
        """What identifies the state of every canonical subject: id → print; another print means it changed."""
        return dict(self._duck.execute("SELECT id, print FROM canonical").fetchall())

    def subjects_of_new_entries(self, after: int) -> set[int]:
        """Canonical subjects of every document with an entry beyond a leaf, also those it was about before."""
        found: set[int] = set()
        for glob in self.globs.values():
            files = _files(glob)
            rows = self._duck.execute(
                f"""SELECT DISTINCT m.root FROM {files} e JOIN member m ON m.subject_id = e.subject_id
                WHERE e.doc_key IN (SELECT doc_key FROM {files} WHERE leaf > ?)""",
                [after],
            ).fetchall()
            found.update(row[0] for row in rows)
        return found

    def select(self, ids: Sequence[int] | None) -> None:
        """Choose the canonical subjects that `subjects` and `documents` give; None: all."""
        self._everybody = ids is None
        self._duck.execute("CREATE OR REPLACE TEMP TABLE chosen(id BIGINT)")
        if ids is None:
            self._duck.execute("INSERT INTO chosen SELECT id FROM canonical")
            return
        numbers = pa.table({"id": pa.array(ids, pa.int64())})
        self._duck.register("numbers", numbers)
        self._duck.execute("INSERT INTO chosen SELECT id FROM numbers")
        self._duck.unregister("numbers")

    def subjects(self) -> Iterator[list[SubjectRecord]]:
        """The chosen subjects in blocks, by id."""
        reader = self._duck.execute(
            """SELECT id, members, code, name, kind, area, status, print, registered FROM canonical
            WHERE id IN (SELECT id FROM chosen) ORDER BY id"""
        )
        while rows := reader.fetchmany(BATCH):
            yield [SubjectRecord(row[0], tuple(row[1]), *row[2:]) for row in rows]

    def documents(self, source: Source) -> Iterator[list[DocumentRecord]]:
        """The standing documents of a source about the chosen subjects, in blocks."""
        glob = self.globs.get(source.id)
        if glob is None:
            return
        files = _files(glob)
        present = {row[0] for row in self._duck.execute(f"DESCRIBE SELECT * FROM {files}").fetchall()}
        codes = [column.code for column in source.columns if not column.sealed and column.code in present]
        supplier = "e.supplier" if "supplier" in present else "NULL"
        corrector = f"e.{_quoted(CORRECTED_BY)}" if CORRECTED_BY in present else "NULL"
        of_chosen = (
            ""
            if self._everybody
            else f"""WHERE doc_key IN (SELECT doc_key FROM {files} WHERE subject_id IN
                (SELECT subject_id FROM member WHERE root IN (SELECT id FROM chosen)))"""
        )
        picked = "".join(f", e.{_quoted(code)}" for code in codes)
        reader = self._duck.execute(
            f"""WITH standing AS (
                SELECT max(leaf) AS leaf, min(known_at) AS first_known FROM {files} {of_chosen} GROUP BY doc_key
            )
            SELECT e.leaf, m.root AS subject, coalesce({supplier}, '') AS supplier,
                CAST(s.first_known + INTERVAL {_HOURS_AHEAD} HOUR AS DATE) AS received_on,
                CASE e.verb WHEN 'correct' THEN CAST(e.known_at + INTERVAL {_HOURS_AHEAD} HOUR AS DATE) END AS corrected_on,
                CASE e.verb WHEN 'correct' THEN coalesce({corrector}, '') ELSE '' END AS corrected_by{picked}
            FROM {files} e JOIN standing s ON s.leaf = e.leaf JOIN member m ON m.subject_id = e.subject_id
            WHERE e.verb <> 'withdraw' AND m.root IN (SELECT id FROM chosen)"""
        ).to_arrow_reader(BATCH)
        for batch in reader:
            columns: list[list[Any]] = [column.to_pylist() for column in batch.columns]
            yield [
                DocumentRecord(
                    leaf,
                    subject,
                    sender,
                    received_on,
                    corrected_on,
                    corrected_by,
                    {c: v for c, v in zip(codes, cells, strict=True) if v},
                )
                # In the order of the leaves: a table filled in the order of its key is smaller and sooner filled.
                for leaf, subject, sender, received_on, corrected_on, corrected_by, *cells in sorted(
                    zip(*columns, strict=True), key=itemgetter(0)
                )
            ]

    def _read_subjects(self, path: Path) -> None:
        """Merged subjects may stand in chains; each ends at the one that is merged into nobody."""
        run = self._duck.execute
        run(
            """CREATE TEMP TABLE register AS SELECT subject_id, canonical_id AS root, code, name, kind, area, status,
            is_person, registered, changed_leaf FROM read_parquet(?)""",
            [str(path)],
        )
        for _ in range(_LONGEST_MERGE_CHAIN):
            moved = run(
                """UPDATE register SET root = up.root FROM register up
                WHERE register.root = up.subject_id AND up.root <> up.subject_id"""
            ).fetchone()
            if not moved or not moved[0]:
                break
        run("CREATE TEMP TABLE member AS SELECT subject_id, root FROM register")
        # Lists are slow to build and few subjects have more than one member, so those are put together apart.
        run("CREATE TEMP TABLE merged AS SELECT root AS id FROM register GROUP BY root HAVING count(*) > 1")
        run(
            """CREATE TEMP TABLE grouped AS SELECT root AS id,
                list(subject_id ORDER BY subject_id <> root, subject_id) AS members,
                string_agg(code, ' ' ORDER BY subject_id) AS codes, max(changed_leaf) AS changed,
                bool_or(is_person) AS is_person, bool_or(registered) AS registered
            FROM register WHERE root IN (SELECT id FROM merged) GROUP BY root"""
        )
        run(
            f"""CREATE TEMP TABLE canonical AS
            WITH every AS (
                SELECT subject_id AS id, [subject_id] AS members, coalesce(code, '') AS codes,
                    changed_leaf AS changed, is_person, registered
                FROM register WHERE subject_id = root AND root NOT IN (SELECT id FROM merged)
                UNION ALL SELECT * FROM grouped
            )
            SELECT e.id, e.members, r.code, {_NAMED_FIELDS},
                CAST(md5_number_lower(concat_ws('|', e.changed, CAST(e.members AS VARCHAR), e.codes, {_FIELDS})) >> 1
                    AS BIGINT) AS print, e.registered
            FROM every e JOIN register r ON r.subject_id = e.id WHERE NOT e.is_person"""
        )

    def _one(self, sql: str) -> Any:
        row = self._duck.execute(sql).fetchone()
        return None if row is None else row[0]


def _files(glob: str) -> str:
    return f"read_parquet({_text(glob)}, union_by_name = true)"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
