"""A small city with two platforms that disclose, some of it late, and pages to look at."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ecredit.facts.actors.organisation_actions import register_organisation
from ecredit.facts.actors.types import OPERATOR
from ecredit.service.operation.disclosure_checks import PageGiven
from ecredit.service.operation.platform import Platform
from tests.penalty_rows import code
from tests.subjects.test_subjects_review_journey import register

ZONE = ZoneInfo("Asia/Shanghai")
# A Thursday; 1 to 8 October are days off.
NOW = datetime(2026, 11, 12, 12, 0, tzinfo=ZONE)
BEFORE = datetime(2025, 1, 6, 9, 0, tzinfo=ZONE)
FIRST, SECOND = code(901), code(902)
NAMES = {FIRST: "常州甲平台有限公司", SECOND: "常州乙平台有限公司"}
MERCHANT = code(1)
HOME, SHOP = "https://mall.example/", "https://mall.example/shop/1"


class Noon(Platform):
    """The city at noon of 12 November 2026, or so much later."""

    later = timedelta(0)

    @property
    def now(self) -> datetime:
        return NOW + self.later


def firm(n: int) -> str:
    """What firm `n` is called."""
    return f"常州测试{n}号网络科技有限公司"


def open_city(collect, collector) -> None:
    """Register the platforms and two merchants; nothing is disclosed yet."""
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
    firms = [(firm(n), code(n), f"常州市新北区通江路{n}号") for n in (1, 2)]
    firms += [(name, uscc, "常州市新北区太湖路9号") for uscc, name in NAMES.items()]
    collect("registration", register(*firms), name="r.csv", at=NOW)


def disclosed(*rows: tuple[str, str, str, str, str], platform: str = FIRST) -> str:
    """A platform's disclosures: (number, kind, happened, published, effective)."""
    head = "平台经营者名称,统一社会信用代码,披露编号,披露类别,标题,内容,事项发生日期,公示日期,施行日期\r\n"
    return head + "".join(
        f"{NAMES[platform]},{platform},{number},{kind},{kind}{number},内容,{happened},{published},{effective}\r\n"
        for number, kind, happened, published, effective in rows
    )


def sanctioned(*rows: tuple[str, str, str], platform: str = FIRST) -> str:
    """Sanctions against the first merchant: (number, decided, published)."""
    head = "平台名称,平台统一社会信用代码,处理编号,经营者名称,经营者类别,统一社会信用代码,网店名称,违法违规行为,处理措施,决定日期,公示日期\r\n"
    return head + "".join(
        f"{NAMES[platform]},{platform},{number},{firm(1)},法人及非法人组织,{code(1)},一号店,商品描述不符,警示,{decided},{published}\r\n"
        for number, decided, published in rows
    )


def shown(*, text: str = "", links: tuple[str, ...] = (), more: str = "") -> bytes:
    """A page with this text and these links."""
    anchors = "".join(f'<a href="{link}">链接</a>' for link in links)
    return f"<!doctype html><html><head><title>店</title></head><body>{more}<p>{text}</p>{anchors}</body></html>".encode()


def given(**more) -> PageGiven:
    """The first merchant's page, seen an hour ago."""
    said = {
        "platform": FIRST, "kind": "merchant_page", "url": SHOP, "seen_at": NOW - timedelta(hours=1), "subject": MERCHANT,
    } | more  # fmt: skip
    return PageGiven(**said)
