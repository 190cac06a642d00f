"""ecredit person and key, as the first administrator uses them."""

import pytest

from ecredit.facts.actors.models import Person
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.surface.cli.commands import build_parser
from ecredit.surface.cli.context import Context


@pytest.fixture
def command(settings, home, collector, db):
    settings.ECREDIT_HOME = home.root

    def run(*words: str):
        args = build_parser().parse_args([*words])
        return args.run(args, Context())

    return run


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


def test_a_key_is_shown_once(command):
    issued = command("key", "issue", "市工商局", "--title", "周报", "--scope", "batch.submit").document
    assert issued["secret"].startswith("eck_")
    listed = command("key", "list")
    assert issued["secret"] not in "\n".join(listed.lines) and "周报" in "\n".join(listed.lines)
    command("key", "revoke", "市工商局", str(issued["id"]))
    assert "revoked" in "\n".join(command("key", "list").lines)
