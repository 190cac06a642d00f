"""Reads of the back-tests that were run."""

from dataclasses import dataclass
from datetime import datetime

from ecredit.judgement.evaluation.backtest_document import report_of
from ecredit.judgement.evaluation.backtest_models import BacktestRun
from ecredit.judgement.evaluation.backtest_types import BacktestReport


@dataclass(frozen=True, slots=True)
class KeptBacktest:
    """A back-test as kept: its number, when and by whom it was run, and its figures."""

    id: int
    at: datetime
    by: str
    report: BacktestReport


def list_backtests(*, limit: int = 50) -> list[KeptBacktest]:
    """The last ones, newest first."""
    return [_kept(row) for row in BacktestRun.objects.order_by("-id")[:limit]]


def find_backtest(number: int) -> KeptBacktest | None:
    """One by its number, None when there is none."""
    row = BacktestRun.objects.filter(id=number).first()
    return None if row is None else _kept(row)


def _kept(row: BacktestRun) -> KeptBacktest:
    return KeptBacktest(row.id, row.at, row.by, report_of(row.document))
