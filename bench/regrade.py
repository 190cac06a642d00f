"""How fast is regrading? 500,000 subjects, 10,000,000 records: all of them, then after 1% new records.

    .venv/bin/python bench/regrade.py [--subjects 500000] [--records 10000000] [--keep FOLDER]

Makes a home with the ledger's mirror as it would be, grades it under the city's own models into SQLite (reasons and all),
grades again with nothing new, then after 1% new records about a tenth of the subjects, then after as many about a hundredth.
Checks that each of those runs judged exactly those the new records are about, and that a sample of grades equals the slow reference. Prints one JSON document.
"""

import argparse
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
AS_OF = date(2026, 6, 1)
KNOWN = datetime(2026, 5, 31, 4, 0)  # noqa: DTZ001  (the mirror holds UTC without an offset)
PART = 500_000


def _one_of(*values: str) -> str:
    """SQL for one of the values, by the record's number."""
    listed = ", ".join(f"'{value}'" for value in values)
    return f"([{listed}])[1 + (hash(n * 31 + 7) % {len(values)})::INT]"


_OPEN_END = "CASE WHEN hash(n * 13) % 10 < {0} THEN valid_from + (30 + hash(n * 17) % 900)::INT END"
# Source → share of the records, SQL for when it ends, column → SQL of its text.
SOURCES: dict[str, tuple[float, str, dict[str, str]]] = {
    "registration": (
        0.05,
        "NULL",
        {"REGSTATE": _one_of(*["存续"] * 18, "注销", "吊销"), "ENTNAME": "'某公司' || n"},
    ),
    "dual_publicity_licence": (
        0.25,
        "valid_from + (365 + hash(n * 17) % 2000)::INT",
        {"XK_ZT": _one_of("1", "1", "1", "2"), "XK_NR": "'准予从事某项经营活动' || n"},
    ),
    "dual_publicity_penalty": (
        0.04,
        "valid_from + 365",
        {
            "CF_CFLB": _one_of(
                "警告", "罚款", "罚款", "罚款;没收违法所得", "责令停产停业", "吊销许可证件", "通报批评"
            ),
            "CF_NR_FK": "((hash(n * 11) % 4000) / 100.0)::DECIMAL(18,6)::VARCHAR",
            "CF_WFXW": _one_of("虚假宣传", "组织虚假交易", "无照经营", "未亮照经营"),
            "CF_SY": "'当事人于某日从事违法行为' || n",
        },
    ),
    "commitment": (0.1, _OPEN_END.format(8), {"fulfilment": _one_of("履行中", *["已履行"] * 6, "未履行")}),
    "spot_check": (0.2, "NULL", {"result": _one_of(*["合格"] * 15, "不合格"), "product_name": "'商品' || n"}),
    "complaint_outcome": (
        0.2,
        "NULL",
        {
            "outcome": _one_of("调解成功", "和解", "调解不成", "撤回", "终止调解"),
            "advance_compensation": _one_of("0", "0", "1"),
        },
    ),
    "platform_sanction": (0.02, _OPEN_END.format(9), {"measure": _one_of("警示", "暂停服务", "终止服务")}),
    "honour": (0.06, _OPEN_END.format(9), {"level": _one_of("市级", "省级"), "red_list": "'0'"}),
    "association_membership": (0.03, _OPEN_END.format(3), {}),
    "abnormal_operation": (0.01, _OPEN_END.format(7), {"listing_reason": "'未按期公示年度报告'"}),
    "serious_dishonesty": (0.001, _OPEN_END.format(5), {"list_name": "'市场监督管理严重违法失信名单'"}),
    "judgment_debtor": (0.001, _OPEN_END.format(6), {"case_no": "'(2026)苏04执' || n || '号'"}),
    "customs_rating": (
        0.01,
        _OPEN_END.format(5),
        {"grade": _one_of("高级认证企业", "其他注册登记和备案企业", "失信企业")},
    ),
    "platform_disclosure": (0.002, "NULL", {"kind": _one_of("基本信息", "重大事件")}),
    "courier_licence": (0.002, "valid_from + 1825", {"status": _one_of("1", "1", "2")}),
    "courier_violation": (
        0.006,
        "valid_from + 365",
        {"penalty_kind": _one_of("罚款", "警告"), "fine_amount": "'1.500000'"},
    ),
    "agency_registration": (0.005, _OPEN_END.format(9), {"agency_kind": _one_of("代运营", "咨询")}),
}


def make_ledger(engine: Any, folder: Path, first: int, records: int, subjects: int, drawn_from: int) -> None:
    """Write `records` entries from leaf `first` on, about subjects drawn from the first `drawn_from`.

    One entry in fifty is about a document that an earlier entry of its source already is about, half of them withdrawals.
    """
    shares = sum(share for share, _, _ in SOURCES.values())
    leaf = first
    for source, (share, ends, columns) in SOURCES.items():
        target = folder / f"source={source}"
        target.mkdir(parents=True, exist_ok=True)
        left = round(records * share / shares)
        while left > 0:
            rows = min(left, PART)
            listed = "".join(f', {sql} AS "{code}"' for code, sql in columns.items())
            engine.execute(
                f"""COPY (
                    SELECT n AS leaf,
                        CASE WHEN n % 100 = 0 THEN 'withdraw' WHEN n % 50 = 0 THEN 'correct' ELSE 'post' END AS verb,
                        md5('{source}' || CASE WHEN n % 50 = 0 THEN n - 3 ELSE n END) AS doc_key,
                        (hash(CASE WHEN n % 50 = 0 THEN n - 3 ELSE n END * 3) % {drawn_from})::BIGINT AS subject_id,
                        valid_from, ({ends})::DATE AS valid_to, TIMESTAMP '{KNOWN.isoformat(sep=" ")}' AS known_at,
                        1::BIGINT AS batch_id, n AS line, 'bench' AS edition, 'gongshang' AS supplier{listed}
                    FROM (SELECT i AS n, DATE '2022-06-01' + (hash(i * 5) % 1460)::INT AS valid_from
                          FROM range({leaf}, {leaf + rows}) t(i))
                ) TO '{target}/{leaf:012d}-{leaf + rows - 1:012d}.parquet' (FORMAT parquet, COMPRESSION zstd)"""
            )
            leaf, left = leaf + rows, left - rows
    if subjects < drawn_from:
        raise ValueError("records about subjects that do not exist")


def make_subjects(engine: Any, target: Path, subjects: int) -> None:
    """Write the picture of who is who; one subject in two hundred is merged into its neighbour."""
    target.parent.mkdir(parents=True, exist_ok=True)
    engine.execute(
        f"""COPY (
            SELECT i::BIGINT AS subject_id, (CASE WHEN i % 200 = 199 THEN i - 1 ELSE i END)::BIGINT AS canonical_id,
                '91320400' || lpad(i::VARCHAR, 10, '0') AS code, '某公司' || i AS name,
                CASE WHEN i % 20 < 13 THEN '法人及非法人组织' WHEN i % 20 < 19 THEN '个体工商户' ELSE '自然人' END AS kind,
                '320411' AS area,
                CASE WHEN hash(i) % 40 = 0 THEN '注销' WHEN hash(i) % 40 = 1 THEN '吊销' ELSE '存续' END AS status,
                i % 20 = 19 AS is_person, true AS registered, '' AS legal_rep, '' AS address, 0::BIGINT AS changed_leaf,
                TIMESTAMP '{KNOWN.isoformat(sep=" ")}' AS known_at
            FROM range({subjects}) t(i)) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"""
    )


def timed(name: str, figures: dict[str, Any], work: Callable[[], Any]) -> Any:
    """Do the work and note its seconds, and the processor seconds of all threads: the first grow when others work too."""
    start, busy = time.perf_counter(), time.process_time()
    done = work()
    figures[f"{name}_seconds"] = round(time.perf_counter() - start, 2)
    figures[f"{name}_cpu_seconds"] = round(time.process_time() - busy, 2)
    print(f"{name}: {figures[f'{name}_seconds']} s", file=sys.stderr)
    return done


def check_sample(engine: Any, models: Any, lake: Any, size: int, subjects: int) -> int:
    """Compare the kept grades of a random sample with the reference; returns how many were compared."""
    from ecredit.facts.records.types import EntryView
    from ecredit.judgement.evaluation.queries import current_grades
    from ecredit.judgement.evaluation.reference import judge_from_entries

    chosen = random.Random(1).sample(range(subjects), size)
    listed = ", ".join(map(str, chosen))
    who = engine.execute(
        f"""SELECT subject_id, canonical_id, kind, status FROM read_parquet('{lake.subjects}')
            WHERE canonical_id IN ({listed})"""
    ).fetchall()
    canonical = {row[0]: row[1] for row in who}
    entries: dict[int, list[EntryView]] = {number: [] for number in canonical.values()}
    for source, pattern in lake.ledger.items():
        cursor = engine.execute(
            f"SELECT * FROM read_parquet('{pattern}', union_by_name = true, hive_partitioning = false) "
            f"WHERE subject_id IN ({', '.join(map(str, canonical))})"
        )
        names = [column[0] for column in cursor.description]
        fixed = ("leaf", "verb", "doc_key", "subject_id", "valid_from", "valid_to", "known_at", "supplier", "batch_id",
                 "line", "edition")  # fmt: skip
        for row in cursor.fetchall():
            cells = dict(zip(names, row, strict=True))
            values = {k: v for k, v in cells.items() if k not in fixed and v is not None}
            held = {k: cells[k] for k in fixed}
            entries.setdefault(canonical[cells["subject_id"]], []).append(
                EntryView(source_id=source, values=values, original={}, **held)
            )
    kept = {row.subject_id: row for row in current_grades(chosen)}
    compared = 0
    for subject_id, canonical_id, kind, status in who:
        if subject_id != canonical_id:
            continue
        judged = judge_from_entries(models, kind, entries.get(subject_id, []), AS_OF, status=status)
        assert judged is not None
        model, judgement = judged
        row = kept[subject_id]
        assert (row.model_id, row.grade, row.score, row.valid_until) == (
            model.id, judgement.grade, judgement.score, judgement.valid_until,
        ), (subject_id, row, judgement)  # fmt: skip
        assert [(r.indicator, r.points, r.leaves, r.records) for r in row.reasons] == [
            (f.indicator, f.points, f.leaves, f.records) for f in judgement.findings
        ], (subject_id, row, judgement)
        compared += 1
    return compared


def run(folder: Path, subjects: int, records: int) -> dict[str, Any]:
    """Build, grade, add 1%, grade again; returns the figures."""
    os.environ["ECREDIT_HOME"] = str(folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]
    import django
    import duckdb

    django.setup()
    from django.core.management import call_command

    from ecredit.facts.actors.types import OPERATOR
    from ecredit.facts.records.queries import mirror_folder, mirror_glob, mirror_sources
    from ecredit.facts.subjects.lake import current_path
    from ecredit.foundation.catalog.load import load_catalog
    from ecredit.foundation.kernel.home import Home
    from ecredit.foundation.proof.keys import KeyRing
    from ecredit.judgement.evaluation.column_records import Lake
    from ecredit.judgement.evaluation.evaluate_actions import evaluate_lake
    from ecredit.judgement.evaluation.model_loader import load_models
    from ecredit.judgement.evaluation.queries import changed_since, current_grades, newest_row

    home = Home(folder).ensure()
    ring = KeyRing.create(home.keys)
    call_command("migrate", verbosity=0)
    models = load_models(ROOT / "catalog", load_catalog(ROOT / "catalog"))
    figures: dict[str, Any] = {"subjects": subjects, "records": records}
    engine = duckdb.connect(config={"threads": 2, "memory_limit": "2GB"})

    def build() -> None:
        make_subjects(engine, current_path(home), subjects)
        make_ledger(engine, mirror_folder(home), 0, records, subjects, subjects)

    timed("build", figures, build)
    at = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)

    def grade(as_of: date = AS_OF) -> Any:
        return evaluate_lake(home=home, models=models, ring=ring, as_of=as_of, by=OPERATOR, at=at)

    full = timed("full", figures, grade)
    figures |= {"full_judged": full.looked_at, "full_rows": full.changed, "grades": full.grades}
    figures["peak_rss_gb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2, 2)
    figures["database_mb"] = round(home.operational_db.stat().st_size / 1e6)
    lake = Lake(current_path(home), {s: mirror_glob(home, s) for s in mirror_sources(home)})
    figures["equal_to_reference"] = check_sample(engine, models, lake, 1000, subjects)
    figures["rows_read"] = timed("read_all_with_reasons", figures, lambda: sum(1 for _ in current_grades()))
    figures["nothing_new_judged"] = timed("nothing_new", figures, grade).looked_at

    def expected(first: int) -> set[int]:
        parts = " UNION ".join(
            f"SELECT w.canonical_id FROM read_parquet('{pattern}', union_by_name = true, hive_partitioning = false) e "
            f"JOIN read_parquet('{lake.subjects}') w USING (subject_id) WHERE leaf >= {first}"
            for pattern in lake.ledger.values()
        )
        return {row[0] for row in engine.execute(parts).fetchall()}

    # New records about a tenth of the subjects, as a month's files are; then as many about a hundredth.
    for times, name, share in ((2, "one_percent", 10), (3, "one_percent_of_subjects", 100)):
        make_ledger(engine, mirror_folder(home), records * times, records // 100, subjects, subjects // share)
        before = newest_row()
        more = timed(name, figures, grade)
        touched = expected(records * times)
        assert more.looked_at == len(touched), (more.looked_at, len(touched))
        assert set(changed_since(before)) <= touched
        figures |= {f"{name}_judged": more.looked_at, f"{name}_rows": more.changed}
    figures["equal_after_new"] = check_sample(engine, models, lake, 1000, subjects)
    later = timed("next_day", figures, lambda: grade(AS_OF + timedelta(days=1)))
    figures |= {"next_day_judged": later.looked_at, "next_day_rows": later.changed}
    return figures


def main() -> None:
    """Read the arguments and print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--subjects", type=int, default=500_000)
    parser.add_argument("--records", type=int, default=10_000_000)
    parser.add_argument("--keep", type=Path, help="use this empty folder and leave it there")
    given = parser.parse_args()
    if given.keep is not None:
        print(json.dumps(run(given.keep, given.subjects, given.records), ensure_ascii=False, indent=2))
        return
    with tempfile.TemporaryDirectory(prefix="regrade-") as folder:
        print(json.dumps(run(Path(folder), given.subjects, given.records), ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
