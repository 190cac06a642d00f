"""ecredit person and key, as the first administrator uses them."""

import pytest

from ecredit.facts.actors.models import JournalEntry, Person
from ecredit.foundation.kernel.errors import WrongUse


def test_the_first_administrator(command):
    added = command("person", "add", "li", "--name", "李某", "--role", "system_admin").document
    assert added["who"] == f"p{Person.objects.get(login='li').pk}" and len(added["password"]) >= 12
    (person,) = command("person", "list").document["people"]
    assert person["seats"] == ({"organisation": "jingxin_xinyong", "role": "system_admin"},)
    with pytest.raises(WrongUse, match="已有人使用"):
        command("person", "add", "li", "--name", "李某")
    command("person", "revoke", "li", "system_admin")
    command("person", "grant", "li", "clerk", "--of", "市工商局")
    lines = "\n".join(command("person", "list").lines)
    assert "clerk@gongshang" in lines and "system_admin" not in lines
    command("person", "disable", "li")
    assert "停用" in "\n".join(command("person", "list").lines)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--role", "没有的"), ["没有角色“没有的”"]),
        (("--role", "clerk", "--of", "没有的局"), ["没有叫“没有的局”的报送单位"]),
        (("--role", "system_admin", "--of", "市工商局"), ["这个单位的人员不能有角色“系统管理员”"]),
        (("--of", "市工商局"), ["还要写角色"]),
        (("--role", "没有的", "--of", "没有的局"), ["没有角色“没有的”", "没有叫“没有的局”的报送单位"]),
    ],
)
def test_a_person_is_added_wholly_or_not_at_all_and_all_that_is_wrong_is_told(command, words, told):
    before = JournalEntry.objects.count()
    with pytest.raises(WrongUse) as refused:
        command("person", "add", "li", "--name", "李某", *words)
    assert all(part in refused.value.zh for part in told)
    assert not Person.objects.exists() and JournalEntry.objects.count() == before
    command("person", "add", "li", "--name", "李某", "--role", "报送员", "--of", "市工商局")
    (person,) = command("person", "list").document["people"]
    assert person["seats"] == ({"organisation": "gongshang", "role": "clerk"},)
    with pytest.raises(WrongUse) as refused:
        command("person", "add", "li", "--name", " ", *words)
    assert all(part in refused.value.zh for part in [*told, "已有人使用", "请填写姓名"])
    assert Person.objects.count() == 1


def test_roles_are_given_and_taken_by_name_too(command):
    command("person", "add", "li", "--name", "李某")
    command("person", "grant", "li", "报送员", "--of", "市工商局")
    command("person", "revoke", "li", "报送员", "--of", "市工商局")
    with pytest.raises(WrongUse, match="没有角色"):
        command("person", "grant", "li", "没有的")


def test_a_key_is_shown_once(command):
    issued = command("key", "issue", "市工商局", "--title", "周报", "--scope", "batch.submit").document
    assert issued["secret"].startswith("eck_")
    listed = command("key", "list")
    assert issued["secret"] not in "\n".join(listed.lines) and "周报" in "\n".join(listed.lines)
    command("key", "revoke", "市工商局", str(issued["id"]))
    assert "已作废" in "\n".join(command("key", "list").lines)


def test_a_key_has_limits_and_its_successor_has_them_too(command):
    first = command("key", "issue", "gongshang", "--per-minute", "7", "--per-day", "70").document["id"]
    command("key", "issue", "gongshang", "--replaces", str(first))
    command("key", "issue", "gongshang", "--replaces", str(first), "--per-day", "90")
    keys = command("key", "list").document["keys"]
    assert sorted((key["per_minute"], key["per_day"]) for key in keys) == [(7, 70), (7, 70), (7, 90)]
    for wrong in ("0", "-1", "9999999999"):
        with pytest.raises(WrongUse, match="限额"):
            command("key", "issue", "gongshang", "--per-minute", wrong)
