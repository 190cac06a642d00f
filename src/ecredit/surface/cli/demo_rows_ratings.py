"""Good and bad marks given by others: honours, commitments, and the ratings of tax, customs, the bank and agencies."""

from datetime import date, timedelta
from random import Random

from ecredit.foundation.kernel.periods import add_months
from ecredit.surface.cli.demo_mistakes import spoil
from ecredit.surface.cli.demo_plan import Plan, iso, stamp
from ecredit.surface.cli.demo_types import Delivery, DemoSubject, Role, gb_csv, tabbed, utf_csv, workbook

# Of the promises every nineteenth is broken, every tenth from the fourth on kept.
_BREAKS, _KEEPS = 19, 3
_HONOURS = (
    ("电子商务示范企业", "市级"),
    ("诚信经营示范网店", "市级"),
    ("放心消费示范单位", "省级"),
    ("电子商务领域红名单", "市级"),
)


def rating_deliveries(plan: Plan) -> list[Delivery]:
    """All files of this family."""
    return [*_honours(plan), *_commitments(plan), _tax(plan), _customs(plan), _payment(plan), _agency(plan)]


def _honours(plan: Plan) -> list[Delivery]:
    files = []
    for sender, called, months in (("jingxin_xinyong", "市经信委(市信用办)", 12), ("shangwu", "市商务局", 2)):
        day, chance = plan.months_ago(months), plan.chance(f"honours/{sender}")
        name, _ = plan.department(sender)
        rows = []
        honoured: set[int] = set()
        for n in range(plan.count(0.03, 10)):
            honour, level = _HONOURS[n % len(_HONOURS)]
            awarded = day - timedelta(days=n % 7 + 1)
            over = n % 5 == 4  # an honour for one year that has ended
            cells = {
                "document_no": f"常信用发〔{awarded.year}〕{months:02d}号",
                "honour_name": honour,
                "level": level,
                "red_list": "是" if "红名单" in honour else "否",
                "awarded_by": name,
                "awarded_on": iso(awarded),
                "valid_until": iso(
                    max(awarded, plan.today - timedelta(days=15)) if over else add_months(awarded, 24)
                ),
            }
            # A document names whom it honours once.
            subject = plan.worthy(chance, day, honoured)
            honoured.add(subject.number)
            rows.append(plan.row("honour", subject, day, cells))
            if n < len(_HONOURS) and n % 2 == (months == 2):
                lasting = {**cells, "valid_until": iso(add_months(awarded, 36))}
                rows += [plan.row("honour", s, day, lasting) for s in plan.exemplary]
        if sender == "shangwu":
            spoil(rows, plan.source("honour"), chance, rate=0.01, mistakes=("no_code", "other_firms_name"))
        shape = gb_csv("dot") if months == 12 else utf_csv("iso", "守信荣誉名单")
        files.append(plan.delivery("honour", sender, f"守信荣誉_{stamp(day)}", day, shape, rows, called))
    return files


def _commitments(plan: Plan) -> list[Delivery]:
    files = []
    association = plan.senders[Role.ASSOCIATION][0]
    for sender, called, months in (("shangwu", "常州市商务局", 5), (association.id, association.name, 1)):
        day, chance = plan.months_ago(months), plan.chance(f"commitments/{sender}")
        rows = []
        subjects = [_promiser(plan, chance, day, n) for n in range(plan.count(0.12, 24))]
        some = len(subjects)
        subjects += list(plan.exemplary) * 2
        for n, subject in enumerate(subjects):
            made = day - timedelta(days=chance.randrange(1, 7) if n % 4 else 200)
            broken = (
                n % _BREAKS == _BREAKS - 1 and n < some and sender == "shangwu"
            )  # only a department finds so
            kept = n >= some or n % 10 == _KEEPS
            cells = {
                "commitment_no": f"CN{made:%Y%m%d}{n + 1:05d}",
                "commitment_kind": "行业自律型" if sender == association.id else "主动型",
                "content": "承诺依法经营，所报信息真实，不虚构交易，不编造用户评价，按约定履行售后服务。",
                "committed_on": iso(made),
                "valid_until": "2099-12-31" if n % 5 == 0 else iso(add_months(made, 36)),
                "accepted_by": association.name if sender == association.id else plan.department(sender)[0],
                "fulfilment": "未履行" if broken else "已履行" if kept else "履行中",
                "breach_on": iso(day - timedelta(days=1)) if broken else "",
                "breach_document": f"常商信违〔{day.year}〕{n + 1}号" if broken else "",
                "breach_note": "经核查存在编造用户评价的行为" if broken else "",
            }
            rows.append(plan.row("commitment", subject, day, cells))
        mistakes: tuple[str, ...] = ("no_code", "ends_before", "long_term_end")
        if sender == "shangwu":
            mistakes = ("wrong_person_check", "identity_in_text")
        spoil(rows, plan.source("commitment"), chance, rate=0.01, mistakes=mistakes)
        shape = utf_csv("chinese") if sender == "shangwu" else tabbed("gb18030")
        files.append(plan.delivery("commitment", sender, f"信用承诺_{stamp(day)}", day, shape, rows, called))
    return files


def _promiser(plan: Plan, chance: Random, day: date, n: int) -> DemoSubject:
    """Who promises: those who will break it, those who keep it, and anybody."""
    if n % _BREAKS == _BREAKS - 1:
        return plan.culprit(chance, day, "shangwu")
    if n % 8 == 7:
        return chance.choice(plan.persons)
    return plan.worthy(chance, day) if n % 10 == _KEEPS else plan.pick(chance, day)


def _tax(plan: Plan) -> Delivery:
    day, chance = plan.months_ago(7), plan.chance("tax")
    year = day.year - 1
    subjects = [s for s in plan.ordinary if s.founded.year < year and s.number % 2 == 0]
    rows = [
        plan.row(
            "tax_rating",
            s,
            day,
            {
                "rating_year": str(year),
                "grade": chance.choices("ABMCD", (15, 45, 25, 10, 5))[0],
                "rated_on": iso(day - timedelta(days=12)),
            },
        )
        for s in subjects
    ]
    mistakes = ("unknown_grade", "wrong_check", "excel_number", "spaced_code")
    spoil(rows, plan.source("tax_rating"), chance, rate=0.005, mistakes=mistakes)
    shape = gb_csv("compact", f"{year}年度纳税信用评价结果")
    return plan.delivery("tax_rating", "shuiwu", f"纳税信用_{year}", day, shape, rows, "市税务局")


def _customs(plan: Plan) -> Delivery:
    day, chance = plan.months_ago(4), plan.chance("customs")
    rows = []
    traders = [plan.everyday[n * 13 % len(plan.everyday)] for n in range(plan.count(0.06, 14))]
    exporters = [s for s in plan.exemplary if s.role is Role.FIRM]
    for n, subject in enumerate([*traders, *exporters]):
        grades = ("高级认证企业", "其他注册登记和备案企业", "失信企业")
        cells = {
            "customs_no": f"3204{subject.number:06d}",
            "grade": chance.choices(grades, (20, 75, 5))[0] if n < len(traders) else grades[0],
            "rated_on": iso(day - timedelta(days=n % 20 + 1)),
            "valid_until": iso(add_months(day, 36)),
        }
        rows.append(plan.row("customs_rating", subject, day, cells))
    spoil(rows, plan.source("customs_rating"), chance, rate=0.01, mistakes=("wrong_check",))
    name = f"海关信用等级_{stamp(day)}"
    shape = utf_csv("iso", "海关企业信用等级")
    return plan.delivery("customs_rating", "haiguan", name, day, shape, rows, "常州市检验检疫局")


def _payment(plan: Plan) -> Delivery:
    """The first ratings under the rules of 2026; one older row comes along that nobody may collect."""
    day = max(plan.days_ago(60), plan.months_ago(4))
    rows = []
    for n, institution in enumerate(plan.city.by_role[Role.PAYMENT]):
        cells = {
            "rating_year": str(day.year - 1),
            "grade": ("AA", "BBB", "B", "CC")[n % 4],
            "score": ("92.5", "81", "70.5", "61")[n % 4],
            "rated_on": iso(day - timedelta(days=10)),
        }
        rows.append(plan.row("payment_institution_rating", institution, day, cells))
    old = plan.row(
        "payment_institution_rating",
        plan.city.by_role[Role.PAYMENT][0],
        day,
        {"rating_year": "2017", "grade": "A", "score": "88", "rated_on": "2018-06-20"},
    )
    spoil(
        [old],
        plan.source("payment_institution_rating"),
        plan.chance("payment"),
        rate=0,
        mistakes=("before_the_item",),
    )
    shape = gb_csv("iso", "非银行支付机构分类评级结果")
    name = f"支付机构评级_{stamp(day)}"
    return plan.delivery(
        "payment_institution_rating", "renhang", name, day, shape, [*rows, old], "人民银行常州市中心支行"
    )


def _agency(plan: Plan) -> Delivery:
    """A credit agency's evaluations; they are shown apart from the public grade."""
    agency = plan.agency("信用评级")
    day, chance = plan.months_ago(3), plan.chance("third party")
    rows = []
    for n in range(plan.count(0.08, 20)):
        evaluated = day - timedelta(days=n % 30 + 1)
        over = n % 7 == 6
        cells = {
            "agency_name": agency.name,
            "agency_uscc": agency.uscc,
            "report_no": f"XY{evaluated:%Y%m%d}{n + 1:05d}",
            "scale": "AAA至C",
            "grade": chance.choice(("AAA", "AA", "A", "BBB", "BB", "B", "CCC")),
            "score": f"{chance.randrange(450, 990) / 10}",
            "evaluated_on": iso(evaluated),
            "valid_until": iso(plan.today - timedelta(days=9) if over else add_months(evaluated, 12)),
            "report_url": f"https://rating.example/{n + 1}",
        }
        rows.append(plan.row("third_party_evaluation", plan.pick(chance, evaluated), day, cells))
    spoil(
        rows,
        plan.source("third_party_evaluation"),
        chance,
        rate=0.01,
        mistakes=("no_code", "wrong_check", "bad_url"),
    )
    shape = workbook(f"{agency.name}信用评价结果", merged="agency_name")
    name = f"信用评价_{stamp(day)}"
    return plan.delivery("third_party_evaluation", agency.id, name, day, shape, rows, agency.name)
