"""The city's shops rated from the lake: what may be read of it, what is kept, when it is done again, and that nothing is deleted."""

import json
from datetime import timedelta

import pyarrow.parquet as pq
import pytest

from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.market.audit_lake import audit_lake
from ecredit.facts.market.lake_files import digest_of, trade_folder
from ecredit.facts.market.lake_queries import open_lake
from ecredit.facts.market.models import TradePart
from ecredit.facts.records.prove import prove_leaf
from ecredit.foundation.engine.duck import open_duck
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.evaluation import rate_actions
from ecredit.judgement.evaluation.audit_ratings import audit_ratings
from ecredit.judgement.evaluation.rate_actions import rate_city, tie_city
from ecredit.judgement.evaluation.rating_files import RATERS, ratings_folder
from ecredit.judgement.evaluation.rating_models import PastRating, RatingRun, ShownRating
from ecredit.judgement.evaluation.rating_queries import list_rated_shops, list_ratings_of
from ecredit.judgement.evaluation.rating_types import RatedShop
from tests.conftest import NOON
from tests.triage.triage_world import LAST, send_trade, write_trade

pytestmark = pytest.mark.django_db
DAY = LAST + timedelta(days=3)


@pytest.fixture(scope="module")
def trade(tmp_path_factory):
    return write_trade(tmp_path_factory.mktemp("trade"), orders=20_000)


def notes(_connection, _given, shops):
    return {shop: RatedShop(shop, f"店{shop}", "p1", "") for shop in shops}


@pytest.fixture
def rate(home, catalog):
    def run(day=DAY, confirmed=frozenset(), **more):
        ring = KeyRing.load(home.keys)
        return rate_city(
            home=home, catalog=catalog, ring=ring, as_of=day, by=OPERATOR, at=NOON, confirmed=confirmed, notes=notes,
            **more,
        )  # fmt: skip

    return run


def ask(home, catalog, sql):
    with open_duck(threads=1) as connection, open_lake(home, connection, catalog.trade):
        return connection.execute(sql).fetchall()


def test_without_reviews_nothing_is_done(home, rate):
    found = rate()
    assert (found.ran, found.why) == (False, "nothing")
    assert not ratings_folder(home).exists() and not JournalEntry.objects.exists()


def test_ratings_are_kept_with_their_run_and_nothing_is_done_twice(home, catalog, trade, rate):
    send_trade(home, catalog, trade)
    first = rate()
    assert first.ran and first.why == "first" and first.rated == ShownRating.objects.count() > 50
    [(there,)] = ask(home, catalog, "SELECT count(*) FROM reviews WHERE direction = 'buyer_to_shop'")
    # Every rating of a shop is shown or waits for its time; none is lost.
    assert first.ratings + first.waiting == there and first.waiting > 0
    entry = JournalEntry.objects.get(verb="rating.run")
    assert json.loads(entry.detail)["digest"] == RatingRun.objects.get().digest
    assert list(audit_ratings()) == []
    for row in ShownRating.objects.filter(ratings__gt=0):
        more = json.loads(row.document)
        assert 1 <= row.low <= row.rating <= row.high <= 5
        assert 0 <= more["weighted_down_share"] <= 1 and more["weighted_down"] <= row.ratings
        assert more["points"] >= 0 and more["level"] in {
            level.id for level in catalog.ratings["buyer_to_shop"].points.levels
        }

    before = list(ShownRating.objects.order_by("pk").values())
    files = {path: path.stat().st_mtime_ns for path in ratings_folder(home).rglob("*")}
    again = rate()
    assert (again.ran, again.why) == (False, "unchanged") and JournalEntry.objects.filter(
        verb="rating.run"
    ).count() == 1
    assert {path: path.stat().st_mtime_ns for path in ratings_folder(home).rglob("*")} == files
    # Asked to, it does it all again and finds the same.
    asked = rate(full=True)
    assert asked.ran and asked.changed == asked.gone == 0
    assert list(ShownRating.objects.order_by("pk").values()) == before
    # Where the raters' file is lost, as after a restore, it comes again.
    (ratings_folder(home) / RATERS).unlink()
    assert rate().ran and (ratings_folder(home) / RATERS).exists()


def test_what_is_shown_later_counts_later_and_the_trade_is_not_judged_again(
    home, catalog, trade, rate, monkeypatch
):
    send_trade(home, catalog, trade)
    early = rate(DAY)
    monkeypatch.setattr(
        "ecredit.judgement.evaluation.rate_trade.detect", lambda *_, **__: pytest.fail("judged again")
    )
    late = rate(DAY + timedelta(days=catalog.ratings["buyer_to_shop"].blind_days + 1))
    assert late.ran and late.waiting == 0 and late.ratings == early.ratings + early.waiting


def test_only_what_may_be_used_for_scoring_is_read(home, catalog, trade, rate, monkeypatch):
    send_trade(home, catalog, trade)
    seen = {}

    def spy(connection, given, *args, **more):
        seen.update(given)
        for table, columns in given.items():
            held = {column.id for column in catalog.trade.tables[table].columns} - columns
            for column in held:
                assert connection.execute(f"SELECT count({column}) FROM {table}").fetchone() == (0,), (
                    f"{table}.{column}"
                )
        return real(connection, given, *args, **more)

    real = rate_actions.rate
    monkeypatch.setattr(rate_actions, "rate", spy)
    rate()
    assert {"orders", "reviews", "parcels", "payments"} <= seen.keys()
    for table, columns in seen.items():
        assert all("scoring" in catalog.trade.feeds(table, column) for column in columns)
    assert (
        "device_id" not in seen["orders"]
        and "payer_id" not in seen["payments"]
        and "score" in seen["reviews"]
    )


def test_what_officers_found_forged_stays_weighs_nothing_and_is_in_the_log(home, catalog, trade, rate):
    send_trade(home, catalog, trade)
    rate()
    sql = (
        "SELECT shop_id, list(order_id ORDER BY order_id)[:8] FROM reviews WHERE direction = 'buyer_to_shop' AND score >= 4 "
        f"AND reviewed_at < DATE '{DAY - timedelta(days=16)}' GROUP BY 1 HAVING count(*) > 20 ORDER BY count(*) DESC LIMIT 1"
    )
    [(shop, orders)] = ask(home, catalog, sql)
    [(lake,)] = ask(home, catalog, "SELECT count(*) FROM reviews")
    before = ShownRating.objects.get(rated=shop)
    found = rate(confirmed=frozenset(("orders", order) for order in orders))
    after = ShownRating.objects.get(rated=shop)
    more, was = json.loads(after.document), json.loads(before.document)
    assert found.why == "changed" and found.found_forged == more["found_forged"] >= len(orders)
    # Still there, all of them; marked, and weighted down.
    assert ask(home, catalog, "SELECT count(*) FROM reviews") == [(lake,)]
    assert after.ratings == before.ratings and more["weighted_down"] >= was["weighted_down"]
    assert more["weighted_down_share"] > was["weighted_down_share"]
    assert next(r for r in more["reasons"] if r["reason"] == "confirmed")["ratings"] == more["found_forged"]
    # The log took the files of the lake and the ratings that were shown of them: anybody can check that offline.
    for verb in ("trade.collect", "rating.run"):
        for entry in JournalEntry.objects.filter(verb=verb):
            assert prove_leaf(entry.leaf, ring=KeyRing.load(home.keys))["leaf"]
    assert list(audit_lake(home)) == [] == list(audit_ratings())


def test_the_list_of_ratings_in_the_lake_cannot_shrink_unseen(home, catalog, trade, rate):
    send_trade(home, catalog, trade)
    rate()
    part = TradePart.objects.filter(batch__table="reviews", kind="rows").order_by("-rows").first()
    path = trade_folder(home) / part.name
    kept = path.read_bytes()
    # A rating taken out of its file, with the manifest put right afterwards: the log says otherwise.
    table = pq.read_table(path)
    pq.write_table(table.slice(1), path)
    assert [finding.code for finding in audit_lake(home)] == ["trade"]
    TradePart.objects.filter(pk=part.pk).update(digest=digest_of(path))
    assert [finding.code for finding in audit_lake(home)] == ["trade"]
    TradePart.objects.filter(pk=part.pk).update(digest=part.digest)
    path.write_bytes(kept)
    assert list(audit_lake(home)) == []
    TradePart.objects.filter(pk=part.pk).delete()
    assert [finding.code for finding in audit_lake(home)] == ["trade"]


def test_ratings_are_tied_to_subjects_and_shown_of_them(home, catalog, trade, rate):
    send_trade(home, catalog, trade)
    rate()
    shop = list_rated_shops()[0].shop_id
    ring = KeyRing.load(home.keys)

    def tie(subjects):
        return tie_city(subjects, ring=ring, by=OPERATOR, at=NOON)

    assert tie({shop: 7}) == 1 and tie({shop: 7}) == 0
    [figures] = list_ratings_of([7])
    assert (figures.rated, figures.rule, figures.subject_id) == (shop, "buyer_to_shop", 7)
    assert list(audit_ratings()) == []
    ShownRating.objects.filter(rated=shop).update(subject_id=8)
    assert ["所属的主体" in finding.zh for finding in audit_ratings()] == [True]
    assert tie({}) == 1 and list_ratings_of([7]) == [] == list(audit_ratings())


def test_the_audit_names_a_rating_that_was_changed_or_removed(home, catalog, trade, rate):
    send_trade(home, catalog, trade)
    rate()
    row = ShownRating.objects.order_by("pk").first()
    ShownRating.objects.filter(pk=row.pk).update(rating=5.0)
    assert [finding.code for finding in audit_ratings()] == ["rating"]
    ShownRating.objects.filter(pk=row.pk).update(rating=row.rating)
    assert list(audit_ratings()) == []
    ShownRating.objects.filter(pk=row.pk).delete()
    assert len(list(audit_ratings())) == 1


def test_what_was_shown_before_is_kept_and_the_audit_holds_it(home, catalog, trade, rate):
    send_trade(home, catalog, trade)
    run = RatingRun.objects.get(pk=rate().run_id)
    assert PastRating.objects.count() == ShownRating.objects.count()
    assert not rate(full=True).changed and set(PastRating.objects.values_list("run", flat=True)) == {run.pk}
    row = PastRating.objects.filter(rating__isnull=False).first()
    for change in ({"rating": 5.5}, {"ratings": row.ratings + 1}):
        PastRating.objects.filter(pk=row.pk).update(**change)
        assert ["历史评分" in finding.zh for finding in audit_ratings()] == [True]
        PastRating.objects.filter(pk=row.pk).update(rating=row.rating, ratings=row.ratings)
    PastRating.objects.create(run=RatingRun.objects.last(), rule="x", rated="y", ratings=3)
    assert ["历史评分" in finding.zh for finding in audit_ratings()] == [True]
    PastRating.objects.filter(rated="y").delete()
    row.delete()
    assert ["历史评分" in finding.zh for finding in audit_ratings()] == [True]
