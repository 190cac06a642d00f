"""Make `catalog/matching/company.json`: the fixed weights for matching organisation names.

    python bench/train_company_model.py [--out FILE] [--check]

Firms are invented from the words of `catalog/matching/names.yaml` and 120 characters usual in names; each is then
written once more the way suppliers write names (place left out, form shortened, trade cut, a character wrong). Splink
estimates u from random pairs and m from the known true pairs; both with a seed, one thread, so that the file comes out
the same again (`--check` compares). No register, no supplier's file and no evaluation data goes into it.
"""

import argparse
import hashlib
import json
import random
import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ecredit.facts.subjects.matching_columns import part_table
from ecredit.facts.subjects.matching_functions import add_likeness
from ecredit.facts.subjects.matching_model import LEVELS, splink_settings
from ecredit.facts.subjects.name_words import NameWords, load_words

SEED = 20260401
FIRMS = 20_000
PAIRS = 4_000_000
OUT = Path(__file__).resolve().parent.parent / "catalog" / "matching" / "company.json"
# Characters usual in names of firms, from general knowledge.
CHARACTERS = (
    "华兴盛达鑫龙金天安泰恒祥瑞丰德宏明新东方海江南中大联信诚通利源和顺润福康佳美佰亿正永隆春江阳光星辰宇博远航腾飞凯"
    "旺荣昌裕嘉宝银河长城国邦富强力威科创智慧云启越凌锐晶晟昊益民众合同创优品良友好世纪之家园绿青蓝红翔鹏雅艺林森木"
    "成功立卓尚逸思源景泽浩然如意吉庆平"
)
SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈"
)
STREETS = [
    "和平",
    "延陵",
    "劳动",
    "关河",
    "青龙",
    "通江",
    "晋陵",
    "龙城",
    "长虹",
    "太湖",
    "汉江",
    "黄河",
    "衡山",
    "泰山",
    "河海",
    "兰陵",
    "花园",
    "怀德",
    "永宁",
    "广化",
]
PLACES = (("常州市", 30), ("常州", 22), ("常州市武进", 12), ("武进区", 2), ("常州市新北区", 2), ("常州市金坛", 4),
          ("溧阳市", 6), ("江苏", 7), ("常州市钟楼区", 2), ("常州市天宁区", 2), ("苏州", 3), ("南京", 4),
          ("上海", 2), ("无锡市", 2))  # fmt: skip
FORMS = (("有限公司", 78), ("有限责任公司", 4), ("股份有限公司", 2), ("厂", 10), ("经营部", 3), ("专业合作社", 2),
         ("商行", 1))  # fmt: skip
BRANCH_TAILS = ("分公司", "营业部", "门市部", "店", "加油站", "支行", "经营部")


class Invention:
    """Invented firms and the ways they are written; every choice comes from one seeded generator."""

    def __init__(self, words: NameWords) -> None:
        self.rng = random.Random(SEED)
        self.trades = sorted(word for word in words.trades if len(word) <= 4)
        self.rng.shuffle(self.trades)

    def pick(self, weighted: tuple[tuple[str, int], ...]) -> str:
        return self.rng.choices([v for v, _ in weighted], [w for _, w in weighted])[0]

    def skewed(self, values: Any) -> Any:
        """Some values are usual and most are rare, as in every register."""
        return values[min(int(self.rng.paretovariate(0.7)) - 1, len(values) - 1)]

    def firm(self) -> dict[str, str]:
        rng = self.rng
        length = rng.choices((2, 3, 4), (76, 12, 12))[0]
        trade = self.skewed(self.trades) if rng.random() < 0.8 else rng.choice(self.trades)
        if rng.random() < 0.3:
            trade += self.skewed(self.trades)
        branch = ""
        if rng.random() < 0.1:
            branch = rng.choice((*STREETS, "武进", "新北", "第一", "第二", "城南", "湖塘")) + rng.choice(
                BRANCH_TAILS
            )
        return {
            "area": self.pick(PLACES),
            "core": "".join(rng.choice(CHARACTERS) for _ in range(length)),
            "trade": trade,
            "form": self.pick(FORMS),
            "branch": branch,
            "address": self.address(),
            "legal_rep": rng.choice(SURNAMES)
            + "".join(rng.choice(CHARACTERS) for _ in range(rng.choice((1, 2)))),
        }

    def address(self) -> str:
        rng = self.rng
        street = rng.choice(STREETS) + rng.choice(("路", "东路", "西路", "中路", "街"))
        tail = rng.choice(
            ("", "", f"{rng.randint(1, 9)}幢{rng.randint(101, 2500)}室", f"-{rng.randint(1, 30)}")
        )
        return f"{rng.choice(('', '常州市', '常州市武进区'))}{street}{rng.randint(1, 400)}号{tail}"

    def rewritten(self, firm: dict[str, str]) -> dict[str, str]:
        """The same firm as some supplier's row has it. The rates are our judgement, not measured."""
        rng, row = self.rng, dict(firm)
        chance = rng.random()
        if chance < 0.15:
            row["area"] = ""
        elif chance < 0.35:
            row["area"] = row["area"].removesuffix("市") if row["area"].endswith("市") else row["area"]
        elif chance < 0.50:  # the district left out, or put in
            inner = row["area"].startswith("常州")
            row["area"] = rng.choice(("常州市", "常州市武进区", "常州市新北区")) if inner else row["area"]
        elif chance < 0.51:
            row["area"] = self.pick(PLACES)
        chance = rng.random()
        if chance < 0.10:
            row["form"] = ""
        elif chance < 0.14:
            row["form"] = "公司" if row["form"].endswith("公司") else row["form"]
        elif chance < 0.17:
            row["form"] = rng.choice(("有限责任公司", "有限公司"))
        chance = rng.random()
        if chance < 0.06:
            row["trade"] = ""
        elif chance < 0.12 and len(row["trade"]) > 2:
            row["trade"] = row["trade"][:2]
        elif chance < 0.15:
            row["trade"] = rng.choice(self.trades)
        chance = rng.random()
        if chance < 0.05:
            place = rng.randrange(len(row["core"]))
            row["core"] = row["core"][:place] + rng.choice(CHARACTERS) + row["core"][place + 1 :]
        elif chance < 0.06 and len(row["core"]) > 2:
            row["core"] = row["core"][:2]
        elif chance < 0.08:  # a former name
            row["core"] = "".join(rng.choice(CHARACTERS) for _ in row["core"])
        chance = rng.random() if row["branch"] else 1.0
        if chance < 0.04:
            row["branch"] = ""
        elif chance < 0.08:  # the place before the branch's own name
            row["branch"] = rng.choice(("城东", "老", "镇")) + row["branch"]
        elif chance < 0.10:
            row["branch"] = rng.choice(CHARACTERS) + row["branch"][1:]
        row["address"] = self.readdressed(row["address"])
        chance = rng.random()
        row["legal_rep"] = (
            "" if chance < 0.5 else (rng.choice(SURNAMES) + "华" if chance < 0.58 else row["legal_rep"])
        )
        return row

    def readdressed(self, address: str) -> str:
        chance = self.rng.random()
        if chance < 0.45:
            return ""
        if chance < 0.60:
            return self.address()
        if chance < 0.75:
            return address.split("号")[0] + "号"
        return address.replace("常州市", "江苏省常州市") if chance < 0.85 else address


def main() -> int:
    """Train and write, or with --check compare with what is there; 1 when it differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    words = load_words()
    text = json.dumps(trained(words), ensure_ascii=False, indent=2) + "\n"
    if options.check:
        same = options.out.read_text(encoding="utf-8") == text
        print("same" if same else f"{options.out} is not what this program makes")
        return 0 if same else 1
    options.out.write_text(text, encoding="utf-8")
    print(text)
    return 0


def trained(words: NameWords) -> dict[str, Any]:
    """The content of the model file."""
    import splink
    from splink import DuckDBAPI, Linker

    invention = Invention(words)
    firms = [invention.firm() for _ in range(FIRMS)]
    rows = [invention.rewritten(firm) for firm in firms]
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    add_likeness(connection)
    connection.register("firms", table(firms, words))
    connection.register("rows", table(rows, words))
    connection.execute("CREATE TABLE pool AS SELECT *, slips(plain) AS slips FROM firms")
    connection.execute("CREATE TABLE claims AS SELECT *, slips(plain) AS slips FROM rows")
    api = DuckDBAPI(connection)
    settings = splink_settings(None) | {"additional_columns_to_retain": ["firm"]}
    linker = Linker([api.register("claims"), api.register("pool")], settings, log_level=None)
    linker.training.estimate_u_using_random_sampling(max_pairs=PAIRS, seed=SEED)
    linker.training.estimate_m_from_label_column("firm")
    learned = linker.misc.save_model_to_json()
    return {
        "id": "company",
        "version": "1",
        "note_zh": "m：同一主体的两种写法出现该结果的比例；u：不同主体出现该结果的比例。权重为 log2(m/u)。系数固定，不随收数变化。",
        "note_en": "m: how often the outcome occurs among writings of one subject; u: among different subjects. Fixed.",
        "provenance": {
            "made_by": "bench/train_company_model.py",
            "program_sha256": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
            "words_edition": words.edition,
            "splink": splink.__version__,
            "seed": SEED,
            "firms": FIRMS,
            "pairs_for_u": PAIRS,
            "data": "invented firms and invented rewritings; no real register",
            "by_hand": [
                "written",
                "u of some outcomes (CAUTIOUS_U)",
                "known_share",
                "earlier_decision_weight",
                "most_candidates",
                "least_probability",
                "least_of_best",
            ],
        },
        "known_share": 0.8,
        "earlier_decision_weight": 6.0,
        "most_candidates": 8,
        "least_probability": 0.0005,
        "least_of_best": 0.01,
        "comparisons": {field: parameters(field, learned) for field in LEVELS},
    }


# A core inside another is often just a usual word (中国); branches of one firm are called 河口 and 三河口; firms with names alike often have one owner and one yard. Among random pairs agreement on these is so rare that it would
# outweigh any difference of the names; two firms of almost the same name in one street must not look like one.
CAUTIOUS_U = {("core", "close"): 0.0002, ("core", "contains"): 0.0005, ("branch", "close"): 0.0005,
              ("branch", "half"): 0.005, ("address", "same"): 0.002, ("address", "same_door"): 0.004, ("legal_rep", "same"): 0.01}  # fmt: skip
# `written` repeats what the parts say, so only what it adds is set: among pairs whose parts are all alike, the very
# same writing is usual for one firm and unusual for two.
# A slip that spoils the parts stands for all of them: three in a hundred rows have one, two firms hardly ever.
WRITTEN = {"same": (0.85, 0.25), "close": (0.15, 0.75), "misspelt": (0.03, 1e-6), "different": (0.5, 0.5)}


def parameters(field: str, learned: dict[str, Any]) -> dict[str, dict[str, float]]:
    """m and u of one field by verdict."""
    if field == "written":
        return {verdict: {"m": m, "u": u} for verdict, (m, u) in WRITTEN.items()}
    comparison = next(c for c in learned["comparisons"] if c["output_column_name"] == field)
    found = {level["label_for_charts"]: level for level in comparison["comparison_levels"]}
    made = {}
    for verdict, _ in LEVELS[field]:
        # An outcome never seen is rare, not impossible: half a pair in what was looked at.
        m = max(found[verdict].get("m_probability") or 0.0, 0.5 / FIRMS)
        u = max(
            found[verdict].get("u_probability") or 0.0, 0.5 / PAIRS, CAUTIOUS_U.get((field, verdict), 0.0)
        )
        made[verdict] = {"m": round(m, 6), "u": round(u, 8)}
    return made


def table(firms: list[dict[str, str]], words: NameWords) -> pa.Table:
    """Firms as the columns that are compared, with `firm` telling which is which."""
    names = (f["area"] + f["core"] + f["trade"] + f["form"] + f["branch"] for f in firms)
    made = part_table(zip(names, (f["address"] for f in firms), strict=True), words)
    made = made.append_column("legal_rep", pa.array([f["legal_rep"] or None for f in firms], pa.string()))
    numbers = pa.array(range(len(firms)), pa.int64())
    return made.append_column("unique_id", numbers).append_column("firm", numbers)


if __name__ == "__main__":
    sys.exit(main())
