"""What a refusal or a problem says: which encoding, which line, which column, how many cells the header really has."""

import pytest

from ecredit.foundation.kernel.errors import InputRefused
from tests.collection.test_collection_fates import report
from tests.penalty_rows import HEADER, row, table

PENALTY = "dual_publicity_penalty"


@pytest.fixture
def named(catalog) -> str:
    """Two rows under the Chinese names of the columns."""
    source = catalog.sources[PENALTY]
    return (
        ",".join(source.column(code).name for code in HEADER)
        + "\r\n"
        + table(row(1), row(2)).split("\r\n", 1)[1]
    )


def refusal(collect, content: bytes) -> InputRefused:
    with pytest.raises(InputRefused) as found:
        collect(PENALTY, content)
    return found.value


@pytest.mark.parametrize(
    ("written", "reason", "said"),
    [
        (lambda text: text.encode("big5", "replace"), "other_encoding", "Big5"),
        (lambda text: text.encode().decode("latin-1").encode(), "spoiled_text", "乱码"),
        (lambda text: text.encode().decode("gb18030", "ignore").encode(), "spoiled_text", "乱码"),
        (lambda text: text.encode("gb18030").decode("latin-1").encode(), "spoiled_text", "乱码"),
        (lambda text: text.encode("gb18030").decode("utf-8", "replace").encode(), "spoiled_text", "乱码"),
    ],
)
def test_a_wrong_encoding_is_named_first(collect, named, written, reason, said) -> None:
    found = refusal(collect, written(named))
    assert found.data["reason"] == reason and said in found.zh and "UTF-8" in found.zh and "UTF-8" in found.en


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_strange_header_in_a_right_encoding_is_no_wrong_one(collect, encoding) -> None:
    assert refusal(collect, "甲,乙,丙\n1,2,3\n".encode(encoding)).data["reason"] == "header_not_found"


def test_a_header_that_lacks_or_repeats_a_column_is_told_with_its_line(collect) -> None:
    text = "常州市行政处罚信息\r\n" + table(row(1))
    assert "第 2 行" in refusal(collect, text.replace("CF_WSH", "文号", 1).encode()).zh
    assert "第 2 行" in refusal(collect, text.replace("CF_FR_ZJLX", "行政处罚决定书文号", 1).encode()).zh


def test_cells_are_counted_as_far_as_the_header_has_names(collect) -> None:
    lines = table(row(1), row(2), row(3)).split("\r\n")
    wide = [line + ",,," for line in lines[:4] if line]
    receipt = collect(PENALTY, "\r\n".join([*wide, "甲,乙,丙", ""]))
    (line,) = report(receipt)
    assert f"表头有 {len(HEADER)} 格" in line["message"]


def test_a_days_problem_names_its_column_in_chinese(catalog, collect) -> None:
    (line,) = report(collect(PENALTY, table(row(1, CF_JDRQ="2026/13/40"))))
    assert catalog.sources[PENALTY].column("CF_JDRQ").name in line["message"]
