"""Reading dates as suppliers write them."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecredit.foundation.kernel.dates import parse_date

DAY = date(2026, 5, 8)


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-08", "2026/5/8", "2026.5.8", "20260508", "2026年5月8日", "2026年05月08日",
        "２０２６年５月８日", "２０２６－０５－０８", "2026 年 5 月 8 日", "2026—05—08", " 2026-05-08\u200b",
        "2026-05-08 00:00:00", "2026-05-08T09:30:00", "2026-05-08T09:30:00.123+08:00", "2026/5/8 9:30",
        "2026年5月8日10时30分", "20260508093000", "20260508 09:30:00", "46150", "46150.0", "46150.4375",
    ],
)  # fmt: skip
def test_every_accepted_form_names_the_day(text: str) -> None:
    reading = parse_date(text)
    assert (reading.date, reading.long_term, reading.ok) == (DAY, False, True)


@pytest.mark.parametrize(
    "text",
    ["长期", "长 期".replace(" ", ""), "永久", "长期有效", "2099/12/31", "2099-12-31", "20991231",
     "2099年12月31日", "9999-12-31 00:00:00", "２０９９／１２／３１"],
)  # fmt: skip
def test_no_end_is_understood(text: str) -> None:
    reading = parse_date(text)
    assert (reading.date, reading.long_term, reading.ok) == (None, True, True)


@pytest.mark.parametrize(
    "text",
    ["", " ", "2026-13-40", "2026-02-29", "2026-00-10", "5/8/2026", "08-05-2026", "26-5-8", "2026-05",
     "2026年5月", "20261340", "19999", "80001", "2026-05/08", "无", "#N/A", "0206-05-08", "2026-05-08x",
     "2026-05-081", "202605", "2026-05-08 下午", "1778198400000", "46150.", "٢٠٢٦-٠٥-٠٨"],
)  # fmt: skip
def test_what_is_no_date_is_not_guessed(text: str) -> None:
    reading = parse_date(text)
    assert (reading.date, reading.ok) == (None, False)


def test_edges_of_the_excel_numbers() -> None:
    assert parse_date("20000").date == date(1954, 10, 3)
    assert parse_date("80000").date == date(2119, 1, 11)


@given(st.dates(date(1800, 1, 1), date(2098, 12, 31)))
@settings(max_examples=150)
def test_one_day_in_all_notations(day: date) -> None:
    forms = [
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}.{day.month:02}.{day.day:02}",
        f"{day:%Y%m%d}" if day.year > 999 else day.isoformat(),
        f"{day.year}年{day.month}月{day.day}日",
        f"{day} 23:59:59",
    ]
    if date(1954, 10, 3) <= day:
        forms.append(str((day - date(1899, 12, 30)) // timedelta(days=1)))
    assert {parse_date(f).date for f in forms} == {day}


@given(st.text(max_size=24) | st.from_regex(r"[0-9年月日\-/:. T]{1,20}", fullmatch=True))
@settings(max_examples=300)
def test_reading_never_raises_and_ok_means_understood(text: str) -> None:
    reading = parse_date(text)
    assert reading.ok == (reading.date is not None or reading.long_term)
    assert not (reading.long_term and reading.date)


@pytest.mark.parametrize("text", ["长　期", "长 期 有 效", "2958465", "2958465.0"])
def test_no_end_however_it_is_spaced_and_as_excels_last_day(text: str) -> None:
    assert parse_date(text).long_term and not parse_date("2958464").ok
