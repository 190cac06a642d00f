"""What the city declares good never lowers a score, what it declares bad never raises one; and every subject adds up."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecredit.foundation.catalog.load import load_catalog
from ecredit.judgement.evaluation.model_loader import load_models
from ecredit.judgement.evaluation.reference import judge_subject
from ecredit.judgement.evaluation.types import AllOf, AnyOf, AtLeast, Contains, Measure, OneOf

from .evaluation_world import TODAY, entry

CATALOG = Path(__file__).parents[2] / "catalog"
MODELS = load_models(CATALOG, load_catalog(CATALOG))
DECLARED = [
    (model, indicator) for model in MODELS for indicator in model.indicators if indicator.tone != "neutral"
]


def values_for(condition):
    """Values of a record that meets one of the city's conditions."""
    match condition:
        case AllOf(parts):
            return {code: value for part in parts for code, value in values_for(part).items()}
        case OneOf(parts):
            return values_for(parts[0])
        case AnyOf(column, values, _):
            return {column: values[0]}
        case Contains(column, pieces):
            return {column: pieces[0]}
        case AtLeast(column, bound):
            return {column: str(bound)}
        case _:
            return {}


@st.composite
def records_for(draw, indicator, leaf):
    """A record of the indicator's source that meets its condition, at any time; a summed amount may be anything."""
    values = values_for(indicator.when)
    if indicator.measure is Measure.SUM:
        amounts = ("0", "3.5", "120.000001", "-40", "", "不详")
        values |= {indicator.column: draw(st.sampled_from(amounts))}
    since = TODAY - timedelta(days=draw(st.integers(-60, 1300)))
    until = draw(st.sampled_from((None, since + timedelta(days=700), TODAY)))
    return entry(leaf, source_id=indicator.source, valid_from=since, valid_to=until, values=values)


@pytest.mark.parametrize(("model", "indicator"), DECLARED, ids=[f"{m.id}-{i.id}" for m, i in DECLARED])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_one_record_more_moves_an_indicator_only_its_own_way(model, indicator, data):
    """Whatever is there already, also beyond the cap, halved or not counted."""
    held = [data.draw(records_for(indicator, leaf)) for leaf in range(data.draw(st.integers(0, 6)))]
    more = [*held, data.draw(records_for(indicator, 99))]

    def points(records):
        found = judge_subject(model, records, TODAY).findings
        return sum((f.points for f in found if f.indicator == indicator.id), Decimal(0))

    moved = points(more) - points(held)
    assert moved >= 0 if indicator.tone == "good" else moved <= 0


def test_every_indicator_is_judged_by_a_record_made_for_it():
    """Else the property above would hold of nothing."""
    for model, indicator in DECLARED:
        values = values_for(indicator.when) | ({indicator.column: "1"} if indicator.column else {})
        record = entry(1, source_id=indicator.source, values=values)
        found = judge_subject(model, [record], TODAY).findings
        assert indicator.id in [f.indicator for f in found], (model.id, indicator.id)
