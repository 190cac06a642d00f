"""Headers as departments write them: marked, numbered, with the code beside the name; and where none is found, which line is nearest."""

import pytest

from ecredit.facts.collection.header_marks import column_of
from ecredit.foundation.kernel.errors import InputRefused
from tests.collection.test_collection_fates import fates, report
from tests.penalty_rows import HEADER, row, table

PENALTY = "dual_publicity_penalty"
WAYS = ["*{name}", "{name}（必填）", "{name}(选填)", "【必填】{name}", "{at}.{name}", "{at}、{name}*", "（{at}）{name}", "{code} {name}", "{name}（{code}）", "{name}\n{code}"]  # fmt: skip


def headed(source, way: str, *rows: dict[str, str]) -> str:
    """The rows under a header written some way."""
    names = {
        code: way.format(name=source.column(code).name, code=code, at=n + 1) for n, code in enumerate(HEADER)
    }
    return table(
        *({names[code]: text for code, text in each.items()} for each in rows), header=list(names.values())
    )


@pytest.mark.parametrize("way", WAYS)
def test_marks_of_a_header_are_seen_through(catalog, way) -> None:
    for source in catalog.sources.values():
        for at, column in enumerate(source.columns, start=1):
            header = way.format(name=column.name, code=column.code, at=at)
            assert column_of(source.headers, header) == column.code, (source.id, header)


@pytest.mark.parametrize(
    "header", ["CF_XDR_SHXYM 行政相对人名称", "行政相对人", "1.", "（必填）", "*", "备注2", "CF_XDR_MC_2"]
)
def test_other_headers_stay_unknown(catalog, header) -> None:
    assert column_of(catalog.sources[PENALTY].headers, header) is None


@pytest.mark.parametrize("way", WAYS[::3])
def test_a_marked_header_is_told_once(catalog, collect, way) -> None:
    receipt = collect(PENALTY, headed(catalog.sources[PENALTY], way, row(1), row(2)))
    assert fates(receipt) == (2, 0, 0, 0, 0)
    assert [(line["rule"], line["line"]) for line in report(receipt)] == [("header_marks", "1")]
    assert "行政相对人名称" in report(receipt)[0]["message"]


def test_codes_below_names_are_one_header(catalog, collect) -> None:
    text = headed(catalog.sources[PENALTY], "*{name}", row(1))
    first, rest = text.split("\r\n", 1)
    receipt = collect(PENALTY, f"{first}\r\n{','.join(HEADER)}\r\n{rest}")
    assert fates(receipt) == (1, 0, 0, 0, 0)


def refusal(collect, text: str) -> InputRefused:
    with pytest.raises(InputRefused) as found:
        collect(PENALTY, text)
    return found.value


def test_the_nearest_row_is_named_with_its_line_and_is_no_record(collect) -> None:
    """The words of records stand in names of columns too, so the row of strange names is nearer than they are."""
    strange = [
        "当事人",
        "对象类型",
        "信用码",
        "文号",
        "违法类型名",
        "事实",
        "依据条款",
        "种类",
        "结论",
        "数额",
    ]
    rows = [table(row(n)).split("\r\n")[1] for n in range(1, 9)]
    said = refusal(collect, "\r\n".join(["处罚公示表", ",".join(strange), *rows]))
    assert said.data["line"] == 2 and "第 2 行" in said.zh and "line 2" in said.en and "当事人" in said.zh


def test_a_header_that_is_nearly_right_is_nearest(collect) -> None:
    rows = [table(row(n)).split("\r\n")[1] for n in range(1, 9)]
    header = "行政相对人的名称,相对人类别,处罚决定文书号码,违法行为的类型"
    said = refusal(collect, "\r\n".join(["甲,乙,丙,丁", header, *rows]))
    assert said.data["line"] == 2
