"""Who else takes part: service agencies, members of associations, couriers and their staff, illegal websites."""

from datetime import timedelta

from ecredit.foundation.kernel.periods import add_months
from ecredit.surface.cli.demo_mistakes import spoil
from ecredit.surface.cli.demo_plan import Plan, clear_of_terms, iso, stamp
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
    """Decisions on couriers and, one in four, on a person who works for one."""
    files = []
    for sender, called, months in (("youzheng", "常州市邮政管理局", 3), ("jiaotong", "市交通局", 8)):
        day, chance = plan.months_ago(months), plan.chance(f"violations/{sender}")
        name, code = plan.department(sender)
        rows = []
        for n in range(plan.count(0.008, 9)):
            if n % 4 == 3:
                subject = plan.conduct.culprit(chance, plan.persons, day, sender)
            else:
                subject = plan.culprit(chance, day, sender, Role.COURIER)
            decided = clear_of_terms(day - timedelta(days=chance.randrange(1, 6)), plan.today)
            kinds = ("罚款", "警告", "警告;罚款", "责令停产停业;罚款")[n % 4]
            cells = {
                "decision_no": f"常{'邮' if sender == 'youzheng' else '交'}罚〔{decided.year}〕{n + 1:04d}号",
                "violation": chance.choice(_VIOLATIONS),
                "penalty_kind": kinds,
                "fine_amount": f"{chance.choice((0.5, 1, 2, 5))}" if "罚款" in kinds else "",
                "decided_on": iso(decided),
                "valid_until": iso(add_months(decided, 12)),
                "authority": name,
                "authority_code": code,
            }
            rows.append(plan.row("courier_violation", subject, day, cells))
        mistakes = (
            ("too_precise", "wrong_check") if sender == "youzheng" else ("fine_missing", "unknown_kind")
        )
        spoil(rows, plan.source("courier_violation"), chance, rate=0.02, mistakes=mistakes)
        shape = tabbed("gb18030", "dot") if sender == "jiaotong" else utf_csv()
        name_of_file = f"寄递违法_{stamp(day)}"
        files.append(plan.delivery("courier_violation", sender, name_of_file, day, shape, rows, called))
    return files


def _illegal_sites(plan: Plan) -> list[Delivery]:
    """Websites acted against; shared with departments, never public."""
    files = []
    for sender, called, months in (("wangxin", "市网信办", 5), ("tongxin", "市通信行业管理办公室", 2)):
        day, chance = plan.months_ago(months), plan.chance(f"sites/{sender}")
        name, _ = plan.department(sender)
        rows = []
        for n in range(plan.count(0.005, 6)):
            if n % 2:
                subject = plan.conduct.culprit(chance, plan.persons, day, sender)
            else:
                subject = plan.culprit(chance, day, sender, Role.FIRM, Role.INDIVIDUAL)
            cells = {
                "site_name": f"{subject.name[:2]}资讯网",
                "domain": f"site{months}{n + 1}.example",
                "url": f"http://site{months}{n + 1}.example/",
                "problem": chance.choice(("发布虚假交易服务信息", "出售空包裹单号", "未备案从事经营活动")),
                "measure": chance.choice(("限期整改", "关闭", "移送")),
                "decision_no": f"常网整〔{day.year}〕{months:02d}{n + 1:03d}号",
                "decided_on": iso(day - timedelta(days=n % 5 + 1)),
                "authority": name,
            }
            rows.append(plan.row("illegal_website", subject, day, cells))
        mistakes = ("identity_in_text", "no_code") if sender == "wangxin" else ("person_without_document",)
        spoil(rows, plan.source("illegal_website"), chance, rate=0.02, mistakes=mistakes)
        name_of_file = f"非法网站整治_{stamp(day)}"
        files.append(
            plan.delivery("illegal_website", sender, name_of_file, day, utf_csv("chinese"), rows, called)
        )
    return files
