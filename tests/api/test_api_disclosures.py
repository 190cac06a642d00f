"""Gaps of disclosure for machines: a platform's own and no others', answered once; and what everybody may see of a platform."""

import json

import pytest

from ecredit.facts.actors.types import OPERATOR
from ecredit.judgement.disclosure.models import DisclosureGap
from ecredit.service.operation.disclosure_checks import check_records
from tests.api.conftest import Caller
from tests.disclosure.disclosure_city import FIRST, NAMES, NOW, Noon, disclosed, open_city, sanctioned
from tests.disclosure.test_disclosure_checks import DISCLOSED, SANCTIONED, confirm, found


@pytest.fixture
def city(platform, home, settings, collect, collector, monkeypatch) -> Noon:
    settings.ECREDIT_HOME = home.root
    open_city(collect, collector)
    collect("platform_disclosure", disclosed(*DISCLOSED), by="plat-1", name="d.csv", at=NOW)
    collect("platform_sanction", sanctioned(*SANCTIONED), by="plat-1", name="s.csv", at=NOW)
    city = Noon()
    monkeypatch.setattr("ecredit.service.operation.platform.timezone.now", lambda: city.now)
    check_records(city, by=OPERATOR)
    return city


def test_a_platform_reads_and_answers_its_own_gaps(city, key):
    mine, other = (key(id, scopes=["disclosure.read", "disclosure.answer"]) for id in ("plat-1", "plat-2"))
    first = mine.get("/disclosures?limit=2").json()
    rest = mine.get(f"/disclosures?limit=2&cursor={first['next']}").json()
    listed = first["items"] + rest["items"]
    assert len(listed) == 3 and [g["id"] for g in listed] == sorted((g["id"] for g in listed), reverse=True)
    assert {g["platform"] for g in listed} == {FIRST} and rest["next"] is None
    short = found()["rule_notice", "R2"].pk
    whole = mine.get(f"/disclosures/{short}").json()
    assert (whole["late"], whole["article"], whole["verified"], whole["state"]) == (3, "34", True, "open")
    assert "不足 7 日" in whole["saw"]["zh"] and "less than 7 days" in whole["saw"]["en"]
    assert [step["act"] for step in whole["steps"]] == ["open"] and "by" not in whole["steps"][0]
    for method, path, body in (("GET", "", None), ("POST", "/answer", {"words": "x"})):
        assert other(method, f"/disclosures/{short}{path}", body).status_code == 404, path
    assert {g["check"] for g in other.get("/disclosures").json()["items"]} == {"basic_information"}
    assert mine.post(f"/disclosures/{short}/answer", {"words": "  "}).status_code == 422
    once = {"headers": {"Idempotency-Key": "a1"}}
    for _ in range(2):
        answered = mine.post(f"/disclosures/{short}/answer", {"words": "已延期施行"}, **once)
        assert answered.json() == {"id": short, "state": "answered"}
    assert [s["words"] for s in mine.get(f"/disclosures/{short}").json()["steps"]] == ["", "已延期施行"]
    assert mine.get("/disclosures?state=answered").json()["items"][0]["id"] == short


def test_everybody_sees_what_is_public_and_nothing_else(city):
    from ecredit.service.operation.evaluate_all import evaluate_everything

    evaluate_everything(city, by=OPERATOR, as_of=city.today)
    anybody = Caller()
    listed = anybody.get("/public/disclosures").json()["items"]
    assert {(p["name"], p["disclosures"], p["sanctions"]) for p in listed} == {
        (name, 3 if code == FIRST else 0, 4 if code == FIRST else 0) for code, name in NAMES.items()
    }  # fmt: skip
    assert anybody.get(f"/public/disclosures/{FIRST}").json()["gaps"] == []
    confirm(city, found()["rule_notice", "R2"].pk)
    told = anybody.get(f"/public/disclosures/{FIRST}").json()
    [gap] = told["gaps"]
    assert gap["late"] == 3 and "第三十四条" in gap["clause"]
    assert len(told["newest_sanctions"]) == 4 and told["newest_sanctions"][0]["fields"]["measure"] == "警示"
    assert DisclosureGap.objects.exclude(state="confirmed").exists() and "待核实" not in json.dumps(
        told, ensure_ascii=False
    )
    assert anybody.get("/public/disclosures/91320411MA00000X0K").status_code == 404
