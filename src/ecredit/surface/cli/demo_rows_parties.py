"""Who else takes part: service agencies, members of associations, couriers and their staff, illegal websites."""

from datetime import timedelta

from ecredit.foundation.kernel.periods import add_months
from ecredit.surface.cli.demo_mistakes import spoil
from ecredit.surface.cli.demo_plan import Plan, iso, stamp
from ecredit.surface.cli.demo_types import Delivery, Role, gb_csv, tabbed, utf_csv

_AGENCY_KINDS = ("咨询", "信用评级", "代运营", "物流", "其他信用服务")
_VIOLATIONS = ("未按规定收寄验视", "未执行实名收寄", "违规揽收空包裹", "泄露用户信息")


def party_deliveries(plan: Plan) -> list[Delivery]:
    """All files of this family."""
    return [
        *_agencies(plan),
        *_members(plan),
        *_staff(plan),
        *_courier_violations(plan),
        *_illegal_sites(plan),
    ]


def _agencies(plan: Plan) -> list[Delivery]:
    day = plan.months_ago(6)
    files = []
    agencies = plan.city.by_role[Role.AGENCY]
    bureaus = [a for a in agencies if "信用评级" in a.name]
    for sender, called, some in (
        ("shangwu", "市商务局", [a for a in agencies if a not in bureaus]),
        ("renhang", "renhang", bureaus),
    ):
        name, _ = plan.department(sender)
        rows = []
        for n, agency in enumerate(some):
            registered = max(agency.founded, day - timedelta(days=30 * n + 3))
            cells = {
                "agency_kind": _AGENCY_KINDS[agency.number % 5] if sender == "shangwu" else "信用评级",
                "record_no": f"FW{agency.number:05d}",
                "record_authority": name,
                "registered_on": iso(min(registered, day)),
                "valid_until": iso(add_months(day, 60)),
                "scope": agency.trade,
            }
            rows.append(plan.row("agency_registration", agency, day, cells))
        name_of_file = f"支撑服务机构_{stamp(day)}"
        files.append(
            plan.delivery("agency_registration", sender, name_of_file, day, gb_csv("chinese"), rows, called)
        )
    return files


def _members(plan: Plan) -> list[Delivery]:
    files = []
    for place, sender in enumerate(plan.senders[Role.ASSOCIATION][:2]):
        day, chance = plan.months_ago(4 + place), plan.chance(f"members/{sender.id}")
        rows = []
        for n in range(plan.count(0.06, 14)):
            member = plan.ordinary[(n * 11 + place * 5) % len(plan.ordinary)]
            joined = max(member.founded, day - timedelta(days=chance.randrange(10, 1500)))
            left = n % 9 == 8
            cells = {
                "association_name": sender.name,
                "association_uscc": sender.uscc,
                "member_no": f"HY{n + 1:04d}",
                "member_kind": "理事单位" if n % 10 == 0 else "会员单位",
                "joined_on": iso(min(joined, day)),
                "left_on": iso(day) if left else "",
            }
            rows.append(plan.row("association_membership", member, day, cells))
        mistakes = ("no_code",) if place else ("wrong_check", "repeated_row")
        spoil(rows, plan.source("association_membership"), chance, rate=0.01, mistakes=mistakes)
        shape = tabbed() if place else gb_csv("slash", f"{sender.name}会员名册")
        name = f"会员名册_{stamp(day)}"
        files.append(plan.delivery("association_membership", sender.id, name, day, shape, rows, sender.name))
    return files


def _staff(plan: Plan) -> list[Delivery]:
    """People who deliver; nothing about them is ever public."""
    files = []
    workers = [p for p in plan.persons if p.number % 4 == 0]
    for place, sender in enumerate(plan.senders[Role.COURIER][:2]):
        day, chance = plan.days_ago(130), plan.chance(f"staff/{sender.id}")
        rows = []
        for n, person in enumerate(workers[place::2]):
            cells = {
                "staff_name": person.name,
                "employer_name": sender.name,
                "employer_uscc": sender.uscc,
                "staff_no": f"{n + 1:05d}",
                "post": chance.choice(("收派员", "分拣员", "驾驶员")),
                "phone": person.phone,
                "joined_on": iso(day - timedelta(days=chance.randrange(30, 1500))),
            }
            rows.append(plan.row("courier_staff", person, day, cells))
        mistakes = ("person_number_as_number", "bad_phone") if place == 0 else ("wrong_person_check",)
        spoil(rows, plan.source("courier_staff"), chance, rate=0.01, mistakes=mistakes)
        shape = utf_csv("slash", "快递从业人员名册") if place == 0 else gb_csv()
        name = f"从业人员_{sender.id}_{stamp(day)}"
        files.append(plan.delivery("courier_staff", sender.id, name, day, shape, rows, sender.name))
    return files


def _courier_violations(plan: Plan) -> list[Delivery]:
    """Decisions of the post office on couriers, and one on a person."""
    day, chance = plan.days_ago(40), plan.chance("courier violations")
    authority, code = plan.department("youzheng")
    rows = []
    couriers = plan.city.by_role[Role.COURIER]
    for n in range(max(plan.count(0.01, 5), 5)):
        about = plan.persons[1] if n == 2 else couriers[n % len(couriers)]
        fined = n % 3 != 1
        decided = day - timedelta(days=3 + n % 4)
        cells = {
            "decision_no": f"常邮罚〔{decided.year}〕{n + 1}号",
            "violation": _VIOLATIONS[n % len(_VIOLATIONS)],
            "penalty_kind": "罚款" if fined else "警告",
            "fine_amount": str(1 + n % 3) if fined else "",
            "decided_on": iso(decided),
            "authority": authority,
            "authority_code": code,
        }
        rows.append(plan.row("courier_violation", about, day, cells))
    spoil(rows, plan.source("courier_violation"), chance, rate=0.01, mistakes=("impossible_date",))
    name = f"寄递企业违法行为_{stamp(day)}"
    return [plan.delivery("courier_violation", "youzheng", name, day, utf_csv(), rows, "市邮政管理局")]


def _illegal_sites(plan: Plan) -> list[Delivery]:
    """Websites acted against; shared with departments, never public."""
    day = plan.days_ago(55)
    authority, _ = plan.department("wangxin")
    measures = list(plan.catalog.code_tables["website_measure"].entries.values())
    rows = []
    for n in range(max(plan.count(0.005, 4), 4)):
        about = plan.ordinary[(n * 29 + 7) % len(plan.ordinary)]
        decided = day - timedelta(days=2 + n % 3)
        cells = {
            "site_name": f"特惠{n + 1}号站",
            "domain": f"shop{n + 1}.example.com",
            "url": f"https://shop{n + 1}.example.com",
            "problem": "未依法公示主体信息，发布虚假商品信息",
            "measure": measures[n % len(measures)].zh,
            "decision_no": f"常网信处〔{decided.year}〕{n + 1}号",
            "decided_on": iso(decided),
            "authority": authority,
        }
        rows.append(plan.row("illegal_website", about, day, cells))
    name = f"非法网站_{stamp(day)}"
    return [plan.delivery("illegal_website", "wangxin", name, day, gb_csv("chinese"), rows, "市网信办")]
