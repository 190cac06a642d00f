"""Administrative penalties in the columns of dual publicity: from years ago to last week, corrected, repeated, changed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from ecredit.foundation.kernel.periods import add_months
from ecredit.surface.cli.demo_mistakes import corrected, spoil
from ecredit.surface.cli.demo_plan import Plan, clear_of_terms, iso, stamp
from ecredit.surface.cli.demo_types import (
    Delivery,
    DemoRow,
    DemoSubject,
    Shape,
    coded_csv,
    gb_csv,
    tabbed,
    utf_csv,
    workbook,
)

SOURCE = "dual_publicity_penalty"
MARKET = "gongshang"


@dataclass(frozen=True, slots=True)
class _Act:
    """What was done and what it rests on."""

    kind: str
    facts: str
    basis: str


_MARKET_ACTS = (
    _Act(
        "虚假交易",
        "当事人通过虚构交易、编造用户评价的方式提升“{shop}”的销量",
        "《中华人民共和国电子商务法》第十七条",
    ),
    _Act(
        "虚假宣传",
        "当事人在商品详情页对商品的性能、销售状况作引人误解的宣传",
        "《中华人民共和国反不正当竞争法》第九条",
    ),
    _Act("未亮照经营", "当事人未在首页显著位置持续公示营业执照信息", "《中华人民共和国电子商务法》第十五条"),
    _Act(
        "侵犯注册商标专用权",
        "当事人在网店销售侵犯注册商标专用权的商品，货值金额{value}元",
        "《中华人民共和国商标法》",
    ),
    _Act("产品质量违法", "当事人销售的商品经检验不合格，货值金额{value}元", "《中华人民共和国产品质量法》"),
    _Act(
        "隐匿用户评价",
        "当事人隐匿、删除消费者对其商品的差评",
        "《中华人民共和国消费者权益保护法实施条例》第九条",
    ),
)
_OTHER_ACTS: Mapping[str, tuple[_Act, ...]] = {
    "shuiwu": (
        _Act(
            "未按规定办理纳税申报",
            "当事人未按规定期限办理纳税申报和报送纳税资料",
            "《中华人民共和国税收征收管理法》",
        ),
    ),
    "xiashiqu": (
        _Act("未按规定设置安全设施", "当事人仓储场所未按规定设置消防安全设施", "《中华人民共和国消防法》"),
    ),
    "nongwei": (
        _Act("农产品质量违法", "当事人网上销售的农产品农药残留超标", "《中华人民共和国农产品质量安全法》"),
    ),
    "tongxin": (
        _Act("未经许可经营电信业务", "当事人未取得许可从事增值电信业务", "《中华人民共和国电信条例》"),
    ),
    "gongan": (_Act("非法利用信息网络", "当事人向他人出售网店账号用于刷单", "《中华人民共和国网络安全法》"),),
}
# Kinds with the share of cases; the first word decides the class a reader of the law gives it.
_KINDS = (
    ("罚款", 40),
    ("罚款;没收违法所得", 18),
    ("警告;罚款", 12),
    ("警告", 12),
    ("通报批评", 4),
    ("没收非法财物;罚款", 5),
    ("吊销许可证件;罚款", 4),
    ("限制从业;罚款", 2),
    ("责令关闭", 1),
    ("责令停产停业", 2),
)


_MONTHLY = (
    (13, utf_csv()),
    (12, coded_csv()),
    (11, coded_csv()),
    (10, utf_csv()),
    (9, coded_csv()),
    (8, workbook("行政处罚信息公示表", merged="CF_CFJG")),
    (7, coded_csv()),
    (6, utf_csv()),
    (5, utf_csv()),
    (4, coded_csv()),
    (3, coded_csv()),
    (2, utf_csv()),
    (1, coded_csv()),
)


def penalty_deliveries(plan: Plan) -> list[Delivery]:
    """The market authority's files over the months, and one file each of other authorities."""
    total = plan.count(0.25, 110)
    files = [_backlog(plan, round(total * 0.25))]
    for months, shape in _MONTHLY:
        day = plan.months_ago(months)
        chance = plan.chance(f"penalty/{months}")
        rows = [
            _penalty(plan, chance, MARKET, day, _decided(chance, day))
            for _ in range(round(total * 0.05) or 1)
        ]
        if months == 11:
            rows += _legal_classics(plan, day)
        if months == 2:
            rows += _changed_on_review(files[-2].rows)
            spoil(
                rows,
                plan.source(SOURCE),
                chance,
                rate=0.01,
                mistakes=("identity_in_text", "other_firms_name"),
            )
        name = f"行政处罚_市市场监管局_{stamp(day)}"
        files.append(plan.delivery(SOURCE, MARKET, name, day, shape, rows, "市市场监管局"))
        if months == 3:
            files.append(_sent_again(plan, files[-1]))
    files += _latest_and_its_correction(plan, round(total * 0.1))
    files += [_other_authority(plan, sender, round(total * 0.05)) for sender in _OTHER_ACTS]
    return files


def _decided(chance: Random, day: date) -> date:
    """Most decisions come in within days; one in six is late."""
    return day - timedelta(
        days=chance.randrange(1, 6) if chance.random() < 0.84 else chance.randrange(25, 60)
    )


def _backlog(plan: Plan, count: int) -> Delivery:
    """What had gathered before the platform began: much of it has ended since, the heaviest is still shown."""
    day, chance = plan.months_ago(14), plan.chance("penalty/backlog")
    rows = [
        _penalty(
            plan, chance, MARKET, day, day - timedelta(days=chance.randrange(20, 800)), "常州市工商行政管理局"
        )
        for _ in range(count)
    ]
    spoil(
        rows,
        plan.source(SOURCE),
        chance,
        rate=0.004,
        mistakes=("repeated_row", "full_width_code", "firm_called_person"),
    )
    name = f"行政处罚存量_{stamp(day)}"
    return plan.delivery(SOURCE, MARKET, name, day, coded_csv("chinese"), rows, "常州市工商行政管理局")


def _penalty(
    plan: Plan, chance: Random, sender: str, day: date, decided: date, authority: str = "", about: DemoSubject | None = None,
    kinds: str = "",
) -> DemoRow:  # fmt: skip
    decided = clear_of_terms(decided, plan.today)
    subject = about or plan.culprit(chance, day, sender, done_on=decided)
    act = chance.choice(_MARKET_ACTS if sender == MARKET else _OTHER_ACTS[sender])
    kinds = kinds or chance.choices([k for k, _ in _KINDS], [w for _, w in _KINDS])[0]
    name, code = plan.department(sender)
    number = chance.randrange(10**7)
    fine = f"{chance.choice((0.3, 0.5, 1, 1.5, 2, 3, 5, 8, 12))}" if "罚款" in kinds else ""
    gains = f"{chance.randrange(1, 90) / 100}" if "没收" in kinds else ""
    facts = act.facts.format(shop=f"{subject.name[2:6]}优选店", value=chance.randrange(800, 90_000))
    restricted = "限制从业" in kinds
    cells = {
        "CF_XDR_MC": plan.name_on(subject, day),
        "CF_XDR_LB": subject.kind,
        "CF_XDR_SHXYM": subject.uscc,
        "CF_XDR_GSZC": "" if subject.uscc else subject.reg_no,
        "CF_FRDB": subject.representative,
        "CF_FR_ZJLX": "身份证" if subject.representative_id and number % 3 == 0 else "",
        "CF_FR_ZJHM": subject.representative_id if number % 3 == 0 else "",
        "CF_XDR_ZJLX": "身份证" if subject.is_person else "",
        "CF_XDR_ZJHM": subject.person_id,
        "CF_WSH": f"常{_SHORT[sender]}罚〔{decided.year}〕{number:07d}号",
        "CF_WFXW": act.kind,
        "CF_SY": f"经查，{facts}。\n以上事实有现场笔录、交易记录等证据证明。"
        if number % 9 == 0
        else f"经查，{facts}。",
        "CF_YJ": act.basis,
        "CF_CFLB": kinds,
        "CF_NR": "责令改正，" + "、".join(_with_amount(kind, fine, gains) for kind in kinds.split(";")),
        "CF_NR_FK": fine,
        "CF_NR_WFFF": gains,
        "CF_NR_ZKDX": f"食品经营许可证JY{number:012d}" if "吊销" in kinds else "",
        "CF_JDRQ": iso(decided),
        "CF_YXQ": iso(add_months(decided, 36 if restricted else 12)) if number % 5 else "2099-12-31",
        "CF_GSJZQ": iso(add_months(decided, 6)) if number % 11 == 0 else "",
        "CF_CFJG": authority or name,
        "CF_CFJGDM": code,
        "CF_SJLY": name,
        "CF_SJLYDM": code,
    }
    return plan.row(SOURCE, subject, day, cells)


def _with_amount(kind: str, fine: str, gains: str) -> str:
    return f"罚款{fine}万元" if kind == "罚款" else f"{kind}{gains}万元" if kind.startswith("没收") else kind


_SHORT = {
    MARKET: "市监处",
    "shuiwu": "税",
    "xiashiqu": "武政",
    "nongwei": "农",
    "tongxin": "通信",
    "gongan": "公（网安）",
}


def _legal_classics(plan: Plan, day: date) -> list[DemoRow]:
    """Firms known by an old number only, and twins of which one was punished: whom they are about is known."""
    chance = plan.chance("penalty/classics")
    by_number = [s for s in plan.city.traders if s.reg_no and not s.uscc][:3]
    rows = [
        _penalty(plan, chance, MARKET, day, day - timedelta(days=3), about=s, kinds="罚款") for s in by_number
    ]
    for pair in plan.city.twins[:3]:
        rows.append(_penalty(plan, chance, MARKET, day, day - timedelta(days=4), about=pair[0], kinds="罚款"))
    for branch, _ in plan.city.branches[:2]:
        rows.append(
            _penalty(plan, chance, MARKET, day, day - timedelta(days=5), about=branch, kinds="警告;罚款")
        )
    return rows


def _changed_on_review(earlier: list[DemoRow]) -> list[DemoRow]:
    """Decisions sent before whose fine was lowered on review: a later version of the same document."""
    changed = [r for r in earlier if r.cells.get("CF_NR_FK") and not r.waits and not r.about.later_name][:3]
    rows = []
    for row in changed:
        cells = {**row.cells, "CF_NR_FK": "0.2", "CF_NR": "行政复议后变更：罚款0.2万元"}
        rows.append(DemoRow(cells, row.about))
    return rows


def _sent_again(plan: Plan, first: Delivery) -> Delivery:
    """The very same file a week later under another name."""
    day = plan.days_ago((plan.today - first.sent_at.date()).days - 7)
    name = f"{first.filename.removesuffix(first.shape.suffix)}_重报"
    again = plan.delivery(SOURCE, MARKET, name, day, first.shape, first.rows)
    return replace(again, repeats=first.filename, called=first.called)


def _latest_and_its_correction(plan: Plan, count: int) -> list[Delivery]:
    """Last week's file with everything that goes wrong, and the one that puts it right."""
    day, chance = plan.days_ago(9), plan.chance("penalty/latest")
    rows = [_penalty(plan, chance, MARKET, day, _decided(chance, day)) for _ in range(max(count, 30))]
    spoil(
        rows, plan.source(SOURCE), chance, rate=0.02,
        mistakes=(
            "wrong_check", "missing_number", "impossible_date", "too_precise", "yuan_for_wan", "unknown_kind",
            "excel_number", "future_date", "ends_before", "identity_in_text", "phone_in_text", "fine_missing",
            "full_width_code", "two_versions", "repeated_row", "broken_bytes", "broken_cells",
        ),
    )  # fmt: skip
    right = corrected(rows)
    rows += _without_code(plan, chance, day)
    shape = replace(coded_csv("iso"), extra=("录入人",))
    name = f"行政处罚_市市场监管局_{stamp(day)}_周报"
    first = plan.delivery(SOURCE, MARKET, name, day, shape, rows, "市市场监管局")
    again = plan.delivery(SOURCE, MARKET, name, plan.days_ago(3), shape, right, "市市场监管局")
    return [first, replace(again, corrects=True)]


def _without_code(plan: Plan, chance: Random, day: date) -> list[DemoRow]:
    """Rows that give a name only, where another subject has almost the same name: somebody must look."""
    pairs = [*((second, first) for first, second in plan.city.twins[:3]), *plan.city.branches[2:4]]
    rows = []
    for about, other in pairs:
        row = _penalty(plan, chance, MARKET, day, day - timedelta(days=2), about=about, kinds="罚款")
        row.decoys = (other.uscc,)
        rows.append(row)
    spoil(rows, plan.source(SOURCE), chance, rate=1, mistakes=("no_code",))
    return rows


def _other_authority(plan: Plan, sender: str, count: int) -> Delivery:
    months, called, shape, number = _OTHERS[sender]
    day, chance = plan.months_ago(months), plan.chance(f"penalty/{sender}")
    people = sender == "gongan"
    rows = []
    for n in range(max(count, number)):
        about = plan.conduct.culprit(chance, plan.persons, day, sender) if people else None
        kinds = "警告" if people and n % 3 == 0 else "罚款" if people else ""
        rows.append(_penalty(plan, chance, sender, day, _decided(chance, day), about=about, kinds=kinds))
    mistakes = (
        ("person_without_document", "person_number_as_number") if people else ("no_code", "impossible_date")
    )
    spoil(rows, plan.source(SOURCE), chance, rate=0.01, mistakes=mistakes)
    return plan.delivery(SOURCE, sender, f"行政处罚信息_{stamp(day)}", day, shape, rows, called)


_OTHERS: Mapping[str, tuple[int, str, Shape, int]] = {
    "shuiwu": (8, "市税务局", utf_csv("dot"), 8),
    "xiashiqu": (
        2,
        "武进区人民政府",
        workbook("行政处罚信息（双公示）", "填报单位：武进区", merged="CF_CFJG"),
        8,
    ),
    "nongwei": (6, "市农委", tabbed(dates="compact"), 6),
    "tongxin": (9, "市通信行业管理办公室", gb_csv("slash"), 4),
    "gongan": (2, "常州市公安局", coded_csv("compact"), 9),
}
