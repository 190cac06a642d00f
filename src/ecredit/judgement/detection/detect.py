"""Detection from one end to the other: the tables of a folder in, scores and findings out."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ecredit.foundation.catalog.flag_types import Flag
from ecredit.foundation.engine.steps import Tables
from ecredit.judgement.detection.crews import find_crews
from ecredit.judgement.detection.flag_list import bin_flags, missing
from ecredit.judgement.detection.forged_trade import judge_trade
from ecredit.judgement.detection.judged_trade import JudgedTrade
from ecredit.judgement.detection.labels import Labels, Told, tell_orders
from ecredit.judgement.detection.malice import judge_malice
from ecredit.judgement.detection.ratings import read_ratings
from ecredit.judgement.detection.report import Clock, Report
from ecredit.judgement.detection.score_files import SCORES, write_results
from ecredit.judgement.detection.scores import MALICE, NONE, order_kinds
from ecredit.judgement.detection.shared_columns import Shared
from ecredit.judgement.detection.ties import Ties
from ecredit.judgement.detection.trade_view import Given, TradeView, read_view

# What is asked of a view once its flags are computed.
_TOLD = frozenset({"shop", "buyer", "at", "stars", "device", "address", "payer", "origin"})


def detect(
    tables: Tables,
    given: Given,
    flags: Mapping[str, Flag],
    out: Path,
    threads: int = 1,
    labels: Labels | None = None,
) -> Report:
    """Judge the trade tables that are views of `tables` and write the results into `out`.

    given    table → its columns that are really there
    threads  how much is read and computed at once; the result is the same for any number
    labels   what somebody has found forged or sound, if anything; nothing is needed
    """
    report = Report(
        not_judged={flag.id: missing(flag, given) for flag in flags.values() if missing(flag, given)}
    )
    clock = Clock(report)
    view = read_view(tables, given, threads)
    clock.stage("read")
    # What is not known is NaN all the way through, and a logarithm of nothing is one more of it.
    with np.errstate(divide="ignore", invalid="ignore"):
        trade = None
        if view is not None and view.rows:
            told = None if labels is None else tell_orders(labels, view, tables, given)
            trade = _judge(view, flags, given, clock, threads, told)
        ratings = read_ratings(tables, given, labels)
    clock.stage("ratings")
    out.mkdir(parents=True, exist_ok=True)
    for name, _ in SCORES.values():
        (out / f"{name}.parquet").unlink(missing_ok=True)
    write_results(tables, given, trade, ratings, out, report)
    clock.stage("write")
    return report


def _judge(
    view: TradeView, flags: Mapping[str, Flag], given: Given, clock: Clock, threads: int, told: Told | None
) -> JudgedTrade:
    shared = Shared(view)
    binned = bin_flags(shared, flags, "trade", given, threads=threads)
    low = np.flatnonzero(np.asarray(view["stars"]) <= 2)
    low_binned = bin_flags(shared, flags, "malice", given, low, threads)
    shared.forget()
    view.keep(_TOLD)
    clock.stage("flags")
    # A known order with low stars is known as malice, and says nothing of invented trade.
    invented = None if told is None else told.but(low)
    forged = judge_trade(binned, Ties(view, threads), invented)
    malice = judge_malice(view, low_binned, told)
    malicious = np.zeros(view.rows, dtype=np.float32)
    malicious[malice.rows] = malice.chance
    kinds = order_kinds(forged.chance, malicious, binned, forged.weights)
    of_crew, tied = find_crews(view, forged.chance)
    kinds = np.where((of_crew != NONE) & (kinds != MALICE), of_crew, kinds).astype(np.int8)
    clock.stage("judge")
    return JudgedTrade(view, forged, binned, malice, malicious, kinds, tied)
