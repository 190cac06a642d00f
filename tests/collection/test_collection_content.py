"""The JSON that is put together column by column says what a JSON encoder would."""

import json
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecredit.facts.collection.content import content_json
from ecredit.facts.collection.doc_keys import key_form
from ecredit.facts.collection.types import CheckedRows
from ecredit.facts.records.models import CreditRecord
from ecredit.foundation.kernel.text_forms import name_form
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.sealing import Sealer, is_sealed
from tests import penalty_rows

CODES = ("CF_WSH", "CF_SY", "CF_NR_FK", "CF_XDR_ZJHM")
CELL = st.one_of(st.none(), st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12))


@pytest.fixture(scope="module")
def sealer(tmp_path_factory) -> Sealer:
    return Sealer(KeyRing.create(tmp_path_factory.mktemp("ring") / "keys"))


@given(st.lists(st.tuples(*(CELL for _ in CODES)), min_size=1, max_size=6))
@settings(max_examples=150, deadline=None)
def test_content_is_json_of_the_values(catalog, sealer, table):
    columns = [pa.array([row[i] for row in table], pa.string()) for i in range(len(CODES))]
    raw = [pa.array([row[i] or "" for row in table], pa.string()) for i in range(len(CODES))]
    rows = CheckedRows(
        catalog.sources["dual_publicity_penalty"],
        date(2026, 5, 12),
        np.arange(len(table)),
        dict(zip(CODES, raw, strict=True)),
        dict(zip(CODES, columns, strict=True)),
    )
    contents, originals = content_json(rows, sealer)
    assert len(contents) == len(originals) == len(table)
    for row, content, original in zip(table, contents, originals, strict=True):
        assert "\n" not in content.as_py() and "\n" not in original.as_py()
        values = json.loads(content.as_py())
        wanted = {code: value for code, value in zip(CODES, row, strict=True) if value is not None}
        assert set(values) == set(wanted)
        for code, value in wanted.items():
            if code == "CF_XDR_ZJHM":
                assert is_sealed(values[code]) and sealer.unseal(code, values[code]) == value
            else:
                assert values[code] == value
        assert isinstance(json.loads(original.as_py()), dict)


@given(st.text(st.sampled_from("常市监〔〕[]()（）【】 ２０２６2026号Ａa\u3000第"), max_size=20))
def test_the_key_form_by_columns_is_the_name_form(text):
    assert key_form(pa.array([text]))[0].as_py() == name_form(text)


@pytest.mark.django_db
def test_a_persons_number_in_a_text_is_masked_before_the_ledger_keeps_it(collect):
    number, wide = "11010519491231002X", "１１０１０５１９４９１２３１００２Ｘ"
    texts = (
        f"当事人（身份证 {number}）刷单，电话13800001234",
        f"持{wide}证件，办公电话0519-88880000",
        "刷单",
    )
    content = penalty_rows.table(*(penalty_rows.row(n, CF_SY=text) for n, text in enumerate(texts, start=1)))
    first = collect("dual_publicity_penalty", content)
    assert (first.accepted, first.problem_counts["no_identity_in_text"]) == (3, 2)
    entries = CreditRecord.objects.order_by("leaf")
    kept = [json.loads(entry.content)["CF_SY"] for entry in entries]
    assert kept == [
        "当事人（身份证 11***************X）刷单，电话138****1234",
        "持11***************X证件，办公电话0519-88880000",
        "刷单",
    ]
    assert all(number not in entry.original and wide not in entry.original for entry in entries)
    # The same text once more is the same text.
    again = collect("dual_publicity_penalty", content + "\n", name="again.csv")
    assert (again.duplicate, again.accepted) == (3, 0)
