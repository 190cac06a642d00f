"""Articles at the desk: written, previewed, pictures taken in, asked for and agreed to; and whose are whose."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ecredit.facts.actors.approval_queries import list_approvals
from ecredit.service.telling.models import Story, StoryEvent, StoryVersion
from ecredit.service.telling.queries import get_view
from ecredit.surface.desk.platform import city
from tests.desk.conftest import CITY, make_person, sign_in
from tests.desk.desk_matrix import NEEDED
from tests.desk.test_desk_second_factor import set_up
from tests.penalty_rows import code
from tests.telling.telling_world import FIRM, OTHER, photo

pytestmark = pytest.mark.django_db
WARNING = {
    "kind": "consumer_warning", "version": "0", "title_zh": "网购退货小心骗局", "summary_zh": "三步识别。",
    "body_zh": "## 怎么看\r\n\r\n不要点陌生链接。", "title_en": "", "summary_en": "", "body_en": "",
}  # fmt: skip


def client_of(login: str, role: str = "credit_officer", of: str = CITY) -> Client:
    client = sign_in(make_person(login, (of, role)))
    if role == "credit_officer":
        set_up(client)
    return client


@pytest.fixture
def officer(world, settings) -> Client:
    # The desk asks the machine's clock, and so must the public pages.
    settings.ECREDIT_CLOCK = timezone.localtime
    return client_of("officer")


def read(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(f"{address}{'&' if '?' in address else '?'}lang=zh")
    assert answer.status_code == status, (address, answer.status_code)
    return answer.content.decode()


def write(client: Client, form: dict[str, str] | None = None, **more: str) -> int:
    sent = {**(form or WARNING), **more}
    answer = client.post(f"/desk/stories/new?kind={sent['kind']}", sent)
    assert answer.status_code == 302, answer.content.decode()
    return int(answer["Location"].split("?")[0].split("/")[-1])


def test_from_the_form_to_the_public(officer, world):
    assert "起草文章" in read(officer, "/desk/stories")
    form = read(officer, "/desk/stories/new?kind=consumer_warning")
    assert 'name="body_zh"' in form and "不能写 HTML" in form and 'name="codes"' not in form
    preview = officer.post("/desk/stories/new?kind=consumer_warning", WARNING | {"act": "preview"})
    assert preview.status_code == 200 and "<h2>怎么看</h2>" in preview.content.decode()
    assert not Story.objects.exists()
    number, until = write(officer), (city().today + timedelta(days=20)).isoformat()
    page = read(officer, f"/desk/stories/{number}")
    assert "草稿" in page and "没有英文稿" in page and "提请另一人同意" in page
    asked = officer.post(
        f"/desk/stories/{number}/propose", {"version": "1", "reason": "核对过", "until_on": until}
    )
    assert asked.status_code == 302
    [waiting] = list_approvals()
    assert waiting.params["until"] == until
    page = read(officer, f"/desk/stories/{number}")
    assert "等待复核" in page and "改一稿" not in page
    second = client_of("second")
    shown = read(second, f"/desk/approvals/{waiting.id}")
    assert WARNING["title_zh"] in shown and f"展示到 {until}" in shown and f"/desk/stories/{number}" in shown
    assert officer.post(f"/desk/approvals/{waiting.id}/decide", {"answer": "agree"}).status_code == 403
    assert second.post(f"/desk/approvals/{waiting.id}/decide", {"answer": "agree"}).status_code == 302
    assert "展示中" in read(officer, "/desk/stories")
    assert Client().get(f"/stories/{number}").status_code == 200
    again = WARNING | {
        "version": "1",
        "title_zh": "退货小心骗局",
        "body_zh": "## 怎么看\r\n\r\n不要点短信里的链接。",
    }
    assert officer.post(f"/desk/stories/{number}/edit", again).status_code == 302
    changed = read(second, f"/desk/stories/{number}")
    assert "与展示的第 1 稿相比" in changed and "<del>不要点陌生链接。</del>" in changed
    assert "<ins>不要点短信里的链接。</ins>" in changed and "<del>## 怎么看" not in changed
    assert officer.post(f"/desk/stories/{number}/take-down", {"reason": ""}).status_code == 400
    assert officer.post(f"/desk/stories/{number}/take-down", {"reason": "有误"}).status_code == 302
    assert Client().get(f"/stories/{number}").status_code == 410
    assert "撤下 · 有误" in read(officer, f"/desk/stories/{number}")


def test_what_is_wrong_is_told_by_its_place_and_nothing_is_kept(officer):
    wrong = officer.post(
        "/desk/stories/new?kind=consumer_warning",
        WARNING
        | {
            "title_zh": "",
            "body_zh": "一\r\n<script>alert(1)</script>\r\n[看](javascript:x) 电话 13912345678",
        },
    )
    page = wrong.content.decode()
    assert wrong.status_code == 400 and not StoryVersion.objects.exists()
    for said in (
        "标题：没有标题",
        "正文第 2 行：不能写 HTML",
        "正文第 3 行：链接只能",
        "正文第 3 行：写了身份证号、电话",
    ):
        assert said in page, said
    # What was written is still in the form, and does nothing there.
    assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page and "遮盖查到的内容后保存" in page


def test_a_case_names_nobody_and_can_be_masked_when_saved(officer):
    case = WARNING | {
        "kind": "typical_case", "codes": code(1),
        "body_zh": f"查明{FIRM}（{code(1)}）虚构交易，法定代表人王某。\r\n受害的有{OTHER}，在常州市新北区通江路188号。",
    }  # fmt: skip
    form = read(officer, "/desk/stories/new?kind=typical_case")
    assert "只给经办人和复核人看" in form
    answer = officer.post("/desk/stories/new?kind=typical_case", case)
    page = answer.content.decode()
    assert answer.status_code == 400 and not StoryVersion.objects.exists()
    for said in (
        f"正文第 1 行：点了单位的名“{FIRM}”",
        "正文第 1 行：写了单位的代码",
        "正文第 1 行：写了有关人员的姓名",
        f"正文第 2 行：点了单位的名“{OTHER}”",
        "正文第 2 行：写了当事人的地址",
    ):
        assert said in page, said
    number = write(officer, case, act="save_masked")
    body = get_view(number).newest.content.zh.body
    assert (
        "查明某公司（91\\*" in body
        and FIRM not in body
        and OTHER not in body
        and "通江路" not in body
        and "王\\*" in body
    )
    assert FIRM in read(officer, f"/desk/stories/{number}")  # whom it is about, for officers
    nobody = officer.post("/desk/stories/new?kind=typical_case", case | {"codes": code(77)})
    assert nobody.status_code == 400 and "没有代码为" in nobody.content.decode()


def test_pictures_are_taken_in_looked_at_and_left_out(officer):
    number = write(officer)
    address = f"/desk/stories/{number}/pictures"
    png = SimpleUploadedFile("a.exe", photo(), "text/html")
    assert officer.post(address, {"file": png, "alt_zh": ""}).status_code == 400
    assert officer.post(address, {"alt_zh": "海报"}).status_code == 400
    svg = SimpleUploadedFile("a.png", b"<svg xmlns='x'><script>1</script></svg>", "image/png")
    refused = officer.post(address, {"file": svg, "alt_zh": "海报"})
    assert refused.status_code == 400 and "SVG" in refused.content.decode()
    big = SimpleUploadedFile("a.png", b"0" * (11 * 1024 * 1024), "image/png")
    refused = officer.post(address, {"file": big, "alt_zh": "海报"})
    assert refused.status_code == 400 and "10 MB" in refused.content.decode()
    png = SimpleUploadedFile("a.exe", photo(), "text/html")
    assert officer.post(address, {"file": png, "alt_zh": "海报", "alt_en": "Poster"}).status_code == 302
    view = get_view(number)
    assert view.newest.version == 2
    picture = reverse("desk:story_picture", args=[view.newest.content.pictures[0].digest])
    assert officer.get(picture)["Content-Type"] == "image/webp" and Client().get(picture).status_code == 302
    page = read(officer, f"/desk/stories/{number}")
    assert picture in page and "程序查不出来" in page
    ask = {"version": "2", "reason": "核对过"}
    assert officer.post(f"/desk/stories/{number}/propose", ask).status_code == 400
    assert officer.post(f"/desk/stories/{number}/look", {"version": "2"}).status_code == 400
    assert officer.post(f"/desk/stories/{number}/look", {"version": "2", "looked": "1"}).status_code == 302
    assert officer.post(f"/desk/stories/{number}/propose", ask).status_code == 302
    second = client_of("second")
    [waiting] = list_approvals()
    blind = second.post(f"/desk/approvals/{waiting.id}/decide", {"answer": "agree"})
    assert blind.status_code == 409 and "逐张看过" in blind.content.decode()
    assert second.post(f"/desk/stories/{number}/look", {"version": "2", "looked": "1"}).status_code == 302
    assert second.post(f"/desk/approvals/{waiting.id}/decide", {"answer": "agree"}).status_code == 302
    edited = WARNING | {"version": "2", "alt_zh_1": "海报", "drop_1": "1"}
    assert officer.post(f"/desk/stories/{number}/edit", edited).status_code == 302
    assert get_view(number).newest.content.pictures == ()


def test_two_who_edit_at_once_do_not_overwrite_each_other(officer):
    number = write(officer)
    first = WARNING | {"version": "1", "title_zh": "第一人改的"}
    assert officer.post(f"/desk/stories/{number}/edit", first).status_code == 302
    late = officer.post(f"/desk/stories/{number}/edit", WARNING | {"version": "1", "title_zh": "第二人改的"})
    assert (
        late.status_code == 400
        and "别人又存了一稿" in late.content.decode()
        and "第二人改的" in late.content.decode()
    )
    for act in ("propose", "look"):
        stale = officer.post(f"/desk/stories/{number}/{act}", {"version": "1", "reason": "x", "looked": "1"})
        assert stale.status_code == 400, act
    same = officer.post(f"/desk/stories/{number}/edit", first | {"version": "2"})
    assert same.status_code == 400 and "没有改动" in same.content.decode()


def test_a_departments_editor_sees_and_writes_its_own_and_nobody_elses(world, officer):
    theirs = write(officer)
    editor = client_of("editor", "editor", "gongshang")
    own = write(editor)
    assert Story.objects.get(number=own).organisation == "gongshang"
    page = read(editor, "/desk/stories")
    assert f'"/desk/stories/{own}"' in page and f'"/desk/stories/{theirs}"' not in page
    assert "典型案例</a>" not in page
    read(editor, "/desk/stories/new?kind=typical_case", 404)
    stranger = client_of("stranger", "editor", "shuiwu")
    wrong = []
    for name in (
        "story",
        "story_edit",
        "story_picture_add",
        "story_look",
        "story_propose",
        "story_take_down",
    ):
        address = reverse(f"desk:{name}", args=[own])
        method = "get" if name in ("story", "story_edit") else "post"
        expected = 403 if NEEDED[name] == ("story.take_down",) else 404
        answer = getattr(stranger, method)(address, {"version": "1", "reason": "x"})
        if answer.status_code != expected:
            wrong.append((name, answer.status_code))
    assert wrong == []
    assert editor.post(f"/desk/stories/{own}/propose", {"version": "1", "reason": "x"}).status_code == 302
    [waiting] = list_approvals()
    assert officer.post(f"/desk/approvals/{waiting.id}/decide", {"answer": "agree"}).status_code == 302
    assert StoryEvent.objects.filter(kind="shown").count() == 1


@pytest.mark.parametrize(
    "plan",
    [
        {"from_on": "2026-13-01"},
        {"from_on": "2199-05-20", "from_time": "25:00"},
        {"until_on": "2020-05-12"},
        {"from_on": "2199-01-01"},
    ],
)
def test_days_that_cannot_be_are_refused(officer, plan):
    number = write(officer)
    answer = officer.post(f"/desk/stories/{number}/propose", {"version": "1", "reason": "x", **plan})
    assert answer.status_code == 400 and not list_approvals()


def test_a_campaign_is_written_with_its_days(officer):
    days = {
        "starts_on": "2026-06-01",
        "ends_on": "2026-06-07",
        "place_zh": "市民广场",
        "place_en": "",
        "department": "shangwu",
        "task_T18": "1",
    }
    number = write(officer, WARNING | {"kind": "campaign"} | days)
    page = read(officer, f"/desk/stories/{number}")
    assert "2026-06-01 – 2026-06-07" in page and "常州市商务局" in page
    form = read(officer, f"/desk/stories/{number}/edit")
    assert 'value="2026-06-07"' in form and '<option value="shangwu" selected>' in form
    for wrong in (
        {"starts_on": ""},
        {"ends_on": "2026-05-01"},
        {"place_zh": ""},
        {"starts_on": "soon"},
        {"department": "nobody"},
        {"task_T99": "1"},
    ):
        answer = officer.post(
            "/desk/stories/new?kind=campaign", WARNING | {"kind": "campaign"} | days | wrong
        )
        assert answer.status_code == 400, wrong
