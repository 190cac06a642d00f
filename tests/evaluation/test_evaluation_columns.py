"""The columns give what the slow reference gives, whatever the models and the ledger hold."""

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from ecredit.foundation.kernel.home import Home
from ecredit.judgement.evaluation.model_loader import load_models
from ecredit.judgement.evaluation.reference import judge_from_entries

from .evaluation_world import KNOWN, TODAY, City, entry, entry_lists, judged_by_columns, model_sets


def agree(city, models, as_of, *, known_at=None, only=()):
    """Compare both ways for every subject; returns how many were compared."""
    found = judged_by_columns(city.write(), models, as_of, known_at=known_at, only=only)
    compared = 0
    for number, row in city.subjects.items():
        expected = None
        if row["canonical_id"] == number and (not only or number in only):
            judged = judge_from_entries(
                models, row["kind"], city.of(number), as_of, status=row["status"], known_at=known_at
            )
            expected = None if judged is None else (judged[0].id, judged[1])
        assert found.get(number) == expected, (number, city.of(number))
        compared += 1
    return compared


@settings(max_examples=40, deadline=None)
@given(models=model_sets(), entries=entry_lists(), as_of=st.sampled_from((TODAY, date(2024, 2, 29))), data=st.data())
def test_columns_equal_reference(models, entries, as_of, data):
    """Every kind of condition, window, measure, cap, veto, state, merge and history."""
    with TemporaryDirectory() as folder:
        city = City(Home(Path(folder)))
        for number in (1, 2, 3):
            into = data.draw(st.sampled_from((None, None, 1))) if number == 3 else None
            city.subject(number, status=data.draw(st.sampled_from(("存续", "注销", "吊销"))), into=into)
        city.subject(4, kind="nothing")
        city.add(*entries)
        known_at = data.draw(st.sampled_from((None, KNOWN + timedelta(hours=5))))
        only = data.draw(st.sampled_from(((), (1,), (2, 3))))
        assert agree(city, models, as_of, known_at=known_at, only=only) == 4


@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_city_models_agree(catalog, data):
    """The city's own models over records with the values their conditions ask for."""
    models = load_models(Path(__file__).parents[2] / "catalog", catalog)
    kinds = ("法人及非法人组织", "个体工商户", "自然人")
    sources = sorted({i.source for m in models for i in m.indicators} | {s for m in models for s in m.marked_by})
    with TemporaryDirectory() as folder:
        city = City(Home(Path(folder)))
        for number in range(1, 7):
            city.subject(number, kind=kinds[number % 3], status=data.draw(st.sampled_from(("存续", "吊销,未注销", ""))))
        for leaf in range(60):
            source = catalog.sources[data.draw(st.sampled_from(sources))]
            values = {}
            for column in source.columns:
                if column.lookup is not None and not column.sealed:
                    table = catalog.code_tables[column.lookup]
                    values[column.code] = data.draw(st.sampled_from([e.code for e in table.entries.values()]))
                elif column.type == "amount":
                    values[column.code] = data.draw(st.sampled_from(("1", "20.5", "3000")))
                elif column.type == "yes_no":
                    values[column.code] = data.draw(st.sampled_from(("1", "0", "是")))
                elif column.code == "CF_WFXW":
                    values[column.code] = data.draw(st.sampled_from(("组织虚假交易", "无照经营")))
            start = TODAY - timedelta(days=data.draw(st.integers(-30, 1300)))
            end = data.draw(st.sampled_from((None, start + timedelta(days=400))))
            subject = data.draw(st.integers(1, 6))
            city.add(entry(leaf, subject, source_id=source.id, valid_from=start, valid_to=end, values=values))
        assert agree(city, models, TODAY) == 6


def test_order_of_rows_changes_nothing(tmp_path):
    """The same entries in other files and another order give the same findings, byte for byte."""
    from .evaluation_world import indicator, model

    models = [model(indicator(cap=None))]
    results = []
    for name, reverse in (("one", False), ("two", True)):
        city = City(Home(tmp_path / name))
        city.subject(1)
        city.add(*sorted((entry(n) for n in range(45)), key=lambda e: e.leaf, reverse=reverse))
        results.append(judged_by_columns(city.write(), models, TODAY))
    assert results[0] == results[1]
    (_, judgement) = results[0][1]
    assert judgement.findings[1].records == 45
    assert judgement.findings[1].leaves == tuple(range(44, 24, -1))
