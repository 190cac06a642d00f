"""Who promised, kept and broke it, by platform and kind of operator; what rests on few is not given; the public page and its files."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from ecredit.facts.actors.types import OPERATOR
from ecredit.service.commitments.figures import (
    FIGURES,
    count_commitment_figures,
    group_of,
    guard_individuals,
    share_of,
)
from ecredit.service.operation.evaluate_all import evaluate_everything
from ecredit.service.operation.platform import Platform
from ecredit.surface.cli.commands import build_parser
from ecredit.surface.cli.context import Context
from tests.monitoring.monitoring_city import FIRST, NAMES, SECOND, SENT, firm, open_city
from tests.penalty_rows import code
from tests.portal.page_checks import read_page

TODAY = SENT.date() + timedelta(days=6)


def shop_rows(platform: str, numbers) -> str:
    head = "平台名称,平台统一社会信用代码,店铺编号,网店名称,网店网址,经营者名称,经营者类别,统一社会信用代码,开设日期\r\n"
    return head + "".join(
        f"{NAMES[platform]},{platform},S{n},店{n},https://s{n}.example/,{firm(n)},法人及非法人组织,{code(n)},2025-06-01\r\n"
        for n in numbers
    )


def promise_rows(numbers, *, broken=(), kept=(), until="2027-05-01") -> str:
    head = "主体名称,主体类别,统一社会信用代码,承诺书编号,承诺类型,承诺内容,承诺日期,承诺有效期至,受理单位,履行情况,违诺认定日期,违诺认定文书号\r\n"
    return head + "".join(
        f"{firm(n)},法人及非法人组织,{code(n)},P{n},主动型,依法经营,2026-04-01,{until},常州市商务局,"
        f"{'未履行' if n in broken else '已履行' if n in kept else ''},{'2026-05-01' if n in broken else ''},{'违1' if n in broken else ''}\r\n"
        for n in numbers
    )


@pytest.fixture
def counted(home, settings, collect, collector, db):
    """Two platforms with 12 shops each; ten of the first promised, two of them broke it, three kept it, one ends in May."""
    settings.ECREDIT_HOME = home.root
    open_city(collect, collector)
    collect("shops", shop_rows(FIRST, range(1, 13)), by="plat-1", name="s1.csv", at=SENT)
    collect("shops", shop_rows(SECOND, range(13, 22)), by="plat-2", name="s2.csv", at=SENT)
    rows = promise_rows(range(1, 10), broken={1, 2}, kept={3, 4, 5})
    collect("commitment", rows, by="shangwu", name="p.csv", at=SENT)
    collect("commitment", promise_rows([10], until="2026-05-20"), by="shangwu", name="p2.csv", at=SENT)
    collect("commitment", promise_rows([11], until="2026-04-30"), by="shangwu", name="p3.csv", at=SENT)
    evaluate_everything(Platform(), by=OPERATOR, as_of=TODAY)
    return home


@pytest.mark.django_db
def test_each_group_has_its_figures_and_a_small_one_none(counted, catalog, monkeypatch):
    document = count_commitment_figures(counted, catalog, on=TODAY, at=SENT)
    groups = {(g["by"], g["key"]): g for g in document["groups"]}
    whole, first, second = groups["city", ""], groups["platform", FIRST], groups["platform", SECOND]
    assert (whole["operators"], first["operators"]) == (21, 12)
    said = first["figures"]
    assert [said[f]["count"] for f in ("promised", "kept", "broken", "ending")] == [10, 3, 2, 1]
    assert said["promised"]["share"] == round(10 / 12, 6) and said["kept"]["of"] == 10
    assert said["promised"]["low"] < said["promised"]["share"] < said["promised"]["high"]
    monkeypatch.setattr(Context, "today", property(lambda _: TODAY))
    args = build_parser().parse_args(["commitment", "figures"])
    told = "\n".join(args.run(args, Context()).lines)
    assert "83.3% 10/12" in told and "不足 10 个，不给出" in told and NAMES[FIRST] in told
    # Nine shops are fewer than ten; nothing of them is given.
    assert (second["operators"], second["because"], second["figures"]) == (None, "few", {})
    assert groups["sector", "merchant"]["operators"] == 21
    assert (
        groups["sector", "person_seller"]["because"] == "few"
        and groups["sector", "courier"]["because"] == "few"
    )


@pytest.mark.django_db
def test_the_public_page_shows_what_is_in_force_by_platform_and_as_files(counted, settings):
    settings.ECREDIT_CLOCK = lambda: SENT + timedelta(days=6)
    client = Client()
    page = client.get("/commitments").content.decode()
    assert "83.3%" in page and "10 / 12" in page and "不足 10 个" in page and firm(3) in page
    assert firm(11) not in page
    assert read_page(page).problems == []
    english = client.get("/commitments", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "fewer than 10, not given" in english and "Found broken" in english
    keys = {w.split('"')[0] for w in page.split('href="/commitments/platform/')[1:]}
    pages = [client.get(f"/commitments/platform/{key}").content.decode() for key in keys]
    assert len(pages) == 2 and sum(firm(3) in one for one in pages) == 1
    assert firm(3) in client.get("/commitments/sector/merchant").content.decode()
    assert firm(3) not in client.get("/commitments/sector/courier").content.decode()
    for gone in ("/commitments/sector/person_seller", "/commitments/platform/x", "/commitments/figures.exe"):
        assert client.get(gone).status_code == 404, gone
    rows = list(csv.reader(io.StringIO(client.get("/commitments/figures.csv").content.decode("utf-8-sig"))))
    assert len(rows[0]) == 16 and any(row[2] == FIRST and row[9] == "10" for row in rows)
    document = json.loads(client.get("/commitments/figures.json").content)
    assert document["as_of"] == TODAY.isoformat()
    told = client.get("/api/v1/public/commitments", {"platform": NAMES[FIRST]}).json()
    assert {line["name"] for line in told["items"]} >= {firm(3), firm(9)} and told["next"] is None
    assert client.get("/api/v1/public/commitments", {"platform": NAMES[SECOND]}).json()["count"] == 0
    assert client.get("/api/v1/public/commitments", {"sector": "person_seller"}).status_code == 422
    assert client.get("/api/v1/public/commitments/figures").json() == document
    assert client.get("/commitments/figures.xlsx").content[:2] == b"PK"


@given(of=st.integers(0, 200), top=st.integers(0, 200), least=st.integers(1, 30))
def test_a_share_lies_in_its_interval_or_is_not_given(of, top, least):
    top = min(top, of)
    said = share_of(top, of, least)
    if of < least:
        assert said["share"] is None and said["count"] is None and said["because"] == "few"
    else:
        assert 0 <= said["low"] <= said["share"] <= said["high"] <= 1


@given(st.lists(st.integers(0, 40), min_size=5, max_size=5), st.integers(1, 20))
def test_nothing_of_a_small_group_leaves(counts, least):
    counts = [max(counts), *sorted(counts[1:], reverse=True)]
    group = group_of("platform", "x", "x", counts, least=least, told=True)
    if counts[0] < least:
        assert group["operators"] is None and group["figures"] == {}
    assert group_of("platform", "x", "x", counts, least=least, told=False)["because"] == "no_source"


COUNTS = st.tuples(
    st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60)
)


@given(firms=COUNTS, people=COUNTS, least=st.integers(1, 20))
def test_what_is_withheld_of_individuals_does_not_follow_by_subtraction(firms, people, least):
    def ordered(counts):
        operators, promised = max(counts[:2]), min(counts[:2])
        return [operators, promised, *(min(one, promised) for one in counts[2:])]

    merchants, persons = ordered(firms), ordered(people)
    whole = [a + b for a, b in zip(merchants, persons, strict=True)]
    groups = [
        group_of(by, key, "", counts, least=least, told=True)
        for by, key, counts in (
            ("city", "", whole), ("sector", "merchant", merchants), ("sector", "person_seller", persons),
        )
    ]  # fmt: skip
    guard_individuals(groups, persons)
    city, firm_group, person_group = groups
    if persons[0] and person_group["operators"] is None:
        assert None in (city["operators"], firm_group["operators"])
    for figure in FIGURES:
        shown = [
            (group["figures"].get(figure) or {"count": None})["count"]
            for group in (city, firm_group, person_group)
        ]
        if shown[2] is None and persons[1] and persons[0]:
            assert None in shown[:2], (figure, groups)
