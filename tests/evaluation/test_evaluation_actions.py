"""Evaluation as it is kept: incremental equals full, only what is touched is judged, history stays."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.types import OPERATOR
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.evaluation import evaluate_actions
from ecredit.judgement.evaluation.change_rules import changed_reasons
from ecredit.judgement.evaluation.errors import EvaluationOvertaken
from ecredit.judgement.evaluation.evaluate_actions import evaluate_lake
from ecredit.judgement.evaluation.models import Grade, ModelEdition, Run
from ecredit.judgement.evaluation.queries import (
    changed_since,
    count_grades,
    current_grades,
    find_grade,
    find_last_change,
    get_model,
    grade_history,
    grades_since,
    last_changes,
    last_evaluated,
    newest_row,
)
from ecredit.judgement.evaluation.types import LittleKnown, Window

from .evaluation_world import TODAY, City, entry, indicator, model

pytestmark = pytest.mark.django_db
AT = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
MODELS = [
    model(
        indicator("p", points=Decimal(-10)),
        indicator("good", source="s2", points=Decimal(20), window=Window(while_valid=True)),
        little_known=LittleKnown((), "B"),
    )
]


@pytest.fixture
def city(home):
    made = City(home)
    for number in range(1, 6):
        made.subject(number)
    made.add(entry(1, 1), entry(2, 2), entry(3, 2), entry(4, 3, source_id="s2"))
    return made


def run(city, as_of=TODAY, models=MODELS, **more):
    city.write()
    ring = KeyRing.load(city.home.keys)
    return evaluate_lake(home=city.home, models=models, ring=ring, as_of=as_of, by=OPERATOR, at=AT, **more)


def grades():
    return {row.subject_id: (row.grade, row.score) for row in current_grades()}


def judgements():
    return {r.subject_id: (r.grade, r.score, r.reasons, r.valid_until) for r in current_grades()}


def test_first_run_grades_everyone(city):
    done = run(city)
    assert (done.why_full, done.looked_at, done.changed, done.unknown) == ("first", 5, 5, 0)
    assert grades() == {1: ("C", 65), 2: ("C", 55), 3: ("A", 95), 4: ("B", 75), 5: ("B", 75)}
    assert done.grades == {"m": {"A": 1, "B": 2, "C": 2}} == count_grades()
    assert last_evaluated() == (TODAY, AT)
    row = find_grade(1)
    assert sum(r.points for r in row.reasons) == row.score
    assert row.reasons[1].leaves == (1,) and row.public and row.through_leaf == 4
    assert row.valid_until == date(2026, 12, 3)
    assert JournalEntry.objects.get(verb="evaluation.run").detail.count('"looked_at":5') == 1


def test_same_again_judges_nobody(city):
    run(city)
    done = run(city)
    assert (done.full, done.looked_at, done.changed) == (False, 0, 0)
    assert Grade.objects.count() == 5


def test_new_entries_touch_only_their_subjects(city):
    run(city)
    before = newest_row()
    city.add(entry(5, 4), entry(6, 99))
    done = run(city)
    assert (done.looked_at, done.changed, done.unknown, done.through_leaf) == (1, 1, 1, 6)
    assert changed_since(before) == [4] == [row.subject_id for row in grades_since(before)]
    assert [row.grade for row in grade_history(4)] == ["C", "B"]
    assert [row.is_current for row in grade_history(4)] == [True, False]
    ((was, now),) = last_changes([1, 2, 3, 4, 5, 99])
    assert (was.subject_id, was.grade, now.grade) == (4, "B", "C")
    entered, left = changed_reasons(was.reasons, now.reasons)
    assert [5 in reason.leaves for reason in entered] == [True] and not any(5 in r.leaves for r in left)
    assert find_last_change(4, as_of=TODAY) == (was, now)
    assert find_last_change(4, as_of=TODAY - timedelta(days=1)) is None
    assert find_last_change(4, as_of=TODAY, known_at=was.computed_at - timedelta(seconds=1)) is None
    assert find_last_change(1, as_of=TODAY) is None


def test_who_was_not_graded_in_between_has_no_change_since(city):
    run(city)
    city.add(entry(5, 4), entry(6, 99))
    run(city)
    city.subject(4, into=1)
    run(city)
    city.subject(4)
    run(city)
    assert find_grade(4).grade == "C"
    assert list(last_changes([4])) == [] and find_last_change(4, as_of=TODAY) is None


def test_unchanged_judgement_writes_nothing(city):
    """A later version of a document that says the same is judged, and nothing is written but what names the entry."""
    run(city)
    city.add(entry(5, 5, source_id="unread"))
    done = run(city)
    assert (done.looked_at, done.changed, done.unchanged) == (1, 0, 1)


def test_a_document_that_changes_hands_touches_both(city):
    run(city)
    city.add(entry(7, 5, doc_key=f"{1:032x}", verb="correct"))
    done = run(city)
    assert done.looked_at == 2
    assert grades()[1] == ("B", 75) and grades()[5] == ("C", 65)
    # Later the old holder is judged again for another reason; the document must not come back to it.
    city.add(entry(8, 1, source_id="s2"))
    run(city)
    assert grades()[1] == ("A", 95)


def test_withdrawal_gives_the_points_back(city):
    run(city)
    city.add(entry(9, 1, doc_key=f"{1:032x}", verb="withdraw"))
    run(city)
    assert grades()[1] == ("B", 75)


def test_time_alone_regrades_those_it_concerns(city):
    city.add(entry(5, 4, valid_from=TODAY + timedelta(days=3)))
    run(city)
    assert find_grade(4).valid_until == TODAY + timedelta(days=3)
    assert run(city, TODAY + timedelta(days=2)).looked_at == 0
    done = run(city, TODAY + timedelta(days=3))
    assert (done.full, done.looked_at, done.changed) == (False, 1, 1)
    assert find_grade(4).grade == "C"
    lapsed = run(city, date(2026, 12, 3))
    assert lapsed.looked_at == 2 and grades()[1] == ("B", 75)


def test_earlier_day_is_computed_anew(city):
    run(city, TODAY + timedelta(days=30))
    done = run(city, TODAY)
    assert (done.why_full, done.changed) == ("earlier_day", 5)
    assert {row.as_of for row in current_grades()} == {TODAY}


def test_merging_and_splitting(city):
    run(city)
    city.subject(2, into=1)
    done = run(city)
    assert (done.looked_at, done.retired) == (1, 1)
    assert grades() == {1: ("D", 45), 2: (None, None), 3: ("A", 95), 4: ("B", 75), 5: ("B", 75)}
    ended = find_grade(2)
    assert ended.model_id == "" and not ended.public and "主体 1" in ended.reasons[0].zh
    assert run(city).looked_at == 0 and len(grade_history(2)) == 2
    assert count_grades() == {"m": {"A": 1, "B": 2, "D": 1}}
    city.subject(2)
    assert run(city).looked_at == 2
    assert grades()[1] == ("C", 65) and grades()[2] == ("C", 55)


def test_no_model_fits_any_more(city):
    city.subject(6, kind="other")
    assert run(city).without_model == 1
    city.subject(5, kind="other")
    done = run(city)
    assert (done.looked_at, done.retired, done.without_model) == (0, 1, 1)
    assert find_grade(5).reasons[0].indicator == "no_model" and find_grade(6) is None


def test_changed_model_regrades_and_keeps_the_old_words(city):
    run(city)
    harder = model(replace(MODELS[0].indicators[0], points=Decimal(-20), title_zh="新指标"), version="2")
    done = run(city, models=[harder])
    assert (done.why_full, done.looked_at) == ("models_changed", 5)
    new, old = grade_history(1)
    assert (new.model_version, new.score, old.model_version, old.score) == ("2", 55, "1", 65)
    assert "新指标" in new.reasons[1].zh and "新指标" not in old.reasons[1].zh
    assert ModelEdition.objects.count() == 2 and get_model(harder.edition) == harder


def test_incremental_equals_full(city):
    """After many small runs the kept grades are those of one full run."""
    run(city)
    for leaf in range(10, 40):
        verb = ("post", "correct", "withdraw")[leaf % 3]
        key = f"{leaf % 7:032x}"
        city.add(
            entry(leaf, 1 + leaf % 5, source_id=f"s{1 + leaf % 2}", verb=verb, doc_key=f"{leaf % 2}{key[1:]}")
        )
        if leaf % 4 == 0:
            run(city, TODAY + timedelta(days=leaf))
    run(city, TODAY + timedelta(days=40))
    kept = judgements()
    rows = Grade.objects.count()
    done = run(city, TODAY + timedelta(days=40), full=True)
    assert (done.why_full, done.looked_at, done.changed) == ("asked", 5, 0)
    assert Grade.objects.count() == rows > 12
    Grade.objects.all().delete()
    run(city, TODAY + timedelta(days=40), full=True)
    assert judgements() == kept


def test_picture_gone_means_everyone(city):
    run(city)
    for path in (city.home.lake / "evaluation").glob("*"):
        path.unlink()
    assert run(city).why_full == "picture_missing"
    assert len(list((city.home.lake / "evaluation").glob("*"))) == 1


def test_overtaken_keeps_nothing(city, monkeypatch):
    run(city)
    city.add(entry(5, 4))
    judge = evaluate_actions.judge_columns

    def slow(*given, **more):
        judge(*given, **more)
        Run.objects.create(
            as_of=TODAY, at=AT, by="x", models_edition="x", through_leaf=9, picture="x", full=False, counts={}
        )

    monkeypatch.setattr(evaluate_actions, "judge_columns", slow)
    with pytest.raises(EvaluationOvertaken):
        run(city)
    assert grades()[4] == ("B", 75)


def test_nothing_there_yet(home):
    done = run(City(home))
    assert (done.looked_at, done.through_leaf, done.grades) == (0, -1, {})
    assert newest_row() == -1 and list(current_grades()) == []


def test_from_a_file_to_a_grade(collect, catalog, home):
    """A department's file, collected, becomes a grade whose reason names its entry."""
    from ecredit.facts.records.models import CreditRecord
    from ecredit.judgement.evaluation.evaluate_actions import evaluate
    from tests.penalty_rows import row as penalty
    from tests.penalty_rows import table

    receipt = collect("dual_publicity_penalty", table(penalty(1)))
    assert receipt.accepted == 1
    ring = KeyRing.load(home.keys)
    done = evaluate(home=home, catalog=catalog, ring=ring, as_of=date(2026, 5, 13), by=OPERATOR, at=AT)
    assert done.looked_at == 1
    (row,) = current_grades()
    entry_leaf = CreditRecord.objects.get().leaf
    assert entry_leaf in [leaf for reason in row.reasons for leaf in reason.leaves]
    assert any("行政处罚" in reason.zh for reason in row.reasons)
