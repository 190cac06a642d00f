"""How long does it take to publish: everything from nothing, and then what one day changes?

    .venv/bin/python bench/public_projection.py [--subjects 130000] [--penalties 25000]

Writes a lake in the mirror's shape (a registration for every subject, penalties for some, a grade with three reasons
each), projects it whole, then once more without any change, then after 1% new penalties and grades, then on the day
a part of the penalties ends. Prints seconds, subjects a second and the peak memory.
"""

import argparse
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from stdnum.cn.uscc import calc_check_digit

from ecredit.foundation.catalog.folder import catalog_folder
from ecredit.foundation.catalog.load import load_catalog
from ecredit.foundation.catalog.types import Source
from ecredit.judgement.evaluation.model_loader import load_models
from ecredit.judgement.evaluation.types import GradeRow, Model, Reason
from ecredit.service.publicity.ledger_reading import Lake
from ecredit.service.publicity.projection import Inputs, run_projection
from ecredit.service.publicity.types import ProjectionSummary

TODAY = date(2026, 11, 25)
MODEL = next(m for m in load_models(catalog_folder(), load_catalog(catalog_folder())) if m.id == "enterprise")
KNOWN = datetime(2026, 11, 1)  # noqa: DTZ001 - the mirror's instants are UTC without a mark
KINDS = ("罚款", "罚款;没收违法所得", "警告", "吊销许可证件", "没收非法财物")
SCOPE = (
    "一般项目：互联网销售（除销售需要许可的商品）；日用百货销售；服装服饰批发；服装服饰零售；信息技术咨询服务。"
    * 2
)


class MadeGrades:
    """A grade for everybody, with reasons on the documents; changed for those in `changed`."""

    def __init__(self, leaves: dict[int, list[int]]) -> None:
        self.leaves, self.changed, self.row = leaves, set[int](), 1

    def newest(self) -> int:
        return self.row

    def changed_after(self, row: int) -> Iterable[int]:
        return self.changed if row < self.row else ()

    def of(self, subject_ids: Sequence[int]) -> Iterable[GradeRow]:
        for subject in subject_ids:
            own = tuple(self.leaves.get(subject, ()))
            reasons = (
                Reason("base", Decimal(60), (), 0, "基础分", "Base", None, "neutral"),
                Reason("registered", Decimal(10), (subject,), 1, "登记状态为存续", "In existence", None, "good"),
                *((Reason("fined", Decimal(-20), own, len(own), f"{len(own)}次处罚", "Penalised", None, "bad"),) if own else ()),
            )  # fmt: skip
            yield GradeRow(
                self.row, subject, "org", "1", MODEL.edition, "C" if own else "B", Decimal(70), reasons, TODAY,
                KNOWN.replace(tzinfo=UTC), None, 1, True, True,
            )  # fmt: skip

    def changes_of(self, _subject_ids: Sequence[int]) -> Iterable[tuple[GradeRow, GradeRow]]:
        return ()

    def outlooks_of(self, _rows: object, _subjects: object, _at: date) -> dict[int, Any]:
        return {}

    def histories_of(self, _subject_ids: Sequence[int]) -> dict[int, Any]:
        return {}

    def model(self, _edition: str) -> tuple[Model, date]:
        return MODEL, TODAY


def made_name(n: int) -> str:
    """A firm's name that no other subject has."""
    return f"常州{chr(0x5C0F + n % 1600)}{chr(0x5E00 + n // 1600)}电子商务有限公司"


def write_part(
    folder: Path, source: Source, first: int, subjects: list[int], columns: dict[str, list[str]]
) -> None:
    """One Parquet part of the mirror, leaves from `first` on."""
    count = len(subjects)
    place = folder / f"source={source.id}"
    place.mkdir(parents=True, exist_ok=True)
    arrays = {
        "leaf": pa.array(range(first, first + count), pa.int64()),
        "verb": pa.array(["post"] * count),
        "doc_key": pa.array([f"{first + n:032x}" for n in range(count)]),
        "subject_id": pa.array(subjects, pa.int64()),
        "valid_from": pa.nulls(count, pa.date32()),
        "valid_to": pa.nulls(count, pa.date32()),
        "known_at": pa.array([KNOWN] * count, pa.timestamp("us")),
        "batch_id": pa.array([1] * count, pa.int64()),
        "line": pa.array(range(count), pa.int64()),
        "edition": pa.array(["e"] * count),
        "supplier": pa.array(["gongshang"] * count),
    }
    for column in source.columns:
        if not column.sealed:
            arrays[column.code] = pa.array(columns.get(column.code, [None] * count), pa.string())
    pq.write_table(
        pa.table(arrays), place / f"{first:012d}-{first + count - 1:012d}.parquet", compression="zstd"
    )


def penalties(dice: random.Random, count: int) -> dict[str, list[str]]:
    """Values of penalties decided over the last year and a half."""
    days = [(TODAY - timedelta(days=dice.randrange(10, 540))).isoformat() for _ in range(count)]
    return {
        "CF_XDR_MC": ["某某电子商务有限公司"] * count,
        "CF_WSH": [f"常市监罚〔2026〕{n}号" for n in range(count)],
        "CF_WFXW": ["虚假宣传"] * count,
        "CF_SY": ["当事人在其网店销售的商品标注的生产日期与实际不符，联系电话13800138000。" * 3] * count,
        "CF_YJ": ["《中华人民共和国产品质量法》第五十三条"] * count,
        "CF_CFLB": [dice.choice(KINDS) for _ in range(count)],
        "CF_NR": ["罚款人民币壹万元整，没收违法所得。"] * count,
        "CF_NR_FK": ["1"] * count,
        "CF_JDRQ": days,
        "CF_YXQ": ["2099-12-31"] * count,
        "CF_CFJG": [
            dice.choice(("常州市市场监督管理局", "常州市武进区市场监督管理局", "常州市公安局"))
            for _ in range(count)
        ],
        "CF_CFJGDM": ["11320400014109270M"] * count,
    }


def main() -> int:
    """Make the lake, publish four times."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--subjects", type=int, default=130_000)
    parser.add_argument("--penalties", type=int, default=25_000)
    options = parser.parse_args()
    count, fined = options.subjects, options.penalties
    dice = random.Random(3)
    catalog = load_catalog(catalog_folder())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ledger, subjects = folder / "ledger", folder / "current.parquet"
        codes = [body + calc_check_digit(body) for body in (f"91320411MA{n:07d}" for n in range(count))]
        pq.write_table(
            pa.table(
                {
                    "subject_id": pa.array(range(count), pa.int64()),
                    "canonical_id": pa.array(range(count), pa.int64()),
                    "code": pa.array(codes),
                    "name": pa.array(
                        [
                            f"常州{chr(0x5C0F + n % 1600)}{chr(0x5E00 + n // 1600)}电子商务有限公司"
                            for n in range(count)
                        ]
                    ),
                    "kind": pa.array(["法人及非法人组织"] * count),
                    "area": pa.array(["320411"] * count),
                    "status": pa.array(["存续"] * count),
                    "is_person": pa.array([False] * count),
                    "changed_leaf": pa.array([0] * count, pa.int64()),
                }
            ),
            subjects,
        )
        register, penalty = catalog.sources["registration"], catalog.sources["dual_publicity_penalty"]
        for first in range(0, count, 200_000):
            ids = list(range(first, min(first + 200_000, count)))
            write_part(
                ledger, register, first, ids,
                {
                    "ENTNAME": ["某某电子商务有限公司"] * len(ids), "UNISCID": [codes[n] for n in ids],
                    "ENTTYPE": ["有限责任公司(自然人投资或控股)"] * len(ids), "LEREP": ["张三"] * len(ids),
                    "REGCAP": ["200万元人民币"] * len(ids), "ESTDATE": ["2019-04-12"] * len(ids),
                    "DOM": ["江苏省常州市新北区太湖东路9号4幢1203室"] * len(ids), "OPSCOPE": [SCOPE] * len(ids),
                    "REGORG": ["常州国家高新技术产业开发区市场监督管理局"] * len(ids), "REGSTATE": ["存续"] * len(ids),
                },
            )  # fmt: skip
        whose = [dice.randrange(count) for _ in range(fined)]
        leaves: dict[int, list[int]] = {}
        for n, subject in enumerate(whose):
            leaves.setdefault(subject, []).append(count + n)
        write_part(ledger, penalty, count, whose, penalties(dice, fined))
        grades = MadeGrades(leaves)

        def run(label: str, at: date) -> ProjectionSummary:
            began, spent = time.perf_counter(), time.process_time()
            lake = Lake(
                subjects, {s.id: str(ledger / f"source={s.id}" / "*.parquet") for s in (register, penalty)}
            )
            inputs = Inputs(
                catalog=catalog,
                lake=lake,
                codes=lambda ids: [(n, "uscc", codes[n]) for n in ids],
                grades=grades,
                code_order=("uscc",),
            )
            summary = run_projection(folder / "public.sqlite3", inputs, at=at, now=KNOWN.replace(tzinfo=UTC))
            lake.close()
            seconds, cpu = time.perf_counter() - began, time.process_time() - spent
            size = (folder / "public.sqlite3").stat().st_size // 1_000_000
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            took = f"{seconds:7.2f} s ({cpu:.2f} s of CPU)"
            print(f"{label:28} {took}  touched {summary.touched:,}  +{summary.added:,} -{summary.removed:,}")
            print(
                f"{'':28} subjects {summary.subjects:,}  items {summary.items:,}  full: {summary.why_full or 'no'}"
                f"  {size:,} MB  peak {peak:,} MB"
            )
            return summary

        run("everything from nothing", TODAY)
        run("nothing changed", TODAY)
        new = [dice.randrange(count) for _ in range(count // 100)]
        write_part(ledger, penalty, count + fined, new, penalties(dice, len(new)))
        for n, subject in enumerate(new):
            leaves.setdefault(subject, []).append(count + fined + n)
        grades.changed, grades.row = set(new), 2
        run("1% new penalties and grades", TODAY)
        run("a week later", TODAY + timedelta(days=7))
    return 0


if __name__ == "__main__":
    sys.exit(main())
