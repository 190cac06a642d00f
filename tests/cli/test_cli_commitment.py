"""`ecredit commitment`: templates, those made here, a subject's in the ledger, cases."""

import pytest

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.commitments.models import BreachCase
from tests.commitments.commitments_world import FIRM, World
from tests.commitments.test_commitments_desk import opened
from tests.desk.conftest import desk
from tests.penalty_rows import code

__all__ = ["desk"]


def test_what_was_made_is_found_at_the_console(desk, command, collect):
    texts = command("commitment", "templates")
    assert len(texts.document["templates"]) == 4 and any("在用 in force" in line for line in texts.lines)
    assert command("commitment", "list").lines == ["没有承诺 no commitments"]
    world = World(desk, collect)
    made, answer = opened(world, world.officer("jia"))
    assert answer.status_code == 302
    listed = command("commitment", "list", "--stand", "in_force", "--template", "merchant")
    assert listed.document["total"] == 1 and any(
        made.number in line and FIRM in line for line in listed.lines
    )
    assert command("commitment", "list", "--ending", "30").document["total"] == 0
    shown = command("commitment", "show", made.number)
    assert shown.document["leaf"] == world.entries()[0].leaf and "日用百货" in "\n".join(shown.lines)
    of = command("commitment", "of", code(1))
    assert [c["commitment_no"] for c in of.document["commitments"]] == [made.number]
    assert command("commitment", "of", code(2)).lines == ["没有承诺 no commitments"]
    case = BreachCase.objects.get()
    assert command("commitment", "cases", "--state", "live").document["total"] == 1
    told = "\n".join(command("commitment", "case", str(case.pk)).lines)
    assert "三起投诉" in told and "告知当事人" in told and f"entry {case.entry}" in told
    with pytest.raises(WrongUse, match="没有编号为 X 的承诺书"):
        command("commitment", "show", "X")
    with pytest.raises(WrongUse, match="没有第 99999 号违诺案件"):
        command("commitment", "case", "99999")
