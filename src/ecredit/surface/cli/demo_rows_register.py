"""Registration files: all that the register held at the beginning, then what came new or changed month by month."""

from datetime import date, timedelta

from ecredit.foundation.kernel.periods import add_months
from ecredit.surface.cli.demo_mistakes import spoil
from ecredit.surface.cli.demo_plan import RENAMED_MONTHS_AGO, Plan, iso, stamp
from ecredit.surface.cli.demo_types import (
    FIRM,
    Delivery,
    DemoRow,
    DemoSubject,
    Plant,
    Role,
    Shape,
    coded_csv,
    utf_csv,
    workbook,
)

SOURCE, SENDER = "registration", "gongshang"
_FIRST, _CODED_MONTHS_AGO = 14, 4
_TYPES = {Role.INDIVIDUAL: "个体工商户", Role.ASSOCIATION: "社会团体法人"}


def register_deliveries(plan: Plan) -> list[Delivery]:
    """The first whole file under the authority's former name, then a file a month."""
    first_day = plan.months_ago(_FIRST)
    registered = [s for s in plan.city.traders if s.role is not Role.ASSOCIATION]
    old = [s for s in registered if s.founded < first_day]
    rows = [registration_row(plan, s, first_day) for s in old]
    spoil(
        rows, plan.source(SOURCE), plan.chance("register"), rate=0.004,
        mistakes=("wrong_check", "impossible_date", "full_width_code", "future_date", "spaced_code", "repeated_row"),
    )  # fmt: skip
    name = f"市场主体登记存量_{stamp(first_day)}"
    files = [plan.delivery(SOURCE, SENDER, name, first_day, coded_csv(), rows, "市工商局")]
    since = first_day
    for months in range(_FIRST - 1, 0, -1):
        day = plan.months_ago(months)
        files.append(_monthly(plan, registered, since, day, months))
        since = day
    last = plan.days_ago(2)
    files.append(_monthly(plan, registered, since, last, 0))
    return files


def registration_row(plan: Plan, subject: DemoSubject, day: date, state: str = "存续") -> DemoRow:
    """What the register says about a subject on a day."""
    founded = iso(subject.founded)
    unlimited = subject.number % 3 == 0
    code_known = subject.code_since is None or day >= plan.months_ago(_CODED_MONTHS_AGO)
    company = subject.kind == FIRM
    return plan.row(
        SOURCE,
        subject,
        day,
        {
            "ENTNAME": plan.name_on(subject, day),
            "UNISCID": subject.uscc if code_known else "",
            "REGNO": subject.reg_no,
            "ENTTYPE": _TYPES.get(subject.role, "有限责任公司"),
            "LEREP": subject.representative,
            "REGCAP": f"{subject.number % 50 * 10 + 10}万元人民币" if company else "",
            "ESTDATE": founded,
            "APPRDATE": founded,
            "DOM": subject.address,
            "DOMDISTRICT": subject.district_code,
            "OPSCOPE": f"许可项目：{subject.trade}。（依法须经批准的项目，经相关部门批准后方可开展经营活动）",
            "INDUSTRYCO": subject.industry,
            "REGORG": "常州市市场监督管理局",
            "REGSTATE": state,
            "OPFROM": founded,
            "OPTO": "2099-12-31" if unlimited else iso(add_months(subject.founded, 30 * 12)),
        },
    )


def _monthly(plan: Plan, registered: list[DemoSubject], since: date, day: date, months: int) -> Delivery:
    """Who is new since the last file, and whom something changed for."""
    chance = plan.chance(f"register/{months}")
    rows = [registration_row(plan, s, day) for s in registered if since <= s.founded < day]
    if months == RENAMED_MONTHS_AGO:
        rows += [registration_row(plan, s, day) for s in registered if s.later_name and s.founded < since]
    if months == _CODED_MONTHS_AGO:
        rows += [registration_row(plan, s, day) for s in registered if s.code_since is not None]
    for subject in _growing(plan, first_day=plan.months_ago(_FIRST), months=months):
        grown = registration_row(plan, subject, day)
        grown.cells |= {"REGCAP": f"{subject.number % 50 * 10 + 510}万元人民币", "APPRDATE": iso(day)}
        rows.append(grown)
    if months % 3 == 1:
        leaving = [s for s in plan.city.by_role[Role.INDIVIDUAL] if s.founded < since - timedelta(days=200)]
        few = min(len(leaving), plan.count(0.003, 1))
        for subject in chance.sample(leaving, few):
            state = chance.choice(("注销", "注销", "吊销", "迁出"))
            rows.append(registration_row(plan, subject, day, state))
    shape = _shape(months, day)
    if months == 1:
        spoil(
            rows, plan.source(SOURCE), chance, rate=0.01,
            mistakes=("excel_number", "full_width_code", "impossible_date", "missing_name", "long_term_start"),
        )  # fmt: skip
    if months == 1:
        # A last line below the table, which is no row of it.
        rows.append(
            DemoRow(
                {"ENTNAME": "填表人：登记注册处"},
                registered[0],
                plants=[Plant("footer_row", "", "footer")],
            )
        )
    name = f"市场主体登记增量_{stamp(day)}"
    return plan.delivery(SOURCE, SENDER, name, day, shape, rows, "市市场监管局")


def _growing(plan: Plan, *, first_day: date, months: int) -> list[DemoSubject]:
    """Who raises its capital in a month: other firms every month, so that no file is empty and none undoes another."""
    firms = [s for s in plan.everyday if s.role is Role.FIRM and s.founded < first_day and not s.later_name]
    few = plan.count(0.002, 1)
    return firms[months * few : (months + 1) * few]


def _shape(months: int, day: date) -> Shape:
    if months == 1:
        titles = ("常州市市场主体登记信息（增量）", f"统计月份：{day.year}年{day.month}月　　单位：户")
        return workbook(*titles, merged="REGORG")
    return utf_csv()
