"""Couriers rated by the postal administration, merchants, platforms and consumers; the standards platforms and associations rate by."""

from datetime import timedelta

from ecredit.surface.cli.demo_plan import Plan, iso, stamp
from ecredit.surface.cli.demo_types import Delivery, DemoRow, Role, gb_csv, utf_csv


def rated_deliveries(plan: Plan) -> list[Delivery]:
    """All files of this family."""
    return [_by_regulator(plan), _by_others(plan), _standards(plan)]


def _by_regulator(plan: Plan) -> Delivery:
    """Once a quarter, three times over."""
    day, chance = plan.days_ago(20), plan.chance("couriers/regulator")
    _, office = plan.department("youzheng")
    rows: list[DemoRow] = []
    for number, courier in enumerate(plan.city.by_role[Role.COURIER]):
        for quarter in range(3):
            stars = chance.choices((2, 3, 4, 5), (1, 3, 5, 2))[0]
            cells = {
                "sender_uscc": office, "rating_no": f"YZ{number + 1:03d}{quarter + 1}", "rater_side": "监管部门",
                "rater_id": "youzheng", "score": f"{stars}分", "score_timeliness": f"{stars}分", "score_service": f"{min(stars + 1, 5)}分",
                "score_safety": f"{stars}分", "rated_on": iso(day - timedelta(days=90 * quarter + 5)),
            }  # fmt: skip
            rows.append(plan.row("courier_rating", courier, day, cells))
    return plan.delivery("courier_rating", "youzheng", f"寄递企业评价_{stamp(day)}", day, gb_csv("iso"), rows)


def _by_others(plan: Plan) -> Delivery:
    """What one platform, its merchants and its customers say of the couriers they use."""
    day, chance = plan.days_ago(10), plan.chance("couriers/others")
    platform = plan.senders[Role.PLATFORM][0]
    rows: list[DemoRow] = []
    for number, courier in enumerate(plan.city.by_role[Role.COURIER]):
        for side, count in (("商户", 12), ("消费者", 25), ("电商平台", 1)):
            for n in range(count):
                stars = chance.choices((1, 2, 3, 4, 5), (2, 2, 4, 9, 14))[0]
                cells = {
                    "sender_uscc": platform.uscc, "rating_no": f"PJ{number + 1:03d}{len(rows) + 1:05d}", "rater_side": side,
                    "rater_id": "platform" if count == 1 else f"u{chance.randrange(16**8):08x}",
                    "waybill_no": "" if count == 1 else f"w{chance.randrange(16**12):012x}",
                    "score": f"{stars}分", "score_timeliness": f"{chance.randrange(max(stars - 1, 1), 6)}分",
                    "rated_on": iso(day - timedelta(days=n % 60 + 1)),
                }  # fmt: skip
                rows.append(plan.row("courier_rating", courier, day, cells))
    name = f"寄递企业评价_{stamp(day)}"
    return plan.delivery("courier_rating", platform.id, name, day, utf_csv("iso"), rows, platform.name)


def _standards(plan: Plan) -> Delivery:
    """Two editions of a platform's standard; the later one is in force."""
    day = plan.months_ago(2)
    platform = plan.senders[Role.PLATFORM][0]
    about = plan.city.by_role[Role.PLATFORM][0]
    rows = [
        plan.row(
            "rating_standard", about, day,
            {"standard_no": "PT-XY-01", "version": version, "title": "平台内经营者信用评价规范", "rates": "平台内经营者",
             "url": f"https://platform1.example/rules/{version}", "valid_from": iso(start), "valid_until": iso(end) if end else ""},
        )
        for version, start, end in (
            ("1.0", day - timedelta(days=400), day - timedelta(days=30)), ("2.0", day - timedelta(days=30), None),
        )
    ]  # fmt: skip
    name = f"信用评价标准_{stamp(day)}"
    return plan.delivery("rating_standard", platform.id, name, day, utf_csv("iso"), rows, platform.name)
