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
    guard_few,
    share_of,
)
from ecredit.service.operation.evaluate_all import evaluate_everything
from ecredit.service.operation.platform import Platform
from ecredit.surface.cli.commands import build_parser
from ecredit.surface.cli.context import Context
from tests.monitoring.monitoring_city import FIRST, NAMES, SECOND, SENT, SILENT, firm, open_city
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
    """Platforms with 12, 9 and 3 shops; ten of the first promised, two of them broke it, three kept it, one ends in May."""
    settings.ECREDIT_HOME = home.root
    open_city(collect, collector)
    collect("shops", shop_rows(FIRST, range(1, 13)), by="plat-1", name="s1.csv", at=SENT)
    collect("shops", shop_rows(SECOND, range(13, 22)), by="plat-2", name="s2.csv", at=SENT)
    collect("shops", shop_rows(SILENT, range(22, 25)), by="plat-3", name="s3.csv", at=SENT)
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
    assert (whole["operators"], first["operators"]) == (24, 12)
    said = first["figures"]
    assert [said[f]["count"] for f in ("promised", "kept", "broken", "ending")] == [10, 3, 2, 1]
    assert said["promised"]["share"] == round(10 / 12, 6) and said["kept"]["of"] == 10
    assert said["promised"]["low"] < said["promised"]["share"] < said["promised"]["high"]
    monkeypatch.setattr(Context, "today", property(lambda _: TODAY))
    args = build_parser().parse_args(["commitment", "figures"])
    told = "\n".join(args.run(args, Context()).lines)
    assert "83.3% 10/12" in told and "不足 10 个，不给出" in told and NAMES[FIRST] in told
    # Nine shops are fewer than ten; nothing of them is given. With three others they are enough, so that the first's tell nothing.
    assert (second["operators"], second["because"], second["figures"]) == (None, "few", {})
    assert groups["sector", "merchant"]["operators"] == 24
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
    assert len(pages) == 3 and sum(firm(3) in one for one in pages) == 1
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
PARTS = st.dictionaries(st.sampled_from("abcdef"), COUNTS, min_size=1)


def ordered(counts):
    operators, promised = max(counts[:2]), min(counts[:2])
    return [operators, promised, *(min(one, promised) for one in counts[2:])]


@given(parts=PARTS, unlisted=st.booleans(), least=st.integers(2, 20))
def test_what_is_withheld_of_a_part_does_not_follow_from_the_whole_and_the_rest(parts, unlisted, least):
    """Of the parts of a whole, each operator in one alone: what is not shown of them adds up to `least` or to nothing."""
    counted = {("platform", key): ordered(counts) for key, counts in parts.items()}
    whole = [sum(column) for column in zip(*counted.values(), strict=True)]
    shown = sorted(counted)[1:] if unlisted else sorted(counted)
    groups = [group_of("city", "", "", whole, least=least, told=True)]
    groups += [group_of(*key, "", counted[key], least=least, told=True) for key in shown]
    guard_few(groups, counted, least)
    city, *rest = groups
    if city["operators"] is None:
        return
    dark = [ordered(parts[group["key"]]) for group in rest if group["operators"] is None]
    dark += [counted[key] for key in counted.keys() - set(shown)]
    left = sum(counts[0] for counts in dark)
    assert left == 0 or left >= least
    assert [counts[0] > 0 for counts in dark].count(True) != 1 or left >= least
    for place, figure in enumerate(FIGURES, start=1):
        if city["figures"][figure]["count"] is None:
            continue
        of = 0 if figure == "promised" else 1
        behind = sum(counts[of] for counts in dark)
        behind += sum(
            ordered(parts[group["key"]])[of]
            for group in rest
            if group["operators"] is not None and group["figures"][figure]["count"] is None
        )
        assert behind == 0 or behind >= least, (figure, place, groups)


@pytest.mark.parametrize("few", ["person_seller", "merchant"])
def test_one_of_two_kinds_hidden_hides_the_other_and_not_the_city(few):
    many = "merchant" if few == "person_seller" else "person_seller"
    counted = {("sector", few): [3, 2, 1, 1, 0], ("sector", many): [40, 30, 9, 5, 2]}
    groups = [group_of("city", "", "", [43, 32, 10, 6, 2], least=10, told=True)]
    groups += [group_of(*key, "", counts, least=10, told=True) for key, counts in counted.items()]
    guard_few(groups, counted, 10)
    assert [group["because"] for group in groups] == ["", "few", "paired"]
    assert groups[2]["figures"] == {} and groups[2]["operators"] is None
