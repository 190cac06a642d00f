"""A platform with everything a page of disclosures tells: added to the sample database. All of it is made up."""

from datetime import date, timedelta
from pathlib import Path
from typing import Final

from ecredit.service.publicity.public_disclosures import GapRow, labels_of
from ecredit.service.publicity.store import ItemRow, item_doc, open_writer, to_json
from tests.portal.portal_sample import CATALOG, FULL, MANY, PLAIN, TODAY

PLATFORM, BARE = MANY, "91320411MA1MT9XK5A"
NAMES: Final = {PLATFORM: "常州大卖场<b>网络</b>平台有限公司", BARE: "常州甲甲电子商务平台有限公司"}
SHORT_NOTICE, GONE_TITLE = "退货规则修订", "前年的系统升级"
SANCTIONS: Final = 63
_UNTIL: Final = TODAY + timedelta(days=90)


def _row(leaf: int, code: str, source: str, on: date, until: date | None, **values: str) -> ItemRow:
    section = CATALOG.sources[source].section
    doc = item_doc(NAMES[PLATFORM], "《中华人民共和国电子商务法》第三十六条", on.isoformat(), None, values)
    return (
        leaf,
        code,
        source,
        section,
        on.isoformat(),
        on.isoformat(),
        None if until is None else until.isoformat(),
        doc,
    )


def rows() -> list[ItemRow]:
    """The documents, from leaf 5001 on."""
    day, said = date(2026, 11, 2), {"subject_name": "常州大卖场网络平台有限公司", "uscc": PLATFORM}

    def disclosed(leaf: int, kind: str, title: str, until: date | None = _UNTIL, **more: str) -> ItemRow:
        values = {
            **said, "disclosure_no": f"PL{leaf}", "kind": kind, "title": title, "content": f"{title}的内容<script>x</script>",
            "happened_on": day.isoformat(), "published_on": day.isoformat(), **more,
        }  # fmt: skip
        return _row(leaf, PLATFORM, "platform_disclosure", day, until, **values)

    found = [
        disclosed(5001, "基本信息", "平台经营者基本信息", url="https://mall.example/about"),
        disclosed(5002, "平台规则", "评价规则修订", effective_on="2026-11-12"),
        disclosed(5003, "平台规则", SHORT_NOTICE, effective_on="2026-11-05", url="https://mall.example/rules"),
        disclosed(5004, "重大事件", "结算系统升级"),
        disclosed(5005, "重大事件", GONE_TITLE, until=TODAY),
        _row(5006, PLATFORM, "dual_publicity_licence", day, None, XK_XKWS="增值电信业务经营许可证", XK_WSH="苏B2-20260001",
             XK_XKJG="江苏省通信管理局", XK_JDRQ="2026-11-02", XK_YXQZI="2031-11-01"),
        _row(5007, PLATFORM, "dual_publicity_licence", day, None, XK_XKWS="烟花爆竹经营许可证", XK_WSH="常许〔2026〕7号",
             XK_XKJG="常州市某某局", XK_JDRQ="2026-11-02", XK_YXQZI="2029-11-01"),
    ]  # fmt: skip
    for n in range(SANCTIONS):
        decided = day - timedelta(days=n)
        found.append(
            _row(5100 + n, FULL if n % 2 else PLAIN, "platform_sanction", decided, _UNTIL, platform_name=NAMES[PLATFORM],
                 platform_uscc=PLATFORM, sanction_no=f"CL{n}", shop_name=f"第{n}号<b>店</b>", violation="商品描述不符", measure="警示",
                 decided_on=decided.isoformat(), **({"published_on": decided.isoformat()} if n else {}))
        )  # fmt: skip
    found.append(
        _row(5300, FULL, "spot_check", day, _UNTIL, check_no="CJ1", authority="常州市市场监督管理局", shop_name="小满的店",
             platform_uscc=PLATFORM, product_name="儿童连衣裙", result="不合格", failed_items="甲醛含量", sampled_on=day.isoformat())
    )  # fmt: skip
    # Another platform's, and one that names none: of neither page.
    found.append(
        _row(5301, FULL, "spot_check", day, _UNTIL, check_no="CJ2", authority="常州市农业农村局", product_name="蓝莓", result="合格",
             sampled_on=day.isoformat())
    )  # fmt: skip
    return found


def gaps() -> list[GapRow]:
    """One of a rule, one of a merchant's page that is put right, one whose time is over."""

    def gap(id: int, until: date, **more: object) -> GapRow:
        said = {
            "title_zh": "规则修改提前公示", "title_en": "Notice of a changed rule", "asks_zh": "至少在施行前七日公示",
            "asks_en": "seven days before", "saw_zh": "2026-11-02 公示<b>", "saw_en": "made known on 2026-11-02<b>",
            "clause": "《中华人民共和国电子商务法》第三十四条", "verified": True, "seen_on": "2026-11-05", "confirmed_on": "2026-11-20",
            "late": 4, "working": False, "mended": False, "entry": 5003, "url": "", "subject": PLATFORM, "subject_name": "",
        }  # fmt: skip
        return id, PLATFORM, until.isoformat(), to_json(said | more)

    page = {"title_zh": "亮照标识", "verified": False, "late": 2, "working": True, "mended": True, "entry": None,
            "url": "https://mall.example/shop/1", "subject": FULL, "subject_name": "常州小满电子商务有限公司"}  # fmt: skip
    return [gap(1, _UNTIL), gap(2, _UNTIL, **page), gap(3, TODAY, title_zh="过期的缺漏")]


def add_disclosures(path: Path) -> None:
    """Write them, and who is a platform."""
    with open_writer(path) as writer:
        for source in ("platform_disclosure", "platform_sanction", "spot_check", "dual_publicity_licence"):
            of = CATALOG.sources[source]
            labels = dict(labels_of(writer.connection, source))
            labels |= {c.code: (c.name, c.unit or "", c.lookup or "") for c in of.columns if c.public}
            writer.put_sources([(source, of.title_zh, of.title_en, to_json(labels))])
        writer.put_items(rows())
        tables = ("platform_measure", "inspection_result", "disclosure_kind")
        writer.put_code_tables(
            (name, {e.zh: e.en for e in CATALOG.code_tables[name].entries.values() if e.en})
            for name in tables
        )
        writer.put_platforms(NAMES)
        writer.put_gaps(gaps())
        writer.settle()
