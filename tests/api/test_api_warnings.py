"""Warnings for machines: those told to the key's organisation and no others, answered once, and told by the webhook."""

import json

import pytest

from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.subjects.models import CreditSubject
from ecredit.judgement.measures.models import EarlyWarning
from ecredit.service.operation.job_actions import start_job
from ecredit.service.operation.models import WebhookCall
from ecredit.surface.api.shapes_events import WarningOpened
from tests.api.test_api_webhook import listener  # noqa: F401 - a fixture
from tests.evaluation.evaluation_world import entry
from tests.measures.warning_world import KIND, TODAY, World, licence, rule, runs_out
from tests.penalty_rows import code


@pytest.fixture
def world(platform, home, catalog):
    made = World(home, catalog)
    made.add_rule(rule(runs_out(), "running_out"))
    for id, number in (("plat-a", 9), ("plat-b", 8)):
        made.platform(id, code(number))
    for number, person in ((1, False), (2, True)):
        made.city.subject(number, kind=KIND)
        CreditSubject.objects.create(
            id=number, name="王小明" if person else "常州示范网络有限公司", name_form="", kind=KIND, is_person=person, opened_leaf=0,
            changed_leaf=0,
        )  # fmt: skip
    shop = {"source_id": "shops", "supplier": "plat-a"}
    made.city.add(licence(1, 1, TODAY), licence(2, 1, TODAY, name="出版物经营许可证"), licence(3, 2, TODAY))
    made.city.add(
        entry(4, 1, values={"shop_name": "甲店"}, **shop), entry(5, 2, values={"shop_name": "乙店"}, **shop)
    )
    made.run()
    return made


def test_an_organisation_reads_and_answers_what_it_was_told(world, key):
    mine, other = key("plat-a"), key("plat-b")
    first = mine.get("/warnings?limit=2").json()
    rest = mine.get(f"/warnings?limit=2&cursor={first['next']}").json()
    listed = first["items"] + rest["items"]
    assert [w["id"] for w in listed] == sorted((w["id"] for w in listed), reverse=True) and len(listed) == 3
    assert rest["next"] is None and {tuple(w["shops"]) for w in listed} == {("甲店",), ("乙店",)}
    assert "王小明" not in json.dumps(listed, ensure_ascii=False) and {w["code"] for w in listed} == {None}
    number = listed[-1]["id"]
    assert other.get("/warnings").json()["items"] == []
    for method, path, body in (
        ("GET", "", None), ("POST", "/acknowledge", None), ("POST", "/answer", {"words": "x"}),
    ):  # fmt: skip
        assert other(method, f"/warnings/{number}{path}", body).status_code == 404, path
    whole = mine.get(f"/warnings/{number}").json()
    assert whole["facts"][0]["source"] == "dual_publicity_licence" and whole["answers"] is True
    assert [step["act"] for step in whole["steps"]] == ["open"] and "by" not in whole["steps"][0]
    assert mine.post(f"/warnings/{number}/acknowledge").json() == {"id": number, "state": "acknowledged"}
    assert mine.post(f"/warnings/{number}/acknowledge").status_code == 409
    assert mine.post(f"/warnings/{number}/answer", {"words": "   "}).status_code == 422
    once = {"headers": {"Idempotency-Key": "a1"}}
    for _ in range(2):
        answer = mine.post(f"/warnings/{number}/answer", {"words": "已督促延续"}, **once)
        assert (answer.status_code, answer.json()) == (200, {"id": number, "state": "answered"})
    assert mine.post(f"/warnings/{number}/answer", {"words": "又一次"}).status_code == 409
    assert [w["id"] for w in mine.get("/warnings?state=answered").json()["items"]] == [number]
    assert mine.get("/warnings?state=nonsense").status_code == 422


def test_who_was_told_for_information_reads_and_does_not_answer(world, key):
    lead = key("shangwu")
    number = EarlyWarning.objects.order_by("id").first().pk
    assert lead.get(f"/warnings/{number}").json()["answers"] is False
    assert lead.get(f"/warnings/{number}").json()["shops"] == []
    refused = lead.post(f"/warnings/{number}/answer", {"words": "x"})
    assert refused.status_code == 409 and refused.json()["code"] == "measures.warning_moved"


def test_the_citys_own_keys_see_how_each_rule_does(world, key):
    assert key("plat-a").get("/warning-rules").status_code == 404
    items = key("jingxin_xinyong").get("/warning-rules").json()["items"]
    assert {"rule": "r", "warned": 3, "live": 3, "judged": 0, "rate": None}.items() <= {
        i["rule"]: i for i in items
    }["r"].items()
    assert any(i["rule"] == "licence_running_out" and i["title"]["en"] for i in items)


def test_a_webhook_is_told_of_warnings_once(platform, home, catalog, key, work, listener):  # noqa: F811
    # Registered platforms that never sent their merchants: the city's own rule warns them.
    world = World(home, catalog)
    for id, number in (("plat-a", 9), ("plat-b", 8)):
        world.platform(id, code(number))
    api = key("plat-a")
    api("PUT", "/webhook", {"url": listener.url})
    run = {"kind": "evaluate", "params": {}, "ring": platform.ring, "by": OPERATOR, "at": platform.now}
    start_job(**run)
    work()
    ((_, _, body),) = listener.heard
    told = WarningOpened.model_validate_json(body)
    mine = {w["id"] for w in api.get("/warnings?state=open").json()["items"]}
    assert {w.warning for w in told.warnings} == mine and mine and "merchants_report_overdue" in body.decode()
    assert EarlyWarning.objects.count() > len(mine)
    (call,) = api.get("/webhook").json()["calls"]
    assert (call["event"], call["submission"]) == ("warning.opened", None)
    start_job(**run)
    work()
    assert len(listener.heard) == 1 and WebhookCall.objects.count() == 1
