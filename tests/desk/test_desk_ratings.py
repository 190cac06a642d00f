"""A shop's rating all the way: from the lake by evaluate to the desk, to `ecredit show` and to the portal, and back when it is found forged."""

import json
from datetime import date, timedelta

import pytest
from django.test import Client

from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.market.lake_queries import open_lake
from ecredit.facts.subjects.queries import find_subject_id
from ecredit.foundation.engine.duck import open_duck
from ecredit.judgement.evaluation.rating_models import ShownRating
from ecredit.judgement.triage.models import DetectionRun, Finding, FindingDecision
from ecredit.judgement.triage.types import CONFIRMED
from ecredit.service.operation.evaluate_all import evaluate_everything
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.whole_audit import audit_home
from ecredit.service.publicity.queries import PublicStore
from ecredit.surface.cli.commands import build_parser
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.trade_build import Operator
from tests.conftest import NOON
from tests.desk.conftest import CITY, make_person, sign_in
from tests.desk.test_desk_officer import open_file, text_of
from tests.desk.test_desk_second_factor import set_up
from tests.penalty_rows import code
from tests.subjects.test_subjects_review_journey import register
from tests.triage.triage_world import LAST, send_trade, write_trade

pytestmark = pytest.mark.django_db
DAY = LAST + timedelta(days=3)


@pytest.fixture(scope="module")
def trade(tmp_path_factory):
    operators = [Operator(code(n), f"示范{n}号店", "320411") for n in range(1, 31)]
    return write_trade(tmp_path_factory.mktemp("trade"), orders=20_000, operators=operators)


@pytest.fixture
def firm(desk, catalog, collect, trade, monkeypatch):
    """The number of a firm whose shop has the most ratings, after an evaluation."""
    monkeypatch.setattr(Platform, "now", property(lambda _: NOON))
    collect("registration", register(*((f"常州示范{n}号网络有限公司", code(n), "常州市新北区通江路1号") for n in range(1, 31))))  # fmt: skip
    send_trade(desk, catalog, trade)
    evaluate()
    row = ShownRating.objects.filter(subject_id__isnull=False).order_by("-ratings").first()
    assert row is not None and row.rating is not None
    return row


def evaluate(on: date = DAY):
    return evaluate_everything(Platform(), by=OPERATOR, as_of=on)


def public(home, row):
    store = PublicStore(home.public_db)
    found = store.find_subject(row.operator_uscc, DAY)
    store.close()
    return next(rating for rating in found.ratings if rating.name == row.name)


def test_a_shops_rating_is_on_the_desk_in_show_and_on_the_portal(desk, firm):
    client: Client = sign_in(make_person("jia", (CITY, "credit_officer")))
    set_up(client)
    open_file(client, firm.subject_id)
    page = text_of(client.get(f"/desk/subjects/{firm.subject_id}"))
    for said in (
        firm.name,
        f"{firm.rating:.2f}",
        f"依据 {firm.ratings} 条评价",
        "买家评店规则 2026.1",
        "积分",
    ):
        assert said in page, said
    english = text_of(client.get(f"/desk/subjects/{firm.subject_id}", headers={"accept-language": "en"}))
    assert "How buyers rate shops" in english or "买家评店规则" in english
    earlier = text_of(client.get(f"/desk/subjects/{firm.subject_id}?as_of=2026-01-01"))
    assert firm.rated not in earlier
    args = build_parser().parse_args(["show", firm.operator_uscc])
    said = "\n".join(args.run(args, Context()).lines)
    assert f"{firm.rating:.2f}" in said and firm.rated in said and "积分 points" in said
    shown = public(desk, firm)
    assert (shown.rating, shown.low, shown.high, shown.ratings) == (
        round(firm.rating, 2), round(firm.low, 2), round(firm.high, 2), firm.ratings,
    )  # fmt: skip


def test_nothing_is_written_when_nothing_changed(desk, firm):
    before = desk.public_db.read_bytes()
    again = evaluate()
    assert not again["ratings"]["ran"] and again["publicity"]["touched"] == 0
    assert ShownRating.objects.get(pk=firm.pk).last_run_id == firm.last_run_id
    assert len(desk.public_db.read_bytes()) == len(before)


def test_what_two_people_confirmed_is_marked_and_weighs_nothing_and_all_stay(desk, catalog, firm):
    [(orders,)] = _orders(desk, catalog, firm.rated)
    run = DetectionRun.objects.order_by("-id").first()
    kept = {
        "kind": "brushing", "victim": False, "score": 0.9, "log_odds": 3.0, "row_count": len(orders), "rows_of": "orders",
        "rows": json.dumps(orders), "document": "{}", "digest": "d", "state": CONFIRMED, "first_run": run, "last_run": run,
    }  # fmt: skip
    finding = Finding.objects.create(finding_id="F-rated", shop_id=firm.rated, **kept)
    FindingDecision.objects.create(
        finding=finding, outcome=CONFIRMED, reason="admitted", by="jia", at=NOON, leaf=10_000_000, kind="brushing", score=0.9,
        rows=json.dumps(orders), digest="d",
    )  # fmt: skip
    found = evaluate()["ratings"]
    after = ShownRating.objects.get(pk=firm.pk)
    assert found["ran"] and after.ratings == firm.ratings
    assert json.loads(after.document)["found_forged"] >= len(orders)
    shown = public(desk, after)
    assert shown.found_forged >= len(orders) and shown.ratings == firm.ratings
    assert "confirmed" in dict(shown.reasons)


def test_the_audit_of_the_whole_home_is_clean_and_sees_a_rating_that_was_touched(desk, catalog, firm):
    platform = Platform()
    audit = {"catalog": catalog, "verifier": platform.verifier, "sealer": platform.sealer}

    def found():
        # A home of a test has no file of its public key.
        return [finding.code for finding in audit_home(desk, **audit).findings if finding.code != "head"]

    assert found() == []
    ShownRating.objects.filter(pk=firm.pk).update(ratings=firm.ratings + 1)
    assert found() == ["rating"]


def test_whom_a_rating_is_tied_to_follows_from_codes(desk, firm):
    assert firm.subject_id == find_subject_id(firm.operator_uscc)
    assert ShownRating.objects.filter(rule="shop_to_buyer").count() == 0


def _orders(home, catalog, shop):
    sql = (
        f"SELECT list(DISTINCT order_id ORDER BY order_id)[:5] FROM reviews WHERE shop_id = '{shop}' AND direction = 'buyer_to_shop' "
        f"AND reviewed_at < DATE '{DAY - timedelta(days=16)}'"
    )
    with open_duck(threads=1) as connection, open_lake(home, connection, catalog.trade):
        return connection.execute(sql).fetchall()
