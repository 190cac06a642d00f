"""A source's schemas tell how to write: what meets them is read without a problem of form, and what was read meets them."""

import json
import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ecredit.facts.collection.cells import reader_of
from ecredit.facts.records.models import CreditRecord
from ecredit.surface.api.source_schemas import json_schema, table_schema
from tests.penalty_rows import row, table

ON = date(2026, 5, 12)
# What a schema cannot tell: check digits, and days that no month has.
NOT_TOLD = {"uscc_check_digit", "org_code_check_digit", "reg_no_check_digit", "person_id_check_digit"}
PENALTY = "dual_publicity_penalty"


def schema(catalog, id=PENALTY):
    return json_schema(catalog.sources[id], catalog, on=ON)


def is_day(text):
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return text == "长期"


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_what_meets_a_schema_is_read_without_a_problem_of_form(catalog, data):
    source = catalog.sources[data.draw(st.sampled_from(sorted(catalog.sources)))]
    column = data.draw(st.sampled_from(source.columns))
    reader = reader_of(column, catalog.code_tables)
    member = schema(catalog, source.id)["properties"][column.code]
    if "enum" in member:
        value = data.draw(st.sampled_from([v for v in member["enum"] if v is not None]))
        value = {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value
    elif "pattern" in member and member["pattern"] != r"\S":
        value = data.draw(st.from_regex(re.compile(member["pattern"], re.ASCII), fullmatch=True))
    else:
        return
    assert Draft202012Validator(member).is_valid(value) or value in ("true", "false")
    if column.type == "date" and value and not is_day(value):
        return
    if reader is not None:
        assert reader(value)[1] in {"", *NOT_TOLD}, (source.id, column.code, value)


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("CF_XDR_SHXYM", True),
        ("CF_XDR_SHXYM", "3.20411E+14"),
        ("CF_XDR_SHXYM", "９１３２０４１１ＭＡ０００００Ｘ０Ｋ"),
        ("CF_JDRQ", "2026/13/40"),
        ("CF_JDRQ", ""),
        ("CF_NR_FK", "三万"),
        ("CF_NR_FK", 10**16),
        ("CF_XDR_LB", "企业法人单位"),
        ("CF_WSH", None),
        ("CF_WSH", " "),
    ],
)
def test_what_is_held_or_not_to_be_written_so_does_not_meet_it(catalog, code, value):
    assert not Draft202012Validator(schema(catalog)["properties"][code]).is_valid(value)


@pytest.mark.django_db
def test_what_was_read_meets_the_schema(collect, catalog):
    assert collect(PENALTY, table(row(1), row(2, CF_YXQ="长期", CF_NR_FK="1.25"))).accepted == 2
    validator = Draft202012Validator(schema(catalog))
    for entry in CreditRecord.objects.all():
        said = json.loads(entry.content)
        assert [error.message for error in validator.iter_errors(said)] == []


def test_a_table_schema_has_types_patterns_and_values(catalog):
    told = table_schema(catalog.sources[PENALTY], catalog, on=ON)
    fields = {field["name"]: field for field in told["fields"]}
    assert fields["CF_JDRQ"]["type"] == "date" and fields["CF_NR_FK"]["type"] == "number"
    assert fields["CF_XDR_LB"]["constraints"]["enum"][0] == "法人及非法人组织"
    assert re.fullmatch(fields["CF_XDR_SHXYM"]["constraints"]["pattern"], "91320411MA00000X0K")
    assert "profile" not in told
    keyed = [s for s in catalog.sources.values() if s.key_mode == "all" and not s.party]
    assert keyed and all(table_schema(s, catalog, on=ON)["primaryKey"] == list(s.key) for s in keyed)
    for source in catalog.sources.values():
        Draft202012Validator.check_schema(json_schema(source, catalog, on=ON))
