"""A subject's page: what is on it, what is not, and where its links lead."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from markupsafe import escape

from ecredit.surface.portal.language import Lang
from ecredit.surface.portal.values import amount, coded
from tests.portal.conftest import Move
from tests.portal.page_checks import read_page
from tests.portal.portal_sample import (
    ENDED_LEAF,
    FORMER,
    FULL,
    FUTURE_LEAF,
    LAST_DAY_LEAF,
    MANY,
    NO_GRADE,
    NOTHING,
    PENALTY_LEAF,
    PLAIN,
    STALE,
    UNGRADED,
)


def _page(client: Client, code: str, **query: str) -> str:
    answer = client.get(f"/s/{code}", query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def _records(html: str) -> dict[int, str]:
    found = re.findall(r'<article class="record" id="r(\d+)">(.*?)</article>', html, re.DOTALL)
    return {int(leaf): text for leaf, text in found}


def test_head_grade_and_scale(client: Client) -> None:
    html = _page(client, FULL)
    assert "<h1>常州小满电子商务有限公司</h1>" in html
    for said in (FULL, "法人及非法人组织", "新北区", "存续", "信用有欠缺", "2026-11-20", "2026-11-25 08:30"):
        assert said in html
    assert "2027-05-08" in html  # the last day the grade holds: the period is half-open
    assert re.findall(r'<li class="(.)" aria-current="true">', html) == ["C"]


def test_every_reason_names_rule_and_record_and_its_link_leads_there(client: Client) -> None:
    html = _page(client, FULL)
    reasons = html.split('<ul class="reasons">')[1].split("</ul>")[0]
    assert "−20 分" in reasons
    assert "+5 分" in reasons
    assert "《反不正当竞争法》第三十三条" in reasons
    assert re.findall(r'href="#r(\d+)"', reasons) == ["21", "41"]
    assert read_page(html).problems == []  # among them: a link to an anchor that is not there


def test_the_last_change_of_the_grade_says_when_from_what_and_why(client: Client, move_clock: Move) -> None:
    html = _page(client, FULL)
    assert '<a href="#change">2026-05-09 B → C</a>' in html
    told = html.split('id="change"')[1].split('id="model"')[0]
    assert "2026-05-09 评价时由 B 降为 C。" in told
    lines = [re.sub("<[^>]*>", " ", line) for line in told.split("<li>")[1:]]
    assert ["新计入" in line and "−20 分" in line for line in lines] == [True, False]
    assert "不再计入" in lines[1] and re.findall(r'href="#r(\d+)"', told) == ["21", "41"]
    assert read_page(html).problems == []
    english = _page(client, FULL, lang="en").split('id="change"')[1].split('id="model"')[0]
    assert "it fell from B to C" in english and "Fined once within a year" in english
    assert 'id="change"' not in _page(client, PLAIN)
    move_clock(timedelta(days=164))  # the penalty it rests on is gone
    assert 'id="change"' not in _page(client, FULL)


def test_a_corrected_record_says_when_and_by_whom_and_no_other_does(client: Client) -> None:
    told = {
        leaf: re.findall(r"<dt>更正于</dt><dd>(.*?)</dd>", text)
        for leaf, text in _records(_page(client, FULL)).items()
    }
    said = told.pop(PENALTY_LEAF)[0]
    assert re.sub("<[^>]*>", "", said) == "2026-06-02，更正单位 常州市信用管理中心" and told
    assert not any(told.values())
    english = _records(_page(client, FULL, lang="en"))[PENALTY_LEAF]
    assert "<dt>Corrected on</dt>" in english and "常州市信用管理中心" in english


def test_a_grade_comes_with_its_score_its_scale_and_its_yardstick(client: Client) -> None:
    html = _page(client, FULL)
    rated = html.split('<section class="rated"')[1].split("</section>")[0]
    assert '<span class="score">57.5 分</span>' in rated
    assert re.findall(r"<li[^>]*>(.)<br>[^<]*<br>([^<]*)</li>", rated) == [
        ("A", "90 分起"), ("B", "70 分起"), ("C", "50 分起"), ("D", "不足 50 分"),
    ]  # fmt: skip
    model = html.split('id="model"')[1].split("</div>")[0]
    for said in ("企业信用评价模型，第 1 版（0123456789ab），2026-11-02 起使用", "本平台自己的尺度，不是国家标准",
                 "尚未经过核验", "0 至 100 分", "GB/T 45255-2025"):  # fmt: skip
        assert said in model
    english = _page(client, FULL, lang="en")
    for said in (
        "Score 57.5",
        "from 90",
        "below 50",
        "Model for enterprises, version 1",
        "not a national standard",
    ):
        assert said in english


def test_a_reason_says_which_records_it_looks_at_and_until_when_each_counts(client: Client) -> None:
    reasons = _page(client, FULL).split('<ul class="reasons">')[1].split("</ul>")[0].split("<li")
    fined = next(reason for reason in reasons if "罚款处罚" in reason)
    assert "记录类别：行政处罚" in fined
    assert "记录 21</a>（计入至 2027-05-07）" in fined  # twelve months from 2026-05-08, the last day
    committed = next(reason for reason in reasons if "信用承诺" in reason)
    assert "记录 41</a>（在其存续期间计入）" in committed
    assert "+57.5" not in reasons[-1] and "57.5 分" in reasons[-1] and "合计" in reasons[-1]


def test_the_score_leaves_with_the_first_reason(client: Client, move_clock: Move) -> None:
    move_clock(timedelta(days=164))  # 2027-05-08: the penalty is gone, the grade has one more day
    html = _page(client, FULL)
    assert 'class="big C"' in html
    assert "57.5" not in html
    assert "分数不显示" in html


def test_reasons_stand_under_their_heading_and_each_adds_up(client: Client) -> None:
    reasons = _page(client, FULL).split('<ul class="reasons">')[1].split("</ul>")[0]
    groups = re.findall(r'<li class="group"><span class="points">([^<]*) 分</span><b>([^<]*)</b>', reasons)
    assert groups == [("70", "起点和总分的上下限"), ("+2.5", "登记与许可"), ("−20", "守法"), ("+5", "履约")]
    assert sum(float(points.replace("−", "-")) for points, _ in groups) == 57.5
    english = _page(client, FULL, lang="en")
    assert "<b>Keeping the law</b>" in english
    # One heading alone would say nothing.
    assert 'class="group"' not in _page(client, PLAIN)


def test_the_grade_of_the_trade_stands_beside_and_goes_with_the_score(
    client: Client, move_clock: Move
) -> None:
    assert '<dt class="soft">电子商务信用等级</dt><dd><b>BB</b> 信用一般</dd>' in _page(client, FULL)
    move_clock(timedelta(days=164))
    assert '<dt class="soft">电子商务信用等级' not in _page(client, FULL)


def test_what_would_lift_the_grade_says_what_from_when_and_what_comes_of_it(
    client: Client, move_clock: Move
) -> None:
    html = _page(client, FULL)
    told = html.split('id="lift"')[1].split("</section>")[0]
    lines = [re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", line)) for line in told.split("<li>")[1:]]
    assert (
        "B 77.5 分 缴清罚款并作出信用承诺后，申请信用修复" in lines[0] and "以受理机关的答复为准" in lines[0]
    )
    assert "2027-01-04 起可以申请" in lines[1] and "等级不变，分数改善" in lines[1]
    assert "以上全部做到" in lines[2] and "B 87.5 分" in lines[2]
    assert re.findall(r'href="#r(\d+)"', told) == ["21", "41", "21", "41"]
    assert "只能等到不再计入的：商品抽检不合格。" in told
    assert "什么都不做，2027-05-08 起等级为 B（77.5 分）。" in told
    assert "距 B 级的分数线还差 12.5 分。" in told
    assert f'href="/objection?code={FULL}"' in told
    assert read_page(html).problems == []
    english = _page(client, FULL, lang="en").split('id="lift"')[1].split("</section>")[0]
    for said in (
        "The authority that takes it says from when",
        "All of these",
        "apply for credit repair",
        "Only time takes away",
    ):
        assert said in english
    move_clock(timedelta(days=164))  # the penalty is shown no longer
    told = _page(client, FULL).split('id="lift"')[1].split("</section>")[0]
    assert "申请信用修复" not in told and "部分依据没有公示" in told


def test_the_history_is_drawn_and_told_in_figures(client: Client, move_clock: Move) -> None:
    html = _page(client, FULL)
    told = html.split('id="history"')[1].split("</section>")[0]
    rows = [re.findall("<td>(?:<time>)?([^<]*)", row) for row in told.split("<tr>")[2:]]
    assert rows == [
        ["2026-11-20", "C", "57.5", "BB"],
        ["2026-05-09", "C", "60", "BB"],
        ["2026-01-05", "B", "80", "A"],
    ]
    assert told.count("<circle") == 3 and told.count("<rect") == 4 and "<script" not in told
    assert 'aria-label="2026-01-05 至 2026-11-25 的分数和等级' in told and "模型版本不同" in told
    assert 'id="history"' not in _page(client, PLAIN)
    move_clock(timedelta(days=164))
    assert 'id="history"' not in _page(client, FULL)


def test_the_best_grade_and_a_clean_one_are_told_as_such(client: Client) -> None:
    ungraded = _page(client, UNGRADED)
    assert 'id="lift"' not in ungraded and "基础分" not in ungraded
    nothing = _page(client, NOTHING)
    assert (
        "没有任何可以计入评价的信息" in nothing and "没有等级不是中等" in nothing and "基础分" not in nothing
    )


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (UNGRADED, "该主体已注销，不再评级。依登记状态不评级"),
        *zip(NO_GRADE, ("都不适用于该主体", "用到不公开的信息", "还没有该主体的评价"), strict=True),
    ],
)
def test_without_a_grade_the_page_says_why(client: Client, code: str, sentence: str) -> None:
    assert sentence in _page(client, code).split('<section class="rated"')[1].split("</section>")[0]


def test_every_record_has_source_dates_term_rule_and_objection(client: Client) -> None:
    records = _records(_page(client, FULL))
    assert sorted(records) == [1, 11, PENALTY_LEAF, LAST_DAY_LEAF, 41, 42]
    for leaf, record in records.items():
        for label in ("发生日期", "提供单位", "公示期", "公示依据", "记录编号"):
            assert label in record
        assert f'href="/objection?code={FULL}&amp;leaf={leaf}"' in record
        assert "对此有异议" in record
    penalty = records[PENALTY_LEAF]
    assert "常州市市场监督管理局" in penalty
    assert "2026-05-08 至 2027-05-07" in penalty  # the last day, not the first day after
    assert "第36号" in penalty
    assert "未设截止日" in records[41]


def test_values_are_said_as_the_reader_says_them(client: Client) -> None:
    penalty = _records(_page(client, FULL))[PENALTY_LEAF]
    assert "<dt>罚款金额(万元)</dt><dd>3 万元</dd>" in penalty
    assert "<dt>处罚类别</dt><dd>罚款</dd>" in penalty
    english = _page(client, FULL, lang="en")
    penalty = _records(english)[PENALTY_LEAF]
    assert '<dt lang="zh-CN">罚款金额</dt><dd>30,000 yuan</dd>' in penalty
    assert '<dt lang="zh-CN">处罚类别</dt><dd>Fine</dd>' in penalty
    assert '<dd><span lang="zh-CN">虚构交易、编造用户评价</span></dd>' in penalty
    assert "<dd>2026-05-08</dd>" in penalty
    for said in ("Legal person or other organisation", "Xinbei District", "In existence"):
        assert f"<dd>{said}</dd>" in english
        assert f"<span>{said}</span>" in client.get("/", {"q": "小满", "lang": "en"}).content.decode()


def test_laws_have_their_short_english_name_beside_the_chinese(client: Client) -> None:
    english = _page(client, FULL, lang="en")
    rule = 'Anti-Unfair Competition Law, art. 33 <span lang="zh-CN">《反不正当竞争法》第三十三条</span>'
    assert rule in english
    penalty = _records(english)[PENALTY_LEAF]
    repair = 'Measures for Credit Repair <span lang="zh-CN">《信用修复管理办法》（国家发展改革委令第36号）'
    assert f"<dd>{repair}" in penalty
    assert "Measures for Credit Repair" not in _page(client, FULL)
    # A law without one stays as it is quoted.
    assert '<dd><span lang="zh-CN">《企业信息公示暂行条例》第六条</span></dd>' in english


@pytest.mark.parametrize(
    ("lang", "value", "unit", "said"),
    [
        ("zh", "3.000000", "万元", "3 万元"),
        ("zh", "1234567.50", "元", "1,234,567.5 元"),
        ("en", "0.42", "万元", "4,200 yuan"),
        ("en", "1234.5", "元", "1,234.5 yuan"),
        ("zh", "0", "万元", "0 万元"),
        ("zh", "138****5678", "万元", "138****5678"),
        ("zh", "NaN", "万元", "NaN"),
        ("zh", "约三万", "万元", "约三万"),
    ],
)
def test_amounts_carry_their_unit(lang: Lang, value: str, unit: str, said: str) -> None:
    assert amount(lang, value, unit) == said


def test_coded_values_are_english_only_when_all_of_them_are(client: Client) -> None:
    words = {"t": {"罚款": "Fine", "警告": "Warning"}}
    assert coded(words, "t", "罚款；警告") == "Fine; Warning"
    assert coded(words, "t", "罚款；<其他>") == '<span lang="zh-CN">罚款；&lt;其他&gt;</span>'
    assert coded(words, "", "https://a.example/") == "https://a.example/"
    assert escape(coded(words, "", "<b>")) == "&lt;b&gt;"


def test_columns_that_repeat_the_subject_are_left_out(client: Client) -> None:
    assert "行政相对人名称" not in _page(client, FULL)


def test_a_term_ends_at_midnight_in_shanghai_without_anyone_acting(client: Client, move_clock: Move) -> None:
    shown = _records(_page(client, FULL))
    assert LAST_DAY_LEAF in shown
    assert ENDED_LEAF not in shown
    assert FUTURE_LEAF not in shown
    move_clock(timedelta(hours=15, minutes=29, seconds=59))  # 23:59:59
    assert LAST_DAY_LEAF in _records(_page(client, FULL))
    move_clock(timedelta(seconds=1))
    shown = _records(_page(client, FULL))
    assert LAST_DAY_LEAF not in shown
    assert FUTURE_LEAF in shown


def test_reasons_leave_with_their_records_and_the_grade_with_its_time(
    client: Client, move_clock: Move
) -> None:
    move_clock(timedelta(days=164))  # 2027-05-08: the penalty's first day gone, the grade's last day
    html = _page(client, FULL)
    assert "一年内有一次罚款处罚" not in html
    assert 'class="big C"' in html
    move_clock(timedelta(days=1))
    html = _page(client, FULL)
    assert 'class="big' in html
    assert 'class="big C"' not in html
    assert "正在重新评价" in html


def test_a_grade_that_ran_out_is_not_shown(client: Client) -> None:
    html = _page(client, STALE)
    assert "正在重新评价" in html
    assert "过期的理由" not in html
    assert "aria-current" not in html.split("<main")[1]


def test_without_grade_the_page_says_so_and_judges_nothing(client: Client) -> None:
    html = _page(client, UNGRADED)
    assert "未评级" in html
    assert "没有等级，不表示信用好，也不表示信用差" in html
    assert "原登记号码" in html  # not a unified social credit code


def test_empty_sections_are_named_with_what_that_means(client: Client) -> None:
    empty = _page(client, PLAIN).split('id="h-empty"')[1].split("</section>")[0]
    assert re.findall(r"<li>(.*?)</li>", empty)[:2] == ["行政许可", "行政处罚"]
    assert "公示期已满" in empty


def test_hostile_names_are_text(client: Client) -> None:
    html = _page(client, PLAIN)
    assert "<h1>天宁区兰陵&lt;b&gt;花&lt;/b&gt;坊&amp;小店</h1>" in html
    assert "<b>花" not in html


@pytest.mark.parametrize("asked", [FORMER, FULL.lower(), f"%20{FULL}", FULL.replace("9", "９", 1)])
def test_former_codes_and_other_spellings_are_sent_on(client: Client, asked: str) -> None:
    answer = client.get(f"/s/{asked}", {"lang": "en"})
    assert (answer.status_code, answer["Location"]) == (302, f"/s/{FULL}?lang=en")


@pytest.mark.parametrize(
    "asked", ["1234", "91320411MA00000X0X", "a/b", "企合苏总字第000123号", "%00", "x" * 3000]
)
def test_an_unknown_code_is_404_with_a_search(client: Client, asked: str) -> None:
    answer = client.get(f"/s/{asked}")
    html = answer.content.decode()
    assert answer.status_code == 404
    assert 'name="q"' in html
    assert "没有这个主体的公示页面" in html
    assert read_page(html).problems == []


def test_an_identity_number_in_the_address_is_not_repeated(client: Client) -> None:
    answer = client.get("/s/11010519491231002X")
    assert answer.status_code == 404
    assert "11010519491231002X" not in answer.content.decode()


def test_a_long_section_is_paged_and_nothing_is_lost(client: Client) -> None:
    profile = _page(client, MANY)
    assert len(_records(profile)) == 20
    assert "共 230 条" in profile
    seen: list[int] = []
    for number in ("1", "2", "3"):
        html = _page(client, MANY, section="penalty", page=number)
        assert read_page(html).problems == []
        seen += _records(html)
    assert sorted(seen) == list(range(1001, 1231))
    assert len(seen) == 230


def test_a_reason_resting_on_a_record_of_a_later_page_leads_to_that_page(client: Client) -> None:
    reasons = _page(client, MANY).split('<ul class="reasons">')[1].split("</ul>")[0]
    links = re.findall(r'href="([^"]*)#r(\d+)"', reasons)
    assert len(links) == 6
    assert "另有 224 条" in reasons
    for address, leaf in links:
        html = client.get(address.replace("&amp;", "&") or f"/s/{MANY}").content.decode()
        assert int(leaf) in _records(html)


@pytest.mark.parametrize(
    ("page", "first"), [("0", 1), ("-1", 1), ("x", 1), ("²", 1), ("99999", 201), ("9" * 40, 1), ("", 1)]
)
def test_a_page_number_that_makes_no_sense_gives_a_page(client: Client, page: str, first: int) -> None:
    assert f"第 {first}–" in _page(client, MANY, section="penalty", page=page)


def test_a_section_that_is_not_there_gives_the_profile(client: Client) -> None:
    assert 'id="grade"' in _page(client, FULL, section="nonsense")
    assert 'id="grade"' in _page(client, FULL, section="honour")
