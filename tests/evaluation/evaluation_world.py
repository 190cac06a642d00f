"""A small lake, and models and entries made at random, for the tests of evaluation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from ecredit.facts.records.types import EntryView
from ecredit.foundation.kernel.home import Home
from ecredit.judgement.evaluation.column_records import Lake
from ecredit.judgement.evaluation.columns import judge_columns, open_engine
from ecredit.judgement.evaluation.model_document import edition_of
from ecredit.judgement.evaluation.queries import findings_of
from ecredit.judgement.evaluation.types import (
    ALWAYS,
    AllOf,
    AnyOf,
    AtLeast,
    Below,
    Contains,
    GradeStep,
    Indicator,
    Judgement,
    LittleKnown,
    Measure,
    Model,
    Negation,
    NothingKnown,
    OneOf,
    Present,
    StatusRule,
    Window,
)

TODAY = date(2026, 6, 1)
KNOWN = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
SCALE = (
    GradeStep("A", Decimal(90), "甲", "a"),
    GradeStep("B", Decimal(70), "乙", "b"),
    GradeStep("C", Decimal(50), "丙", "c"),
    GradeStep("D", None, "丁", "d"),
)


def indicator(identifier: str = "i", **changes: Any) -> Indicator:
    """An indicator that counts every record of source s1 for a year, -10 each."""
    values: dict[str, Any] = {
        "id": identifier, "title_zh": "指标", "title_en": "indicator", "source": "s1", "when": ALWAYS,
        "window": Window(months=12), "measure": Measure.COUNT, "points": Decimal(-10), "column": None, "values": {},
        "otherwise": Decimal(0), "cap": None, "veto": None, "clause": None, "tone": "bad", "verified": False,
    }  # fmt: skip
    return Indicator(**(values | changes))


def model(*indicators: Indicator, **changes: Any) -> Model:
    """A model for firms that starts at 75."""
    values: dict[str, Any] = {
        "id": "m", "version": "1", "edition": "", "title_zh": "模型", "title_en": "model", "precedence": 1,
        "subject_kinds": ("firm",), "marked_by": (), "public": True, "scale": SCALE, "base": Decimal(75),
        "floor": Decimal(0), "ceiling": Decimal(100), "little_known": None, "statuses": (),
        "indicators": indicators or (indicator(),), "basis": (), "verified": False,
    }  # fmt: skip
    made = Model(**(values | changes))
    return replace(made, edition=edition_of(made))


def entry(leaf: int, subject: int = 1, **changes: Any) -> EntryView:
    """An entry of source s1 that happened half a year ago."""
    values: dict[str, Any] = {
        "leaf": leaf, "verb": "post", "source_id": "s1", "doc_key": f"{leaf:032x}", "subject_id": subject,
        "valid_from": TODAY - timedelta(days=180), "valid_to": None, "known_at": KNOWN, "supplier": "x", "batch_id": 1,
        "line": 1, "edition": "e", "values": {}, "original": {},
    }  # fmt: skip
    return EntryView(**(values | changes))


@dataclass
class City:
    """Subjects and entries in memory, written to a home's lake in the mirror's shape."""

    home: Home
    subjects: dict[int, dict[str, Any]] = field(default_factory=dict)
    entries: list[EntryView] = field(default_factory=list)

    def subject(self, number: int, kind: str = "firm", status: str = "存续", into: int | None = None) -> None:
        self.subjects[number] = {
            "subject_id": number, "canonical_id": number if into is None else into, "code": None, "name": f"某{number}",
            "kind": kind, "area": "", "status": status, "is_person": False, "registered": True, "legal_rep": "",
            "address": "", "changed_leaf": 0, "known_at": KNOWN.replace(tzinfo=None),
        }  # fmt: skip

    def add(self, *entries: EntryView) -> None:
        self.entries += entries

    def write(self) -> Lake:
        """Write everything anew; one file a source and ten leaves."""
        folder = self.home.lake / "subjects"
        folder.mkdir(parents=True, exist_ok=True)
        rows = list(self.subjects.values())
        schema = pa.schema(
            [(n, pa.int64()) for n in ("subject_id", "canonical_id")]
            + [(n, pa.string()) for n in ("code", "name", "kind", "area", "status")]
            + [("is_person", pa.bool_()), ("registered", pa.bool_()), ("legal_rep", pa.string())]
            + [("address", pa.string()), ("changed_leaf", pa.int64()), ("known_at", pa.timestamp("us"))]
        )
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), folder / "current.parquet")
        lake = Lake(folder / "current.parquet", {})
        for source in sorted({e.source_id for e in self.entries}):
            target = self.home.lake / "ledger" / f"source={source}"
            target.mkdir(parents=True, exist_ok=True)
            for old in target.glob("*.parquet"):
                old.unlink()
            held = sorted((e for e in self.entries if e.source_id == source), key=lambda e: e.leaf)
            for start in range(0, len(held), 10):
                part = held[start : start + 10]
                pq.write_table(_mirror(part), target / f"{part[0].leaf:012d}-{part[-1].leaf:012d}.parquet")
            lake.ledger[source] = str(target / "*.parquet")
        return lake

    def names_of(self, canonical: int) -> set[int]:
        """A subject and those merged into it."""
        return {number for number, row in self.subjects.items() if row["canonical_id"] == canonical}


def _mirror(entries: Sequence[EntryView]) -> pa.Table:
    columns: dict[str, pa.Array] = {
        "leaf": pa.array([e.leaf for e in entries], pa.int64()),
        "verb": pa.array([e.verb for e in entries], pa.string()),
        "doc_key": pa.array([e.doc_key for e in entries], pa.string()),
        "subject_id": pa.array([e.subject_id for e in entries], pa.int64()),
        "valid_from": pa.array([e.valid_from for e in entries], pa.date32()),
        "valid_to": pa.array([e.valid_to for e in entries], pa.date32()),
        "known_at": pa.array(
            [e.known_at.astimezone(UTC).replace(tzinfo=None) for e in entries], pa.timestamp("us")
        ),
        "batch_id": pa.array([e.batch_id for e in entries], pa.int64()),
        "line": pa.array([e.line for e in entries], pa.int64()),
        "edition": pa.array([e.edition for e in entries], pa.string()),
        "supplier": pa.array([e.supplier for e in entries], pa.string()),
    }
    # A part holds only the columns its own edition of the source had, as when a column is added later.
    for code in sorted({code for e in entries for code in e.values}):
        columns[code] = pa.array([e.values.get(code) for e in entries], pa.string())
    return pa.table(columns)


def judged_by_columns(
    lake: Lake,
    models: Sequence[Model],
    as_of: date,
    *,
    known_at: datetime | None = None,
    only: Iterable[int] = (),
) -> dict[int, tuple[str, Judgement]]:
    """Subject id → model id and judgement, by the columns."""
    engine = open_engine(lake.subjects.parent, threads=1)
    asked = None
    if only:
        asked = "wanted"
        engine.execute(f"CREATE TEMP TABLE wanted AS SELECT unnest({list(only)})::BIGINT AS subject_id")
    judge_columns(engine, models, lake, as_of, known_at=known_at, only=asked)
    rows = engine.execute(
        "SELECT subject_id, model, grade, score, findings, valid_until FROM judged"
    ).fetchall()
    engine.close()
    names = {m.precedence: m.id for m in models}
    return {
        row[0]: (names[row[1]], Judgement(row[2], row[3], findings_of(row[4]), row[5])) for row in rows
    }  # fmt: skip


WORDS = ("罚款", "警告", "罚款;警告", "警告； 吊销", "吊销", "O'Brien", '"引号"', "")
NUMBERS = (
    "0", "1.5", "-3", "12.3456789", "0.0000005", "-0.0000005", "99999999999.9999999", "1e3", " 7", "七", "1,5", ".5", "",
)  # fmt: skip
DAYS = st.one_of(
    st.none(),
    st.dates(TODAY - timedelta(days=800), TODAY + timedelta(days=400)),
    st.sampled_from(
        [TODAY, TODAY - timedelta(days=1), date(2024, 2, 29), date(9999, 12, 31), date(9998, 5, 1)]
    ),
)
POINTS = st.decimals(-60, 60, places=2)


@st.composite
def conditions(draw: st.DrawFn, depth: int = 2) -> Any:
    """A condition over the columns a (words), n (numbers) and z (never there)."""
    column = draw(st.sampled_from("anz"))
    leaves = [
        st.builds(
            AnyOf,
            st.just(column),
            st.lists(st.sampled_from(WORDS[:-1]), min_size=1, max_size=3).map(tuple),
            st.sampled_from(["", ";；"]),
        ),
        st.builds(
            Contains, st.just(column), st.lists(st.sampled_from(("罚", "O'", "5")), max_size=2).map(tuple)
        ),
        st.builds(AtLeast, st.just(column), st.decimals(-5, 20, places=2)),
        st.builds(Below, st.just(column), st.decimals(-5, 20, places=2)),
        st.just(Present(column)),
    ]
    if depth:
        parts = st.lists(conditions(depth - 1), max_size=3).map(tuple)
        leaves += [
            st.builds(AllOf, parts),
            st.builds(OneOf, parts),
            st.builds(Negation, conditions(depth - 1)),
        ]
    return draw(st.one_of(leaves))


@st.composite
def indicators(draw: st.DrawFn, number: int) -> Indicator:
    """Any indicator over the sources s1 and s2."""
    measure = draw(st.sampled_from(Measure))
    column = {Measure.SUM: "n", Measure.LATEST: "a"}.get(measure)
    needs_cap = measure is Measure.SUM or draw(st.booleans())
    return indicator(
        f"i{number}",
        source=draw(st.sampled_from(("s1", "s2"))),
        when=draw(st.one_of(st.just(ALWAYS), conditions())),
        window=Window(draw(st.one_of(st.none(), st.sampled_from((1, 6, 12, 600)))), draw(st.booleans())),
        measure=measure,
        points=draw(POINTS),
        column=column,
        values=draw(st.dictionaries(st.sampled_from(WORDS[:-1]), POINTS))
        if measure is Measure.LATEST
        else {},
        otherwise=draw(POINTS) if measure is Measure.LATEST else Decimal(0),
        cap=draw(st.decimals("0.01", 50, places=2)) if needs_cap else None,
        half_from=None if measure is Measure.LATEST else draw(st.sampled_from((None, 3, 5, 11))),
        veto=draw(st.sampled_from((None, None, "B", "D"))),
    )


@st.composite
def model_sets(draw: st.DrawFn) -> list[Model]:
    """A general model and one for subjects that source s2 marks, sharing some indicators."""
    shared = draw(indicators(0))
    made = []
    for number, marks in ((1, ()), (2, ("s2",))):
        own = [draw(indicators(n)) for n in range(number * 10, number * 10 + draw(st.integers(1, 3)))]
        made.append(
            model(
                shared,
                *own,
                id=f"m{number}",
                precedence=number,
                marked_by=marks,
                marked_when=draw(conditions(1)) if marks and draw(st.booleans()) else ALWAYS,
                base=draw(st.decimals(40, 95, places=1)),
                nothing_known=draw(st.sampled_from((None, NothingKnown("无", "nothing")))),
                little_known=draw(
                    st.sampled_from((None, LittleKnown(("s1",), "B"), LittleKnown(("s1", "s2"), "C")))
                ),
                statuses=(
                    StatusRule(("注销",), None, "已注销", "gone"),
                    StatusRule(("吊销",), "C", "已吊销", "revoked"),
                ),
            )
        )
    return made


@st.composite
def entry_lists(draw: st.DrawFn, subjects: int = 3) -> list[EntryView]:
    """Entries about a few subjects and fewer documents, so that documents change and change hands."""
    made = []
    for leaf in range(draw(st.integers(0, 14))):
        values = {"a": draw(st.sampled_from(WORDS)), "n": draw(st.sampled_from(NUMBERS))}
        source = draw(st.sampled_from(("s1", "s2")))
        made.append(
            entry(
                leaf,
                draw(st.integers(1, subjects)),
                source_id=source,
                verb=draw(st.sampled_from(("post", "post", "post", "correct", "withdraw"))),
                doc_key=f"{source}{draw(st.integers(0, 8)):030x}",
                valid_from=draw(DAYS),
                valid_to=draw(DAYS),
                known_at=KNOWN + timedelta(hours=leaf),
                values={code: text for code, text in values.items() if text},
            )
        )
    return made
