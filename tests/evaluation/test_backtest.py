"""A back-test of a small world: nothing later enters, outcomes are those of the time, refusals name their reason."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.subjects.models import CreditSubject, IdentityEvent
from ecredit.foundation.catalog.errors import CatalogError
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.evaluation import backtest_actions
from ecredit.judgement.evaluation.audit_backtests import audit_backtests
from ecredit.judgement.evaluation.backtest_actions import backtest
from ecredit.judgement.evaluation.backtest_document import document_of_report, report_document, report_of
from ecredit.judgement.evaluation.backtest_files import write_files
from ecredit.judgement.evaluation.backtest_models import BacktestRun
from ecredit.judgement.evaluation.backtest_queries import find_backtest, list_backtests
from ecredit.judgement.evaluation.backtest_reading import load_backtest
from ecredit.judgement.evaluation.model_loader import load_models

from .evaluation_world import City, entry

pytestmark = pytest.mark.django_db
TODAY, SPLIT, EARLY = date(2026, 12, 1), date(2026, 6, 1), date(2025, 12, 1)
AT = datetime(2026, 12, 1, 4, tzinfo=UTC)
BAD = range(1, 31)
FIRMS = 120


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 2, tzinfo=UTC)


@pytest.fixture
def city(home, monkeypatch):
    """120 firms; the first 30 are fined before and after each split, six of the others after; all passed a spot check."""
    made = City(home)
    opened = at(date(2025, 6, 1))
    for number in range(1, FIRMS + 1):
        made.subject(number, kind="法人及非法人组织")
        CreditSubject.objects.create(
            id=number, name=f"某{number}", name_form=f"某{number}", kind="法人及非法人组织", opened_leaf=number, changed_leaf=number
        )  # fmt: skip
        IdentityEvent.objects.create(
            leaf=number, at=opened, who="x", right="x", verb="open", subject_id=number, kind="uscc", value=str(number)
        )  # fmt: skip
    leaf = 10_000
    for number in range(1, FIRMS + 1):
        leaf += 1
        made.add(_passed(leaf, number, date(2025, 7, 1)))
    for day, who in (
        (date(2025, 9, 1), BAD), (date(2026, 2, 1), [*BAD, 31, 32, 33]), (date(2026, 9, 1), [*BAD, 34, 35, 36]),
    ):  # fmt: skip
        for number in who:
            leaf += 1
            made.add(fined(leaf, number, day))
    monkeypatch.setattr(backtest_actions, "catch_up", lambda *args, **more: 0)
    return made


def _passed(leaf, number, day):
    return entry(
        leaf, number, source_id="spot_check", valid_from=day, known_at=at(day + timedelta(days=5)), values={"result": "合格"}
    )  # fmt: skip


def fined(leaf, number, day, known=None, **more):
    values = {"CF_CFLB": "罚款", "CF_NR_FK": "3", "CF_WFXW": "虚假宣传"}
    return entry(
        leaf, number, source_id="dual_publicity_penalty", valid_from=day, known_at=at(known or day + timedelta(days=5)),
        values=values, **more,
    )  # fmt: skip


def run(city, catalog, monkeypatch, **asked):
    lake = city.write()
    monkeypatch.setattr(backtest_actions, "mirror_sources", lambda home: sorted(lake.ledger))
    monkeypatch.setattr(backtest_actions, "mirror_glob", lambda home, source: lake.ledger[source])
    wanted = {"on": SPLIT, "months": 6, **asked}
    return backtest(
        home=city.home, catalog=catalog, ring=KeyRing.load(city.home.keys), zone=UTC, today=TODAY, by=OPERATOR, at=AT,
        **wanted,
    )  # fmt: skip


def test_the_figures_of_a_small_world_by_hand(city, catalog, monkeypatch):
    """30 fined twice before and once after, 3 fined before only, 3 after only, 84 never."""
    report = run(city, catalog, monkeypatch)
    assert (report.at_risk, report.with_outcome, report.until) == (120, 33, date(2026, 12, 1))
    # Of the 33 the 30 are below all 84 clean and below the 3 that were fined once (fined twice is worse), 3 are as the 84.
    pairs = 30 * 87 + 3 * (0.5 * 84)
    assert report.found.score.value == pytest.approx(pairs / (33 * 87))
    assert report.found.ks == pytest.approx(30 / 33)
    penalty = next(o for o in report.outcomes if o.id == "penalty")
    assert (penalty.records, penalty.subjects) == (33, 33)
    made = report.calibration
    # On the earlier day 30 were fined once, and these and three more were fined in the time after.
    assert (made.fitted_on, made.fitted_subjects, made.fitted_outcomes) == (EARLY, 120, 33)
    low, high = made.bins[0], made.bins[-1]
    assert low.predicted == pytest.approx(3 / 90) and high.predicted == pytest.approx(1)
    adds = {d.id: d for d in report.dimensions}
    assert adds["compliance"].alone.value == pytest.approx(report.found.score.value)
    assert adds["compliance"].without.value == pytest.approx(0.5)
    assert adds["fulfilment"].touched == 0 and adds["fulfilment"].adds.value == 0


def test_nothing_learned_after_the_split_enters_a_grade(city, catalog, monkeypatch):
    """Decided before, sent after: the grade does not know it, and it is no outcome either. A later correction is not known."""
    before = run(city, catalog, monkeypatch)
    for leaf, number in enumerate(range(40, 100), start=20_000):
        city.add(fined(leaf, number, SPLIT - timedelta(days=20), known=SPLIT + timedelta(days=1)))
    old = next(e for e in city.entries if e.subject_id == 31 and e.source_id == "dual_publicity_penalty")
    city.add(replace(old, leaf=30_000, verb="withdraw", known_at=at(SPLIT + timedelta(days=2))))
    later = run(city, catalog, monkeypatch)
    assert later.through_leaf == 30_000
    assert replace(later, through_leaf=0) == replace(before, through_leaf=0)


def test_what_was_told_by_the_end_of_the_day_enters(city, catalog, monkeypatch):
    before = run(city, catalog, monkeypatch)
    for leaf, number in enumerate(range(40, 100), start=20_000):
        city.add(fined(leaf, number, SPLIT - timedelta(days=20), known=SPLIT))
    assert run(city, catalog, monkeypatch).found.grade.value < before.found.grade.value - 0.2


def test_minor_penalties_and_other_times_are_no_outcome(city, catalog, monkeypatch):
    before = run(city, catalog, monkeypatch)
    warned = replace(fined(40_000, 50, date(2026, 9, 1)), values={"CF_CFLB": "警告"})
    city.add(warned, fined(40_001, 51, SPLIT), fined(40_002, 52, TODAY + timedelta(days=1), known=TODAY))
    after = run(city, catalog, monkeypatch)
    assert after.with_outcome == before.with_outcome
    city.add(fined(40_003, 53, TODAY - timedelta(days=1), known=TODAY - timedelta(days=1)))
    assert run(city, catalog, monkeypatch).with_outcome == before.with_outcome + 1


def test_a_withdrawn_decision_is_no_outcome_and_what_calibrates_was_told_by_the_split(
    city, catalog, monkeypatch
):
    before = run(city, catalog, monkeypatch)
    after = next(e for e in city.entries if e.subject_id == 34 and e.valid_from == date(2026, 9, 1))
    city.add(replace(after, leaf=50_000, verb="withdraw", known_at=at(date(2026, 11, 1))))
    # Decided in the earlier time, told after the split: whoever fitted on the split day could not know it.
    city.add(fined(50_001, 60, date(2026, 3, 1), known=date(2026, 7, 1)))
    report = run(city, catalog, monkeypatch)
    assert report.with_outcome == before.with_outcome - 1
    assert report.calibration.fitted_outcomes == before.calibration.fitted_outcomes


def test_who_was_not_known_then_or_was_joined_later(city, catalog, monkeypatch):
    """A subject opened after the split is not at risk; two that were joined later are still two, and both did what the one did."""
    IdentityEvent.objects.filter(leaf=100).update(at=at(SPLIT + timedelta(days=3)))
    IdentityEvent.objects.create(
        leaf=900,
        at=at(SPLIT + timedelta(days=9)),
        who="x",
        right="x",
        verb="merge",
        subject_id=99,
        other_id=1,
    )
    report = run(city, catalog, monkeypatch)
    assert (report.at_risk, report.with_outcome) == (119, 34)
    IdentityEvent.objects.filter(leaf=900).update(at=at(SPLIT - timedelta(days=9)))
    report = run(city, catalog, monkeypatch)
    assert (report.at_risk, report.with_outcome) == (118, 33)


def test_the_state_is_that_of_then(city, catalog, monkeypatch):
    """Deregistered before the split: no grade, counted apart. Deregistered after it: still at risk."""
    for leaf, number, day in ((60_000, 1, date(2026, 5, 1)), (60_001, 2, date(2026, 7, 1))):
        city.add(
            entry(leaf, number, source_id="registration", valid_from=date(2020, 1, 1), known_at=at(day), values={"REGSTATE": "注销"})
        )  # fmt: skip
    report = run(city, catalog, monkeypatch)
    assert (report.at_risk, report.not_graded, report.not_graded_with_outcome) == (119, 1, 1)


def test_groups_have_shares_and_rates_and_small_ones_are_put_together(city, catalog, monkeypatch):
    for leaf, number in enumerate(range(1, FIRMS + 1), start=70_000):
        values = {
            "REGSTATE": "存续", "INDUSTRYCO": "5192" if number % 2 else "6020", "DOMDISTRICT": "320402" if number <= 4 else "新北区" if number % 3 else "320411",
            "REGCAP": "50万元人民币" if number <= 60 else "5000万美元",
        }  # fmt: skip
        city.add(
            entry(leaf, number, source_id="registration", valid_from=date(2020, 1, 1), known_at=at(date(2025, 6, 2)), values=values)
        )  # fmt: skip
    found = {f.by: f.groups for f in run(city, catalog, monkeypatch).fairness}
    assert {g.label: g.subjects for g in found["sector"]} == {
        "批发和零售业": 60,
        "交通运输、仓储和邮政业": 60,
    }
    assert [g.subjects for g in found["district"]] == [120] and found["district"][0].label == ""
    assert {g.label: g.subjects for g in found["capital"]} == {"<100": 60, "—": 60}
    small = next(g for g in found["capital"] if g.label == "<100")
    assert (small.misses.of, small.misses.count) == (33, 3)
    assert next(g for g in found["capital"] if g.label == "—").misses.value is None
    assert all(sum(g.shares.values()) == pytest.approx(1) for groups in found.values() for g in groups)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"on": TODAY}, "还没有过去"),
        ({"on": TODAY + timedelta(days=30)}, "还没有过去"),
        ({"on": date(2026, 10, 1)}, "要到 2027-04-01 才满"),
        ({"on": date(2020, 1, 1)}, "还没有任何记录"),
        ({"months": 0}, "至少要往后看一个月"),
        ({"on": date(2026, 9, 2), "months": 2}, "没有一个查实失信"),
    ],
)
def test_what_cannot_be_judged_is_refused(city, catalog, monkeypatch, asked, said):
    with pytest.raises(WrongUse, match=said):
        run(city, catalog, monkeypatch, **asked)
    assert not JournalEntry.objects.filter(verb="evaluation.backtest").exists()


def test_too_few_are_refused_with_their_numbers(city, catalog, monkeypatch):
    city.entries = [e for e in city.entries if e.subject_id <= 4 or e.subject_id > 36]
    with pytest.raises(WrongUse, match=r"有等级的只有 \d+ 个主体，到 2026-12-01 查实失信的 4 个"):
        run(city, catalog, monkeypatch)


def test_without_an_earlier_split_only_calibration_and_stability_are_left_out(city, catalog, monkeypatch):
    city.entries = [replace(e, known_at=max(e.known_at, at(EARLY + timedelta(days=9)))) for e in city.entries]
    report = run(city, catalog, monkeypatch)
    assert (report.calibration, report.calibration_why) == (None, "early")
    assert (report.stability, report.stability_why) == (None, "early")
    assert report.found.score.value > 0.8


def test_it_is_journaled_and_its_files_hold_the_same_figures(city, catalog, monkeypatch, tmp_path):
    report = run(city, catalog, monkeypatch)
    detail = json.loads(JournalEntry.objects.get(verb="evaluation.backtest").detail)
    assert (detail["at_risk"], detail["with_outcome"]) == (120, 33)
    kept = list_backtests()[0]
    assert kept.report == report == report_of(document_of_report(report)) and find_backtest(kept.id) == kept
    assert list(audit_backtests()) == []
    written = {path.name: path for path in write_files(report, tmp_path / "out", invented=True)}
    assert json.loads(written["report.json"].read_text(encoding="utf-8")) == report_document(report)
    page = written["report.html"].read_text(encoding="utf-8")
    assert (
        "虚构" in page
        and "invented" in page
        and "<script" not in page
        and "http" not in page.replace("http://www.w3.org", "")
    )
    assert page.count("<svg") >= 10 and page.count("<table") >= 20
    assert {
        "roc.csv",
        "calibration.csv",
        "dimensions.csv",
        "fairness-sector.csv",
        "grades.csv",
    } <= written.keys()
    again = write_files(report, tmp_path / "again", invented=True)
    assert [p.read_bytes() for p in again] == [p.read_bytes() for p in written.values()]


def test_other_models_can_be_tested_than_the_citys(city, catalog, monkeypatch):
    """Without what lowers for penalties the score tells nobody apart."""
    models = load_models(catalog.folder, catalog)
    blind = [
        replace(m, indicators=tuple(i for i in m.indicators if i.dimension != "compliance")) for m in models
    ]
    assert run(city, catalog, monkeypatch, models=blind).found.score.value == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("source: courier_violation", "source: courier_violence", "unknown_source"),
        ("{column: result, any_of: [不合格]}", "{column: results, any_of: [不合格]}", "unknown_column"),
        ("any_of: [不合格]", "any_of: [不及格]", "unknown_value"),
        ("day: breach_on", "day: fulfilment", "unknown_column"),
        ("id: courier_penalty", "id: penalty", "duplicate_id"),
        ("    clause: {law: judgment_debtor_provisions}\n", "", "no_law"),
        ("article: \"36\"", "article: \"360\"", "unknown_article"),
        ("months: 6", "months: 0", "bad_number"),
        ("slight: 0.10", "slight: 0.30", "bad_number"),
        ("[100, 300, 1000]", "[300, 100, 1000]", "bad_number"),
        ("sector: INDUSTRYCO", "sector: LEREP", "unknown_column"),
        ("cell: 10", "cel: 10", "unknown_key"),
    ],
)  # fmt: skip
def test_faults_of_the_rules_are_named_with_their_line(catalog, tmp_path, old, new, kind):
    text = (catalog.folder / "backtest.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "backtest.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogError) as caught:
        load_backtest(tmp_path, catalog)
    fault = next(f for f in caught.value.faults if f.kind == kind)
    assert fault.file == "backtest.yaml" and fault.line >= 1 and fault.zh and fault.en


def test_a_city_without_the_rules_is_told_so(catalog, tmp_path):
    with pytest.raises(WrongUse, match=r"没有 catalog/backtest\.yaml"):
        load_backtest(tmp_path, catalog)


def test_the_audit_names_a_backtest_that_was_altered_removed_or_added(city, catalog, monkeypatch):
    for _ in range(3):
        run(city, catalog, monkeypatch)
    rows = list(BacktestRun.objects.order_by("id"))
    BacktestRun.objects.filter(id=rows[0].id).update(
        document=rows[0].document.replace('"at_risk":120', '"at_risk":121')
    )
    rows[1].delete()
    rows[2].id = None
    rows[2].save()
    said = [finding.zh for finding in audit_backtests()]
    assert (
        len(said) == 3
        and [word in text for word, text in zip(("被改动", "没有第", "不见了"), said, strict=True)]
        == [True] * 3
    )
