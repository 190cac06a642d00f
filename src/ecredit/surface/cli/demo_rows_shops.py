"""What platforms know of those who sell on them: identities, shops, and whether somebody verified them."""

from collections.abc import Iterator
from datetime import date, timedelta

from ecredit.surface.cli.demo_mistakes import spoil
from ecredit.surface.cli.demo_plan import Plan, iso, stamp
from ecredit.surface.cli.demo_types import (
    Delivery,
    DemoRow,
    DemoShop,
    Role,
    Sender,
    gb_csv,
    tabbed,
    utf_csv,
    workbook,
)

_FIRST_PLATFORMS_MISTAKES = (
    "person_number_as_number",
    "bad_phone",
    "person_without_document",
    "missing_code",
    "bad_url",
)
_EXEMPTIONS = ("零星小额", "自产农副产品", "家庭手工业产品", "便民劳务")


def shop_deliveries(plan: Plan) -> Iterator[Delivery]:
    """Every platform's reports, the shops of the annual reports, and the results of verification."""
    for place, sender in enumerate(plan.senders[Role.PLATFORM]):
        platform = plan.city.by_role[Role.PLATFORM][place]
        shops = [s for s in plan.city.shops if s.platform.number == platform.number]
        yield from _merchant_reports(plan, sender, shops, place)
        yield from _shop_lists(plan, sender, shops, place)
    yield _annual_reports(plan)
    yield from _verification(plan)


def _merchant_reports(plan: Plan, sender: Sender, shops: list[DemoShop], place: int) -> Iterator[Delivery]:
    """The January and July reports; in the later one everybody was verified anew."""
    for month, days in _report_days(plan):
        day = plan.days_ago(days)
        rows = [_merchant_row(plan, sender, s, day) for s in shops if s.opened < day - timedelta(days=5)]
        chance = plan.chance(f"merchants/{sender.id}/{month}")
        mistakes: tuple[str, ...] = ("wrong_person_check", "bad_phone", "wrong_check")
        if place == 0:
            mistakes = _FIRST_PLATFORMS_MISTAKES
        spoil(rows, plan.source("platform_merchants"), chance, rate=0.01, mistakes=mistakes)
        titles = (f"{sender.name}平台内经营者身份信息报送表", f"报送期：{month}")
        book = place == 0 and month == _report_days(plan)[-1][0]
        shape = workbook(*titles, merged="platform_name") if book else gb_csv("slash", *titles)
        name = f"平台内经营者身份信息_{month}_{sender.id}"
        yield plan.delivery("platform_merchants", sender.id, name, day, shape, rows, sender.name)


def _report_days(plan: Plan) -> list[tuple[str, int]]:
    """The last two reporting months (January, July) that are over or running, as days ago of the sending."""
    found: list[tuple[str, int]] = []
    month = date(plan.today.year, plan.today.month, 1)
    while len(found) < 2:
        if month.month in (1, 7) and (plan.today - month).days > 14:
            found.append((f"{month:%Y-%m}", (plan.today - month).days - 12))
        month = (month - timedelta(days=1)).replace(day=1)
    return found[::-1]


def _merchant_row(plan: Plan, sender: Sender, shop: DemoShop, day: date) -> DemoRow:
    owner = shop.owner
    verified = max(shop.opened, day - timedelta(days=3 + shop.number % 150))
    exited = shop.closed is not None and shop.closed < day
    return plan.row(
        "platform_merchants",
        owner,
        day,
        {
            "platform_name": sender.name,
            "platform_uscc": sender.uscc,
            "shop_id": shop.shop_id,
            "shop_name": shop.name,
            "shop_url": shop.url,
            "exemption_reason": _EXEMPTIONS[shop.number % 4] if owner.is_person else "",
            "phone": owner.phone,
            "address": owner.address,
            "category": shop.category,
            "entered_on": iso(shop.opened),
            "verified_on": iso(verified),
            "exited_on": iso(shop.closed) if shop.closed is not None and exited else "",
        },
    )


def _shop_lists(plan: Plan, sender: Sender, shops: list[DemoShop], place: int) -> Iterator[Delivery]:
    for months in (2, 1):
        day = plan.months_ago(months)
        rows = [_shop_row(plan, s, day) for s in shops if s.opened < day - timedelta(days=3)]
        if months == 1:
            chance = plan.chance(f"shops/{sender.id}")
            spoil(
                rows,
                plan.source("shops"),
                chance,
                rate=0.01,
                mistakes=("bad_url", "no_code", "person_without_document"),
            )
        shape = tabbed() if place % 2 else utf_csv("chinese")
        name = f"网店清单_{sender.id}_{stamp(day)}"
        yield plan.delivery("shops", sender.id, name, day, shape, rows, sender.name)


def _shop_row(plan: Plan, shop: DemoShop, day: date) -> DemoRow:
    closed = shop.closed is not None and shop.closed < day
    return plan.row(
        "shops",
        shop.owner,
        day,
        {
            "platform_name": shop.platform.name,
            "platform_uscc": shop.platform.uscc,
            "shop_id": shop.shop_id,
            "shop_name": shop.name,
            "shop_url": shop.url,
            "category": shop.category,
            "opened_on": iso(shop.opened),
            "closed_on": iso(shop.closed) if shop.closed is not None and closed else "",
            "licence_shown": "否" if shop.number % 13 == 0 else "是",
            "self_operated": "否",
        },
    )


def _annual_reports(plan: Plan) -> Delivery:
    """Own web shops that firms name in their annual report."""
    day, chance = plan.months_ago(5), plan.chance("annual")
    rows = []
    for n in range(plan.count(0.06, 12)):
        owner = plan.pick(chance, day, Role.FIRM)
        rows.append(
            plan.row(
                "shops",
                owner,
                day,
                {
                    "platform_name": "自建",
                    "shop_name": f"{plan.name_on(owner, day)}官网商城",
                    "shop_url": f"https://www.e{n + 1}.example/mall",
                    "category": "自营",
                    "opened_on": iso(min(day, owner.founded + timedelta(days=90 + n))),
                    "licence_shown": "是",
                    "self_operated": "是",
                },
            )
        )
    name = f"年报网店信息_{stamp(day)}"
    return plan.delivery("shops", "gongshang", name, day, gb_csv("compact"), rows, "市工商局")


def _verification(plan: Plan) -> Iterator[Delivery]:
    for sender, method, months in (("gongan", "身份信息比对", 3), ("gongshang", "营业执照比对", 1)):
        day, chance = plan.months_ago(months), plan.chance(f"realname/{sender}")
        people = sender == "gongan"
        owners = [s.owner for s in plan.city.shops if s.owner.is_person == people and s.opened < day]
        few = chance.sample(owners, min(len(owners), plan.count(0.12, 15)))
        rows = []
        for n, owner in enumerate(few, start=1):
            checked = day - timedelta(days=chance.randrange(1, 6))
            result = "一致" if chance.random() < 0.94 else chance.choice(("不一致", "查无"))
            cells = {
                "verifier": plan.department(sender)[0],
                "verification_no": f"SM{checked:%Y%m%d}{n:06d}",
                "method": method,
                "result": result,
                "verified_on": iso(checked),
                "valid_until": iso(checked + timedelta(days=365)),
            }
            rows.append(plan.row("realname_result", owner, day, cells))
        source = plan.source("realname_result")
        spoil(
            rows,
            source,
            chance,
            rate=0.01,
            mistakes=("wrong_person_check",) if people else ("wrong_check", "no_code"),
        )
        shape = gb_csv("dot") if people else utf_csv("dot")
        name = f"实名核验结果_{stamp(day)}"
        yield plan.delivery("realname_result", sender, name, day, shape, rows, plan.department(sender)[0])
