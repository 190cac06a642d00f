"""`ecredit disclosure`: records and pages checked, gaps listed, shown, answered, settled and asked to be confirmed at the console."""

import os

import pytest

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.judgement.disclosure.errors import GapMoved, PageRefused
from tests.disclosure.disclosure_city import (
    FIRST,
    MERCHANT,
    NAMES,
    NOW,
    SECOND,
    SHOP,
    disclosed,
    open_city,
    sanctioned,
    shown,
)
from tests.disclosure.test_disclosure_checks import DISCLOSED, SANCTIONED, found


@pytest.fixture
def city(command, collect, collector, monkeypatch):
    open_city(collect, collector)
    collect("platform_disclosure", disclosed(*DISCLOSED), by="plat-1", name="d.csv", at=NOW)
    collect("platform_sanction", sanctioned(*SANCTIONED), by="plat-1", name="s.csv", at=NOW)
    monkeypatch.setattr("ecredit.service.operation.platform.timezone.now", lambda: NOW)


def test_a_gap_goes_its_way_at_the_console(city, command):
    assert command("disclosure", "list").lines == ["没有公示缺漏 nothing is missing"]
    done = command("disclosure", "check")
    assert (done.document["found"], done.document["opened"], done.document["platforms"]) == (4, 4, 2)
    listed = command("disclosure", "list")
    text = "\n".join(listed.lines)
    assert (
        listed.document["total"] == 4
        and "差 3 日" in text
        and "迟 2 个工作日" in text
        and "电子商务法第34条" in text
    )
    assert command("disclosure", "list", "--platform", SECOND.lower()).document["total"] == 1
    assert command("disclosure", "list", "--check", "rule_notice", "--state", "all").document["total"] == 1
    standing = command("disclosure", "platforms")
    assert {p["name"]: p["open"] for p in standing.document["platforms"]} == {
        NAMES[FIRST]: 3,
        NAMES[SECOND]: 1,
    }
    number = str(found()["sanction_notice", "S2"].pk)
    whole = "\n".join(command("disclosure", "show", number).lines)
    for word in ("2026-11-03 决定，2026-11-06 才公示", "未核对原文", "查出", "记录 #"):
        assert word in whole, word
    assert command("disclosure", "answer", number, "--words", "已补").document["state"] == "answered"
    asked = command("disclosure", "confirm", number, "--reason", "已核对")
    assert asked.document["asked"] and found()["sanction_notice", "S2"].state == "answered"
    with pytest.raises(WrongUse, match="已在等待"):
        command("disclosure", "confirm", number, "--reason", "再提")
    other = str(found()["sanction_notice", "S3"].pk)
    assert command("disclosure", "settle", other, "--as", "dismiss", "--reason", "公告栏有").lines == [
        f"{other}: 已排除 dismissed"
    ]
    with pytest.raises(GapMoved):
        command("disclosure", "settle", other, "--as", "dismiss", "--reason", "x")
    with pytest.raises(WrongUse, match="没有第 999999 号"):
        command("disclosure", "show", "999999")


def test_a_page_from_a_file(city, command, tmp_path):
    page = tmp_path / "page.html"
    page.write_bytes(shown(text="没有"))
    words = ("--platform", FIRST, "--kind", "merchant_page", "--url", SHOP, "--subject", MERCHANT)
    done = command("disclosure", "page", str(page), *words)
    assert done.code == 0 and done.document["opened"] == 2
    assert any(
        "营业执照信息" in line and "缺 missing" in line and "没有任何统一社会信用代码" in line
        for line in done.lines
    )
    page.write_bytes(shown(text=MERCHANT))
    again = command("disclosure", "page", str(page), *words)
    assert again.document["ended"] == 1
    with pytest.raises(WrongUse, match="已经检查过"):
        command("disclosure", "page", str(page), *words, "--seen", "2026-11-11T08:00")


def test_a_file_too_long_is_not_even_read(city, command, tmp_path):
    page = tmp_path / "page.html"
    with page.open("wb") as file:
        os.truncate(file.fileno(), 50 << 20)
    with pytest.raises(PageRefused, match=r"50\.0 MB，最多 2 MB"):
        command(
            "disclosure", "page", str(page), "--platform", FIRST, "--kind", "platform_home", "--url", SHOP
        )
