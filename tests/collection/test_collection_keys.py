"""Document keys: what begins alike, what differs, and that no row of a file goes missing."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from ecredit.facts.collection.cells import reader_of
from ecredit.facts.collection.doc_keys import doc_keys
from ecredit.facts.collection.types import CheckedRows
from ecredit.facts.subjects.models import Identifier
from ecredit.foundation.catalog.types import Column
from tests.penalty_rows import row, table

PENALTY = "dual_publicity_penalty"


def _keys(catalog, numbers, name="常州甲有限公司"):
    columns = {
        "CF_CFJGDM": pa.array(["11320400014109519L"] * len(numbers)),
        "CF_WSH": pa.array(numbers, pa.string()),
        "CF_XDR_MC": pa.array([name] * len(numbers)),
    }
    source = catalog.sources[PENALTY]
    return doc_keys(CheckedRows(source, date(2026, 5, 12), np.arange(len(numbers)), {}, columns))


def test_documents_numbered_one_after_the_other_stand_side_by_side(catalog):
    keys = _keys(catalog, [f"常市监处罚〔2026〕{n}号" for n in (9, 10, 11)])
    assert keys == sorted(keys) and len({key[:6] for key in keys}) == 1 and len(set(keys)) == 3
    assert all(len(key) == 32 for key in keys)


def test_one_number_written_differently_is_one_document(catalog):
    keys = _keys(catalog, ["常市监处罚〔2026〕12号", "常市监处罚[2026]12 号", "常市监处罚（２０２６）12号"])
    assert len(set(keys)) == 1


def test_the_same_number_of_another_year_or_party_is_another_document(catalog):
    first, second = _keys(catalog, ["常市监处罚〔2026〕12号", "常市监处罚〔2025〕12号"])
    assert first[:6] != second[:6]
    other = _keys(catalog, ["常市监处罚〔2026〕12号"], name="常州乙有限公司")[0]
    assert other != first and other[:14] == first[:14]


def test_a_key_that_is_not_complete_is_none(catalog):
    assert _keys(catalog, ["无编号决定", None])[1] is None
    assert len(_keys(catalog, ["无编号决定"])[0]) == 32


@pytest.mark.django_db
@pytest.mark.parametrize("length", [131_073, 261_900])
def test_rows_after_a_very_long_first_cell_are_not_lost(collect, length):
    receipt = collect(PENALTY, table(row(1, CF_SY="事" * length), *(row(n) for n in range(2, 6))))
    assert receipt.rows == 5 and receipt.accepted == 4 and receipt.quarantined == 1


@pytest.mark.django_db
@pytest.mark.parametrize("said", ["不详", "见附件", "0", "无数据"])
def test_words_in_a_number_column_are_no_identity(collect, said):
    rows = [row(n, CF_XDR_SHXYM="", CF_XDR_GSZC=said) for n in (1, 2)]
    receipt = collect(PENALTY, table(*rows))
    assert receipt.accepted == 0 and receipt.problem_counts["no_identifier"] == 2


@pytest.mark.django_db
def test_an_organisation_code_among_register_numbers_is_the_same_code(collect):
    collect(PENALTY, table(row(1, CF_XDR_SHXYM="", CF_XDR_GSZC="13497257-7")))
    collect(PENALTY, table(row(1, CF_XDR_SHXYM="", CF_XDR_ZZJG="13497257-7", CF_WSH="二")), name="b.csv")
    assert [i.value for i in Identifier.objects.all()] == ["134972577"]


def test_a_long_text_that_is_no_address_is_told_at_once():
    read = reader_of(Column(code="u", name="网址", type="url"), {})
    assert read("a." * 100_000 + "@") == (None, "url_format")
    assert read("https://www.shop.example:8080/a?b=c") == ("https://www.shop.example:8080/a?b=c", "")
