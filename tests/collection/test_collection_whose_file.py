"""A file sent under the wrong department's name is turned away whole, with both named."""

from pathlib import Path

import pytest

from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.queries import get_supplier
from ecredit.facts.collection.errors import AnothersFile
from ecredit.facts.collection.models import Batch
from ecredit.facts.collection.trial import try_file
from ecredit.facts.records.models import CreditRecord
from tests.conftest import NOON
from tests.penalty_rows import row, table

PENALTY = "dual_publicity_penalty"
POST = "市邮政管理局"


def rows(count: int, **cells: str) -> list[dict[str, str]]:
    return [row(n, **cells) for n in range(1, count + 1)]


@pytest.mark.django_db
@pytest.mark.parametrize("said", ["常州市市场监督管理局", "市工商局", " 市质监局 "])
def test_another_departments_file_is_turned_away(collect, catalog, said):
    cells = {"CF_CFJG": said, "CF_SJLY": said}
    with pytest.raises(AnothersFile) as caught:
        collect(PENALTY, table(*rows(9, **cells), row(10, CF_CFJG="江苏省局", CF_SJLY="江苏省局")), by=POST)
    sender = catalog.find_department(POST)
    assert "常州市市场监督管理局" in caught.value.zh and sender.name in caught.value.zh
    assert "--on-behalf" in caught.value.zh and "--on-behalf" in caught.value.en
    assert not Batch.objects.exists() and not CreditRecord.objects.exists()
    assert '"reason":"anothers_file"' in JournalEntry.objects.get(verb="batch.refuse").detail
    assert collect(PENALTY, table(*rows(9, **cells)), name="b.csv").accepted == 9  # its own department may


@pytest.mark.parametrize(
    "sent",
    [
        rows(10, CF_SJLY=POST),  # it says who supplied it
        [*rows(9), row(10, CF_CFJG=POST)],
        [
            *rows(8),
            row(9, CF_CFJG="江苏省局", CF_SJLY="江苏省局"),
            row(10, CF_CFJG="江苏省局", CF_SJLY="江苏省局"),
        ],
        rows(10, CF_CFJG="常州市人民政府", CF_SJLY="常州市人民政府"),
    ],
)
def test_what_is_not_plainly_anothers_is_taken(collect, sent):
    assert collect(PENALTY, table(*sent), by=POST).accepted == 10


def test_it_may_be_sent_for_the_other(collect):
    receipt = collect(PENALTY, table(*rows(3)), by=POST, on_behalf=True)
    assert receipt.accepted == 3
    assert '"on_behalf":true' in JournalEntry.objects.get(verb="batch.receive").detail


def test_a_trial_says_so_too(collector, catalog, tmp_path, db):
    path = tmp_path / "a.csv"
    path.write_text(table(*rows(3)), encoding="utf-8")
    supplier = get_supplier(catalog, POST, on=NOON.date())
    with pytest.raises(AnothersFile):
        try_file(
            collector, source_id=PENALTY, path=path, supplier=supplier, report=tmp_path / "r.csv", at=NOON
        )


def test_a_row_that_waits_for_anothers_document_says_whose(collect):
    collect(PENALTY, table(*rows(1)))
    waits = collect(PENALTY, table(row(1, CF_NR_FK="9")), by=POST, on_behalf=True, name="b.csv")
    assert waits.problem_counts == {"anothers_document": 1}
    told = Path(waits.report).read_text(encoding="utf-8-sig")
    assert "常州市市场监督管理局报送的" in told and "与常州市市场监督管理局核对" in told


def test_the_issuers_own_version_goes_before_what_others_sent(collect):
    """The market authority sends a penalty of the postal one; then that one sends it itself."""
    first = collect(PENALTY, table(row(1, CF_CFJG=POST)))
    theirs = collect(PENALTY, table(row(1, CF_CFJG=POST, CF_SJLY=POST, CF_NR_FK="9")), by=POST, name="b.csv")
    assert (first.accepted, theirs.superseded, theirs.quarantined) == (1, 1, 0)
    late = collect(PENALTY, table(row(1, CF_CFJG=POST, CF_NR_FK="7")), name="c.csv")
    assert late.problem_counts == {"anothers_document": 1}
    assert "常州市邮政管理局报送的" in Path(late.report).read_text(encoding="utf-8-sig")
