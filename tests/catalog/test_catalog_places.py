"""What codes of areas and industries mean, and how spellings are compared."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecredit.foundation.catalog.areas import find_area
from ecredit.foundation.catalog.industries import find_industry, section_of
from ecredit.foundation.catalog.load import load_catalog
from ecredit.foundation.catalog.spelling import spelled, without_brackets

CATALOG = load_catalog(Path(__file__).resolve().parents[2] / "catalog")
AREA, INDUSTRY = CATALOG.code_tables["area"], CATALOG.code_tables["industry"]
TODAY = date(2026, 5, 8)


@pytest.mark.parametrize(
    ("code", "on", "name", "abolished"),
    [
        ("320411", TODAY, "江苏省常州市新北区", False),
        ("320411", date(2000, 1, 1), "江苏省常州市郊区", False),
        ("320405", TODAY, "江苏省常州市戚墅堰区", True),
        ("320405", date(2010, 1, 1), "江苏省常州市戚墅堰区", False),
        ("320421", TODAY, "江苏省常州市武进县", True),
        ("310115", TODAY, "上海市浦东新区", False),
        ("110101", TODAY, "北京市东城区", False),
        ("441900", TODAY, "广东省东莞市", False),
        ("320000", TODAY, "江苏省", False),
    ],
)
def test_an_area_on_a_day(code: str, on: date, name: str, abolished: bool) -> None:
    own = AREA if on == TODAY else None
    area = find_area(code, on, own)
    assert area is not None
    assert (area.full_name, area.abolished) == (name, abolished)


@pytest.mark.parametrize("code", ["999999", "320499", "", "3204", "32041a", "３２０４１１"])
def test_what_is_no_area(code: str) -> None:
    assert find_area(code, TODAY, AREA) is None


@given(st.integers(0, 999_999), st.integers(1980, 2030))
def test_any_code_on_any_day_has_a_name_or_none(code: int, year: int) -> None:
    area = find_area(f"{code:06d}", date(year, 1, 1), AREA)
    assert area is None or (area.name and all(area.names))


@pytest.mark.parametrize(
    ("code", "name", "section"),
    [
        ("5193", "互联网批发", "F"),
        ("F5193", "互联网批发", "F"),
        ("5137", "批发业", "F"),
        ("519", "其他批发业", "F"),
        ("F", "批发和零售业", "F"),
        ("6020", "快递服务", "G"),
        ("互联网零售", "互联网零售", "F"),
    ],
)
def test_an_industry_or_the_wider_one(code: str, name: str, section: str) -> None:
    entry = find_industry(code, INDUSTRY)
    assert entry is not None
    assert entry.zh == name
    assert section_of(entry, INDUSTRY).code == section


@pytest.mark.parametrize("code", ["", "0", "99", "9999", "Z51", "51-37"])
def test_what_is_no_industry(code: str) -> None:
    assert find_industry(code, INDUSTRY) is None


@given(st.text(max_size=30))
def test_spelling_is_settled_after_once(text: str) -> None:
    assert spelled(spelled(text)) == spelled(text)


@given(st.sampled_from([t for t in CATALOG.code_tables.values() if t.id != "industry"]), st.data())
def test_a_value_is_found_however_it_is_spaced_or_widened(table, data) -> None:  # type: ignore[no-untyped-def]
    entry = data.draw(st.sampled_from(sorted(table.entries.values(), key=lambda e: e.code)))
    written = data.draw(st.sampled_from([entry.code, entry.zh, *entry.aliases]))
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in written)
    found = table.lookup(f"  {wide.lower()}\u3000")
    assert found is not None
    assert found.code == entry.code


def test_brackets_are_left_out_of_a_short_header() -> None:
    assert without_brackets("罚款金额（万元）") == "罚款金额"
    assert without_brackets("行政相对人代码_1(统一社会信用代码)") == "行政相对人代码_1"
