"""Licences in the columns of dual publicity, and the courier licences of the postal administration."""

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random

from ecredit.foundation.kernel.periods import add_months
from ecredit.surface.cli.demo_mistakes import spoil
from ecredit.surface.cli.demo_plan import Plan, iso, stamp
from ecredit.surface.cli.demo_types import (
    Delivery,
    DemoRow,
    DemoSubject,
    Role,
    coded_csv,
    gb_csv,
    utf_csv,
    workbook,
)

SOURCE = "dual_publicity_licence"
# sender → (called, months ago, document, certificate, content, kind, years of validity or 0 for no end)
_LICENSES: Mapping[str, tuple[str, int, str, str, str, str, int]] = {
    "gongshang": (
        "市食药监局",
        12,
        "准予行政许可决定书",
        "食品经营许可证",
        "预包装食品销售（网络经营）",
        "普通",
        5,
    ),
    "jiaotong": ("市交通局", 7, "交通行政许可决定书", "道路运输经营许可证", "道路普通货物运输", "普通", 4),
    "tongxin": (
        "tongxin",
        5,
        "准予许可决定书",
        "增值电信业务经营许可证",
        "信息服务业务（仅限互联网信息服务）",
        "普通",
        5,
    ),
    "nongwei": (
        "常州市农业农村局",
        4,
        "准予行政许可决定书",
        "农药经营许可证",
        "农药经营（限制使用农药除外）",
        "普通",
        5,
    ),
    "gongan": ("公安局", 3, "准予行政许可决定书", "特种行业许可证", "旧货业", "普通", 0),
    "xiashiqu": (
        "新北区人民政府",
        2,
        "准予登记决定书",
        "仅销售预包装食品备案",
        "仅销售预包装食品",
        "登记",
        0,
    ),
}


def licence_deliveries(plan: Plan) -> list[Delivery]:
    """One file an authority, one more of last month by the market authority, and the courier licences."""
    files = [_file(plan, sender, plan.count(0.05, 16)) for sender in _LICENSES]
    day, chance = plan.months_ago(1), plan.chance("licence/latest")
    rows = [
        _licence(plan, chance, "gongshang", day, day - timedelta(days=n % 6 + 1))
        for n in range(plan.count(0.05, 20))
    ]
    spoil(
        rows, plan.source(SOURCE), chance, rate=0.015,
        mistakes=("wrong_check", "missing_number", "ends_before", "no_code", "unknown_state", "full_width_code", "phone_in_text"),
    )  # fmt: skip
    shape = workbook("行政许可信息公示表", merged="XK_XKJG")
    name = f"行政许可_市市场监管局_{stamp(day)}"
    files.append(plan.delivery(SOURCE, "gongshang", name, day, shape, rows, "市市监局"))
    return [*files, _courier_licences(plan)]


def _file(plan: Plan, sender: str, count: int) -> Delivery:
    called, months = _LICENSES[sender][:2]
    day, chance = plan.months_ago(months), plan.chance(f"licence/{sender}")
    rows = []
    for n in range(count):
        age = n % 6 + 1 if n % 4 else 40 + n * 11 % 1500
        about = chance.choice(plan.persons) if sender == "jiaotong" and n % 6 == 0 else None
        rows.append(_licence(plan, chance, sender, day, day - timedelta(days=age), about))
    spoil(
        rows,
        plan.source(SOURCE),
        chance,
        rate=0.008,
        mistakes=("wrong_check", "impossible_date", "long_term_end"),
    )
    odd = months % 2
    shape = coded_csv() if odd else utf_csv("iso", "行政许可信息")
    return plan.delivery(SOURCE, sender, f"行政许可信息_{stamp(day)}", day, shape, rows, called)


def _licence(
    plan: Plan, chance: Random, sender: str, day: date, decided: date, about: DemoSubject | None = None
) -> DemoRow:
    _, _, document, certificate, content, kind, years = _LICENSES[sender]
    subject = about or plan.pick(chance, decided)
    name, code = plan.department(sender)
    number = chance.randrange(10**8)
    ends = add_months(decided, 12 * years) - timedelta(days=1) if years else None
    if years and number % 10 == 0:  # given for a short time, and over
        ends = max(decided, plan.today - timedelta(days=30 + number % 200))
    cells = {
        "XK_XDR_MC": plan.name_on(subject, day),
        "XK_XDR_LB": subject.kind,
        "XK_XDR_SHXYM": subject.uscc,
        "XK_FRDB": subject.representative,
        "XK_FR_ZJLX": "身份证" if subject.representative_id and number % 4 == 0 else "",
        "XK_FR_ZJHM": subject.representative_id if number % 4 == 0 else "",
        "XK_XDR_ZJLX": "身份证" if subject.is_person else "",
        "XK_XDR_ZJHM": subject.person_id,
        "XK_XKWS": document,
        "XK_WSH": f"常许〔{decided.year}〕第{number:08d}号",
        "XK_XKLB": kind,
        "XK_XKZS": certificate,
        "XK_XKBH": f"CZ{number:010d}",
        "XK_NR": content,
        "XK_JDRQ": iso(decided),
        "XK_YXQZ": iso(decided),
        "XK_YXQZI": iso(ends) if ends else "2099-12-31",
        "XK_XKJG": name,
        "XK_XKJGDM": code,
        "XK_ZT": "2" if number % 23 == 0 else "1",
        "XK_LYDW": name,
        "XK_LYDWDM": code,
    }
    return plan.row(SOURCE, subject, day, cells)


def _courier_licences(plan: Plan) -> Delivery:
    day, chance = plan.months_ago(6), plan.chance("courier licence")
    name, _ = plan.department("youzheng")
    rows = []
    for n, courier in enumerate(plan.city.by_role[Role.COURIER], start=1):
        issued = min(day, max(courier.founded, day - timedelta(days=chance.randrange(30, 1200))))
        cells = {
            "licence_no": f"苏邮{issued:%Y}{n:04d}D",
            "scope": "国内快递（邮政企业专营业务除外）",
            "region": "常州市",
            "issued_on": iso(issued),
            "valid_until": iso(add_months(issued, 60) - timedelta(days=1)),
            "authority": name,
            "status": "有效",
        }
        rows.append(plan.row("courier_licence", courier, day, cells))
    shape = gb_csv("chinese", "快递业务经营许可名单")
    return plan.delivery("courier_licence", "youzheng", f"快递业务经营许可_{stamp(day)}", day, shape, rows)
