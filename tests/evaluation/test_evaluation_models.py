"""The city's models hold together, and a model that does not is refused with file, line and what to do."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ecredit.foundation.catalog.errors import CatalogError
from ecredit.judgement.evaluation.condition_rules import columns_of
from ecredit.judgement.evaluation.model_document import document_of, model_of
from ecredit.judgement.evaluation.model_loader import load_models
from ecredit.judgement.evaluation.types import AllOf, AnyOf, Window

from .evaluation_world import indicator as make_indicator
from .evaluation_world import model as make_model

CATALOG = Path(__file__).parents[2] / "catalog"


@pytest.fixture(scope="module")
def models(catalog):
    return load_models(CATALOG, catalog)


def test_every_kind_has_its_model(models):
    assert {m.id for m in models} == {
        "enterprise", "individual_business", "platform", "courier", "payment_institution", "agency", "practitioner",
        "credit_service_agency", "shop_company", "shop_sole_trader", "shop_person",
    }  # fmt: skip
    assert [m.precedence for m in models] == sorted((m.precedence for m in models), reverse=True)


def test_natural_persons_are_never_public(models):
    assert [m.public for m in models if "自然人" in m.subject_kinds] == [False, False]


def test_ended_subjects_are_not_graded(models):
    for model in models:
        best = {word: rule.best for rule in model.statuses for word in rule.statuses}
        assert best["注销"] is None and best["死亡"] is None and best["吊销"] == "D"
        assert model.little_known is not None and model.little_known.best == "B"


def test_weights_do_not_pass_for_a_standard(models):
    assert not any(model.verified or indicator.verified for model in models for indicator in model.indicators)


def _kinds(indicator):
    """Penalty kinds an indicator counts: those asked for, less those excluded (AllOf of AnyOf and its exception)."""
    parts = indicator.when.parts if isinstance(indicator.when, AllOf) else (indicator.when,)
    return {v for part in parts if isinstance(part, AnyOf) for v in part.values}


def test_penalties_count_as_long_as_their_class_is_shown(models, catalog):
    """The kinds and months of the two penalty indicators are those of order 36's classes."""
    rule = next(r for r in catalog.term_rules if r.id == "penalty" and r.valid_to is None)
    months = {c.id: c.max_months for c in catalog.term_classes if c.valid_to is None}
    table = catalog.code_tables["penalty_kind"]
    for name, class_id in (("general", "general"), ("serious", "serious")):
        wanted = {kind for kind, held in rule.classes.items() if held == class_id}
        for model in models:
            for indicator in model.indicators:
                if indicator.id in (f"penalty_{name}", f"courier_penalty_{name}"):
                    assert {table.lookup(v).code for v in _kinds(indicator)} == wanted
                    assert indicator.window == Window(months=months[class_id])


def test_minor_penalties_never_count(models):
    for model in models:
        for indicator in model.indicators:
            if "penalty" in indicator.id and "fines" not in indicator.id:
                assert not {"警告", "通报批评"} & _kinds(indicator)


def test_documents_give_the_model_back(models):
    for model in models:
        again = model_of(document_of(model))
        assert again == model and again.edition == model.edition


def test_a_document_of_before_the_later_fields_keeps_its_edition():
    """A model kept by an earlier edition of the program reads back as it was."""
    old = make_model(make_indicator())
    held = document_of(old)
    assert not {"dimension", "remedy", "half_from", "sector", "nothing_known"} & set(
        re.findall(r'"(\w+)":', held)
    )
    assert model_of(held) == old and model_of(held).edition == old.edition
    assert document_of(model_of(held)) == held


def test_edition_follows_shared_parts(models, catalog, tmp_path):
    folder = _copy(tmp_path)
    shared = folder / "models/shared/indicators.yaml"
    shared.write_text(shared.read_text().replace("points: -25", "points: -26", 1))
    changed = {m.id: m.edition for m in load_models(folder, catalog)}
    assert {m.id for m in models if m.edition != changed[m.id]} == {m.id for m in models}


def test_columns_are_free_of_personal_data(models, catalog):
    for model in models:
        for indicator in model.indicators:
            for code in columns_of(indicator.when):
                assert catalog.sources[indicator.source].column(code).personal == "none"


def _copy(tmp_path):
    shutil.copytree(CATALOG / "models", tmp_path / "models")
    return tmp_path


BAD = [
    ("enterprise.yaml", "base: 75", "base: 175", "bad_bounds"),
    ("enterprise.yaml", "frame: common", "frame: comon", "unknown_frame"),
    ("enterprise.yaml", "id: enterprise", "id: firm", "wrong_id"),
    ("enterprise.yaml", "- use: customs", "- use: custom", "unknown_indicator"),
    ("enterprise.yaml", "- use: customs", "- use: honoured", "bad_indicator_id"),
    ("enterprise.yaml", "precedence: 30", "precedence: 20", "same_precedence"),
    ("enterprise.yaml", "subject_kinds: [法人及非法人组织]", "subject_kinds: [法人组织]", "unknown_kind"),
    ("enterprise.yaml", "public: true", "publc: true", "unknown_key"),
    ("enterprise.yaml", "subject_kinds: [法人及非法人组织]", "subject_kinds: [个体工商户]", "kind_without_model"),
    ("practitioner.yaml", "public: false", "public: true", "person_public"),
    ("payment_institution.yaml", "public: false", "public: true", "not_public"),
    ("payment_institution.yaml", "public: false", "public: true", "outlives_publicity"),
    ("courier.yaml", "marked_by: [courier_licence]", "marked_by: [licence]", "unknown_source"),
    ("platform.yaml", "cap: 5", "cap: -5", "bad_points"),
    ("platform.yaml", "article: \"15\"", "article: \"99\"", "unknown_article"),
    ("platform.yaml", "clause: {law: e_commerce_law", "clause: {law: e_comerce_law", "unknown_law"),
    ("courier.yaml", "[有效]", "[有效的]", "unknown_value"),
    ("courier.yaml", "column: status", "column: staus", "unknown_column"),
    ("courier.yaml", "any_of: [有效]", "any_off: [有效]", "empty_condition"),
    ("shared/indicators.yaml", "counts_for_months: 36", "counts_for_months: 37", "outlives_publicity"),
    ("shared/indicators.yaml", "  points: -0.2\n", "  points: -0.205\n", "bad_points"),
    ("shared/indicators.yaml", "veto: C", "veto: E", "unknown_grade"),
    ("shared/indicators.yaml", "  always: true\n", "", "missing_key"),
    ("shared/indicators.yaml", "registered:\n", "forgotten:\n", "unused"),
    ("shared/frames.yaml", "at_least: 70", "at_least: 95", "bad_scale"),
    ("shared/frames.yaml", "not_graded: true, ", "", "missing_key"),
    ("enterprise.yaml", "best_score: 100", "best_score: 99", "wrong_total"),
    ("shared/indicators.yaml", "dimension: registration", "dimension: registraton", "unknown_dimension"),
    ("shared/indicators.yaml", "  dimension: registration\n", "", "missing_key"),
    ("shared/indicators.yaml", "remedy: repair_general", "remedy: repair", "unknown_remedy"),
    ("shared/remedies.yaml", "term_class: general", "term_class: ordinary", "unknown_class"),
    ("shared/remedies.yaml", "law: enterprise_publicity", "law: enterprise_publicty", "unknown_law"),
    ("shared/indicators.yaml", "points: -25", "points: 25", "wrong_direction"),
    ("shared/indicators.yaml", "  points: 1\n", "  points: -1\n", "wrong_direction"),
    ("enterprise.yaml", "- use: customs", "- {use: penalty_general, points: 4}\n  - use: customs", "wrong_direction"),
    ("shared/indicators.yaml", "  clause: {law: enterprise_publicity, article: \"19\"}\n", "", "no_law"),
    ("shared/indicators.yaml", "half_from_months: 18", "half_from_months: 36", "bad_half"),
    ("shared/indicators.yaml", "counts_for_months: 12", "counts_for_months: -12", "bad_months"),
    ("shared/indicators.yaml", "honoured:\n", "honoured:\n  use: honoured\n", "use_in_shared"),
    ("shared/frames.yaml", "{grade: D, best: CCC", "{grade: D, best: BBB", "bad_caps"),
    ("shared/frames.yaml", "{grade: C, best: BB", "{grade: C, best: BX", "unknown_grade"),
    ("shared/frames.yaml", "at_least: 95", "at_least: 85", "bad_scale"),
    ("credit_service_agency.yaml", "marked_by: [agency_registration]", "marked_by: [agency_registration, shops]", "many_marks"),
    ("credit_service_agency.yaml", "marked_by: [agency_registration]\n", "", "many_marks"),
    ("credit_service_agency.yaml", "any_of: [征信, 信用评级, 其他信用服务]", "any_of: [征信所]", "unknown_value"),
]  # fmt: skip


ON_THE_LINE = {
    "bad_bounds", "unknown_frame", "wrong_id", "unknown_indicator", "unknown_kind", "unknown_key", "person_public",
    "unknown_source", "unknown_article", "unknown_law", "unknown_value", "unknown_column", "unused", "wrong_total",
    "unknown_dimension", "unknown_remedy", "unknown_class", "bad_half", "bad_months",
}  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "kind"), BAD)
def test_faults_name_file_line_and_remedy(catalog, tmp_path, file, old, new, kind):
    folder = _copy(tmp_path)
    path = folder / "models" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(CatalogError) as caught:
        load_models(folder, catalog)
    fault = next(f for f in caught.value.faults if f.kind == kind)
    assert fault.file.startswith("models") and fault.line >= 1 and fault.zh and fault.en
    if kind in ON_THE_LINE:
        assert (fault.file, fault.line) == (f"models/{file}", text[: text.index(old)].count("\n") + 1)


def test_all_faults_at_once(catalog, tmp_path):
    folder = _copy(tmp_path)
    for name, old, new in (("agency.yaml", "base: 75", "bse: 75"), ("courier.yaml", "version:", "verion:")):
        path = folder / "models" / name
        path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(CatalogError) as caught:
        load_models(folder, catalog)
    assert {f.file for f in caught.value.faults} == {"models/agency.yaml", "models/courier.yaml"}


def test_nothing_to_load(catalog, tmp_path):
    with pytest.raises(CatalogError, match="没有任何评价模型"):
        load_models(tmp_path, catalog)


def test_what_counts_a_breach_counts_no_longer_than_breaches_are_shown(catalog, tmp_path):
    folder = _copy(tmp_path)
    rules = tuple(
        replace(r, kind="fixed_months") if r.id == "commitment_broken" else r for r in catalog.term_rules
    )
    with pytest.raises(CatalogError) as caught:
        load_models(folder, replace(catalog, term_rules=rules))
    faults = [fault for fault in caught.value.faults if fault.kind == "outlives_publicity"]
    assert faults and all("commitment_broken" in fault.zh for fault in faults)
