"""Keys of organisations that are no more: one that has ended, a department that is another's now."""

from datetime import timedelta

from ecredit.facts.actors.organisation_actions import date_organisation, register_organisation
from ecredit.facts.actors.types import OPERATOR
from ecredit.foundation.proof.keys import KeyRing
from ecredit.service.operation.job_queries import list_jobs
from tests.api.conftest import PENALTY
from tests.penalty_rows import row, table


def test_a_key_of_an_ended_organisation_opens_nothing(key, platform, home):
    by = {"ring": KeyRing.load(home.keys), "by": OPERATOR, "at": platform.now}
    for id, name in (("old", "旧平台"), ("new", "新平台")):
        register_organisation(id=id, name=name, kind="platform", **by)
    caller, heir = key("old"), key("new")
    assert caller.get("/key").status_code == 200
    date_organisation(id="old", predecessor="", valid_from=None, valid_to=platform.today, **by)
    date_organisation(id="new", predecessor="old", valid_from=None, valid_to=None, **by)
    for place in ("/key", "/sources", "/batches", "/submissions"):
        answer = caller.get(place)
        assert (answer.status_code, answer.json()["code"]) == (403, "actors.organisation_over"), place
        assert "新平台" in answer.json()["zh"] and "新平台" in answer.json()["en"]
        assert heir.get(place).status_code == 200
    tomorrow = platform.today + timedelta(days=1)
    date_organisation(id="old", predecessor="", valid_from=None, valid_to=tomorrow, **by)
    assert caller.get("/batches").status_code == 200


def test_a_merged_departments_key_sends_nothing_and_is_told_whose_key_does(key):
    caller = key("zhijian")
    sent = [
        caller.post(f"/sources/{PENALTY}/submissions", table(row(1)).encode(), kind="text/csv"),
        caller.post(f"/sources/{PENALTY}/records", row(5)),
        caller.post("/uploads", {"source": PENALTY, "filename": "a.csv", "size": 10}),
    ]
    for answer in sent:
        assert (answer.status_code, answer.json()["code"]) == (403, "actors.organisation_over")
        assert "常州市质量技术监督局 已并入 常州市市场监督管理局" in answer.json()["zh"]
    assert not list_jobs() and caller.get("/batches").status_code == 200
