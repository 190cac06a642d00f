"""The city's own catalogue is sound and says what the law and the standards say."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from ecredit.foundation.catalog.load import catalog_edition, load_catalog
from ecredit.foundation.catalog.types import Catalog, Source
from ecredit.foundation.kernel.codes import IdKind

FOLDER = Path(__file__).resolve().parents[2] / "catalog"

SOURCES = [
    "registration",
    "dual_publicity_licence",
    "dual_publicity_penalty",
    "abnormal_operation",
    "serious_dishonesty",
    "judgment_debtor",
    "platform_merchants",
    "shops",
    "realname_result",
    "commitment",
    "spot_check",
    "inspection_report",
    "complaint_outcome",
    "platform_disclosure",
    "platform_sanction",
    "payment_institution_rating",
    "courier_licence",
    "courier_violation",
    "courier_staff",
    "honour",
    "tax_rating",
    "customs_rating",
    "third_party_evaluation",
    "agency_registration",
    "association_membership",
    "illegal_website",
]

# Code, length, required (M) · conditional (C) · optional (O), as in the two field lists of dual publicity.
PENALTY = """
    CF_XDR_MC 200 M · CF_XDR_LB 16 M · CF_XDR_SHXYM 18 C · CF_XDR_GSZC 50 O · CF_XDR_ZZJG 9 O · CF_XDR_SWDJ 15 O
    CF_XDR_SYDW 12 O · CF_XDR_SHZZ 50 O · CF_FRDB 50 C · CF_FR_ZJLX 64 C · CF_FR_ZJHM 64 C · CF_XDR_ZJLX 64 C
    CF_XDR_ZJHM 64 C · CF_WSH 128 M · CF_WFXW 2000 M · CF_SY 2000 M · CF_YJ 2048 M · CF_CFLB 255 M · CF_NR 4000 M
    CF_NR_FK 18 C · CF_NR_WFFF 18 C · CF_NR_ZKDX 200 C · CF_JDRQ 10 M · CF_YXQ 10 M · CF_GSJZQ 10 O · CF_CFJG 255 M
    CF_CFJGDM 18 M · CF_SJLY 200 M · CF_SJLYDM 18 M · BZ 512 O
"""
LICENCE = """
    XK_XDR_MC 200 M · XK_XDR_LB 16 M · XK_XDR_SHXYM 18 C · XK_XDR_GSZC 50 O · XK_XDR_ZZJG 9 O · XK_XDR_SWDJ 15 O
    XK_XDR_SYDW 12 O · XK_XDR_SHZZ 50 O · XK_FRDB 50 C · XK_FR_ZJLX 64 C · XK_FR_ZJHM 64 C · XK_XDR_ZJLX 64 C
    XK_XDR_ZJHM 64 C · XK_XKWS 64 M · XK_WSH 64 M · XK_XKLB 256 M · XK_XKZS 64 O · XK_XKBH 64 O · XK_NR 4000 M
    XK_JDRQ 10 M · XK_YXQZ 10 M · XK_YXQZI 10 M · XK_XKJG 200 M · XK_XKJGDM 18 M · XK_ZT 1 M · XK_LYDW 200 M
    XK_LYDWDM 18 M · BZ 512 O
"""


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """The city's catalogue."""
    return load_catalog(FOLDER)


def test_all_sources_are_there(catalog: Catalog) -> None:
    assert set(SOURCES) <= set(catalog.sources)
    assert len(SOURCES) == 26


@pytest.mark.parametrize(
    ("source_id", "listed"), [("dual_publicity_penalty", PENALTY), ("dual_publicity_licence", LICENCE)]
)
def test_dual_publicity_has_exactly_the_columns_of_the_standard(
    catalog: Catalog, source_id: str, listed: str
) -> None:
    wanted = [part.split() for part in listed.replace("\n", " · ").split("·") if part.strip()]
    columns = catalog.sources[source_id].columns
    assert [c.code for c in columns] == [code for code, _, _ in wanted]
    for column, (_, length, need) in zip(columns, wanted, strict=True):
        assert column.required is (need == "M"), column.code
        if column.type in ("text", "code", "reg_no", "person_id"):
            assert column.max_length == int(length), column.code


def test_dual_publicity_headers_by_code_name_and_short_name(catalog: Catalog) -> None:
    headers = catalog.sources["dual_publicity_penalty"].headers
    assert headers["CF_XDR_SHXYM"] == "CF_XDR_SHXYM"
    assert headers["行政相对人代码_1(统一社会信用代码)"] == "CF_XDR_SHXYM"
    assert headers["行政相对人代码_1"] == "CF_XDR_SHXYM"
    assert headers["统一社会信用代码"] == "CF_XDR_SHXYM"
    assert headers["罚款金额"] == "CF_NR_FK"
    assert catalog.sources["dual_publicity_licence"].headers["XK_FR_SFZH"] == "XK_FR_ZJHM"


def test_dual_publicity_deadline_key_and_identifiers(catalog: Catalog) -> None:
    penalty = catalog.sources["dual_publicity_penalty"]
    assert (penalty.deadline.column, penalty.deadline.workdays) == ("CF_JDRQ", 7)
    assert penalty.key == ("CF_CFJGDM", "CF_WSH")
    assert (penalty.party[0], penalty.party[-1]) == ("CF_XDR_SHXYM", "CF_XDR_MC")
    assert penalty.identifiers == {
        "uscc": "CF_XDR_SHXYM",
        "reg_no": "CF_XDR_GSZC",
        "org_code": "CF_XDR_ZZJG",
        "tax_no": "CF_XDR_SWDJ",
        "institution_no": "CF_XDR_SYDW",
        "social_org_no": "CF_XDR_SHZZ",
        "person_id": "CF_XDR_ZJHM",
    }
    assert penalty.column("CF_NR_FK").unit == "万元"
    assert penalty.column("CF_NR_FK").decimals == 6
    assert penalty.column("CF_XDR_ZJHM").document_column == "CF_XDR_ZJLX"
    assert catalog.sources["dual_publicity_licence"].key == ("XK_XKJGDM", "XK_WSH")


def test_identity_numbers_telephones_and_addresses_are_sealed_and_never_public(catalog: Catalog) -> None:
    sealed = [(s.id, c.code) for s in catalog.sources.values() for c in s.columns if c.sealed]
    assert ("platform_merchants", "phone") in sealed
    assert ("courier_staff", "document_number") in sealed
    for source in catalog.sources.values():
        for column in source.columns:
            assert not (column.public and column.sealed), (source.id, column.code)
            looks_personal = any(word in column.name for word in ("证件号码", "电话", "身份证"))
            assert column.sealed or not looks_personal, (source.id, column.code)


def test_sources_that_are_never_shown_have_nothing_public(catalog: Catalog) -> None:
    hidden = {s.id for s in catalog.sources.values() if s.publicity == "none"}
    assert hidden >= {"platform_merchants", "courier_staff", "payment_institution_rating"}
    for source_id in hidden:
        assert not [c.code for c in catalog.sources[source_id].columns if c.public], source_id


def test_every_source_says_who_it_is_about(catalog: Catalog) -> None:
    kinds = {kind.value for kind in IdKind}
    for source in catalog.sources.values():
        assert source.identifiers.keys() <= kinds
        if "自然人" in source.subject_kinds:
            assert "person_id" in source.identifiers, source.id


def test_a_source_of_ours_claims_no_verified_column(catalog: Catalog) -> None:
    for source in catalog.sources.values():
        if source.code_origin == "ours":
            assert not any(c.verified for c in source.columns), source.id
    assert not any(c.verified for c in catalog.sources["registration"].columns)


def test_registration_takes_the_first_code_there_is(catalog: Catalog) -> None:
    source: Source = catalog.sources["registration"]
    assert (source.key, source.key_mode) == (("UNISCID", "REGNO"), "first")
    assert source.describes == {"address": "DOM", "legal_rep": "LEREP", "status": "REGSTATE"}
    assert source.column("REGCAP").type == "text"


def test_merchants_are_reported_in_january_and_july(catalog: Catalog) -> None:
    source = catalog.sources["platform_merchants"]
    assert source.deadline.months == (1, 7)
    assert source.deadline.basis is not None
    assert (source.deadline.basis.law, source.deadline.basis.article) == ("online_trade_rules_37", "25")
    assert source.deadline.verified is False
    assert {b.article for b in source.legal_basis if b.law == "e_commerce_law"} == {"27", "28"}


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("市商务局", "shangwu"),
        ("常州市商务局", "shangwu"),
        (" 常州市商务局 ", "shangwu"),
        ("shangwu", "shangwu"),
        ("市质监局", "gongshang"),
        ("常州市质量技术监督局", "gongshang"),
        ("zhijian", "gongshang"),
        ("市工商局", "gongshang"),
        ("市市场监督管理局", "gongshang"),
        ("常州市市场监督管理局", "gongshang"),
        ("市经信委(市信用办)", "jingxin_xinyong"),
        ("市经信委（市信用办）", "jingxin_xinyong"),
        ("人民银行常州市中心支行", "renhang"),
        ("常州银监分局", "yinjian"),
        ("农委", "nongwei"),
        ("公安局", "gongan"),
        ("常州市检验检疫局", "haiguan"),
    ],
)
def test_departments_by_todays_and_former_names(catalog: Catalog, written: str, found: str) -> None:
    department = catalog.find_department(written)
    assert department is not None
    assert department.id == found


def test_a_merger_is_followed_from_its_day(catalog: Catalog) -> None:
    before = catalog.find_department("常州市检验检疫局", on=date(2018, 4, 19))
    after = catalog.find_department("常州市检验检疫局", on=date(2018, 4, 20))
    assert (before and before.id, after and after.id) == ("jianyan", "haiguan")


def test_nobody_is_found_for_an_unknown_name(catalog: Catalog) -> None:
    assert catalog.find_department("溧阳市商务局") is None
    assert catalog.find_department("") is None


def test_the_twenty_tasks_and_who_owes_them(catalog: Catalog) -> None:
    assert [task.number for task in catalog.tasks] == list(range(1, 21))
    assert catalog.departments["shangwu"].tasks_lead == (2, 3, 9, 10, 13, 18, 19, 20)
    assert catalog.departments["zhijian"].tasks_coop == (5, 6, 7, 10, 11, 15, 16, 17, 19)
    assert all(task.lead for task in catalog.tasks)
    assert all(task.sentences[0].rstrip("。") == task.title for task in catalog.tasks)


def test_values_by_both_vocabularies(catalog: Catalog) -> None:
    kinds = catalog.code_tables["subject_kind"]
    written = {
        "01": "自然人",
        "02": "法人及非法人组织",
        "03": "法人及非法人组织",
        "04": "个体工商户",
        "０４": "个体工商户",
    }
    for text, zh in {**written, "自然人": "自然人", " 个体工商户": "个体工商户"}.items():
        entry = kinds.lookup(text)
        assert entry is not None
        assert entry.zh == zh
    assert kinds.lookup("05") is None


def test_an_abolished_area_stays_readable(catalog: Catalog) -> None:
    entry = catalog.code_tables["area"].lookup("320405")
    assert entry is not None
    assert (entry.in_force(date(2015, 12, 31)), entry.in_force(date(2016, 1, 1))) == (True, False)


def test_industries_have_all_sections_and_divisions(catalog: Catalog) -> None:
    entries = catalog.code_tables["industry"].entries
    assert sum(code.isalpha() for code in entries) == 20
    assert sum(len(code) == 2 for code in entries) == 97
    assert {"5193", "5292", "6431", "6432", "6433", "6434", "6439"} <= set(entries)


def test_penalties_change_edition_with_order_36(catalog: Catalog) -> None:
    old = catalog.find_term_rule("penalty", date(2026, 3, 31))
    new = catalog.find_term_rule("penalty", date(2026, 4, 1))
    assert old is not None
    assert new is not None
    assert (old.basis and old.basis.law, new.basis and new.basis.law) == (
        "credit_repair_58",
        "credit_repair_36",
    )
    assert (old.verified, old.verified_kinds) == (False, frozenset())
    assert new.classes["警告"] == "minor"
    assert new.classes["吊销许可证件"] == "serious"
    assert new.verified_kinds == {"警告", "通报批评", "没收非法财物", "吊销许可证件", "限制从业"}
    months = {i: catalog.find_term_class(i, date(2026, 4, 1)) for i in ("minor", "general", "serious")}
    assert {i: (c.min_months, c.max_months, c.shown) for i, c in months.items() if c} == {
        "minor": (0, 3, False),
        "general": (3, 12, True),
        "serious": (12, 36, True),
    }


def test_every_penalty_kind_has_a_class_in_the_present_edition(catalog: Catalog) -> None:
    rule = catalog.find_term_rule("penalty", date(2026, 4, 1))
    assert rule is not None
    assert set(rule.classes) == set(catalog.code_tables["penalty_kind"].entries)


def test_market_regulation_has_its_own_terms(catalog: Catalog) -> None:
    rule = catalog.find_term_rule("penalty", date(2026, 4, 1))
    assert rule is not None
    terms = {e.id: (e.shown, e.months, e.law.article) for e in rule.exceptions}
    assert terms["samr_warning"] == (False, None, "2")
    assert terms["samr_other"] == (True, 36, "13")
    assert all(e.authorities == ("gongshang",) for e in rule.exceptions)


def test_items_keep_their_days(catalog: Catalog) -> None:
    supplement = catalog.items["changzhou_2023_supplement"]
    assert supplement.in_force(date(2024, 11, 30))
    assert not supplement.in_force(date(2024, 12, 1))
    assert catalog.items["penalty"].in_force(date(2000, 1, 1))
    assert not catalog.items["platform_sanction"].in_force(date(2018, 12, 31))


def test_the_edition_follows_the_rules_and_not_the_wording(tmp_path: Path) -> None:
    city = Path(shutil.copytree(FOLDER, tmp_path / "elsewhere"))
    first = catalog_edition(city)
    assert first == catalog_edition(FOLDER)
    assert len(first) == 12
    texts = city / "texts" / "rules.yaml"
    texts.write_text(texts.read_text(encoding="utf-8") + "# 改一个字\n", encoding="utf-8")
    assert catalog_edition(city) == first
    (city / "workdays.yaml").write_text("working: [2027-02-14]\nresting: []\n", encoding="utf-8")
    assert catalog_edition(city) != first


def test_nothing_is_written_that_is_used_nowhere(catalog: Catalog) -> None:
    lookups = {c.lookup for s in catalog.sources.values() for c in s.columns}
    known_elsewhere = {"yes_no", "identifier_kind"}
    assert set(catalog.code_tables) <= lookups | known_elsewhere
    used_rules = {s.publicity for s in catalog.sources.values()}
    used_rules |= {found.rule for s in catalog.sources.values() for found in s.found_terms}
    assert {rule.id for rule in catalog.term_rules} <= used_rules
    used_items = {s.item for s in catalog.sources.values()}
    assert set(catalog.items) - used_items == {"changzhou_2023_supplement", "occupation"}


def test_long_texts_are_looked_through_for_persons_numbers(catalog):
    """What is found is masked before the ledger keeps it."""
    for source in catalog.sources.values():
        checked = {
            code for spec in source.checks if spec.rule == "no_identity_in_text" for code in spec.columns
        }
        free = {
            column.code
            for column in source.columns
            if column.type == "text" and (column.max_length or 0) >= 500 and column.personal == "none"
        }
        # Numbers of licences, and what a register says of a seat, are no free text.
        assert free - {"licence_nos", "DOM"} <= checked, source.id
