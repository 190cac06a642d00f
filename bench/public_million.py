"""One million subjects in the public database: how long do a search and a profile take?

    .venv/bin/python bench/public_million.py [--subjects 1000000] [--keep FILE]

Builds the database with the room's own writer (names put together from places, words and trades, so that a two
character search meets both rare and very common pairs), then asks it in process. Prints p50/p95/max in milliseconds;
exit code 1 when a search of 2, 3 or 4 characters is over 20 ms at p95, or a profile over 2 ms.
"""

import argparse
import itertools
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

from ecredit.service.publicity.queries import PublicStore
from ecredit.service.publicity.store import (
    ItemRow,
    SubjectRow,
    item_doc,
    reason_docs,
    rebuild_store,
    to_json,
)
from ecredit.service.publicity.types import PublicModel, PublicReason, PublicStep, Section

ON = date(2026, 11, 25)
SEARCH_MS, PROFILE_MS = 20.0, 2.0
PLACES = [
    "常州",
    "常州市",
    "江苏",
    "常州市武进区",
    "常州市新北区",
    "常州市天宁区",
    "常州市钟楼区",
    "溧阳市",
    "常州市金坛区",
    "武进",
    "江苏省常州",
]
TRADES = [
    "电子商务",
    "网络科技",
    "信息技术",
    "商贸",
    "贸易",
    "服饰",
    "食品",
    "物流",
    "快递",
    "供应链管理",
    "文化传媒",
    "机械",
    "纺织品",
    "日用品",
    "农业科技",
]
FORMS = [
    "有限公司",
    "有限公司",
    "有限公司",
    "有限责任公司",
    "股份有限公司",
    "商行",
    "经营部",
    "中心（有限合伙）",
    "有限公司常州分公司",
]
# Two thousand of the commonest characters would do; a block of the Unicode table has rarer ones beside them.
LETTERS = [chr(code) for code in range(0x5C0F, 0x5C0F + 1600)]


def make_names(count: int, dice: random.Random) -> Iterator[str]:
    """Register names: place, two to four letters (some far commoner than others), trade, form."""
    weights = list(itertools.accumulate(1 / (rank + 5) for rank in range(len(LETTERS))))
    for _ in range(count):
        letters = "".join(dice.choices(LETTERS, cum_weights=weights, k=dice.choice((2, 2, 2, 3, 4))))
        yield f"{dice.choice(PLACES)}{letters}{dice.choice(TRADES)}{dice.choice(FORMS)}"


LABELS = {
    code: (name, "", "")
    for code, name in {
        "WSH": "决定文书号",
        "SY": "事实",
        "YJ": "依据",
        "NR": "内容",
        "JDRQ": "决定日期",
        "JG": "机关",
    }.items()
}
MODEL = PublicModel(
    "0123456789ab", "企业信用评价模型", "Model for enterprises", "1", ON, False, 0.0, 100.0,
    (PublicStep("A", 90.0), PublicStep("B", 70.0), PublicStep("C", 50.0), PublicStep("D", None)), (), {},
)  # fmt: skip


# What would lift a grade, and its history, as long as a demo city's: one subject in ten has the first, one in three the other.
_LIFT = [
    [["缴清罚款后申请信用修复", "Pay the fine, then ask for repair", "《信用修复管理办法》（国家发展和改革委员会令第36号）"]],
    [], "2027-03-01", "B", 82.0, "C", 65.0,
]  # fmt: skip
OUTLOOK = to_json([[_LIFT] * 3, _LIFT, [["2027-05-08", "B", 75.0]] * 2, [["行政处罚", "Penalties"]]])
HISTORY = to_json(
    [
        [day, grade, 65.0, "0123456789ab", [], None]
        for day, grade in (("2026-11-01", "B"), ("2026-05-01", "C"))
    ]
)


def make_item(leaf: int, code: str, section: Section, dice: random.Random) -> ItemRow:
    """A document with as many and as long fields as the dual-publicity tables have."""
    day = ON - timedelta(days=dice.randrange(1, 300))
    fields = {
        "WSH": f"常市监罚〔2026〕{leaf}号",
        "SY": "当事人在其网店销售的商品标注的生产日期与实际不符，" * 3,
        "YJ": "《中华人民共和国产品质量法》相关规定",
        "NR": "罚款人民币壹万元整，没收违法所得。",
        "JDRQ": day.isoformat(),
        "JG": "常州市市场监督管理局",
    }
    clause = "《信用修复管理办法》（国家发展和改革委员会令第36号）：一般失信信息，最长公示12个月"
    until = (day + timedelta(days=366)).isoformat()
    doc = item_doc("常州市市场监督管理局", clause, day.isoformat(), None, fields)
    return (leaf, code, section, section, day.isoformat(), day.isoformat(), until, doc)


def build(path: Path, count: int) -> None:
    """The database: every subject registered, graded, one in three with a licence, one in ten with a penalty."""
    dice = random.Random(20261125)
    reasons = reason_docs(
        (
            PublicReason("登记信息完整", "Registration complete", 10.0),
            PublicReason(
                "仅有登记信息，所知有限，等级不高于B", "Only the registration is known: no better than B", 0.0
            ),
        )
    )
    names = list(make_names(count, dice))
    codes = [f"9132041{n:08d}XYZ"[:18] for n in range(count)]

    def subjects() -> Iterator[SubjectRow]:
        for n, name in enumerate(names):
            grade = dice.choice("ABBBCD")
            yield (
                n + 1, codes[n], name, "法人及非法人组织", "320411", "存续", grade, "2026-11-01", "2027-05-08", 65.0, MODEL.edition, "",
                "[]", reasons, None, OUTLOOK if n % 10 == 0 else None, HISTORY if n % 3 == 0 else None, n,
            )  # fmt: skip

    def items() -> Iterator[ItemRow]:
        leaf = 0
        for n, code in enumerate(codes):
            sections = (
                [Section.REGISTRATION] + [Section.LICENCE] * (n % 3 == 0) + [Section.PENALTY] * (n % 10 == 0)
            )
            for section in sections:
                leaf += 1
                yield make_item(leaf, code, section, dice)

    with rebuild_store(path) as writer:
        writer.put_models([MODEL])
        writer.put_subjects(subjects())
        writer.put_sources((section, "行政处罚", "Penalty", to_json(LABELS)) for section in Section)
        writer.put_items(items())
        writer.put_old_codes((f"3204{n:011d}", codes[n]) for n in range(0, count, 5))
        writer.settle()


def measure(label: str, ask: Callable[[str], object], asked: list[str]) -> float:
    """Ask each once; print the percentiles; return p95 in milliseconds."""
    times = []
    for text in asked:
        begun = time.perf_counter()
        ask(text)
        times.append((time.perf_counter() - begun) * 1000)
    times.sort()
    p50, p95 = times[len(times) // 2], times[len(times) * 95 // 100]
    print(f"{label:34} {len(times):5}  p50 {p50:7.3f}  p95 {p95:7.3f}  max {times[-1]:8.3f} ms")
    return p95


def main() -> int:
    """Build, ask, judge."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--subjects", type=int, default=1_000_000)
    parser.add_argument(
        "--keep", type=Path, help="keep the database here, and use it when it is already there"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.keep or Path(folder) / "public.sqlite3"
        if not path.exists():
            begun = time.perf_counter()
            build(path, options.subjects)
            print(
                f"built {options.subjects:,} subjects in {time.perf_counter() - begun:.1f} s, SQLite {sqlite3.sqlite_version}"
            )
        print(f"{path.stat().st_size / 1e6:,.0f} MB")
        return ask(PublicStore(path), options.subjects)


def ask(store: PublicStore, count: int) -> int:
    """The questions: parts of names that are there, parts that are not, codes, profiles."""
    dice = random.Random(7)
    names = list(make_names(count, random.Random(20261125)))
    late = []
    for length in (2, 3, 4, 6):
        parts = []
        while len(parts) < 600:
            name = dice.choice(names)
            begin = dice.randrange(0, len(name) - length)
            part = name[begin : begin + length]
            if "（" not in part and "）" not in part:
                parts.append(part)
        p95 = measure(f"search, {length} characters of a name", lambda part: store.search(part, ON), parts)
        absent = ["".join(dice.choices(LETTERS[800:], k=length)) for _ in range(200)]
        p95_absent = measure(
            f"search, {length} characters, no hit", lambda part: store.search(part, ON), absent
        )
        if length <= 4:
            late += [f"search of {length}"] * (max(p95, p95_absent) > SEARCH_MS)
    two = [f"{dice.choice(names)[-14:-10]} {dice.choice(TRADES)}" for _ in range(200)]
    measure("search, two words", lambda text: store.search(text, ON), two)
    whole = [dice.choice(names) for _ in range(300)]
    measure("search, a whole name", lambda text: store.search(text, ON), whole)
    measure(
        "search, 8 characters of a code",
        lambda text: store.search(text, ON),
        [f"9132041{n}" for n in range(10)] * 20,
    )
    codes = [f"9132041{dice.randrange(count):08d}XYZ"[:18] for _ in range(2000)]
    p95 = measure("profile", lambda code: store.find_subject(code, ON), codes)
    late += ["profile"] * (p95 > PROFILE_MS)
    former = [f"3204{n * 5:011d}" for n in dice.sample(range(count // 5), 500)]
    measure("profile by a former code", lambda code: store.find_subject(code, ON), former)
    measure("totals", lambda _: store.totals(ON), [""] * 20)
    if late:
        print("over the limit:", ", ".join(late), file=sys.stderr)
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
