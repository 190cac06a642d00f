"""`ecredit warnings`: listed, shown, acknowledged, answered, judged at the console, and the rules with their false alarms."""

import pytest

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.judgement.measures.models import EarlyWarning
from tests.measures.warning_world import KIND, TODAY, World, licence, rule, runs_out
from tests.penalty_rows import code


@pytest.fixture
def world(command, home, catalog):
    made = World(home, catalog)
    made.add_rule(rule(runs_out(), "running_out", id="licence_running_out"))
    made.platform("firm-1", code(1), kind="firm")
    for number in (1, 2):
        made.city.subject(number, kind=KIND)
        made.city.subjects[number]["code"] = code(number)
    made.city.add(licence(1, 1, TODAY), licence(2, 2, TODAY))
    made.run()
    return made


def test_a_warning_goes_its_way_at_the_console(world, command):
    listed = command("warnings", "list")
    assert listed.document["total"] == 2 and any("食品经营许可证" in line for line in listed.lines)
    mine = command("warnings", "list", "--organisation", "firm-1").document["warnings"]
    (number,) = [w["id"] for w in mine]
    shown = command("warnings", "show", str(number))
    text = "\n".join(shown.lines)
    assert (
        "单位firm-1（答复 answers；未答复 owes）" in text
        and "中华人民共和国电子商务法 27" in text
        and "entry 1" in text
    )
    assert shown.document["events"][0]["act"] == "open"
    assert command("warnings", "acknowledge", str(number)).document["state"] == "acknowledged"
    assert command("warnings", "answer", str(number), "--words", "已办理").document["state"] == "answered"
    judged = command("warnings", "judge", str(number), "--as", "false_alarm", "--reason", "当日已延续")
    assert judged.lines == [f"{number}: 误报 False alarm"]
    assert [w["id"] for w in command("warnings", "list", "--state", "waiting").document["warnings"]] != [
        number
    ]
    assert "当日已延续" in "\n".join(command("warnings", "show", str(number)).lines)
    figures = {f["rule"]: f for f in command("warnings", "rules").document["rules"]}
    assert (figures["licence_running_out"]["judged"], figures["licence_running_out"]["rate"]) == (1, 1.0)
    assert any("100%（21%–100%）" in line for line in command("warnings", "rules").lines)


def test_what_is_not_there_is_refused_with_a_sentence(world, command):
    with pytest.raises(WrongUse, match="没有第 999999 号预警"):
        command("warnings", "show", "999999")
    number = str(EarlyWarning.objects.order_by("id").first().pk)
    with pytest.raises(WrongUse, match="不能这样办理"):
        command("warnings", "judge", number, "--as", "return", "--reason", "x")
    assert command("warnings", "list", "--state", "justified").lines == ["没有预警 no warnings"]
