"""The city in figures, and the lists to browse."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from ecredit.service.publicity.listing import LISTED, platform_key
from ecredit.surface.portal.drawing_figures import STACK, WIDTH, draw_bars, draw_stack
from tests.portal.conftest import Move
from tests.portal.page_checks import read_page
from tests.portal.portal_sample import FULL, MANY, PLATFORM, STALE


def cells(html: str, heading: str) -> list[str]:
    row = re.search(rf'<tr><th scope="row">{heading}</th>(.*?)</tr>', html)
    assert row, heading
    return re.findall(r"<td>(.*?)</td>", row[1])


def test_grades_kinds_and_districts_are_told_in_tables_beside_the_drawings(client: Client) -> None:
    html = client.get("/").content.decode()
    assert read_page(html).problems == []
    assert cells(html, "B") == ["1", "2.0%"]
    assert cells(html, "A") == ["0", "0.0%"]  # the only A ran out on 1 November
    assert cells(html, "未评级") == ["46", "93.9%"]
    assert cells(html, "新北区") == ["1", "0", "0", "1", "0", "0"]
    assert cells(html, "金坛区") == ["40", "0", "0", "0", "0", "40"]
    assert cells(html, "溧阳市") == ["0", "0", "0", "0", "0", "0"]
    assert cells(html, "外地或未载明")[0] == "2"
    assert "戚墅堰区" not in html  # a district no more
    assert '<a href="/lists/district/320411" class="tile">' in html


def test_what_moved_lately_and_the_head_of_the_log(client: Client) -> None:
    html = client.get("/?lang=en").content.decode()
    assert cells(html, "<time>2026-11-24</time>") == ["12", "3"]
    assert html.index("2026-11-25</time></th>") < html.index("2026-11-24</time></th>")
    assert "ab" * 32 in html
    assert "Xinbei District" in html


def test_figures_follow_the_day(client: Client, move_clock: Move) -> None:
    assert cells(client.get("/").content.decode(), "C")[0] == "1"
    move_clock(timedelta(days=165))  # the grade C holds until 8 May 2027
    html = client.get("/").content.decode()
    assert cells(html, "C")[0] == "0"
    assert cells(html, "未评级")[0] == "47"
    assert cells(html, "新北区") == ["1", "0", "0", "0", "0", "1"]


def test_every_list_is_there_and_says_how_long_it_is(client: Client) -> None:
    html = client.get("/lists").content.decode()
    assert read_page(html).problems == []
    for section in LISTED:
        assert f'href="/lists/{section}"' in html
        answer = client.get(f"/lists/{section}")
        assert answer.status_code == 200
        assert read_page(answer.content.decode()).problems == []
    assert "<span>233</span>" in html.split("行政处罚</a>")[1][:30]  # without the one that ended today


def test_penalties_are_paged_newest_first_without_gaps(client: Client) -> None:
    seen: list[str] = []
    address = "/lists/penalty"
    pages = 0
    while address:
        html = client.get(address).content.decode()
        seen += re.findall(r"常监罚〔2026〕(\d+)号", html)
        onward = re.findall(r'rel="next" href="([^"]*)"', html)
        address, pages = onward[0].replace("&amp;", "&") if onward else "", pages + 1
    assert pages == 5
    assert sorted(map(int, seen)) == list(range(1, 231))
    first = client.get("/lists/penalty").content.decode()
    assert first.count(f'href="/s/{MANY}"') == 50
    last = client.get("/lists/penalty?page=99").content.decode()
    assert "5 / 5" in last and "常天市监罚〔2025〕13号" in last  # shown for the last time today
    assert "常天市监罚〔2025〕12号" not in last and "301号" not in first


def test_what_ends_leaves_the_list_the_next_day(client: Client, move_clock: Move) -> None:
    move_clock(timedelta(days=1))
    assert "常天市监罚〔2025〕13号" not in client.get("/lists/penalty?page=5").content.decode()


def test_a_district_lists_its_subjects_with_grades_that_hold(client: Client) -> None:
    html = client.get("/lists/district/320412?lang=en").content.decode()
    assert f'href="/s/{STALE}?lang=en"' in html
    assert 'class="chip A"' not in html
    assert "Wujin District" in html
    assert client.get("/lists/district/320405").status_code == 404
    assert client.get("/lists/district/999999").status_code == 404


def test_a_platform_lists_the_shops_that_are_shown(client: Client) -> None:
    key = platform_key(PLATFORM)
    assert f'href="/lists/platform/{key}"' in client.get("/lists").content.decode()
    html = client.get(f"/lists/platform/{key}").content.decode()
    assert "示例&lt;b&gt;购物&lt;/b&gt;网" in html and "<b>购物" not in html
    assert f'<a href="/s/{FULL}">小满的店</a>' in html
    assert "关掉的小店" not in html
    assert client.get("/lists/platform/0000000000").status_code == 404


@pytest.mark.parametrize("section", ["registration", "nothing", "PENALTY"])
def test_what_is_no_list_is_not_found(client: Client, section: str) -> None:
    assert client.get(f"/lists/{section}").status_code == 404


@given(st.lists(st.integers(0, 10**9), max_size=8))
def test_a_drawing_stays_within_its_frame(numbers: list[int]) -> None:
    drawing = draw_bars([(str(n), "plain", number) for n, number in enumerate(numbers)])
    for bar in drawing.bars:
        assert 0 <= bar.width <= WIDTH - drawing.left
        assert bar.y + drawing.thick <= drawing.height
    assert sum(bar.share for bar in drawing.bars) == pytest.approx(100 if any(numbers) else 0, abs=0.5)
    pieces = draw_stack({str(n): number for n, number in enumerate(numbers)})
    assert sum(piece.width for piece in pieces) == pytest.approx(STACK if any(numbers) else 0, abs=0.1)
    assert all(0 <= piece.x <= STACK for piece in pieces)
