"""A penalty that came before its firm was registered, and the register then gives its code to quite another firm."""

from django.db import connection

from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.collection.models import HeldRow
from ecredit.facts.collection.release_actions import accept_waiting_row
from ecredit.facts.records.queries import current_entries, list_entries
from ecredit.facts.subjects.queries import find_subject_id
from ecredit.facts.subjects.review_queries import list_review
from tests.conftest import NOON
from tests.penalty_rows import code, row, table
from tests.records.audited_home import PENALTY, audit, register

__all__ = ["audit"]


def states() -> list[str]:
    return list(HeldRow.objects.order_by("id").values_list("state", flat=True))


def test_a_register_that_comes_later_with_another_name_takes_the_penalty_back(collect, collector, audit):
    """The code was miswritten, and nobody could know: the firm that owns it must not have it on its page."""
    collect(PENALTY, table(row(1, CF_XDR_MC="常州云帆启航商贸有限公司"), row(2)), name="a.csv")
    register_row = ("常州溯洄唯真母婴用品有限公司", code(1), "常州市新北区通江路1号")
    receipt = collect("registration", register(register_row))
    assert (receipt.accepted, receipt.problem_counts) == (1, {"records_questioned": 1})
    subject_id = find_subject_id(code(1))
    standing = current_entries(list_entries([subject_id]), subject_ids=[subject_id])
    assert [entry.source_id for entry in standing] == ["registration"]
    (item,) = list_review()
    assert item.name == "常州云帆启航商贸有限公司" and states() == ["review"]
    assert audit() == []
    # Sent again it still waits; and it ends with an officer's answer, as any other.
    again = collect(PENALTY, table(row(1, CF_XDR_MC="常州云帆启航商贸有限公司")), name="b.csv")
    assert again.problem_counts == {"name_of_another": 1}
    (item,) = list_review()
    other = find_subject_id(code(2))
    accept_waiting_row(collector, item_id=item.id, subject_id=other, note="", by=OPERATOR, at=NOON)
    mine = current_entries(list_entries([other]), subject_ids=[other])
    assert len(mine) == 2 and audit() == []


def test_what_was_taken_back_and_then_removed_is_named(collect, audit):
    collect(PENALTY, table(row(1, CF_XDR_MC="常州云帆启航商贸有限公司")), name="a.csv")
    collect("registration", register(("常州溯洄唯真母婴用品有限公司", code(1), "常州市新北区通江路1号")))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM subjects_review_candidate")
        cursor.execute("DELETE FROM subjects_review_item")
        cursor.execute("DELETE FROM collection_held_row")
    assert any(finding.startswith("held") for finding in audit())


def test_a_penalty_under_a_former_name_stays_when_the_register_comes(collect):
    collect(PENALTY, table(row(1, CF_XDR_MC="常州云帆启航商贸有限公司")), name="a.csv")
    receipt = collect(
        "registration", register(("江苏云帆启航商贸有限公司", code(1), "常州市新北区通江路1号"))
    )
    assert receipt.problem_counts == {} and states() == []
