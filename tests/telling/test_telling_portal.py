"""Articles as everybody reads them: lists, one article, calendar, pictures, feed, the front page, plain files."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from icalendar import Calendar

from ecredit.facts.actors.types import OPERATOR
from ecredit.service.operation.evaluate_all import evaluate_everything
from ecredit.service.operation.static_site import publish_static
from tests.penalty_rows import code
from tests.portal.page_checks import read_page
from tests.telling.telling_world import (
    FIRM,
    World,
    campaign,
    case,
    model,
    photo,
    subject,
    warning,
    words,
)

pytestmark = pytest.mark.django_db
ENGLISH = words(
    "Beware of refunds by text message", "## How to see it\n\nNever follow such links.", "Three steps."
)


@pytest.fixture
def told(world) -> World:
    """One article of each kind is public."""
    evaluate_everything(world.platform, by=OPERATOR, as_of=world.platform.today)
    world.numbers = {
        "warning": world.publish(warning(en=ENGLISH)),
        "case": world.publish(case(subject())),
        "model": world.publish(model(subject())),
        "campaign": world.publish(campaign()),
        "picture": world.publish(
            warning(
                zh=words("图说退货", "看图：\n\n![](picture:1)\n\n见[名单](/lists)。"),
                pictures=(world.picture(photo(), alt="退货三步"),),
            )
        ),
    }
    return world


def said(path: str, lang: str = "zh", status: int = 200, **more: object) -> str:
    answer = Client().get(path, {"lang": lang, **more})
    assert answer.status_code == status, (path, answer.status_code)
    html = answer.content.decode()
    assert read_page(html).problems == [], path
    return html


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_is_whole_in_both_languages(told, lang):
    numbers = told.numbers
    for path in (
        "/", "/stories", "/stories/calendar", "/stories/consumer_warning", "/stories/typical_case", "/stories/model_enterprise",
        "/stories/campaign", *(f"/stories/{n}" for n in numbers.values()),
    ):  # fmt: skip
        html = said(path, lang)
        assert len(html.encode()) < 60_000 and "<script" not in html, path


def test_lists_lead_to_articles_and_home_shows_the_latest(told):
    page = read_page(said("/stories"))
    for number in told.numbers.values():
        assert any(link.startswith(f"/stories/{number}?") for link in page.links()), number
    home = said("/")
    assert 'class="alerts"' in home and home.index('class="alerts"') < home.index('class="panel hero"')
    assert "刷单被罚案" in home and "诚信网购宣传周" in home and "诚信经营二十年" in home
    # What stands on top is not told a second time below.
    assert home.count("图说退货") == 1


def test_an_article_says_what_it_is_and_how_long(told):
    html = said(f"/stories/{told.numbers['warning']}")
    assert "<h2>怎么看</h2>" in html and "展示至 2026-08-09。" in html and "2026-05-12" in html
    english = said(f"/stories/{told.numbers['warning']}", "en")
    assert "Beware of refunds" in english and "只有中文" not in english and "only in Chinese" not in english
    only = said(f"/stories/{told.numbers['case']}", "en")
    assert "only in Chinese" in only and '<h1 lang="zh-CN">' in only
    assert "案例已隐去当事人" in said(f"/stories/{told.numbers['case']}")


def test_whom_a_case_is_about_is_nowhere_and_whom_a_model_is_about_is_linked(told):
    html = said(f"/stories/{told.numbers['case']}")
    assert FIRM not in html and code(1) not in html
    raw = told.platform.home.stories_db.read_bytes()
    assert raw.count(code(1).encode()) == raw.count(b'"subjects":["' + code(1).encode())
    page = said(f"/stories/{told.numbers['model']}")
    assert f'href="/s/{code(1)}?lang=zh"' in page and FIRM in page


def test_a_campaign_has_days_place_and_a_calendar_file(told):
    number = told.numbers["campaign"]
    html = said(f"/stories/{number}", "en")
    assert "Citizens' Square" in html.replace("&#39;", "'") and "常州市商务局" in html
    assert "6 强化消费者权益保障措施；18 加强诚信文化建设" in html
    answer = Client().get(f"/stories/{number}.ics")
    assert (
        answer["Content-Type"].startswith("text/calendar")
        and f"story-{number}.ics" in answer["Content-Disposition"]
    )
    for raw in (answer.content, Client().get("/stories/calendar.ics").content):
        assert all(len(line) <= 75 for line in raw.split(b"\r\n")) and b"\n" not in raw.replace(b"\r\n", b"")
        [event] = Calendar.from_ical(raw).walk("VEVENT")
        assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2026, 6, 1), date(2026, 6, 8))
        assert str(event["SUMMARY"]) == "诚信网购宣传周" and str(event["LOCATION"]) == "常州市民广场"
        assert str(event["UID"]).startswith(f"story-{number}@") and str(event["URL"]).endswith(
            f"/stories/{number}"
        )
    assert raw == Client().get("/stories/calendar.ics").content
    said(f"/stories/{told.numbers['case']}.ics", status=404)
    calendar = said("/stories/calendar")
    assert "2026 年 06 月" in calendar and "2026-06-07" in calendar and "已经结束" not in calendar
    told.platform.later = timedelta(days=60)
    over = said("/stories/calendar")
    assert "已经结束" in over and "近期没有活动" in over


def test_pictures_are_there_while_their_article_is(told):
    html = said(f"/stories/{told.numbers['picture']}")
    [image] = [a for tag, a in read_page(html).elements if tag == "img" and "pictures" in a["src"]]
    assert image["alt"] == "退货三步" and image["loading"] == "lazy" and image["width"] == "400"
    answer = Client().get(image["src"])
    assert (
        answer.status_code == 200
        and answer["Content-Type"] == "image/webp"
        and answer["X-Content-Type-Options"] == "nosniff"
    )
    assert "max-age" in answer["Cache-Control"] and "immutable" not in answer["Cache-Control"]
    small = image["src"].replace(".webp", "-small.webp")
    assert len(Client().get(small).content) < len(answer.content) + 1
    assert small in said("/stories")
    told.take_down(told.numbers["picture"])
    assert Client().get(image["src"]).status_code == 404 and Client().get(small).status_code == 404


def test_what_is_gone_says_so_and_what_never_was_is_missing(told):
    number = told.numbers["warning"]
    told.take_down(number)
    gone = said(f"/stories/{number}", status=410)
    assert "已于 2026-05-12 撤下" in gone and words().title not in gone and "noindex" in gone
    assert "taken down" in said(f"/stories/{number}", "en", status=410)
    told.platform.later = timedelta(days=91)
    assert "展示期已满" in said(f"/stories/{told.numbers['picture']}", status=410)
    for path in (
        "/stories/999",
        f"/stories/{10**30}",
        f"/stories/{10**30}.ics",
        "/stories/0",
        "/stories/nothing",
        "/stories/pictures/0000.webp",
        "/stories/consumer_warning?page=9",
    ):
        assert Client().get(path).status_code == 404, path
    assert Client().post("/stories").status_code == 405


def test_long_lists_come_in_pages(world):
    evaluate_everything(world.platform, by=OPERATOR, as_of=world.platform.today)
    for n in range(21):
        world.publish(warning(zh=words(f"第{n}条提示")))
    first, second = said("/stories/consumer_warning"), said("/stories/consumer_warning", page=2)
    assert "第20条提示" in first and "第0条提示" not in first and 'rel="next"' in first
    assert "第0条提示" in second and 'rel="prev"' in second and 'rel="next"' not in second
    assert "全部 21 篇" in said("/stories")


def test_the_feed_and_the_map_hold_them(told):
    feed = Client().get("/feed.xml").content.decode()
    assert f"/stories/{told.numbers['campaign']}</id>" in feed and "宣传：诚信网购宣传周" in feed
    english = Client().get("/feed.xml?lang=en").content.decode()
    assert "Article: Beware of refunds" in english
    assert f"/stories/{told.numbers['case']}</loc>" in Client().get("/sitemap-pages.xml").content.decode()


def test_without_articles_nothing_is_said_of_them(world):
    evaluate_everything(world.platform, by=OPERATOR, as_of=world.platform.today)
    assert not world.platform.home.stories_db.exists()
    home = said("/")
    assert "stories.css" not in home and "alerts" not in home
    assert "现在没有在展示的文章" in said("/stories") and "近期没有活动" in said("/stories/calendar")
    assert b"BEGIN:VCALENDAR" in Client().get("/stories/calendar.ics").content
    # What is no database keeps nobody from the front page.
    world.platform.home.stories_db.write_bytes(b"not a database")
    from ecredit.surface.portal import reading

    reading._stories.cache_clear()
    assert said("/")
    assert Client().get("/stories").status_code == 503


def test_the_plain_files_hold_them_with_their_pictures(told, tmp_path):
    folder = tmp_path / "site"
    # Files are written for a day, as it is at noon: what was shown since is there as well.
    told.platform.later = timedelta(hours=6)
    evening = told.publish(warning(zh=words("傍晚发布的提示")))
    told.platform.later = timedelta(0)
    summary = publish_static(folder, day=told.platform.today, address="https://credit.example")
    for number in told.numbers.values():
        assert (folder / f"stories/{number}.html").is_file() and (
            folder / f"en/stories/{number}.html"
        ).is_file()
    page = (folder / f"stories/{told.numbers['picture']}.html").read_text()
    [source] = re.findall(r'<img src="(\.\./[^"]+\.webp)"', page)
    assert (folder / "stories" / source).resolve().is_file() and 'href="../lists.html"' in page
    assert (folder / f"stories/{told.numbers['campaign']}.ics").is_file() and (
        folder / "stories/calendar.ics"
    ).is_file()
    assert (folder / "static/portal/stories.css").is_file()
    assert "傍晚发布的提示" in (folder / f"stories/{evening}.html").read_text()
    feed = (folder / "en/feed.xml").read_text()
    assert f"https://credit.example/en/stories/{told.numbers['campaign']}.html" in feed
    assert summary.right_until == date(2026, 8, 10) and not summary.changed_meanwhile
    told.take_down(told.numbers["picture"])
    publish_static(folder, day=told.platform.today)
    assert not (folder / f"stories/{told.numbers['picture']}.html").exists()
    assert not (folder / "stories" / source).resolve().exists()
