"""The inbox at the desk: whose warnings one sees, one of them whole, answered by a platform's people and judged by an officer."""

import pytest

from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.subjects.models import CreditSubject
from ecredit.judgement.measures.models import EarlyWarning, WarningEvent
from tests.desk.conftest import CITY, make_person, sign_in
from tests.desk.test_desk_officer import text_of
from tests.desk.test_desk_second_factor import set_up
from tests.measures.warning_world import KIND, TODAY, World, licence, rule, runs_out
from tests.penalty_rows import code

pytestmark = pytest.mark.django_db
FIRM = "常州示范网络有限公司"


@pytest.fixture
def world(desk, catalog):
    """A firm with two licences that end, and a person with one; the firm has a shop with plat-a."""
    from tests.evaluation.evaluation_world import entry

    made = World(desk, catalog)
    made.add_rule(rule(runs_out(), "running_out", id="licence_running_out"))
    for id, number in (("plat-a", 9), ("plat-b", 8)):
        made.platform(id, code(number))
    for number, person in ((1, False), (2, True)):
        made.city.subject(number, kind=KIND)
        CreditSubject.objects.create(
            id=number, name="王小明" if person else FIRM, name_form="", kind=KIND, is_person=person, opened_leaf=0, changed_leaf=0
        )  # fmt: skip
    made.city.add(licence(1, 1, TODAY), licence(2, 1, TODAY, name="出版物经营许可证"), licence(3, 2, TODAY))
    made.city.add(entry(4, 1, source_id="shops", supplier="plat-a", values={"shop_name": "甲"}))
    made.run()
    return made


def officer():
    client = sign_in(make_person("jia", (CITY, "credit_officer")))
    set_up(client)
    return client


def of(number: int) -> EarlyWarning:
    return EarlyWarning.objects.order_by("id")[number]


def test_people_see_what_their_organisation_was_told_and_officers_all_of_it(world):
    mine, others = (
        sign_in(make_person("a", ("plat-a", "clerk"))),
        sign_in(make_person("b", ("plat-b", "clerk"))),
    )
    shown = text_of(mine.get("/desk/warnings"))
    assert (
        shown.count(FIRM) == 2 and "食品经营许可证" in shown and "王" not in shown and "待答复 2 条" in shown
    )
    assert FIRM not in text_of(others.get("/desk/warnings"))
    assert others.get(f"/desk/warnings/{of(0).pk}").status_code == 404
    assert mine.get(f"/desk/warnings/{of(2).pk}").status_code == 404
    whole = text_of(officer().get("/desk/warnings"))
    assert whole.count(FIRM) == 2 and "王*" in whole
    assert "王小明" not in whole
    assert '待答复的预警 <span class="badge warn">2</span>' in text_of(mine.get("/desk/"))


def test_a_warning_is_read_acknowledged_answered_and_judged(world):
    clerk, chief = sign_in(make_person("a", ("plat-a", "clerk"))), officer()
    address = f"/desk/warnings/{of(0).pk}"
    page = text_of(clerk.get(address))
    for said in (
        "出版物经营许可证",
        "请说明",
        "电子商务法",
        "第 27 条",
        "单位plat-a",
        "数字为本市设定",
        "发出预警",
        "#2",
        "尚未答复",
    ):
        assert said in page, said
    assert "认定为" not in page and f"/desk/subjects/{1}" not in page
    english = text_of(clerk.get(f"{address}?lang=en"))
    assert "say what it is" in english and "article 27" in english and "warning raised" in english
    clerk.get(f"{address}?lang=zh")
    assert clerk.post(f"{address}/acknowledge").status_code == 302
    assert clerk.post(f"{address}/answer", {"words": " "}).status_code == 409
    assert clerk.post(f"{address}/judge", {"judgement": "justify", "words": "x"}).status_code == 403
    assert clerk.post(f"{address}/answer", {"words": "已督促延续"}).status_code == 302
    again = clerk.post(f"{address}/answer", {"words": "已督促延续"})
    assert again.status_code == 409 and "刷新后再看" in text_of(again)
    assert '待认定的预警 <span class="badge warn">1</span>' in text_of(chief.get("/desk/"))
    assert chief.post(f"{address}/answer", {"words": "x"}).status_code == 403
    page = text_of(chief.get(address))
    assert "已督促延续" in page and "答复（单位plat-a）" in page and "尚未答复" not in page
    assert "退回再答" in page and f"/desk/subjects/{1}/records/{2}" in page
    assert (
        chief.post(f"{address}/judge", {"judgement": "false_alarm", "words": "当日已延续"}).status_code == 302
    )
    assert text_of(chief.get(f"{address}?done=warning_judged")).count("误报") >= 1
    assert of(0).state == "false_alarm"
    told = JournalEntry.objects.filter(verb__startswith="warning.").order_by("leaf")
    verbs = [*told.values_list("verb", flat=True)]
    assert verbs == ["warning.run", "warning.acknowledge", "warning.answer", "warning.false_alarm"]
    assert WarningEvent.objects.filter(words="已督促延续", by__startswith="p").count() == 1


def test_filters_and_exports(world):
    chief = officer()
    assert FIRM not in text_of(chief.get("/desk/warnings?state=justified"))
    assert FIRM in text_of(chief.get("/desk/warnings?state=all&rule=licence_running_out&severity=caution"))
    assert FIRM not in text_of(chief.get("/desk/warnings?severity=serious"))
    export = b"".join(chief.get("/desk/warnings?export=csv").streaming_content).decode()
    assert FIRM in export and "出版物经营许可证" in export and "王小明" not in export
    assert chief.get("/desk/warnings?export=xlsx").status_code == 200


def test_rules_are_shown_with_their_false_alarms(world):
    chief = officer()
    page = text_of(chief.get("/desk/warning-rules"))
    assert "还没有认定过任何预警" in page and "行政许可即将到期" in page and "没有条文依据" in page
    for place, judgement in enumerate(("false_alarm", "justify", "justify")):
        given = {"judgement": judgement, "words": "查实"}
        assert chief.post(f"/desk/warnings/{of(place).pk}/judge", given).status_code == 302
    page = text_of(chief.get("/desk/warning-rules"))
    assert "<svg" in page and "33%" in page and "6% – 79%" in page
    assert sign_in(make_person("a", ("plat-a", "clerk"))).get("/desk/warning-rules").status_code == 403
    english = text_of(chief.get("/desk/warning-rules?lang=en"))
    assert "A licence runs out soon" in english and "no article" in english.lower()
