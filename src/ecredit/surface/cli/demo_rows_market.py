"""What happens on the market: spot checks, inspection reports, complaints, what platforms disclose and sanction."""

from datetime import date, timedelta
from itertools import product

from ecredit.foundation.kernel.periods import add_months
from ecredit.surface.cli.demo_conduct import SPREAD, TALK
from ecredit.surface.cli.demo_mistakes import spoil
from ecredit.surface.cli.demo_plan import Plan, clear_of_terms, iso, stamp
from ecredit.surface.cli.demo_types import (
    Delivery,
    DemoShop,
    DemoSubject,
    Role,
    gb_csv,
    tabbed,
    utf_csv,
    workbook,
)

_PRODUCTS = (
    "儿童连衣裙",
    "电热水壶",
    "坚果礼盒",
    "插线板",
    "玩具积木",
    "纯棉床单",
    "蓝牙耳机",
    "洗发水",
    "螺丝刀套装",
    "蓝莓",
)
_PROBLEMS = ("商品质量", "售后服务", "虚假宣传", "不履行退换货", "价格违法", "快递延误")
_HALF_A_YEAR = 182
_DEEDS = ("虚假发货", "销售假冒商品", "诱导好评返现", "商品描述不符", "刷单")


def market_deliveries(plan: Plan) -> list[Delivery]:
    """All files of this family."""
    return [
        *_spot_checks(plan),
        *_inspections(plan),
        *_complaints(plan),
        *_disclosures(plan),
        *_sanctions(plan),
    ]


def _spot_checks(plan: Plan) -> list[Delivery]:
    files = []
    shops = {shop.owner.number: shop for shop in plan.city.shops}
    platforms = plan.city.by_role[Role.PLATFORM]
    for sender, called, months in (
        ("gongshang", "市质监局", 13),
        ("gongshang", "常州市市场监督管理局", 11),
        ("nongwei", "农委", 8),
        ("gongshang", "常州市市场监督管理局", 2),
        ("nongwei", "农委", 4),
    ):
        day, chance = plan.months_ago(months), plan.chance(f"spot/{sender}/{months}")
        name, _ = plan.department(sender)
        rows = []
        for n in range(plan.count(0.04, 12)):
            subject = plan.pick(chance, day, Role.FIRM, Role.INDIVIDUAL)
            sampled = clear_of_terms(day - timedelta(days=chance.randrange(4, 40)), plan.today)
            failed = plan.conduct.fails(chance, subject, day, 0.15)
            product = "蓝莓" if sender == "nongwei" else chance.choice(_PRODUCTS)
            cells = {
                "check_no": f"CJ{day:%Y%m}{n + 1:05d}",
                "authority": name,
                "shop_name": f"{subject.name[2:6]}旗舰店",
                **_where_sold(shops.get(subject.number), platforms[subject.number % len(platforms)]),
                "product_name": product,
                "brand": subject.name[2:4],
                "specification": "1件",
                "gtin": f"69{subject.number:010d}",
                "sampled_on": iso(sampled),
                "tested_by": plan.agency("检测技术").name,
                "standard": "产品明示标准",
                "result": "不合格" if failed else "合格",
                "failed_items": "甲醛含量" if failed else "",
                "published_on": iso(day - timedelta(days=1)),
            }
            rows.append(plan.row("spot_check", subject, day, cells))
        if months == 2:
            spoil(
                rows,
                plan.source("spot_check"),
                chance,
                rate=0.02,
                mistakes=("no_code", "ends_before", "impossible_date"),
            )
        shape = gb_csv("slash") if months == 13 else utf_csv("chinese")
        files.append(
            plan.delivery("spot_check", sender, f"网络商品抽检_{stamp(day)}", day, shape, rows, called)
        )
    return files


def _where_sold(shop: DemoShop | None, otherwise: DemoSubject) -> dict[str, str]:
    """The platform the goods were sold on: that of the operator's shop, if it has one here."""
    platform = otherwise if shop is None else shop.platform
    return {"platform_name": platform.name, "platform_uscc": platform.uscc}


def _inspections(plan: Plan) -> list[Delivery]:
    """Reports sent by a testing agency, and a firm's own, of its own laboratory."""
    files = []
    laboratory = plan.agency("检测技术")
    firm = plan.senders[Role.FIRM][0]
    for sender, months, count in ((laboratory, 3, plan.count(0.06, 20)), (firm, 2, 3)):
        day, chance = plan.months_ago(months), plan.chance(f"inspection/{sender.kind}")
        rows = []
        for n in range(count):
            subject = plan.reporting_firm if sender is firm else plan.pick(chance, day, Role.FIRM)
            issued = day - timedelta(days=chance.randrange(1, 200))
            short = n % 6 == 0
            cells = {
                "report_no": f"{'W' if sender is firm else 'L'}{issued:%Y%m%d}{n + 1:05d}",
                "agency_name": sender.name,
                "agency_uscc": sender.uscc,
                "product_name": chance.choice(_PRODUCTS),
                "standard": "产品明示标准",
                "conclusion": "不合格" if plan.conduct.fails(chance, subject, day, 0.06) else "合格",
                "issued_on": iso(issued),
                "valid_until": iso(
                    max(issued, plan.today - timedelta(days=20)) if short else add_months(issued, 24)
                ),
                "report_url": f"https://report.example/{issued:%Y%m%d}{n + 1:05d}",
            }
            rows.append(plan.row("inspection_report", subject, day, cells))
        if sender is laboratory:
            spoil(
                rows,
                plan.source("inspection_report"),
                chance,
                rate=0.01,
                mistakes=("wrong_check", "bad_url", "excel_number"),
            )
        shape = workbook("检验检测报告清单", merged="agency_name") if sender is laboratory else utf_csv("dot")
        name = f"检验检测报告_{stamp(day)}"
        files.append(plan.delivery("inspection_report", sender.id, name, day, shape, rows, sender.name))
    return files


def _complaints(plan: Plan) -> list[Delivery]:
    files = []
    platform = plan.senders[Role.PLATFORM][0]
    market = plan.department("gongshang")[0]
    for sender, called, months in (
        ("gongshang", "市工商局", 13),
        ("gongshang", "市市场监管局", 1),
        (platform.id, platform.name, 2),
    ):
        day, chance = plan.months_ago(months), plan.chance(f"complaints/{sender}/{months}")
        shops = [s for s in plan.city.shops if s.opened < day - timedelta(days=30)]
        rows = []
        for n, shop in enumerate(plan.conduct.shops(chance, shops, day, plan.count(0.09, 20), TALK)):
            closed = clear_of_terms(day - timedelta(days=chance.randrange(1, 9)), plan.today)
            received = closed - timedelta(days=chance.randrange(3, 28))
            outcome = chance.choice(("和解", "调解成功", "调解成功", "调解不成", "终止调解", "撤回"))
            paid = outcome in ("和解", "调解成功")
            cells = {
                "complaint_no": f"TS{received:%Y%m%d}{n + 1:06d}",
                "handled_by": market if sender == "gongshang" else platform.name,
                "shop_name": shop.name,
                "platform_name": shop.platform.name,
                "complaint_kind": chance.choice(_PROBLEMS),
                "received_on": iso(received),
                "accepted_on": iso(received + timedelta(days=2)),
                "closed_on": iso(closed),
                "outcome": outcome,
                "advance_compensation": "是" if paid and n % 7 == 0 else "否",
                "compensation": f"{chance.randrange(10, 900)}.50" if paid else "",
            }
            rows.append(plan.row("complaint_outcome", shop.owner, day, cells))
        if months == 1:
            spoil(
                rows, plan.source("complaint_outcome"), chance, rate=0.02,
                mistakes=("no_code", "before_the_item", "phone_in_text", "person_without_document", "wrong_check"),
            )  # fmt: skip
        shape = gb_csv("slash") if sender == "gongshang" else tabbed()
        name = f"投诉处理结果_{stamp(day)}"
        files.append(plan.delivery("complaint_outcome", sender, name, day, shape, rows, called))
    return files


def _disclosures(plan: Plan) -> list[Delivery]:
    files = []
    kinds = (
        ("基本信息", "平台经营者基本信息公示", "平台经营者名称、住所、联系方式和许可信息已在首页公示。"),
        ("平台规则", "平台信用评价规则修订", "信用评价规则修订，已公开征求意见。"),
        ("重大事件", "系统升级暂停服务", "因系统升级，结算服务暂停四小时，已恢复。"),
    )
    for place, sender in enumerate(plan.senders[Role.PLATFORM]):
        day, chance = plan.months_ago(2 + place % 3), plan.chance(f"disclosure/{sender.id}")
        platform = plan.city.by_role[Role.PLATFORM][place]
        rows = []
        for n in range(6):
            kind, title, content = kinds[n % 3]
            happened = clear_of_terms(day - timedelta(days=2 + n if n < 4 else 420 + n), plan.today)
            cells = {
                "disclosure_no": f"PL{happened:%Y%m%d}{n + 1:02d}",
                "kind": kind,
                "title": title,
                "content": content,
                "url": f"https://p{platform.number}.example/notice/{n + 1}",
                "happened_on": iso(happened),
                "published_on": iso(happened + timedelta(days=1)),
                **_takes_effect(kind, happened, days=3 if place == 1 and n < 3 else 10),
            }
            rows.append(plan.row("platform_disclosure", platform, day, cells))
        spoil(
            rows,
            plan.source("platform_disclosure"),
            chance,
            rate=0,
            mistakes=("phone_in_text",) if place == 0 else ("full_width_code",),
        )
        name = f"平台公示_{sender.id}_{stamp(day)}"
        files.append(plan.delivery("platform_disclosure", sender.id, name, day, utf_csv(), rows, sender.name))
    return files


def _takes_effect(kind: str, happened: date, *, days: int) -> dict[str, str]:
    """From when a changed rule is in force: so many days after it was made known. One platform was too quick once."""
    if kind != "平台规则":
        return {}
    return {
        "comments_from": iso(happened - timedelta(days=20)),
        "effective_on": iso(happened + timedelta(days=1 + days)),
    }


def _made_known(n: int, decided: date, sent: date) -> dict[str, str]:
    """When the platform itself made a sanction known: mostly at once, some late, some not at all."""
    if n % 11 == 5:
        return {}
    late = n % 2 == 0 and (sent - decided).days >= 6
    return {"published_on": iso(decided + timedelta(days=6 if late else 0))}


def _sanctions(plan: Plan) -> list[Delivery]:
    files = []
    senders = list(enumerate(plan.senders[Role.PLATFORM][:3]))
    for earlier, (place, sender) in product((True, False), senders):
        day = plan.days_ago(20 + 25 * place + (_HALF_A_YEAR if earlier else 0))
        chance = plan.chance(f"sanctions/{sender.id}{'/earlier' if earlier else ''}")
        platform = plan.city.by_role[Role.PLATFORM][place]
        exemplary = {s.number for s in plan.exemplary}
        shops = [
            s
            for s in plan.city.shops
            if s.platform == platform
            and s.opened < day - timedelta(days=60)
            and s.owner.number not in exemplary
        ]
        rows = []
        number = min(len(shops), plan.count(0.03, 10))
        for n, shop in enumerate(plan.conduct.shops(chance, shops, day, number, SPREAD)):
            decided = day - timedelta(days=0 if chance.random() < 0.7 else chance.randrange(15, 40))
            measure = chance.choice(("警示", "警示", "暂停服务", "终止服务"))
            cells = {
                "platform_name": sender.name,
                "platform_uscc": sender.uscc,
                "sanction_no": f"CL{decided:%Y%m%d}{n + 1:05d}",
                "shop_name": shop.name,
                "shop_url": shop.url,
                "violation": chance.choice(_DEEDS),
                "measure": measure,
                "decided_on": iso(decided),
                "until_on": iso(decided + timedelta(days=30)) if measure == "暂停服务" else "",
                **_made_known(n, decided, day),
            }
            rows.append(plan.row("platform_sanction", shop.owner, day, cells))
        mistakes = (
            ("person_number_as_number", "identity_in_text"),
            ("before_the_item", "wrong_check"),
            ("no_code", "bad_url"),
        )
        if not earlier:
            spoil(rows, plan.source("platform_sanction"), chance, rate=0.01, mistakes=mistakes[place])
        shape = utf_csv() if place else gb_csv("slash")
        name = f"平台处理措施_{sender.id}_{stamp(day)}"
        files.append(plan.delivery("platform_sanction", sender.id, name, day, shape, rows, sender.name))
    return files
