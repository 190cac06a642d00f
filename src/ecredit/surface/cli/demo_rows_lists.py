"""Lists: abnormal operation, serious dishonesty, judgment debtors; with those taken off again."""

from datetime import date, timedelta
from random import Random

from ecredit.foundation.kernel.periods import add_months
from ecredit.surface.cli.demo_mistakes import spoil
from ecredit.surface.cli.demo_plan import Plan, clear_of_terms, iso, stamp
from ecredit.surface.cli.demo_types import Delivery, DemoRow, DemoSubject, gb_csv, tabbed, utf_csv

_REASONS = (
    "未依照规定的期限公示年度报告",
    "通过登记的住所或者经营场所无法联系",
    "公示企业信息隐瞒真实情况、弄虚作假",
)


def list_deliveries(plan: Plan) -> list[Delivery]:
    """Files of the lists, oldest first within each."""
    return [*_abnormal(plan), *_serious(plan), *_debtors(plan)]


def _abnormal(plan: Plan) -> list[Delivery]:
    """Put on in the summer; a later file takes a part of them off: the same documents in a later version."""
    files = []
    name, _ = plan.department("gongshang")
    chance = plan.chance("abnormal")
    taken: list[DemoRow] = []
    for months in (10, 4, 1):
        day = plan.months_ago(months)
        rows = []
        for n in range(plan.count(0.02, 12)):
            subject = (
                _by_number(plan)[n % 3] if months == 10 and n < 2 else plan.culprit(chance, day, "gongshang")
            )
            listed = day - timedelta(days=chance.randrange(2, 15))
            cells = {
                "reg_no": "" if subject.uscc else subject.reg_no,
                "listing_document_no": f"常市监异列〔{listed.year}〕{months:02d}{n + 1:05d}号",
                "listing_reason": chance.choice(_REASONS),
                "listed_on": iso(listed),
                "listing_authority": name,
            }
            rows.append(plan.row("abnormal_operation", subject, day, cells))
        for row in taken[::3]:
            removed = {
                "removed_on": iso(day - timedelta(days=3)),
                "removal_reason": "已补报年度报告",
                "removal_authority": name,
            }
            rows.append(DemoRow({**row.cells, **removed}, row.about))
        taken = [] if months == 1 else [row for row in rows if "removed_on" not in row.cells]
        if months == 1:
            mistakes = ("no_code", "missing_number", "impossible_date", "phone_in_text")
            spoil(rows, plan.source("abnormal_operation"), chance, rate=0.02, mistakes=mistakes)
        shape = gb_csv("chinese") if months != 4 else utf_csv("slash", "经营异常名录")
        name_of_file = f"经营异常名录_{stamp(day)}"
        files.append(
            plan.delivery("abnormal_operation", "gongshang", name_of_file, day, shape, rows, "市工商局")
        )
    return files


def _by_number(plan: Plan) -> list[DemoSubject]:
    """Firms of which the register knows only the old number."""
    found = [s for s in plan.city.traders if s.reg_no and not s.uscc]
    return (found * 3)[:3] if found else [plan.ordinary[0]] * 3


_SERIOUS = (
    (
        "gongshang",
        "市市场监管局",
        "市场监督管理严重违法失信名单",
        9,
        "《市场监督管理严重违法失信名单管理办法》",
    ),
    (
        "shuiwu",
        "国家税务总局常州市税务局",
        "重大税收违法失信主体",
        3,
        "《重大税收违法失信主体信息公布管理办法》",
    ),
)


def _serious(plan: Plan) -> list[Delivery]:
    files = []
    for sender, called, listing, months, basis in _SERIOUS:
        day, chance = plan.months_ago(months), plan.chance(f"serious/{sender}")
        name, code = plan.department(sender)
        rows = []
        for n in range(plan.count(0.006, 6)):
            # One in three was listed so long ago that it has ended.
            age = chance.randrange(3, 7) if n % 3 else 1130 + 10 * n % 300
            listed = clear_of_terms(day - timedelta(days=age), plan.today)
            cells = {
                "list_name": listing,
                "listing_document_no": f"常失信〔{listed.year}〕{sender[:2].upper()}{n + 1:04d}号",
                "listing_basis": basis,
                "listing_reason": "组织虚假交易，情节严重" if sender == "gongshang" else "虚开发票，税额较大",
                "listed_on": iso(listed),
                "listing_authority": name,
                "listing_authority_code": code,
                "until_on": iso(add_months(listed, 36)),
            }
            rows.append(
                plan.row("serious_dishonesty", plan.culprit(chance, day, sender, done_on=listed), day, cells)
            )
        mistakes = ("identity_in_text",) if sender == "gongshang" else ("identity_in_text", "wrong_check")
        spoil(rows, plan.source("serious_dishonesty"), chance, rate=0, mistakes=mistakes)
        shape = gb_csv() if sender == "gongshang" else utf_csv("slash")
        name_of_file = f"严重失信主体名单_{stamp(day)}"
        files.append(plan.delivery("serious_dishonesty", sender, name_of_file, day, shape, rows, called))
    return files


def _debtors(plan: Plan) -> list[Delivery]:
    """The court sends every month; a person's entry is never shown; who has paid is deleted in a later file."""
    files: list[Delivery] = []
    chance = plan.chance("debtors")
    open_rows: list[DemoRow] = []
    for months in range(13, 0, -1):
        day = plan.months_ago(months)
        rows = [_debtor(plan, chance, day, months, n) for n in range(plan.count(0.006, 5))]
        for row in open_rows[::4]:
            paid = {"removed_on": iso(day - timedelta(days=2)), "performance": "全部已履行"}
            rows.append(DemoRow({**row.cells, **paid}, row.about))
        open_rows = [row for row in rows if "removed_on" not in row.cells]
        if months == 1:
            mistakes = ("person_without_document", "no_code", "identity_in_text")
            spoil(rows, plan.source("judgment_debtor"), chance, rate=0.02, mistakes=mistakes)
        shape = tabbed("utf-8" if months % 2 else "gb18030")
        files.append(
            plan.delivery(
                "judgment_debtor", "fayuan", f"失信被执行人_{stamp(day)}", day, shape, rows, "市中院"
            )
        )
    return files


def _debtor(plan: Plan, chance: Random, day: date, months: int, n: int) -> DemoRow:
    if n % 3 == 0:
        subject = plan.conduct.culprit(chance, plan.persons, day, "fayuan")
    else:
        subject = plan.culprit(chance, day, "fayuan")
    published = day - timedelta(days=chance.randrange(1, 25))
    filed = published - timedelta(days=chance.randrange(40, 300))
    cells = {
        "case_no": f"（{filed.year}）苏04执{months:02d}{n + 1:05d}号",
        "court": "常州市中级人民法院",
        "basis_no": f"（{filed.year}）苏04民终{chance.randrange(1, 9999)}号",
        "basis_authority": "常州市中级人民法院",
        "filed_on": iso(filed),
        "obligation": f"支付货款{chance.randrange(1, 90)}万元及利息",
        "performance": "全部未履行",
        "conduct": "有履行能力而拒不履行生效法律文书确定义务",
        "published_on": iso(published),
    }
    return plan.row("judgment_debtor", subject, day, cells)
