"""A small city with two platforms that report, one that does not, and complaints that name them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from ecredit.facts.actors.organisation_actions import register_organisation
from ecredit.facts.actors.types import OPERATOR
from tests.penalty_rows import code
from tests.subjects.test_subjects_review_journey import register

ZONE = ZoneInfo("Asia/Shanghai")
MADE = datetime(2026, 5, 12, 12, 0, tzinfo=ZONE)
BEFORE = datetime(2026, 1, 5, 9, 0, tzinfo=ZONE)
SENT = datetime(2026, 5, 6, 9, 0, tzinfo=ZONE)
FIRST, SECOND, SILENT = code(901), code(902), code(903)
NAMES = {FIRST: "常州甲平台有限公司", SECOND: "常州乙平台有限公司", SILENT: "常州丙平台有限公司"}


def firm(n: int) -> str:
    """What firm `n` is called."""
    return f"常州测试{n}号网络科技有限公司"


def open_city(collect, collector, *, complaints: str = "", merchants: int = 24) -> None:
    """Register the platforms and their firms, and collect what was sent by 6 May 2026."""
    for number, (uscc, name) in enumerate(NAMES.items(), start=1):
        register_organisation(
            id=f"plat-{number}",
            name=name,
            kind="platform",
            uscc=uscc,
            ring=collector.ring,
            by=OPERATOR,
            at=BEFORE,
        )
    firms = [(firm(n), code(n), f"常州市新北区通江路{n}号") for n in range(1, merchants + 1)]
    firms += [(name, uscc, "常州市新北区太湖路9号") for uscc, name in NAMES.items()]
    collect("registration", register(*firms), name="r.csv", at=SENT)
    half = merchants // 2
    collect(
        "platform_merchants", merchant_rows(FIRST, range(1, half + 1)), by="plat-1", name="m1.csv", at=SENT
    )
    collect(
        "platform_merchants",
        # One firm of the second platform goes by another name than it is registered under.
        merchant_rows(SECOND, range(half + 1, merchants + 1), misnamed={merchants}),
        by="plat-2",
        name="m2.csv",
        at=SENT,
    )
    if complaints:
        collect("complaint_outcome", complaints, name="c.csv", at=SENT)


def merchant_rows(platform: str, numbers, *, misnamed=frozenset(), entered: str = "2025-06-01") -> str:
    """A platform's report of its merchants, verified in March 2026 but every fourth a year before."""
    head = "平台名称,平台统一社会信用代码,店铺编号,网店名称,网店网址,经营者名称,经营者类别,统一社会信用代码,联系电话,经营地址,入驻日期,最近核验日期\r\n"
    rows = []
    for n in numbers:
        name = firm(n).replace("网络", "信息") if n in misnamed else firm(n)
        verified = "2025-03-02" if n % 4 == 0 else "2026-03-02"
        rows.append(
            f"{NAMES[platform]},{platform},S{n},店{n},https://s{n}.example/,{name},法人及非法人组织,{code(n)},0519-8888{n:04d},"
            f"常州市新北区通江路{n}号,{min(entered, verified)},{verified}\r\n"
        )
    return head + "".join(rows)


def complaint_rows(*rows: tuple[str, int, str, str, str]) -> str:
    """Complaints: (platform's name, firm, received, closed, outcome)."""
    head = "投诉编号,处理单位,被投诉经营者名称,被投诉经营者类别,统一社会信用代码,平台名称,投诉问题类别,收到日期,办结日期,处理结果\r\n"
    return head + "".join(
        f"TS{number},常州市市场监督管理局,{firm(n)},法人及非法人组织,{code(n)},{platform},商品质量,{received},{closed},{outcome}\r\n"
        for number, (platform, n, received, closed, outcome) in enumerate(rows, start=1)
    )
