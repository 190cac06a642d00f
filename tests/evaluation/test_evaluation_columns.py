"""The columns give what the slow reference gives, whatever the models and the ledger hold."""

from datetime import date, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
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
                models,
                row["kind"],
                city.entries,
                as_of,
                status=row["status"],
                known_at=known_at,
                subject_ids=city.names_of(number),
            )
            expected = None if judged is None else (judged[0].id, judged[1])
        # Not `assert a == b`: pytest would print both whole, and hypothesis would shrink for minutes over it.
        if found.get(number) != expected:
            pytest.fail(f"subject {number}\n columns   {found.get(number)}\n reference {expected}")
        compared += 1
    return compared


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(
    models=model_sets(),
    entries=entry_lists(),
    as_of=st.sampled_from((TODAY, date(2024, 2, 29))),
    data=st.data(),
)
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


@pytest.mark.parametrize("seed", range(3))
def test_city_models_agree(catalog, tmp_path, seed):
    """The city's own models over records with the values their conditions ask for."""
    chance = Random(seed)
    models = load_models(Path(__file__).parents[2] / "catalog", catalog)
    kinds = ("法人及非法人组织", "个体工商户", "自然人")
    sources = sorted(
        {i.source for m in models for i in m.indicators} | {s for m in models for s in m.marked_by}
    )
    city = City(Home(tmp_path))
    for number in range(1, 41):
        city.subject(
            number, kind=kinds[number % 3], status=chance.choice(("存续", "吊销,未注销", "注销", ""))
        )
    for leaf in range(400):
        source = catalog.sources[chance.choice(sources)]
        start = TODAY - timedelta(days=chance.randint(-30, 1300))
        end = chance.choice((None, start + timedelta(days=400)))
        values = {column.code: cell for column in source.columns if (cell := _cell(catalog, column, chance))}
        subject = chance.randint(1, 40)
        city.add(entry(leaf, subject, source_id=source.id, valid_from=start, valid_to=end, values=values))
    assert agree(city, models, TODAY) == 40


def _cell(catalog, column, chance):
    if column.sealed:
        return None
    if column.lookup is not None:
        return chance.choice([entry.code for entry in catalog.code_tables[column.lookup].entries.values()])
    if column.code == "CF_WFXW":
        return chance.choice(("组织虚假交易", "无照经营"))
    return {"amount": chance.choice(("1", "20.5", "3000")), "yes_no": chance.choice("10")}.get(column.type)


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
