"""Taking names and addresses apart."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecredit.facts.subjects.addresses import split_address
from ecredit.facts.subjects.name_words import load_words
from ecredit.facts.subjects.names import LONGEST_WORD, branch_parents, split_name
from ecredit.foundation.catalog.errors import CatalogError
from ecredit.foundation.kernel.text_forms import name_form

WORDS = load_words()
PIECES = [
    *"常州市武进江苏（）()公司厂店行部有限集团支分银电子商务",
    "有限公司",
    "分公司",
    "常州",
    "化工",
    "A",
    " ",
]
NAMES = st.one_of(st.text(max_size=20), st.lists(st.sampled_from(PIECES), max_size=12).map("".join))


@pytest.mark.parametrize(
    ("name", "area", "core", "trade", "form", "branch"),
    [
        ("常州市云帆电子商务有限公司", "常州市", "云帆", "电子商务", "limited", ""),
        ("常州云帆电子商务有限责任公司", "常州", "云帆", "电子商务", "limited", ""),
        ("云帆科技（常州）有限公司", "常州", "云帆", "科技", "limited", ""),
        ("常州市武进区牛塘新兴塑料制品厂（普通合伙）", "武进区", "新兴", "塑料制品", "factory", ""),
        ("江苏云帆新材料股份有限公司", "江苏", "云帆", "新材料", "joint_stock", ""),
        ("中国工商银行股份有限公司常州河海支行", "常州", "中国工商", "银行", "joint_stock", "河海"),
        ("中国工商银行常州河海支行", "常州", "中国工商", "银行", "", "河海"),
        ("常州市云帆物资有限公司横林收购站", "常州市", "云帆", "物资", "limited", "横林"),
        ("常州市云帆物资有限公司常州分公司", "常州市", "云帆", "物资", "limited", "常州"),
        # What follows the town is a trade, so the town's name is the core.
        ("常州春江物业管理有限公司", "常州", "春江", "物业管理", "limited", ""),
        # A place of another province's county is an ordinary word here.
        ("和平云帆贸易有限公司", "", "和平云帆", "贸易", "limited", ""),
        ("化工厂", "", "化工", "", "factory", ""),
        ("", "", "", "", "", ""),
    ],
)
def test_parts(name, area, core, trade, form, branch):
    parts = split_name(name, WORDS)
    assert (parts.area, parts.core, parts.trade, parts.form, parts.branch) == (
        area,
        core,
        trade,
        form,
        branch,
    )


def test_a_place_has_its_codes_and_an_inner_place_is_inside_the_outer():
    assert split_name("常州市武进区云帆科技有限公司", WORDS).area_codes == ("320412",)
    assert split_name("常州云帆科技有限公司", WORDS).area_codes == ("3204",)
    # 南京 does not lie in 常州, so here it is part of the name.
    assert split_name("常州南京路云帆餐饮有限公司", WORDS).area == "常州"


@settings(max_examples=150)
@given(NAMES)
def test_any_text_can_be_taken_apart_the_same_from_its_form(name):
    parts = split_name(name, WORDS)
    assert parts.form_text == name_form(name)
    assert split_name(parts.form_text, WORDS) == parts
    assert bool(parts.branch) == bool(parts.branch_kind)
    plain = parts.form_text.replace("(", "").replace(")", "")
    assert all(part in plain or "(" in parts.form_text for part in (parts.core, parts.trade, parts.branch))


@settings(max_examples=150)
@given(NAMES)
def test_a_branch_is_its_parent_and_a_rest(name):
    lengths = [len(cut.parent) for cut in branch_parents(name, WORDS)]
    assert lengths == sorted(lengths, reverse=True)
    for cut in branch_parents(name, WORDS):
        assert cut.parent + cut.suffix == name_form(name) and cut.suffix and cut.kind


@pytest.mark.parametrize(
    ("name", "parents"),
    [
        ("常州云帆物资有限公司武进分公司", ["常州云帆物资有限公司"]),
        (
            "中国人寿保险股份有限公司常州市武进支公司湖塘营业部",
            ["中国人寿保险股份有限公司常州市武进支公司", "中国人寿保险股份有限公司"],
        ),
        ("常州市云帆供销合作社农资门市部", ["常州市云帆供销合作社"]),
        # Bodies of their own, and firms whose name only begins with another's.
        ("常州云帆物资有限公司工会委员会", []),
        ("常州云帆集团公司物资有限公司", []),
        ("常州云帆物资有限公司", []),
        ("常州云帆物资营业部", []),
    ],
)
def test_parents_of_a_branch(name, parents):
    assert [cut.parent for cut in branch_parents(name, WORDS)] == parents


def test_words_are_no_longer_than_what_is_looked_at():
    listed = {*WORDS.trades, *WORDS.forms, *WORDS.branch_endings, *WORDS.zones, *WORDS.places}
    assert max(len(word) for word in listed) <= LONGEST_WORD
    assert all(word == name_form(word) for word in listed)


@pytest.mark.parametrize(
    ("address", "key", "door", "codes"),
    [
        ("江苏省常州市新北区通江路１号 2幢101室（云帆大厦）", "通江路1号2幢101室", "通江路1号", ("320411",)),
        ("通江路1号", "通江路1号", "通江路1号", ()),
        ("常州市武进区牛塘镇青莲村", "牛塘镇青莲村", "", ("320412",)),
        # A street called after a place is not the place.
        ("南京路5号", "南京路5号", "南京路5号", ()),
        ("", "", "", ()),
    ],
)
def test_address_parts(address, key, door, codes):
    parts = split_address(address, WORDS)
    assert (parts.key, parts.door, parts.area_codes) == (key, door, codes)


def test_a_fault_of_the_words_names_file_and_line(tmp_path):
    folder = tmp_path / "matching"
    folder.mkdir()
    written = "verified: maybe\nhome_province: '32'\nhome_city: '3204'\nzones: []\nplaces: [湖塘]\nforms: {limited: 有限}\n"
    (folder / "names.yaml").write_text(written, encoding="utf-8")
    with pytest.raises(CatalogError) as caught:
        load_words(tmp_path)
    faults = {(fault.file, fault.line) for fault in caught.value.faults}
    assert {("matching/names.yaml", 1), ("matching/names.yaml", 4), ("matching/names.yaml", 6)} <= faults
    with pytest.raises(CatalogError, match=r"names\.yaml"):
        load_words(tmp_path / "nowhere")
