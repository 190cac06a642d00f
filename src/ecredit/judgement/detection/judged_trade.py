"""What was judged of orders, as scores and findings are written from it."""

from collections.abc import Mapping
from dataclasses import dataclass

from ecredit.judgement.detection.evidence import Binned
from ecredit.judgement.detection.forged_trade import Forged
from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.malice import Malice
from ecredit.judgement.detection.trade_view import TradeView


@dataclass(slots=True)
class JudgedTrade:
    """What was judged of orders."""

    view: TradeView
    forged: Forged
    flags: list[Binned]
    malice: Malice
    malicious: Array
    kinds: Array
    tied: Mapping[int, list[int]]
