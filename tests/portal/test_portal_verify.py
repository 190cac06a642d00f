"""`/verify`: a badge's standing today, what is pasted or sent, the marks of shops, and what is needed to ask nobody."""

import json
import re
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from ecredit.foundation.proof.badge_check import check_badge
from ecredit.foundation.proof.checks import Asked
from ecredit.foundation.proof.city_keys import read_keys
from ecredit.foundation.proof.jws import decode, parse_jws
from ecredit.service.badges.drawing import MOST_VERSION, mark_svg, qr_text_of, qr_version
from ecredit.service.badges.mark_actions import give_mark
from ecredit.surface.portal.language import LANGUAGES
from tests.badges.conftest import FIRST, SECOND, Badges, badges, make_subject  # noqa: F401 - a fixture
from tests.conftest import NOON
from tests.portal.page_checks import read_page


@pytest.fixture
def client(badges: Badges, settings) -> Client:  # noqa: F811
    badges.issue()
    settings.ECREDIT_CLOCK = lambda: NOON + timedelta(hours=1)
    return Client()


def verdict_of(html: str) -> str:
    found = re.search(r'<p class="verdict (\w+)"[^>]*><b>([^<]*)</b>', html)
    assert found is not None, html
    return f"{found[1]} {found[2]}"


def read(client: Client, address: str, status: int = 200, **more) -> str:
    answer = client.get(address, **more)
    assert answer.status_code == status, answer.content
    html = str(answer.content.decode())
    assert read_page(html).problems == []
    return html


def test_a_badge_in_force_with_all_that_is_needed_to_take_it_along(client, badges) -> None:  # noqa: F811
    badge = badges.public.find_live(FIRST)
    html = read(client, f"/verify/{badge.claims.id}")
    assert verdict_of(html) == "holds 有效"
    assert "常州示例1有限公司" in html and FIRST in html and "常许〔2026〕1号" in html
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in html  # the QR code, in the page itself
    assert "✗" not in html and "–</span>" not in html
    assert verdict_of(read(client, f"/verify/{badge.claims.id}?lang=en")) == "holds In force"
    held = client.get(f"/verify/{badge.claims.id}/badge.json")
    keys, status = client.get("/.well-known/jwks.json"), client.get("/verify/status/0.json")
    asked = Asked(read_keys(keys.content), NOON, status.content)
    assert check_badge(held.content, asked).ok
    # What the badge names is where it says, and is what a stranger's program expects there.
    named = parse_jws(json.loads(held.content)["credential"]).payload["credentialStatus"][
        "statusListCredential"
    ]
    listed = client.get(named.removeprefix("https://credit.example"))
    assert listed["Content-Type"] == "application/vc+jwt"
    assert parse_jws(listed.content.decode(), "vc+jwt").payload["id"] == named
    did = json.loads(client.get("/.well-known/did.json").content)
    assert did["id"] == "did:web:credit.example" and badge.kid in did["assertionMethod"][0]


def test_what_became_of_it_and_what_is_public_now(client, badges, settings) -> None:  # noqa: F811
    badge = badges.public.find_live(FIRST).claims.id
    badges.write(make_subject(FIRST, 1, grade="D"))
    html = read(client, f"/verify/{badge}")
    assert verdict_of(html) == "fails 内容已有变化" and "今天公示的是 D" in html
    badges.write(make_subject(FIRST, 1, status="注销"))
    assert verdict_of(read(client, f"/verify/{badge}")) == "fails 已撤销"
    badges.write(make_subject(FIRST, 1, grade="D"))
    badges.issue()
    html = read(client, f"/verify/{badge}")
    assert verdict_of(html) == "fails 已换发" and "已被撤销" in html
    successor = badges.public.find_live(FIRST).claims.id
    assert f'href="/verify/{successor}"' in html
    badges.revoke(FIRST)
    assert "由工作人员撤销" in read(client, f"/verify/{successor}")
    other = badges.public.find_live(SECOND).claims.id
    settings.ECREDIT_CLOCK = lambda: NOON + timedelta(days=400)
    assert verdict_of(read(client, f"/verify/{other}")) == "fails 已过期"


def test_a_number_is_read_as_people_write_it(client, badges) -> None:  # noqa: F811
    badge = badges.public.find_live(FIRST).claims.id
    for typed in (
        badge.lower(),
        f" {badge} ",
        f"https://credit.example/verify/{badge}",
        badge.replace("0", "O").replace("1", "l"),
    ):
        answer = client.get("/verify", {"q": typed})
        assert answer.status_code == 302 and answer["Location"] == f"/verify/{badge}"
    html = read(client, "/verify/AAAAAAAAAAAA", 404)
    assert "没有编号为 AAAAAAAAAAAA 的标识" in html
    assert "<script" not in read(client, "/verify/%3Cscript%3E", 404)


def test_the_code_on_paper_opens_its_badge(client, badges) -> None:  # noqa: F811
    badge = badges.public.find_live(FIRST)
    text = qr_text_of(badge)
    assert qr_version(badge) <= MOST_VERSION
    html = read(client, text.removeprefix("HTTPS://CREDIT.EXAMPLE"))
    assert verdict_of(html) == "holds 有效" and badge.claims.id in html
    bent = text[:-1] + ("0" if text[-1] != "0" else "1")
    assert verdict_of(read(client, bent.removeprefix("HTTPS://CREDIT.EXAMPLE"))) == "fails 无效"
    assert verdict_of(read(client, "/V/123")) == "fails 无效"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_pasted_or_sent_is_checked_and_not_kept(client, badges, lang) -> None:  # noqa: F811
    badge = badges.public.find_live(FIRST)
    held = client.get(f"/verify/{badge.claims.id}/badge.json").content
    before = sorted(path for path in badges.home.root.rglob("*") if path.is_file())

    def post(**sent) -> str:
        answer = client.post(f"/verify?lang={lang}", sent)
        assert answer.status_code == 200 and answer["Cache-Control"] == "no-store"
        html = answer.content.decode()
        assert read_page(html).problems == []
        return html

    assert verdict_of(post(text=qr_text_of(badge))).startswith("holds")
    assert verdict_of(post(text=json.loads(held)["selective"])).startswith("holds")
    html = post(text="", file=SimpleUploadedFile("badge.json", held))
    assert verdict_of(html).startswith("holds") and "常州示例1有限公司" in html
    bent = bytearray(held)
    bent[200] ^= 1
    html = post(file=SimpleUploadedFile("badge.json", bytes(bent)))
    assert verdict_of(html).startswith("fails") and "常州示例1有限公司" not in html
    assert verdict_of(post(text=client.get("/verify/status/0.json").content.decode())).startswith("holds")
    assert verdict_of(post(text="<script>alert(1)</script>")).startswith("fails")
    for nothing in ({}, {"text": " "}, {"file": SimpleUploadedFile("big", b"1" * (3 << 20))}):
        assert "1 MB" in post(**nothing)
    assert sorted(path for path in badges.home.root.rglob("*") if path.is_file()) == before


def test_a_mark_copied_to_another_shop_is_told(client, badges) -> None:  # noqa: F811
    badge, other = badges.public.find_live(FIRST), badges.public.find_live(SECOND)
    token = give_mark(badges.issuer, badge, page="https://Shop.example/store/7?from=ad")
    address = f"/verify/{badge.claims.id}?mark={token}"
    html = read(client, address, headers={"Referer": "https://shop.example/"})
    assert (
        "https://shop.example/store/7" in html
        and "所在网页与签发的一致：shop.example" in html
        and "✗" not in html
    )
    html = read(client, address, headers={"Referer": "https://thief.example/"})
    assert "只发给 https://shop.example/store/7，却出现在 thief.example" in html
    html = read(client, address)
    assert "您的浏览器没有说明您来自哪个网页" in html and "✗" not in html
    assert client.get(address)["Cache-Control"] == "no-store"
    # The language switch keeps the mark.
    assert "mark=" in re.search(r'class="tongue" href="([^"]+)"', html)[1]
    assert "属于另一个标识" in read(client, f"/verify/{other.claims.id}?mark={token}")
    bent = token[:-3] + ("A" if token[-3] != "A" else "B") + token[-2:]
    assert "✗" in read(client, f"/verify/{badge.claims.id}?mark={bent}")


def test_the_profile_carries_its_badge(client, badges) -> None:  # noqa: F811
    badge = badges.public.find_live(FIRST).claims.id
    html = read(client, f"/s/{FIRST}")
    assert f'src="/verify/{badge}/qr.svg"' in html and f'href="/verify/{badge}"' in html
    badges.write(make_subject(FIRST, 1, grade="D"))
    assert f"/verify/{badge}" not in read(client, f"/s/{FIRST}")
    picture = client.get(f"/verify/{badge}/qr.svg")
    assert picture["Content-Type"] == "image/svg+xml" and b"<script" not in picture.content


def test_without_badges_it_says_so(badges, settings) -> None:  # noqa: F811
    client = Client()
    assert "本市还没有签发标识" in read(client, "/verify")
    assert "本市还没有签发标识" in read(client, "/verify/AAAAAAAAAAAA", 404)
    assert "本市还没有签发标识" in client.post("/verify", {"text": "x"}).content.decode()
    for address in (
        "/.well-known/jwks.json",
        "/.well-known/did.json",
        "/verify/status/0",
        "/verify/X/badge.json",
    ):
        assert client.get(address).status_code == 404
    assert not badges.home.badges_db.exists()


def test_a_copy_is_enough(client, badges, tmp_path: Path, settings) -> None:  # noqa: F811
    """A server with the two public files and nothing else answers the same."""
    badge = badges.public.find_live(FIRST).claims.id
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in (badges.home.public_db, badges.home.badges_db):
        with sqlite3.connect(path) as source, sqlite3.connect(copy / path.name) as target:
            source.backup(target)
    settings.ECREDIT_HOME = copy
    assert verdict_of(read(Client(), f"/verify/{badge}")) == "holds 有效"


def test_the_offline_page_holds_the_keys_and_may_reach_nobody(client, badges) -> None:  # noqa: F811
    answer = client.get("/verify/offline.html")
    html = answer.content.decode()
    kid = badges.public.find_live(FIRST).kid
    assert kid in html and "connect-src" not in answer["Content-Security-Policy"]
    assert not re.findall(r'(?:src|href|action)="', html)
    assert "fetch(" not in html and "XMLHttpRequest" not in html and "import(" not in html


@pytest.mark.parametrize("size", ["small", "large"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_mark_is_a_plain_picture_that_names_its_page(lang: str, size: str) -> None:
    from xml.etree import ElementTree

    page = "https://shop.example/" + "店铺" * 30
    picture = mark_svg(lang=lang, size=size, city="常州市<&>", page=page, token="A" * 120)
    tree = ElementTree.fromstring(picture)  # noqa: S314 - made here
    assert tree.attrib["role"] == "img" and "常州市<&>" in tree.attrib["aria-label"]
    assert "shop.example" in "".join(tree.itertext()) and "script" not in picture
    assert f"ecredit-mark:{'A' * 120}" in picture
    assert decode("AA")
