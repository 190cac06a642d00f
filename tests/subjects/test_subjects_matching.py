"""Candidates for rows without a code: what is proposed, how surely, and in which words."""

import json
import random

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecredit.facts.subjects.lake import current_path, write_current
from ecredit.facts.subjects.matching import propose_candidates
from ecredit.facts.subjects.matching_functions import add_likeness
from ecredit.facts.subjects.matching_model import LEVELS, MISSING, load_model, verdict_of
from ecredit.facts.subjects.matching_pool import open_pool
from ecredit.facts.subjects.models import CreditSubject
from ecredit.facts.subjects.name_words import load_words
from ecredit.foundation.catalog.texts import has_text
from ecredit.foundation.kernel.errors import EcreditError
from ecredit.foundation.proof.keys import KeyRing
from tests.conftest import NOON
from tests.subjects.subjects_register import claim, person, register

WORDS, MODEL = load_words(), load_model()
FIRMS = [
    ("常州市云帆启航电子商务有限公司", "常州市新北区通江路1号", "王一"),
    ("常州市云帆起航电子商务有限公司", "常州市新北区通江路3号", "王二"),
    ("常州云帆启航贸易有限公司", "常州市新北区通江路1号", "王一"),
    ("常州市云帆启航电子商务有限公司武进分公司", "常州市武进区延政路9号", "李四"),
    ("溧阳市青禾农业发展有限公司", "溧阳市竹箦镇工业集中区", ""),
    ("常州明远机械有限公司", "", ""),
    ("苏州明远机械有限公司", "", ""),
    ("江苏明远纺织有限公司", "", ""),
    ("中国农业银行股份有限公司常州三河口支行", "", ""),
    ("中国农业银行股份有限公司常州新闸支行", "", ""),
]


@pytest.fixture
def ids(db, home):
    """The register's subject ids, in the order of FIRMS."""
    return register(KeyRing.load(home.keys), FIRMS)


def propose(home, *claims):
    pool = open_pool(home, WORDS)
    try:
        return propose_candidates(claims, pool=pool, words=WORDS, model=MODEL)
    finally:
        pool.close()


WRITTEN = [
    ("常州市云帆启航电子商务有限公司", 0),
    ("常州云帆启航电子商务有限责任公司", 0),
    ("云帆启航电子商务有限公司", 0),
    ("云帆启航电子商务（常州）有限公司", 0),
    ("常州市云帆启航电子商务公司", 0),
    ("常州市云帆启航电商务有限公司", 0),
    ("常州市云帆起航电子商务有限公司", 1),
    ("常州云帆启航贸易公司", 2),
    ("云帆启航电子商务有限公司武进分公司", 3),
    ("溧阳青禾农业", 4),
    ("溧阳市清禾农业发展有限公司", 4),
    ("苏州明远机械厂", 6),
    ("农业银行常州三河口支行", 8),
    ("中国农业银行股份有限公司常州三何口支行", 8),
]


def test_the_right_one_is_first_however_it_is_written(home, ids):
    found = propose(home, *(claim(n, name) for n, (name, _) in enumerate(WRITTEN)))
    assert {name: found[n][0].subject_id for n, (name, _) in enumerate(WRITTEN) if found[n]} == {
        name: ids[right] for name, right in WRITTEN
    }
    for candidates in found.values():
        assert [c.rank for c in candidates] == list(range(1, len(candidates) + 1))
        assert sum(c.probability for c in candidates) <= 1.0


def test_an_address_decides_between_like_names(home, ids):
    twins = register(
        KeyRing.load(home.keys),
        [
            ("常州新禾贸易有限公司", "通江路100号", ""),
            ("常州新禾贸易有限公司", "延陵东路77号", ""),
        ],
    )
    plain = propose(home, claim(1, "常州新禾贸易有限公司"))[1]
    assert [c.subject_id for c in plain] == twins
    # Same-name twins share the certainty: neither looks sure.
    assert plain[0].probability == plain[1].probability < 0.5
    told = propose(home, claim(1, "常州新禾贸易有限公司", address="延陵东路77号"))[1]
    assert told[0].subject_id == twins[1] and told[0].probability > 0.9


def test_a_branch_row_is_not_about_its_parent(home, ids):
    found = {c.subject_id: c for c in propose(home, claim(1, FIRMS[3][0]))[1]}
    assert found[ids[3]].probability > 0.9
    assert ids[0] not in found or found[ids[0]].probability < 0.05


def test_nothing_alike_gets_nothing_and_people_are_never_matched(home, ids):
    person(KeyRing.load(home.keys), "欧阳青禾")
    found = propose(
        home,
        claim(1, "无锡远东运输队"),
        claim(2, "欧阳青禾"),
        claim(3, FIRMS[0][0], is_person=True),
        claim(4, " "),
    )
    assert found == {1: (), 2: (), 3: (), 4: ()}


def test_every_field_says_what_was_compared(home, ids):
    (best, *_) = propose(home, claim(1, FIRMS[0][0], address="通江路1号", legal_rep="赵六"))[1]
    fields = {c.field: c for c in best.compared}
    assert fields["written"].verdict == fields["core"].verdict == "same"
    assert fields["legal_rep"].verdict == "different" and fields["legal_rep"].weight < 0
    assert "赵六" in fields["legal_rep"].zh and "王一" in fields["legal_rep"].en
    assert fields["address"].subject == FIRMS[0][1]
    assert best.weight == pytest.approx(sum(c.weight for c in best.compared), abs=0.2)


def test_the_order_of_rows_changes_nothing(home, ids):
    claims = [claim(n, name) for n, (name, _, _) in enumerate(FIRMS)]
    shuffled = claims[:]
    random.Random(3).shuffle(shuffled)
    assert propose(home, *claims) == propose(home, *shuffled)


def test_a_register_without_subjects_proposes_nothing(db, home):
    assert propose(home, claim(1, "常州云帆贸易有限公司")) == {1: ()}


def test_the_stored_picture_never_makes_the_answer_old(home, ids, monkeypatch):
    monkeypatch.setattr("ecredit.facts.subjects.matching_pool._WORTH_KEEPING", 1)
    write_current(home, at=NOON)
    before = propose(home, claim(1, FIRMS[4][0]))
    assert list((home.lake / "subjects").glob("name_parts-*.parquet"))
    assert propose(home, claim(1, FIRMS[4][0])) == before
    (newcomer,) = register(KeyRing.load(home.keys), ["常州青山科技有限公司"])
    assert propose(home, claim(1, "常州青山科技有限公司"))[1][0].subject_id == newcomer
    # A picture that is ahead of the log is another log's (a backup was restored): it is not believed.
    table = pq.read_table(current_path(home))
    CreditSubject.objects.filter(id=ids[4]).update(name="溧阳市改名以后农业发展有限公司")
    ahead = table.set_column(
        table.column_names.index("changed_leaf"), "changed_leaf", [[10_000_000] * table.num_rows]
    )
    pq.write_table(ahead, current_path(home))
    assert propose(home, claim(1, "溧阳市改名以后农业发展有限公司"))[1][0].subject_id == ids[4]


def test_every_outcome_has_its_sentence():
    for field, levels in LEVELS.items():
        verdicts = [verdict for verdict, _ in levels]
        for verdict in (*verdicts, MISSING):
            assert has_text(f"match.{field}.{verdict}")
        assert [verdict_of(field, gamma) for gamma in range(len(levels) - 1, -2, -1)] == [*verdicts, MISSING]
    for form in set(WORDS.forms.values()):
        assert has_text(f"match.form_name.{form}")


def test_agreeing_never_weighs_less_than_disagreeing():
    for field in LEVELS:
        weights = [MODEL.weight(field, verdict) for verdict, _ in LEVELS[field]]
        if field not in ("branch", "written"):
            assert weights[0] == max(weights) > 0 and weights[-1] < 0
    assert MODEL.weight("branch", "same") > 0 > MODEL.weight("branch", "different")
    assert MODEL.weight("core", MISSING) == 0


def test_the_model_was_made_with_the_words_of_today(catalog):
    from ecredit.foundation.catalog.folder import catalog_folder

    written = json.loads((catalog_folder() / "matching" / "company.json").read_text(encoding="utf-8"))
    # Changed words mean new weights: run bench/train_company_model.py.
    assert written["provenance"]["words_edition"] == WORDS.edition
    assert MODEL.edition.startswith("company@")


@pytest.mark.parametrize(
    "damage", [lambda d: d["comparisons"].pop("core"), lambda d: d["comparisons"]["core"]["same"].update(m=0)]
)
def test_a_damaged_model_is_named(tmp_path, damage):
    from ecredit.foundation.catalog.folder import catalog_folder

    written = json.loads((catalog_folder() / "matching" / "company.json").read_text(encoding="utf-8"))
    damage(written)
    (tmp_path / "matching").mkdir()
    (tmp_path / "matching" / "company.json").write_text(json.dumps(written), encoding="utf-8")
    with pytest.raises(EcreditError, match=r"company\.json"):
        load_model(tmp_path)


@settings(max_examples=60)
@given(st.data())
def test_one_slip_apart_shares_a_slip(data):
    alphabet = "云帆启航电子商务"
    name = data.draw(st.text(alphabet, min_size=2, max_size=10))
    place = data.draw(st.integers(0, len(name) - 1))
    other = data.draw(st.sampled_from(alphabet))
    kind = data.draw(st.sampled_from(("wrong", "missing", "added", "swapped")))
    slipped = {
        "wrong": name[:place] + other + name[place + 1 :],
        "missing": name[:place] + name[place + 1 :],
        "added": name[:place] + other + name[place:],
        "swapped": name[:place] + name[place : place + 2][::-1] + name[place + 2 :],
    }[kind]
    assert _DB.execute("SELECT list_has_any(slips(?), slips(?))", [name, slipped]).fetchone() == (True,)
    assert _DB.execute("SELECT char_edits(?, ?) <= 1", [name, slipped]).fetchone() == (True,)


_DB = duckdb.connect()
add_likeness(_DB)
