"""Every sentence has both languages with the same placeholders, and every rule has its two sentences."""

from pathlib import Path
from typing import get_args

import pytest

from ecredit.foundation.catalog.check_rules import RULES
from ecredit.foundation.catalog.texts import both, has_text, list_texts, placeholders, read_texts, text
from ecredit.foundation.catalog.types import ColumnType
from ecredit.foundation.kernel.errors import EcreditError

READING_RULES = [
    "required",
    "too_long",
    "uscc_format",
    "uscc_check_digit",
    "org_code_check_digit",
    "reg_no_check_digit",
    "person_id_check_digit",
    "date_unreadable",
    "number_unreadable",
    "amount_too_precise",
    "unit_unclear",
    "not_in_code_table",
    "identifier_as_number",
    "undecodable",
    "wrong_number_of_cells",
    "item_not_in_force",
    "duplicate_in_file",
    "no_identifier",
    "identifiers_disagree",
    "supplier_not_entitled",
    "phone_format",
    "url_format",
    "unknown_column",
    "missing_column",
    "name_differs",
]


@pytest.mark.parametrize("rule", sorted({*RULES, *READING_RULES}))
def test_a_rule_says_what_is_wrong_and_what_to_do(rule: str) -> None:
    assert has_text(f"rule.{rule}")
    assert has_text(f"rule.{rule}.hint")


@pytest.mark.parametrize("key", sorted(list_texts()))
def test_both_languages_have_the_same_placeholders(key: str) -> None:
    sentences = list_texts()[key]
    assert set(sentences) == {"zh", "en"}
    assert placeholders(sentences["zh"]) == placeholders(sentences["en"])


def test_sentences_of_rules_end_without_a_full_stop_and_use_chinese_punctuation() -> None:
    for key, sentences in list_texts().items():
        if key.startswith("rule."):
            assert not sentences["zh"].endswith("。"), key
            assert not sentences["en"].endswith("."), key
            assert not set(",;?!") & set(sentences["zh"]), key


def test_both_joins_chinese_and_english() -> None:
    assert both("rule.too_long", name="备注", max_length=512) == (
        "“备注”超过 512 个字符 / 备注 has more than 512 characters"
    )
    assert text("rule.too_long", "en", name="备注", max_length=512).startswith("备注 has")


def test_values_are_put_in_as_they_are() -> None:
    assert "{x}" in text("rule.uscc_format", value="{x}")


def test_an_unknown_key_is_named() -> None:
    with pytest.raises(EcreditError, match="rule\\.nonsense"):
        text("rule.nonsense")


def test_a_missing_value_is_named() -> None:
    with pytest.raises(EcreditError, match="max_length"):
        text("rule.too_long", name="备注")


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("a: {zh: 一}", "exactly zh and en"),
        ("a: {zh: 一, en: one, fr: un}", "exactly zh and en"),
        ("a: {zh: '', en: one}", "empty"),
        ("a: {zh: '{n} 个', en: 'some'}", "placeholders"),
        ("a: {zh: '{n 个', en: 'some'}", "braces"),
        ("- a", "should hold"),
        ("a: [", "cannot be read"),
    ],
)
def test_a_bad_text_file_is_refused(tmp_path: Path, written: str, says: str) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "bad.yaml").write_text(written, encoding="utf-8")
    with pytest.raises(EcreditError, match=says) as caught:
        read_texts(tmp_path)
    assert "bad.yaml" in str(caught.value)


def test_a_key_may_be_written_once(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    for name in ("one", "two"):
        (tmp_path / "texts" / f"{name}.yaml").write_text("a: {zh: 一, en: one}", encoding="utf-8")
    with pytest.raises(EcreditError, match="twice"):
        read_texts(tmp_path)


def test_every_type_of_column_has_a_word_at_the_desk():
    for kind in get_args(ColumnType):
        assert has_text(f"desk.coltype_{kind}") and has_text(f"desk.type_{kind}"), kind
