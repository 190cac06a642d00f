"""Two versions in words: whatever differs between them is said, in either language, and nothing else."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecredit.foundation.catalog.folder import catalog_folder
from ecredit.foundation.catalog.load import load_catalog
from ecredit.foundation.catalog.types import LawRef
from ecredit.judgement.evaluation.diff_rules import ADDED, CHANGED, REMOVED, list_differences
from ecredit.judgement.evaluation.model_loader import load_models
from ecredit.judgement.evaluation.model_words import INDICATOR_PARTS, MODEL_PARTS, ModelWords
from ecredit.judgement.evaluation.trial_columns import size_of
from ecredit.judgement.evaluation.types import ALWAYS, AnyOf, Negation, Window

CATALOG = load_catalog(catalog_folder())
MODELS = load_models(CATALOG.folder, CATALOG)
WORDS = [ModelWords(CATALOG, "zh"), ModelWords(CATALOG, "en")]
INDICATOR = {
    "title_zh": "新名", "title_en": "a new name", "source": "commitment",
    "when": Negation(AnyOf("X", ("1", "2"), "")), "window": Window(months=7, while_valid=True), "points": Decimal(-17),
    "cap": Decimal("33.5"), "veto": "C", "clause": LawRef("e_commerce_law", "17"), "verified": True, "half_from": 5,
}  # fmt: skip
MODEL = {
    "version": "9", "precedence": 999, "subject_kinds": ("自然人",), "marked_by": ("commitment",), "public": False,
    "base": Decimal(61), "floor": Decimal(3), "ceiling": Decimal(97), "little_known": None, "statuses": (),
    "basis": (), "verified": True, "sector": None, "nothing_known": None,
}  # fmt: skip


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
@pytest.mark.parametrize("words", WORDS, ids=["zh", "en"])
def test_every_model_is_said_whole_and_is_no_different_from_itself(model, words):
    for part in MODEL_PARTS:
        assert words.model_part(model, part)
    for indicator in model.indicators:
        assert all(words.indicator_part(model, indicator, part) for part in INDICATOR_PARTS)
    assert list_differences(model, model, words) == []


@given(
    model=st.sampled_from(MODELS), place=st.integers(0, 99), field=st.sampled_from(sorted(INDICATOR)),
    words=st.sampled_from(WORDS),
)  # fmt: skip
def test_a_change_of_an_indicator_is_said(model, place, field, words):
    place %= len(model.indicators)
    old = model.indicators[place]
    new = replace(old, **{field: INDICATOR[field]})
    changed = replace(model, indicators=(*model.indicators[:place], new, *model.indicators[place + 1 :]))
    found = list_differences(model, changed, words)
    same = new == old or (field == "points" and old.measure == "latest")
    other_language = field == f"title_{'en' if words.lang == 'zh' else 'zh'}"
    assert bool(found) == (not same or changed != model)
    if not other_language and not same:
        assert {d.how for d in found} == {CHANGED} and all(d.before != d.after for d in found)


@given(model=st.sampled_from(MODELS), field=st.sampled_from(sorted(MODEL)), words=st.sampled_from(WORDS))
def test_a_change_of_the_model_itself_is_said(model, field, words):
    changed = replace(model, **{field: MODEL[field]})
    found = list_differences(model, changed, words)
    assert bool(found) == (changed != model) and all(d.of == "" for d in found)


def test_what_comes_goes_or_changes_its_place_is_said():
    model, words = MODELS[0], WORDS[0]
    fewer = replace(model, indicators=model.indicators[1:])
    assert [d.how for d in list_differences(model, fewer, words)] == [REMOVED]
    assert [d.how for d in list_differences(fewer, model, words)] == [ADDED]
    turned = replace(model, indicators=model.indicators[::-1])
    (order,) = list_differences(model, turned, words)
    assert order.part == "指标的次序" and order.before != order.after
    marked = replace(MODELS[0], marked_by=("commitment",), marked_when=Negation(ALWAYS))
    assert list_differences(replace(marked, marked_when=ALWAYS), marked, words)


@pytest.mark.parametrize(
    ("said", "size"),
    [
        ("50万元人民币", "small"), ("99.9999万元", "small"), ("100万元", "1m"), ("4999999元", "1m"), ("500万元", "5m"),
        ("壹仟万元整", "10m"), ("1亿元", "10m"), ("300万美元", ""), ("", ""), ("不详", ""),
    ],
)  # fmt: skip
def test_registered_capital_falls_into_a_band_or_is_not_said(said, size):
    assert size_of(said) == size
