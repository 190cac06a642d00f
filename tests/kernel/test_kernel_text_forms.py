"""Forms of text: half-width, squeezed, tidy, matching form, bigrams."""

import sqlite3
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecredit.foundation.kernel.text_forms import bigram_text, bigrams, halfwidth, name_form, squeeze, tidy

NAME_CHARS = st.text(alphabet="常州小米科技有限公司（）()【】·・ 　ＡＢab1２-&.\u200b\ufeff", max_size=30)


def test_halfwidth_touches_only_twins_of_ascii() -> None:
    assert halfwidth("９１３２０４１１ＭＡ（甲）　、。《》") == "91320411MA(甲) 、。《》"


def test_squeeze_removes_every_blank_and_invisible_character() -> None:
    assert squeeze("\ufeff 行政相对人\n\u200b名称\u00a0\u3000（必填）\t") == "行政相对人名称（必填）"


def test_tidy_keeps_word_gaps() -> None:
    assert tidy(" \ufeffJohn\u3000\u3000Smith \n& Co ") == "John Smith & Co"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("小米科技（常州）有限公司", "小米科技(常州)有限公司"),
        ("小米科技【常州】有限公司", "小米科技〔常州〕有限公司"),
        ("阿凡·提商行", "阿凡提 商行"),
        ("ａｂｃ商贸", "ABC商贸"),
        ("⼀方商贸", "一方商贸"),  # a Kangxi radical, as PDF copies have it
        ("常州\u200b宏达", "常州宏达"),
        ("常\u3164州\u2800宏\ufe00达\uffa0\u115f", "常州宏达"),
        ("常\U000e0100州\U000e0041宏\u061c达\u034f", "常州宏达"),
    ],
)
def test_names_written_differently_have_one_form(a: str, b: str) -> None:
    assert name_form(a) == name_form(b) != ""


def test_no_format_character_is_part_of_a_form() -> None:
    every = (c for c in map(chr, range(0x110000)) if unicodedata.category(c) == "Cf")
    assert name_form("宏" + "".join(every) + "达") == "宏达"


def test_different_names_keep_different_forms() -> None:
    forms = {name_form(n) for n in ("常州宏达一厂", "常州宏达二厂", "常州宏达(一厂)", "常州宏达1厂")}
    assert len(forms) == 4


@given(st.text(max_size=40))
@settings(max_examples=300)
def test_forms_are_idempotent_and_total(s: str) -> None:
    for form in (halfwidth, squeeze, tidy, name_form):
        assert form(form(s)) == form(s)


def test_bigrams_are_overlapping_pairs_without_brackets() -> None:
    assert bigrams("小米(常州)") == ["小米", "米常", "常州"]
    assert bigram_text("A&B 公司") == "AB B公 公司"
    assert (bigrams(""), bigrams("（）"), bigrams("米")) == ([], [], ["米"])


@given(NAME_CHARS, st.data())
@settings(max_examples=200)
def test_any_part_of_a_name_is_a_run_of_its_bigrams(name: str, data: st.DataObject) -> None:
    """What the name index relies on: a phrase of the part's pairs occurs in the pairs of the whole."""
    pairs = bigrams(name)
    start = data.draw(st.integers(0, len(name)))
    part = bigrams(name[start : data.draw(st.integers(start, len(name)))])
    if len(part) == 1 and len(part[0]) == 1:
        assert part[0] in name_form(name)
    else:
        assert any(pairs[i : i + len(part)] == part for i in range(len(pairs) - len(part) + 1)) or not part


@given(NAME_CHARS)
@settings(max_examples=200)
def test_a_plain_name_takes_no_other_form_than_a_folded_one(name: str) -> None:
    """A middle dot sends the name through all of the folding, and is gone from the form."""
    assert name_form(name) == name_form(name + "·")


def test_the_full_text_tokenizer_keeps_every_pair() -> None:
    """Rare characters beyond the first plane and letters beside digits must not be split or dropped."""
    index = sqlite3.connect(":memory:")
    index.execute("CREATE VIRTUAL TABLE names USING fts5(pairs, tokenize='unicode61')")
    names = ["常州𬭚鑫商贸", "常州𠮷野餐饮", "Ａ＆Ｂ(常州)２号店", "䶮记面馆"]
    index.executemany("INSERT INTO names(pairs) VALUES (?)", [(bigram_text(n),) for n in names])
    for part, name in (("𬭚鑫", 0), ("𠮷野", 1), ("b常州", 2), ("州2号", 2), ("䶮记", 3)):
        found = index.execute("SELECT rowid FROM names WHERE names MATCH ?", (f'"{bigram_text(part)}"',))
        assert [row for (row,) in found] == [name + 1]
