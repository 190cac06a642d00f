"""Masking of values, and of personal numbers in running text."""

import re
import sys
import time
import unicodedata
from collections import Counter
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.cn import ric, uscc

from ecredit.foundation.kernel import masking
from ecredit.foundation.kernel.masking import (
    _FOLD,
    MAYBE_PERSONAL,
    PersonalKind,
    find_personal,
    mask_name,
    mask_person_id,
    mask_phone,
    may_be_personal,
    redact,
)
from ecredit.foundation.kernel.parted_mobiles import find_parted

USCCS = ["91110000802100433B", "914403001922038216", "9144030071526726XG", "91320411MA00000X0K"]


def person_id(area: str, born: str, order: int) -> str:
    body = f"{area}{born}{order:03}"
    return body + str(ric.calc_check_digit(body + "0"))


@pytest.mark.parametrize(
    ("mask", "value", "shown"),
    [
        (mask_person_id, "11010519491231002X", "11***************X"),
        (mask_person_id, "１１０１０５ 19491231 002x", "11***************x"),
        (mask_person_id, "320402900101123", "32************3"),
        (mask_person_id, "12345", "*****"),
        (mask_person_id, "", ""),
        (mask_phone, "13812345678", "138****5678"),
        (mask_phone, "+86 138-1234-5678", "138****5678"),
        (mask_phone, "0519-88123456", "**********56"),
        (mask_phone, "110", "***"),
        (mask_phone, "", ""),
        (mask_name, "张三", "张*"),
        (mask_name, "张三丰", "张**"),
        (mask_name, "欧阳娜娜", "欧阳**"),
        (mask_name, "欧阳", "欧*"),
        (mask_name, "东方红", "东方*"),
        (mask_name, "买买提·艾力", "买*****"),
        (mask_name, "张", "*"),
        (mask_name, "", ""),
    ],
)
def test_masks_of_single_values(mask, value: str, shown: str) -> None:
    assert mask(value) == shown


@pytest.mark.parametrize(
    "spelling",
    [
        "11010519491231002X", "11010519491231002x", "110105 19491231 002X", "110105-19491231-002x",
        "１１０１０５１９４９１２３１００２Ｘ", "１１０１０５　１９４９１２３１　００２ｘ", "1 1 0 1 0 5 1 9 4 9 1 2 3 1 0 0 2 X",
        "110105\u200b19491231\u200b002X", "11010519491231002×", "110105194912310021", "110105\n19491231002X",
        "320402900101123", "320402 900101 123", "３２０４０２９００１０１１２３",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "frame", ["张三（身份证号码：{}）", "{}", "No.{}，住常州", "编号A{}，已罚", "2026年5月8日 {} 2026"]
)
def test_identity_numbers_in_every_spelling(frame: str, spelling: str) -> None:
    text = frame.format(spelling)
    (hit,) = find_personal(text)
    assert hit.kind is PersonalKind.IDENTITY
    assert text[hit.start : hit.end] == spelling
    assert redact(text) == frame.format(hit.masked)
    assert not find_personal(redact(text))


@pytest.mark.parametrize(
    "spelling",
    ["13812345678", "138-1234-5678", "138 1234 5678", "+86 138 1234 5678", "+8613812345678", "8613812345678",
     "0086-13812345678", "１３８１２３４５６７８", "138\u00a01234\u00a05678", "138—1234—5678", "013812345678",
     "1 3 8 1 2 3 4 5 6 7 8", "138.1234.5678"],
)  # fmt: skip
@pytest.mark.parametrize(
    "frame", ["电话：{}。", "{}", "tel{}x", "2026-05-08 {}", "王五{}李四", "罚款500元，{}，共3次"]
)
def test_mobiles_in_every_spelling(frame: str, spelling: str) -> None:
    text = frame.format(spelling)
    (hit,) = find_personal(text)
    assert (hit.kind, hit.masked) == (PersonalKind.MOBILE, "138****5678")
    assert text[hit.start : hit.end] == spelling


@pytest.mark.parametrize(
    "spelling",
    ["0519-88123456", "0519 88123456", "051988123456", "(0519)88123456", "（0519）8812 3456", "010-62345678",
     "025-8123456", "+86-519-88123456", "０５１９－８８１２３４５６"],
)  # fmt: skip
def test_landlines_with_area_code(spelling: str) -> None:
    for frame in ("电话{}转801", "{}", "常州市（{}）"):
        text = frame.format(spelling)
        (hit,) = find_personal(text)
        assert hit.kind is PersonalKind.LANDLINE
        assert re.sub(r"\D", "", redact(text).replace("801", "")) == re.sub(r"[^0-9]", "", hit.masked)
        assert len(re.sub(r"[^0-9]", "", hit.masked)) == 2


@pytest.mark.parametrize("code", USCCS)
@pytest.mark.parametrize("frame", ["{}", "统一社会信用代码{}，", "代码：{} 13", "{}号2026-05-08"])
def test_a_uscc_stays(code: str, frame: str) -> None:
    assert redact(frame.format(code)) == frame.format(code)


@pytest.mark.parametrize(
    "text",
    [
        "", "2026年5月8日", "2026-05-08 至 2099-12-31", "罚款15,000.00元", "注册号320404000009558",
        "常市监处罚〔2026〕03号", "订单202605081234567890", "执行标准GB/T 4754-2017",
        "2026.05.08-2027.05.07", "面积1380.5平方米，单价2600.00", "快递单号75312345678901",
    ],
)  # fmt: skip
def test_what_is_not_personal_stays(text: str) -> None:
    assert find_personal(text) == []
    assert redact(text) == text


def test_a_code_that_is_both_is_hidden() -> None:
    """About one in eleven codes of this shape passes both checks; the person is protected."""
    both = next(
        code
        for n in range(1000)
        if uscc.is_valid(code := person_id("510119", "19900101", n)) and code.isdigit()
    )
    assert redact(both) == mask_person_id(both)


def test_numbers_written_without_a_gap_are_both_hidden() -> None:
    person = person_id("320402", "19900101", 123)
    for text in (f"张三{person}13812345678", f"13812345678{person}", f"{person}AB"):
        shown = redact(text)
        assert "19900101" not in shown
        assert "12345678" not in shown


def test_numbers_that_lie_across_each_other_leave_nothing() -> None:
    shown = redact("3204021990 01011 138 1234 5678")
    assert "1234" not in shown
    assert "19900" not in shown


SEPARATORS = st.sampled_from(["", " ", "-", "　", "\u200b", " - "])
NUMBERS = st.builds(
    person_id,
    st.sampled_from(["320402", "110105", "810000", "510119"]),
    st.dates().map(lambda d: f"19{d.year % 100:02}{d.month:02}{min(d.day, 28):02}"),
    st.integers(0, 999),
) | st.integers(3 * 10**8, 10**10 // 10 * 9).map(lambda n: f"1{n % 7 + 3}{n % 10**9:09}")


@given(
    st.lists(
        st.tuples(NUMBERS, st.lists(st.integers(0, 17), max_size=4), SEPARATORS, st.booleans()),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["，", "；电话", "\n\n\n\n", " 与 ", "）（"]),
)
@example([("19300000000", [], "", False), ("15499999999", [], "", False)], "，")
@example([("13311111111", [], "", False), ("13800000000", [], "", False)], "，")
@settings(max_examples=200)
def test_no_planted_number_survives(planted, between: str) -> None:
    def spelled(number: str, cuts: list[int], separator: str, wide: bool) -> str:
        text = "".join((separator if i and i in cuts else "") + c for i, c in enumerate(number))
        return text.translate({ord("0") + n: ord("０") + n for n in range(10)}) if wide else text

    text = between.join(spelled(*p) for p in planted) + f"，代码{USCCS[0]}。"
    shown = redact(text)
    # What lies between two numbers stays a break: the shown end of one and the beginning of the next are no number.
    apart = shown.removesuffix(f"，代码{USCCS[0]}。").replace(between, "|").upper()
    digits = re.sub(r"[^0-9X*|]", "", apart)
    for number, *_ in planted:
        assert number not in digits
        assert number[6:14] not in digits
    assert shown.endswith(f"，代码{USCCS[0]}。")
    assert redact(shown) == shown


@given(st.text(max_size=60) | st.from_regex(r"[0-9xX \-()+.a]{0,60}", fullmatch=True))
@settings(max_examples=200)
def test_hits_are_ordered_apart_and_only_they_change(text: str) -> None:
    hits = find_personal(text)
    for a, b in pairwise(hits):
        assert a.start < a.end <= b.start
    kept = "".join(
        text[a:b] for a, b in zip([0, *(h.end for h in hits)], [*(h.start for h in hits), None], strict=True)
    )
    assert redact(text) == text or hits
    shown = redact(text)
    for hit in hits:
        shown = shown.replace(hit.masked, "", 1)
    assert len(shown) == len(kept)


DIGITS = {
    "plain": "0123456789", "wide": "０１２３４５６７８９", "chinese": "〇一二三四五六七八九", "capital": "零壹贰叁肆伍陆柒捌玖",
    "circled": "⓪①②③④⑤⑥⑦⑧⑨", "bold": "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗", "arabic": "٠١٢٣٤٥٦٧٨٩", "above": "⁰¹²³⁴⁵⁶⁷⁸⁹", "spoken": "零幺两三四五六七八九",
    "traditional": "零壹貳參肆伍陸漆捌玖", "radical": "〇⼀⼆三四五六七⼋九",
}  # fmt: skip
BETWEEN = [
    "", " ", "·", "•", "/", "、", "，", ",", "。", "．", "_", "|", "～", "~", "     ", "\t", "\n", "——", "=", "＋", "→", ":", "；",
    "\u200b", "\u2060", "\ufe0f", "\u20e3", "\u0335", "\U000e0031", "\u3164", "\u00ad", "\u202e", ")(", "】【", "」「", "\u2800",
]  # fmt: skip


@given(
    NUMBERS,
    st.lists(st.sampled_from(sorted(DIGITS)), min_size=18, max_size=18),
    st.lists(st.sampled_from(BETWEEN), min_size=18, max_size=18),
    st.sampled_from(["{}", "电话{}。", "王五{}李四", "①{}", "1、电话：{}；", "第三，{}元"]),
)
@settings(max_examples=400)
def test_no_spelling_walks_around_the_mask(number, scripts, between, frame) -> None:
    spelled = "".join(
        (DIGITS[script][int(c)] if c != "X" else "Ｘ") + gap
        for c, script, gap in zip(number, scripts, between, strict=False)
    )
    shown = redact(frame.format(spelled))
    assert "*" in shown
    left = "".join(str(unicodedata.digit(c, "")) for c in shown if c not in "①1")
    assert number.rstrip("X") not in left
    besides = Counter(frame)
    digits = Counter(c for c in shown if c in "".join(DIGITS.values()))
    assert (digits - besides).total() <= 8


@pytest.mark.parametrize(
    "text",
    [
        "2019.1.31—2003年", "有效期1998.1.31-2003.1.30", "第一、二、三、四、五、六、七、八、九、十条", "二〇二六年五月八日", "一九四九",
        "⑴登记；⑵备案；⑶公示；⑷归档；⑸移送；⑹其他", "罚款壹万叁仟捌佰元", "货号150/160/170", "营业时间8:30-17:30，周一至周日",
        "共13件、15件、18件、21件、33件、8件", "2019 2020 2021 2022", "4999、5999、6999、7999元", "5月 6222 6333",
    ],
)  # fmt: skip
def test_numbers_of_daily_life_stay(text: str) -> None:
    assert redact(text) == text


def test_a_bank_card_shows_its_last_four() -> None:
    card = "6228480402564890018"
    assert redact(f"账号{card}，户名张某") == f"账号{'*' * 15}0018，户名张某"
    assert redact(f"账号{' '.join(card[i : i + 4] for i in range(0, 19, 4))}") == f"账号{'*' * 15}0018"


@pytest.mark.parametrize(
    "text",
    [
        "6228480402564890017", "汇至6228480402564890017", "卡号：6222021105001234567", "账号 1105020409000123456，户名张某",
        "6228 4804 0256 4890 017", "6228-4804-0256-4890", "5187 1012 3456 7890", "银行卡(尾号见后)4367421234567890",
        "帐号：９５５８８０１００１１２３４５６７８７", "开户行工行常州分行：1105020409000123456",
    ],
)  # fmt: skip
def test_a_card_with_a_mistyped_digit_is_hidden_too(text: str) -> None:
    (hit, *_) = (h for h in find_personal(text) if h.kind is PersonalKind.BANK_CARD)
    digits = re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", text[hit.start : hit.end]))
    assert not luhn.is_valid(digits)
    assert hit.masked == "*" * (len(digits) - 4) + digits[-4:]
    assert digits[:-4] not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "订单号6228480402564890017", "运单号：6212345678901234", "许可证编号6228480402564890017", "订单202605081234567890",
        "流水4200001234202605081234567890", "商品条码6901234567892", "微信支付单号4200001234202605", "快递73123456789012345",
    ],
)  # fmt: skip
def test_long_numbers_that_are_called_something_else_stay(text: str) -> None:
    assert redact(text) == text


PERSON = person_id("320402", "19900101", 123)


@pytest.mark.parametrize(
    ("spelled", "kind"),
    [
        ("l38l2345678", "mobile"), ("I3812345678", "mobile"), ("138OOOO5678", "mobile"), ("138oo0O5678", "mobile"),
        ("138-OOOO-5678", "mobile"), ("l38 I234 5678", "mobile"), ("ｌ38１2345678", "mobile"), ("138转1234转5678", "mobile"),
        ("一三八OOOO五六七八", "mobile"), ("138ОООО5678", "mobile"), ("O519-88l23456", "landline"),
        ("(O519)88123456", "landline"), (PERSON.replace("0", "O"), "identity"), (PERSON.replace("1", "l"), "identity"),
        (PERSON.replace("0", "o").replace("1", "I"), "identity"), ("320402转19900101转1235", "identity"),
        ("11010519491231002✕", "identity"), ("11010519491231002×", "identity"), ("11010519491231002Ⅹ", "identity"),
        ("320402 1990年01月01日 1234", "identity"), ("3204021990年1月1日1234", "identity"),
        ("320402—一九九〇年01月01日—123X", "identity"), ("３２０４０２１９９０年０１月０１日１２３４", "identity"),
        ("32O4O2 1990年01月01日 1234", "identity"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("frame", ["{}", "王五（{}）", "电话：{}，", "张三，{}；常州", "a b {} c"])
def test_what_looks_like_a_digit_is_read_as_one(frame: str, spelled: str, kind: str) -> None:
    text = frame.format(spelled)
    (hit,) = find_personal(text)
    assert (hit.kind, text[hit.start : hit.end].lstrip("（")) == (kind, spelled.lstrip("（"))
    assert pc.match_substring_regex(pa.array([text]), MAYBE_PERSONAL)[0].as_py()
    assert not find_personal(redact(text))


@pytest.mark.parametrize(
    "text",
    [
        "订单PO1380013800", "型号IO-1380013", "lO1lO1lO1lO", "OOOOOOOOOOO", "IIIIIIIIIIIIIIIIII", "I look, I'll go to Olool 10 100 1000",
        "213022 2026年5月8日 100元", "邮编213022，2026年5月8日", "许可证JY13204020000123", "转1转2转3转4转5转6转7转8转9转10",
        "标准GB/T 4754-2017，O型圈100个", "电压10O0V", "共1O件",
    ],
)  # fmt: skip
def test_letters_that_are_no_digits_stay(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    "piece",
    [
        "l", "1l", "O", "138OOOO567", "3204021990年", "320402 1990年1月1日", "320402 ", "1-", "6228 4804 0256 4890 ", "62",
        "账号", "卡号6228480402564890017，", "转", "1转", "年", "一O", "9", "l ", "A1O",
    ],
)  # fmt: skip
def test_a_hostile_cell_is_masked_in_its_length(piece: str) -> None:
    """Eight times the text takes about eight times the time: what grew with the square of it would take 64 times."""

    def seconds(length: int) -> float:
        text, taken = piece * (length // len(piece)), []
        for _ in range(2):
            began = time.process_time()
            redact(text)
            taken.append(time.process_time() - began)
        return min(taken)

    assert seconds(128_000) < 20 * seconds(16_000) + 0.1


def test_the_quick_look_passes_nothing_over() -> None:
    """Every character that folds to a digit is one for the quick look, here and in Arrow; so is what stands between."""
    characters = [chr(n) for n in range(sys.maxunicode + 1) if not 0xD800 <= n < 0xE000]
    folded = [c for c in characters if _FOLD[c][1] != " "]
    assert len(folded) > 800
    runs = [c * 15 for c in folded] + ["1" + gap + "3800138000" for gap in BETWEEN]
    assert [run for run in runs if not may_be_personal(run)] == []
    assert pc.all(pc.match_substring_regex(pa.array(runs), MAYBE_PERSONAL)).as_py()


PIECES = st.one_of(
    st.text("0123456789", max_size=20),
    st.sampled_from(
        ["13812345678", "05198654321", "051986543210", "8613812345678", "86051986543210", "130503670401001"]
    ),
    st.sampled_from(
        [
            "",
            "订单",
            "0",
            "86",
            "+",
            "(",
            "0086",
            "X",
            "x",
            "MA",
            "，",
            "。",
            " ",
            "-",
            "1",
            "五",
            "①",
            "\u200b",
            "Ａ",
            "l",
            "O",
            "转",
            "年01月01日",
            "3204021990",
            "1234",
        ]
    ),
)


@given(st.lists(PIECES, min_size=1, max_size=5).map("".join))
@settings(max_examples=1500)
@example("订单0086138123456780")
@example("13812345678X")
@example("+13812345678")
def test_the_quick_look_says_no_only_where_nothing_is(text: str) -> None:
    if not may_be_personal(text):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(masking, "may_be_personal", lambda _: True)
            assert find_personal(text) == []


@pytest.mark.parametrize(
    "text", ["订单编号000000000012，货值19872元", "常市监处罚〔2026〕0000001号", "编号20260508000123。"]
)
def test_order_numbers_are_looked_at_quickly(text: str) -> None:
    assert not may_be_personal(text)


def test_a_long_text_costs_its_length(monkeypatch) -> None:
    """Counted in looks at gaps and codes, not in seconds."""
    looks = Counter()
    for name in ("is_person_id", "is_uscc"):
        real = getattr(masking, name)
        monkeypatch.setattr(
            masking, name, lambda code, real=real, name=name: looks.update([name]) or real(code)
        )
    for text in ("1 " * 3_000, "13812345678、" * 500, "9" * 6_000, "A1" * 3_000, "一1" * 3_000):
        looks.clear()
        find_personal(text)
        once = looks.total()
        looks.clear()
        find_personal(text * 4)
        assert looks.total() <= 4 * once + 200


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("%31%33%38%36%31%32%33%34%35%36%37", "138****4567"),
        ("tel=138%36123%34567&x=1", "tel=138****4567&x=1"),
        ("电话&#49;&#51;&#56;&#x36;&#x31;&#50;&#51;&#52;&#53;&#54;&#55;。", "电话138****4567。"),
        ("%EF%BC%91%EF%BC%93%EF%BC%98%36123%34567", "138****4567"),
        ("138\uf9d1123四567", "138****4567"),
        ("增长50%30天内，占比100%38户", "增长50%30天内，占比100%38户"),
        (
            "https://a.example/%E5%B8%B8%E5%B7%9E?p=%2F&n=12",
            "https://a.example/%E5%B8%B8%E5%B7%9E?p=%2F&n=12",
        ),
    ],
)
def test_numbers_written_by_their_codes_are_masked(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("138空6123空4567", "138****4567"),
        ("联系１３８加６１２３加４５６７。", "联系138****4567。"),
        ("电话138空6123空4567，联系139杠6123杠4568", "电话138****4567，联系139****4568"),
        ("收款138元6123元4567", "收款138元6123元4567"),
        ("门牌138号6123号4567", "门牌138号6123号4567"),
        ("138空6123格4567", "138空6123格4567"),
        ("2138空6123空4567", "2138空6123空4567"),
        ("138空6123空45678", "138空6123空45678"),
    ],
)
def test_mobiles_parted_by_an_ideograph_are_masked(text: str, shown: str) -> None:
    assert redact(text) == shown
    if text != shown:
        assert pc.match_substring_regex(pa.array([text]), MAYBE_PERSONAL)[0].as_py()
        assert not find_personal(shown)


@given(
    st.sampled_from("元年月日号件人户和至第〇五"),
    st.integers(130, 199),
    st.integers(0, 9999),
    st.integers(0, 9999),
)
def test_numbers_parted_by_what_is_counted_are_no_mobile(between: str, a: int, b: int, c: int) -> None:
    text = f"共{a}{between}{b:04}{between}{c:04}"
    if between not in "〇五":
        assert redact(text) == text
    assert find_parted(text) == []
