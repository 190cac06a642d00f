"""Ratings of the city's shops, and whom each is tied to."""

from collections.abc import Collection
from datetime import date

import duckdb

from ecredit.facts.actors.types import Actor
from ecredit.facts.market.models import TradeBatch
from ecredit.judgement.detection.trade_view import Given
from ecredit.judgement.evaluation.rate_actions import rate_city, tie_city
from ecredit.judgement.evaluation.rating_queries import list_rated_shops
from ecredit.judgement.evaluation.rating_types import RatedShop, RatingSummary
from ecredit.judgement.triage.confirmed_rows import list_confirmed_rows
from ecredit.judgement.triage.shop_notes import find_subjects, read_shop_notes
from ecredit.judgement.triage.types import ShopNote
from ecredit.service.operation.platform import Platform


def rate_everything(platform: Platform, *, by: Actor, as_of: date, full: bool = False) -> RatingSummary:
    """Rate what changed, and tie shops to subjects as findings are: by code, or by one platform's records; never by a name.

    What two people confirmed as forged weighs nothing from the next run on. The caller is alone in the lake.
    """
    summary = rate_city(
        home=platform.home,
        catalog=platform.catalog,
        ring=platform.ring,
        as_of=as_of,
        by=by,
        at=platform.now,
        confirmed=list_confirmed_rows(),
        notes=_notes,
        full=full,
    )
    shops = [
        ShopNote(s.shop_id, s.name, s.platform_id, s.operator_uscc, s.disputed) for s in list_rated_shops()
    ]
    suppliers = set(TradeBatch.objects.filter(state="done").values_list("supplier", flat=True))
    subjects = find_subjects(platform.home, shops, suppliers)
    if summary.why != "nothing":
        tie_city(subjects, ring=platform.ring, by=by, at=platform.now)
    return summary


def _notes(
    connection: duckdb.DuckDBPyConnection, given: Given, shops: Collection[str]
) -> dict[str, RatedShop]:
    found = read_shop_notes(connection, {name: frozenset(of) for name, of in given.items()}, shops)
    return {
        shop: RatedShop(shop, note.name, note.platform_id, note.operator_uscc, note.disputed)
        for shop, note in found.items()
    }
