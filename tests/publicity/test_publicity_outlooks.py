"""What would lift a public grade and how it came to be: only as far as every document behind it may be read."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ecredit.judgement.evaluation.types import Lift, Outlook, TimeStep
from ecredit.service.publicity.queries import PublicStore
from ecredit.service.publicity.types import PublicSubject
from tests.publicity.publicity_lake import MODEL, FakeCity
from tests.publicity.test_publicity_projection import CATALOG, TODAY, A, reason

REPAIR = next(i.remedy for i in MODEL.indicators if i.id == "penalty_general")
ENDS = date(2027, 5, 8)


@pytest.fixture
def city(tmp_path: Path) -> Any:
    city = FakeCity(tmp_path, CATALOG)
    city.subject(1, A, "常州小米电子商务有限公司")
    return city


def seen(city: Any, on: date = TODAY) -> PublicSubject:
    store = PublicStore(city.public)
    found = store.find_subject(A, on)
    store.close()
    assert found is not None
    return found


def outlook(*leaves: int) -> Outlook:
    lift = Lift((REPAIR,), leaves, TODAY, "B", Decimal(75), "C", Decimal("69.5"))
    return Outlook((lift,), None, (TimeStep(ENDS, "B", Decimal(75)),), ("spot_check_failed",))


def test_what_would_lift_a_grade_is_told_while_all_its_reasons_may_be_read(city: Any) -> None:
    fine = city.penalty(1, "1")
    city.grades.outlook = outlook(fine)
    city.grades.grade(1, "C", reason(fine))
    city.project(TODAY)
    told = seen(city).outlook
    assert told is not None
    (lift,) = told.lifts
    assert (lift.on, lift.leaves, lift.grade, lift.score, lift.idle_grade) == (TODAY, (fine,), "B", 75.0, "C")
    assert "信用修复" in lift.does[0][0] and "《信用修复管理办法》" in lift.does[0][2]
    assert [(step.on, step.grade) for step in told.steps] == [(ENDS, "B")]
    assert told.waits == (("商品抽检不合格", "Spot checks failed"),)
    assert seen(city, ENDS - timedelta(days=1)).outlook is not None
    assert seen(city, ENDS).outlook is None


def test_nothing_is_asked_or_told_of_a_grade_that_rests_on_what_is_not_shown(city: Any) -> None:
    fine, warning = city.penalty(1, "1"), city.penalty(1, "2", "警告")
    city.grades.outlook = outlook(fine, warning)
    city.grades.grade(1, "C", reason(fine), reason(warning, indicator="w"))
    city.project(TODAY)
    assert city.grades.asked == [] and seen(city).outlook is None
    assert "信用修复后".encode() not in city.public.read_bytes()


def test_the_history_goes_back_as_far_as_every_reason_may_be_read(city: Any) -> None:
    warning, first, second = city.penalty(1, "0", "警告"), city.penalty(1, "1"), city.penalty(1, "2")
    for month, grade, reasons in (
        (6, "A", []),
        (7, "B", [reason(warning)]),
        (8, "C", [reason(first)]),
        (9, "D", [reason(first, second)]),
    ):
        city.grades.grade(1, grade, *reasons, as_of=date(2026, month, 1))
    city.project(TODAY)
    found = seen(city)
    assert [(past.on, past.grade) for past in found.history] == [
        (date(2026, 9, 1), "D"), (date(2026, 8, 1), "C"),
    ]  # fmt: skip
    assert seen(city, ENDS).history == ()


def test_a_history_of_one_grade_is_none(city: Any) -> None:
    city.grades.grade(1, "B", public=False)
    city.grades.grade(1, "B")
    city.project(TODAY)
    assert seen(city).history == ()


def test_the_yardstick_says_its_headings_and_the_scale_of_the_trade(city: Any) -> None:
    city.grades.grade(1, "D", reason(city.penalty(1, "1")))
    city.project(TODAY)
    model = seen(city).model
    assert model is not None and model.sector is not None
    assert [zh for _, zh, _ in model.dimensions] == [d.zh for d in MODEL.dimensions]
    assert model.under["penalty_general"] == "compliance"
    assert [model.sector.step_of(g, 96.0).grade for g in "ABCD"] == ["AAA", "A", "BB", "CCC"]
