"""A small lake in exactly the shape the ledger's mirror and the subjects' picture have, for the tests of publicity."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ecredit.facts.records.types import CORRECTED_BY
from ecredit.foundation.catalog.folder import catalog_folder
from ecredit.foundation.catalog.load import load_catalog
from ecredit.foundation.catalog.types import Catalog, Source
from ecredit.judgement.evaluation.model_loader import load_models
from ecredit.judgement.evaluation.rating_types import RatingFigures
from ecredit.judgement.evaluation.types import GradeRow, Model, Reason
from ecredit.service.publicity.ledger_reading import Lake
from ecredit.service.publicity.projection import Inputs, run_projection
from ecredit.service.publicity.types import ProjectionSummary

MODEL = next(m for m in load_models(catalog_folder(), load_catalog(catalog_folder())) if m.id == "enterprise")
MORNING = datetime(2026, 5, 12, 1, 0, tzinfo=UTC)


@dataclass
class FakeGrades:
    """Grades kept in a list, the newest of a subject counting."""

    rows: list[GradeRow] = field(default_factory=list)
    outlook: Any = None
    asked: list[int] = field(default_factory=list)

    def newest(self) -> int:
        return max((row.row_id for row in self.rows), default=-1)

    def changed_after(self, row: int) -> set[int]:
        return {r.subject_id for r in self.rows if r.row_id > row}

    def of(self, subject_ids: Sequence[int]) -> Iterable[GradeRow]:
        wanted = set(subject_ids)
        return {
            r.subject_id: r for r in sorted(self.rows, key=lambda r: r.row_id) if r.subject_id in wanted
        }.values()

    def changes_of(self, subject_ids: Sequence[int]) -> Iterable[tuple[GradeRow, GradeRow]]:
        for subject in subject_ids:
            rows = [row for row in self.rows if row.subject_id == subject]
            pairs = [pair for pair in pairwise(rows) if pair[0].grade != pair[1].grade]
            if pairs and None not in (pairs[-1][0].grade, pairs[-1][1].grade):
                yield pairs[-1]

    def outlooks_of(self, rows: Any, subjects: Any, at: date) -> dict[int, Any]:
        assert all(row.subject_id in subjects for row in rows)
        self.asked = [row.subject_id for row in rows]
        return {row.subject_id: self.outlook for row in rows if self.outlook is not None}

    def histories_of(self, subject_ids: Sequence[int]) -> dict[int, list[GradeRow]]:
        held = {s: [row for row in self.rows if row.subject_id == s][::-1] for s in subject_ids}
        return {subject: rows for subject, rows in held.items() if len(rows) > 1}

    def model(self, edition: str) -> tuple[Model, date]:
        assert edition == MODEL.edition
        return MODEL, date(2026, 11, 2)

    def grade(
        self, subject: int, grade: str | None, *reasons: Reason, public: bool = True, **more: Any
    ) -> None:
        values: dict[str, Any] = {
            "row_id": self.newest() + 1, "subject_id": subject, "model_id": "m", "model_version": "1", "edition": MODEL.edition, "grade": grade,
            "score": Decimal(70), "reasons": reasons, "as_of": date(2026, 11, 24), "computed_at": MORNING,
            "valid_until": date(2027, 5, 8), "through_leaf": 1, "is_current": True, "public": public,
        }  # fmt: skip
        self.rows.append(GradeRow(**(values | more)))


@dataclass
class FakeCity:
    """Subjects, entries and grades of a few firms, written as Parquet before each run."""

    folder: Path
    catalog: Catalog
    subjects: dict[int, dict[str, Any]] = field(default_factory=dict)
    entries: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    codes: list[tuple[int, str, str]] = field(default_factory=list)
    grades: FakeGrades = field(default_factory=FakeGrades)
    next_leaf: int = 0
    ratings: list[RatingFigures] = field(default_factory=list)

    @property
    def public(self) -> Path:
        return self.folder / "public.sqlite3"

    def subject(self, number: int, code: str | None, name: str, **changes: Any) -> None:
        values = {
            "subject_id": number, "canonical_id": number, "code": code, "name": name, "kind": "法人及非法人组织",
            "area": "320411", "status": "存续", "is_person": False, "registered": True, "legal_rep": "张三",
            "address": "通江路1号", "changed_leaf": 0, "known_at": MORNING.replace(tzinfo=None),
        }  # fmt: skip
        self.subjects[number] = values | changes
        if code is not None and not any(c[0] == number and c[2] == code for c in self.codes):
            self.codes.append((number, "uscc" if len(code) == 18 else "reg_no", code))

    def post(
        self, source_id: str, subject: int, key: str, *, verb: str = "post", known_at: datetime = MORNING,
        supplier: str = "gongan", **values: str,
    ) -> int:  # fmt: skip
        source = self.catalog.sources[source_id]
        occurred = values.get(source.occurred)
        leaf = self.next_leaf
        self.next_leaf += 1
        self.entries.setdefault(source_id, []).append(
            {
                "leaf": leaf, "verb": verb, "doc_key": key.ljust(32, "0"), "subject_id": subject,
                "valid_from": date.fromisoformat(occurred) if occurred else None, "valid_to": None,
                "known_at": known_at.replace(tzinfo=None), "batch_id": 1, "line": 1, "edition": "e",
                "supplier": supplier, **values,
            }
        )  # fmt: skip
        return leaf

    def penalty(self, subject: int, key: str, kinds: str = "罚款", **values: Any) -> int:
        given = {
            "CF_XDR_MC": "某公司", "CF_WSH": f"常公罚〔2026〕{key}号", "CF_CFLB": kinds, "CF_CFJG": "常州市公安局",
            "CF_JDRQ": "2026-05-08", "CF_YXQ": "2099-12-31", "CF_SY": "虚构交易",
        }  # fmt: skip
        return self.post("dual_publicity_penalty", subject, key, **(given | values))

    def write(self) -> None:
        folder = self.folder / "lake"
        (folder / "subjects").mkdir(parents=True, exist_ok=True)
        kinds = {"subject_id": pa.int64(), "canonical_id": pa.int64(), "changed_leaf": pa.int64(),
                 "is_person": pa.bool_(), "registered": pa.bool_(), "known_at": pa.timestamp("us")}  # fmt: skip
        names = list(next(iter(self.subjects.values())))
        schema = pa.schema([(name, kinds.get(name, pa.string())) for name in names])
        pq.write_table(
            pa.Table.from_pylist(list(self.subjects.values()), schema), folder / "subjects/current.parquet"
        )
        for source_id, rows in self.entries.items():
            write_entries(folder / "ledger", self.catalog.sources[source_id], rows)

    def project(self, at: date, *, full: bool = False) -> ProjectionSummary:
        self.write()
        ledger = self.folder / "lake/ledger"
        lake = Lake(
            self.folder / "lake/subjects/current.parquet",
            {s: str(ledger / f"source={s}" / "*.parquet") for s in self.entries},
        )
        inputs = Inputs(
            catalog=self.catalog,
            lake=lake,
            codes=lambda ids: [c for c in self.codes if c[0] in set(ids)],
            grades=self.grades,
            code_order=("uscc", "reg_no", "other_reg_no"),
            suppliers={"org:platform": "某平台"},
            ratings=lambda: self.ratings,
        )
        try:
            now = datetime(at.year, at.month, at.day, 2, tzinfo=UTC)
            return run_projection(self.public, inputs, at=at, now=now, full=full)
        finally:
            lake.close()


def write_entries(ledger: Path, source: Source, rows: list[dict[str, Any]]) -> None:
    folder = ledger / f"source={source.id}"
    folder.mkdir(parents=True, exist_ok=True)
    fixed = [
        ("leaf", pa.int64()), ("verb", pa.string()), ("doc_key", pa.string()), ("subject_id", pa.int64()),
        ("valid_from", pa.date32()), ("valid_to", pa.date32()), ("known_at", pa.timestamp("us")),
        ("batch_id", pa.int64()), ("line", pa.int64()), ("edition", pa.string()), ("supplier", pa.string()),
        (CORRECTED_BY, pa.string()),
    ]  # fmt: skip
    columns = [(column.code, pa.string()) for column in source.columns if not column.sealed]
    table = pa.Table.from_pylist(rows, pa.schema([*fixed, *columns]))
    for old in folder.glob("*.parquet"):
        old.unlink()
    pq.write_table(table, folder / f"{rows[0]['leaf']:012d}-{rows[-1]['leaf']:012d}.parquet")
