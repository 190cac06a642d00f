"""Records that come at the same moment are checked and written as one; each sender hears of its own alone."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from ecredit.facts.actors.queries import get_supplier
from ecredit.facts.actors.types import Actor
from ecredit.service.operation import single_records
from ecredit.service.operation.json_lines import cells_of
from ecredit.service.operation.models import SingleRecord
from tests.api.conftest import PENALTY
from tests.penalty_rows import row

# As a server runs it: no transaction but those that requests open.
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_round_keeps_what_nothing_holds_back_and_tells_each_its_own(platform, monkeypatch):
    source, supplier = (
        platform.catalog.sources[PENALTY],
        get_supplier(platform.catalog, "gongshang", on=platform.today),
    )
    monkeypatch.setattr(single_records, "_together", lambda record: record)

    def offered(cells, right="batch.submit api/k1"):
        by = Actor("gongshang", right)
        return single_records.check_and_take(platform, source, supplier, cells_of(source, cells), by=by)

    only_checked = single_records._record(platform, source, supplier, cells_of(source, row(5, CF_JDRQ="x")))
    offers = [
        offered(row(1)),
        offered(row(2, CF_JDRQ="2026/13/40")),
        only_checked,
        offered(row(4), "batch.submit api/k2"),
    ]
    with CaptureQueriesContext(connection) as counted:
        first, second, third, fourth = single_records._round(offers)
    assert sum("INSERT" in each["sql"] for each in counted) == 1 and len(counted) <= 3
    assert [[issue.rule for issue, holds in found if holds] for found, _ in (first, second, third, fourth)] == [
        [], ["date_unreadable"], ["date_unreadable"], [],
    ]  # fmt: skip
    assert second[1] is third[1] is None
    kept = {record.pk: record for record in SingleRecord.objects.all()}
    assert kept.keys() == {first[1].id, fourth[1].id}
    for receipt, n, right in ((first[1], 1, "k1"), (fourth[1], 4, "k2")):
        record = kept[receipt.id]
        assert record.right == f"batch.submit api/{right}" and receipt.state == "waiting"
        purpose = single_records.sealed_for("gongshang", PENALTY, record.right)
        assert f"〔2026〕{n}号" in platform.sealer.unseal(purpose, record.cells)


def test_within_a_transaction_a_record_is_checked_alone(platform, monkeypatch):
    """A round led there would write what others sent, and have been promised, into a transaction that may come to nothing."""
    source, supplier = (
        platform.catalog.sources[PENALTY],
        get_supplier(platform.catalog, "gongshang", on=platform.today),
    )
    rounds = []
    monkeypatch.setattr(single_records, "_together", lambda record: rounds.append(record) or ([], None))
    good, bad = (cells_of(source, row(1)), cells_of(source, row(2, CF_JDRQ="x")))
    by = Actor("gongshang", "batch.submit api/k1")
    with transaction.atomic():
        assert single_records.check_record(platform, source, supplier, good) == []
        assert single_records.check_record(platform, source, supplier, bad)
        found, receipt = single_records.check_and_take(platform, source, supplier, good, by=by)
        assert (found, receipt.state, rounds) == ([], "waiting", [])
    single_records.check_record(platform, source, supplier, good)
    assert len(rounds) == 1


def test_a_record_of_control_characters_keeps_nobody_elses_back(api, work):
    """It was checked without them and written with them: the file of all records of the minute was no text."""
    place = f"/sources/{PENALTY}/records"
    one, other = (api.post(place, row(n)) for n in (1, 2))
    zeros = row(3)
    zeros["CF_XDR_MC"] = "\0".join(zeros["CF_XDR_MC"]) + "\0" * 40_000
    rude = row(4)
    rude["CF_XDR_MC"] += "\x01\x1b" * 20_000
    answers = [one, other, api.post(place, zeros), api.post(place, rude)]
    assert [answer.status_code for answer in answers] == [202] * 4
    work()
    assert [api.get(answer["Location"]).json()["state"] for answer in answers] == ["taken"] * 4


def test_a_record_is_taken_in_few_queries_and_a_bad_one_leaves_nothing(api):
    place = f"/sources/{PENALTY}/records"
    api.post(place, row(1))
    with CaptureQueriesContext(connection) as counted:
        taken = api.post(place, row(2))
    assert taken.status_code == 202 and len(counted) <= 5, [each["sql"][:80] for each in counted]
    bad = api.post(place, row(3, CF_JDRQ="2026/13/40"))
    assert bad.status_code == 422 and [p["rule"] for p in bad.json()["problems"]] == ["date_unreadable"]
    assert SingleRecord.objects.count() == 2
    with CaptureQueriesContext(connection) as counted:
        assert api.get(taken["Location"]).json()["state"] == "waiting"
    assert len(counted) <= 3


def test_once_is_once_and_nothing_of_a_bad_one_is_kept(api):
    place, headers = f"/sources/{PENALTY}/records", {"Idempotency-Key": "a"}
    bad = api.post(place, row(1, CF_JDRQ="x"), headers=headers)
    assert bad.status_code == 422 and not SingleRecord.objects.exists()
    first, again = (api.post(place, row(1), headers=headers) for _ in range(2))
    assert first.status_code == again.status_code == 202 and first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true" and SingleRecord.objects.count() == 1
    assert api.post(place, row(2), headers=headers).status_code == 422 and SingleRecord.objects.count() == 1
