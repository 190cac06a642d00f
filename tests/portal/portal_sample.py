"""A small public database with every state a page must tell: for the portal's tests, journeys and pictures.

All firms, numbers and decisions are made up; the codes carry right check characters and an area no body can have.
"""

import json
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path

from ecredit.foundation.catalog.folder import catalog_folder
from ecredit.foundation.catalog.load import load_catalog
from ecredit.judgement.evaluation.model_loader import load_models
from ecredit.judgement.evaluation.types import Window
from ecredit.service.publicity.figures import note_movement
from ecredit.service.publicity.public_ratings import PublicDimension, PublicRating, public_rules, rule_doc
from ecredit.service.publicity.rule_book import rule_book
from ecredit.service.publicity.store import open_writer
from ecredit.service.publicity.types import (
    PublicChange,
    PublicFact,
    PublicField,
    PublicItem,
    PublicLift,
    PublicModel,
    PublicOutlook,
    PublicPast,
    PublicReason,
    PublicSector,
    PublicSectorStep,
    PublicStep,
    PublicSubject,
    PublicTimeStep,
    Section,
    Ungraded,
)
from tests.portal.report_sample import sample_reports
from tests.publicity.public_sample import write_subjects

TODAY = date(2026, 11, 25)
PROJECTED_AT = datetime(2026, 11, 25, 0, 30, tzinfo=UTC)

FULL = "91320411MA00000X0K"  # many sections, grade C
PLAIN = "92320402MAABCDEF0M"  # registration only, grade B
STALE = "91330100799655058B"  # grade ran out
UNGRADED = "320400000012347"  # an old register number, no grade
NOTHING = "320400000052343"  # nothing that counts
MANY = "9144030071526726XG"  # more documents than a profile shows
FORMER = "320411000098761"  # former code of FULL
ENDED_LEAF, FUTURE_LEAF, LAST_DAY_LEAF = 31, 32, 33
PENALTY_LEAF = 21
PLATFORM = "示例<b>购物</b>网"
CATALOG = load_catalog(catalog_folder())
HEAD = "credit.example/log\n1234\nq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=\n\n— credit.example/log AAAA\n"
KEY = "credit.example/log+00000000+AAAA"

REPAIR = ("缴清罚款并作出信用承诺后，申请信用修复", "Pay the fine, make a commitment, apply for credit repair",
          "《信用修复管理办法》（国家发展和改革委员会令第36号）第二条")  # fmt: skip
KEEP = ("把未履行的承诺履行完毕", "Keep the commitment after all", "")
NO_GRADE: dict[str, Ungraded] = {
    "320400000022346": "no_model", "320400000032345": "not_public", "320400000042344": "waiting",
}  # fmt: skip
MODEL = PublicModel(
    edition="0123456789ab", title_zh="企业信用评价模型", title_en="Model for enterprises", version="1",
    since=date(2026, 11, 2), verified=False, floor=0.0, ceiling=100.0,
    scale=(PublicStep("A", 90.0), PublicStep("B", 70.0), PublicStep("C", 50.0), PublicStep("D", None)),
    basis=("GB/T 45255-2025",),
    looks_at={"fined": ("penalty", Window(12)), "committed": ("commitment", Window(while_valid=True))},
    dimensions=(("registration", "登记与许可", "Registration and licences"), ("compliance", "守法", "Keeping the law"),
                ("fulfilment", "履约", "Keeping promises")),
    under={"fined": "compliance", "committed": "fulfilment", "registered": "registration"},
    sector=PublicSector(
        (PublicSectorStep("AAA", 95.0, "信用极好", "Outstanding"), PublicSectorStep("A", 80.0, "信用良好", "Good"),
         PublicSectorStep("BB", 52.0, "信用一般", "Fair"), PublicSectorStep("B", 50.0, "信用欠佳", "Below fair"),
         PublicSectorStep("D", None, "信用极差", "Worst")),
        {"C": "BB", "D": "B"},
    ),
)  # fmt: skip


def _fields(**values: str) -> tuple[PublicField, ...]:
    labels = {
        "CF_XDR_MC": "行政相对人名称", "CF_WSH": "行政处罚决定书文号", "CF_WFXW": "违法行为类型", "CF_SY": "违法事实",
        "CF_YJ": "处罚依据", "CF_CFLB": "处罚类别", "CF_NR": "处罚内容", "CF_NR_FK": "罚款金额(万元)",
        "CF_JDRQ": "处罚决定日期", "CF_CFJG": "处罚机关", "XK_WSH": "行政许可决定文书号", "XK_XKWS": "行政许可决定文书名称",
        "XK_XKLB": "许可类别", "XK_NR": "许可内容", "XK_JDRQ": "许可决定日期", "XK_YXQZI": "有效期至", "XK_XKJG": "许可机关",
        "ENTTYPE": "企业类型", "ESTDATE": "成立日期", "REGCAP": "注册资本", "DOM": "住所", "OPSCOPE": "经营范围",
        "REGORG": "登记机关", "REGSTATE": "登记状态", "text": "承诺内容", "made_on": "承诺日期", "kind": "承诺类型",
        "checked": "检查事项", "result": "检查结果",
    }  # fmt: skip
    forms = {"CF_NR_FK": ("万元", ""), "CF_CFLB": ("", "penalty_kind")}
    return tuple(
        PublicField(code, labels[code], value, *forms.get(code, ())) for code, value in values.items()
    )


def _item(
    leaf: int, section: Section, zh: str, en: str, on: date, until: date | None, **values: str
) -> PublicItem:
    return PublicItem(
        leaf=leaf,
        section=section,
        source=str(section),
        title_zh=zh,
        title_en=en,
        supplier="常州市市场监督管理局",
        fields=_fields(**values),
        clause="《信用修复管理办法》（国家发展改革委令第36号）：一般失信信息，最长公示期一年"
        if section is Section.PENALTY
        else "《企业信息公示暂行条例》第六条",
        occurred_on=on,
        shown_from=on,
        shown_until=until,
        valid_from=on,
        valid_to=date(2029, 6, 2) if section is Section.LICENCE else None,
    )


def _penalty(leaf: int, number: str, on: date, until: date | None) -> PublicItem:
    return _item(
        leaf, Section.PENALTY, "行政处罚", "Administrative penalty", on, until,
        CF_XDR_MC="常州小满电子商务有限公司",
        CF_WSH=number,
        CF_WFXW="虚构交易、编造用户评价",
        CF_SY="当事人自2026年3月起委托他人在其网店虚假下单四百余笔，并编造用户评价，欺骗、误导消费者。",
        CF_YJ="《中华人民共和国反不正当竞争法》第九条第一款",
        CF_CFLB="罚款",
        CF_NR="责令停止违法行为，处罚款人民币三万元。",
        CF_NR_FK="3.000000",
        CF_JDRQ=on.isoformat(),
        CF_CFJG="常州市天宁区市场监督管理局",
    )  # fmt: skip


def _registration(leaf: int, **more: str) -> PublicItem:
    return _item(
        leaf, Section.REGISTRATION, "登记注册信息", "Registration", date(2019, 4, 12), None,
        ENTTYPE="有限责任公司(自然人投资或控股)", ESTDATE="2019-04-12", REGCAP="200万元人民币",
        DOM="江苏省常州市新北区太湖东路9号4幢1203室", REGORG="常州国家高新技术产业开发区（新北区）市场监督管理局",
        OPSCOPE="许可项目：食品经营（依法须经批准的项目，经相关部门批准后方可开展经营活动）。一般项目：互联网销售（除销售需要许可的商品）；"
        "日用百货销售；服装服饰批发；服装服饰零售；化妆品零售；国内货物运输代理；信息技术咨询服务。",
        **more,
    )  # fmt: skip


def _full() -> PublicSubject:
    return PublicSubject(
        code=FULL,
        name="常州小满电子商务有限公司",
        kind="法人及非法人组织",
        area="新北区",
        status="存续",
        grade="C",
        graded_on=date(2026, 11, 20),
        grade_until=date(2027, 5, 9),
        score=57.5,
        model=MODEL,
        change=PublicChange(
            date(2026, 5, 9), "B", "C",
            entered=(PublicReason("一年内有一次罚款处罚", "Fined once within a year", -20.0, "", (PENALTY_LEAF,),
                                  date(2027, 5, 8)),),
            left=(PublicReason("信用承诺已满一年", "A commitment older than a year", 5.0, "", (41,)),),
        ),
        facts=(PublicFact("网店", "小满的店（某平台）", "网店信息", date(2026, 7, 10)),),
        reasons=(
            PublicReason("基础分 70 分", "Starting score: 70 points", 70.0, indicator="base"),
            PublicReason("一年内有一次罚款处罚", "Fined once within a year", -20.0,
                         "《反不正当竞争法》第三十三条", (PENALTY_LEAF,), date(2027, 5, 8), "fined"),
            PublicReason("公开作出信用承诺", "Made a public credit commitment", 5.0, "指标 B03", (41,), None, "committed"),
            PublicReason("登记信息完整，状态存续", "Registration complete and current", 2.5, "指标 A01", (), None, "registered"),
        ),
        outlook=PublicOutlook(
            (PublicLift((REPAIR,), (PENALTY_LEAF,), date(2026, 8, 8), "B", 77.5, "C", 57.5),
             PublicLift((KEEP,), (41,), date(2027, 1, 4), "C", 67.5, "C", 57.5)),
            PublicLift((REPAIR, KEEP), (PENALTY_LEAF, 41), date(2027, 1, 4), "B", 87.5, "C", 57.5),
            (PublicTimeStep(date(2027, 3, 1), "C", 60.0), PublicTimeStep(date(2027, 5, 8), "B", 77.5)),
            (("商品抽检不合格", "Spot checks failed"),),
        ),
        history=(PublicPast(date(2026, 11, 20), "C", 57.5, "0123456789ab"),
                 PublicPast(date(2026, 5, 9), "C", 60.0, "0123456789ab"),
                 PublicPast(date(2026, 1, 5), "B", 80.0, "000000000000")),
        items=(
            _registration(1),
            _item(11, Section.LICENCE, "行政许可", "Administrative licence", date(2024, 6, 3), date(2029, 6, 3),
                  XK_XKWS="食品经营许可证", XK_WSH="常新市监食许〔2024〕0613号", XK_XKLB="普通", XK_NR="食品销售（仅预包装）",
                  XK_JDRQ="2024-06-03", XK_YXQZI="2029-06-02", XK_XKJG="常州市新北区行政审批局"),
            replace(_penalty(PENALTY_LEAF, "常天市监罚〔2026〕88号", date(2026, 5, 8), date(2027, 5, 8)),
                    corrected_on=date(2026, 6, 2), corrected_by="常州市信用管理中心"),
            _penalty(ENDED_LEAF, "常天市监罚〔2025〕12号", date(2025, 11, 25), TODAY),
            _penalty(FUTURE_LEAF, "常天市监罚〔2026〕301号", date(2026, 11, 26), date(2027, 11, 26)),
            _penalty(LAST_DAY_LEAF, "常天市监罚〔2025〕13号", date(2025, 11, 26), date(2026, 11, 26)),
            _item(41, Section.COMMITMENT, "信用承诺", "Credit commitment", date(2026, 7, 1), None,
                  kind="主动公示型", text="承诺不虚构交易、不编造用户评价，依法公示营业执照信息。", made_on="2026-07-01"),
            _item(42, Section.SPOT_CHECK, "抽查检查结果", "Spot check", date(2026, 9, 15), date(2029, 9, 15),
                  checked="网络交易商品质量与亮照情况", result="未发现问题"),
        ),
    )  # fmt: skip


RATINGS = (
    PublicRating(
        "buyer_to_shop", "2026.1", "小满<b>优选</b>店", 4.31, 4.02, 4.6, 128, 40, 0.31, (("forged", 30), ("surplus", 12)),
        ("no_time",), 2, 5, 3, (PublicDimension("商品", "goods", 4.4, 90),),
    ),
    PublicRating("buyer_to_shop", "2026.1", "小满新店", None, None, None, 2),
    PublicRating("regulator_to_courier", "2026.1", "", 3.9, 3.1, 4.7, 6),
)  # fmt: skip


def write_sample(path: Path, meta: dict[str, str] | None = None) -> None:
    """Write the database at `path`, with more in its meta table if given."""
    write_subjects(
        path,
        _full(),
        PublicSubject(PLAIN, "天宁区兰陵<b>花</b>坊&小店", "个体工商户", "天宁区", "存续", "B", date(2026, 11, 20),
                      reasons=(PublicReason("仅掌握登记信息", "Only the registration is known", 0.0, "指标 A00"),),
                      items=(_registration(2),)),
        PublicSubject(STALE, "常州速达快递公司", "法人及非法人组织", "武进区", "存续", "A", date(2025, 11, 1), date(2026, 11, 1),
                      reasons=(PublicReason("过期的理由", "An outdated reason", 5.0),), items=(_registration(3),)),
        PublicSubject(UNGRADED, "常州市老字号百货商店", "法人及非法人组织", "", "注销", model=MODEL, ungraded="state",
                      reasons=(PublicReason("该主体已注销，不再评级", "Deregistered, no longer graded", 0.0, indicator="status"),),
                      items=(_registration(4),)),
        PublicSubject(NOTHING, "常州空白第一商行", "个体工商户", "", "存续", model=MODEL, ungraded="nothing",
                      reasons=(PublicReason("基础分 70 分", "Starting score: 70 points", 70.0, indicator="base"),
                               PublicReason("没有任何可以计入评价的信息，无法评级", "Nothing counts", 0.0, indicator="nothing_known"))),
        PublicSubject(MANY, "常州大卖场网络平台有限公司", "法人及非法人组织", "钟楼区", "存续", "D", date(2026, 11, 20),
                      reasons=(PublicReason("一年内有多次处罚", "Penalised many times", -60.0, "指标 C01",
                                            tuple(range(1001, 1231))),),
                      items=tuple(_penalty(1000 + n, f"常监罚〔2026〕{n}号", date(2026, 5, 8), None)
                                  for n in range(1, 231))),
        *(PublicSubject(f"9132040000000{n:04d}X", f"常州批量贸易第{n}号商行", "个体工商户", "金坛区", "存续")
          for n in range(1, 41)),
        *(PublicSubject(code, f"常州未评第{n}号公司", "法人及非法人组织", "武进区", "存续", ungraded=why)
          for n, (code, why) in enumerate(NO_GRADE.items(), 1)),
        old_codes={FORMER: FULL},
        meta=meta,
        english={"penalty_kind": {"罚款": "Fine", "没收违法所得": "Confiscation of illegal gains"},
                 "subject_kind": {"法人及非法人组织": "Legal person or other organisation"},
                 "registration_state": {"存续": "In existence"}, "area": {"新北区": "Xinbei District"},
                 "law": {"信用修复管理办法": "Measures for Credit Repair", "反不正当竞争法": "Anti-Unfair Competition Law"}},
        shops={1: "小满的店", ENDED_LEAF: "关掉的小店"},
        platforms={1: PLATFORM, ENDED_LEAF: PLATFORM},
        chapters=rule_book(CATALOG, load_models(CATALOG.folder, CATALOG), TODAY),
        now=PROJECTED_AT,
    )  # fmt: skip
    _write_ratings(path)
    with open_writer(path) as writer:
        writer.put_reports(sample_reports(CATALOG, PROJECTED_AT))
    with open_writer(path) as writer:
        note_movement(writer.connection, date(2026, 11, 24), 12, 3)
        note_movement(writer.connection, TODAY, 1, 0)
        root = "ab" * 32
        writer.put_meta({"log_size": "1234", "log_root": root, "log_head": HEAD, "log_key": KEY})


def _write_ratings(path: Path) -> None:
    """Of the full subject, and the rules that stand in the city's catalogue."""
    with open_writer(path) as writer:
        (number,) = writer.connection.execute("SELECT id FROM subject WHERE code = ?", (FULL,)).fetchone()
        docs = [
            (number, place, json.dumps(asdict(rating), ensure_ascii=False))
            for place, rating in enumerate(RATINGS)
        ]
        rules = public_rules(CATALOG, TODAY)
        writer.put_ratings(docs, [(rule.id, rule_doc(rule)) for rule in rules])
