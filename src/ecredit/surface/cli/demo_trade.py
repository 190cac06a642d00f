"""The demo city's trade: what its shops sold on one platform in a year, with forged trade planted in it."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from ecredit.facts.actors.queries import get_supplier
from ecredit.facts.actors.types import Actor
from ecredit.facts.market.collect_actions import Market, collect_market
from ecredit.facts.market.types import TradeReceipt
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.demo_plan import CITY_TIME, Plan
from ecredit.surface.cli.trade_build import Operator, Progress, build_trade
from ecredit.surface.cli.trade_types import DAYS, SIZES

FOLDER: Final = "market"
# Of so many orders of a year the last so many days. The small city must be ready in a minute: about eighteen thousand.
_SMALL: Final = (40_000, 150)
_TIERS: Final = {"small": "easy"}
SENDER: Final = "platform-1"


def write_trade(
    out: Path, plan: Plan, *, size: str, orders: int | None = None, progress: Progress | None = None
) -> None:
    """Write trade tables (`market/trade`) and their truth (`market/truth`) below a demo city's folder.

    The shops are the city's, under their operators' codes, so that findings are tied to its subjects.
    `orders`: of the year, where not as many as the size has.
    """
    many, days = _SMALL if size == "small" else (SIZES[size], DAYS)
    operators = [
        Operator(shop.owner.uscc, shop.name, shop.owner.district_code)
        for shop in plan.city.shops
        if shop.owner.uscc and not shop.owner.is_person
    ]
    build_trade(
        out / FOLDER, orders=many if orders is None else orders, tier=_TIERS.get(size, "standard"), seed=plan.seed,
        last=plan.today - timedelta(days=2), texts=False, progress=progress or (lambda *_: None), days=days,
        operators=operators,
    )  # fmt: skip


def collect_trade(context: Context, folder: Path, today: date) -> list[TradeReceipt]:
    """Take a demo city's trade into the lake, as its platform sent it the evening before; nothing where the city has none."""
    trade = folder / FOLDER / "trade"
    if not trade.is_dir():
        return []
    sent_at = datetime.combine(today - timedelta(days=1), time(22), CITY_TIME)
    supplier = get_supplier(context.catalog, SENDER, on=sent_at.date())
    market = Market(context.home, context.catalog, context.ring)
    by = Actor(who=supplier.id, right="supplier.submit")
    return collect_market(market, trade, supplier=supplier, by=by, at=sent_at)
