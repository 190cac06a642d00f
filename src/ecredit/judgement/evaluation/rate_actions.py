"""Rating the city: the shops of the lake of trade under the city's rules, kept with the run that did it."""

import hashlib
import os
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime

import duckdb
from django.db import transaction

from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.queries import find_last_act
from ecredit.facts.actors.types import Actor
from ecredit.facts.market.lake_queries import lake_digest, open_lake
from ecredit.facts.market.models import TradeBatch
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.engine.duck import open_duck
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.detection.trade_view import Given
from ecredit.judgement.evaluation.keep_ratings import (
    keep_ratings,
    past_digests,
    ratings_digest,
    tie_ratings,
    ties_digest,
)
from ecredit.judgement.evaluation.rate_trade import rate
from ecredit.judgement.evaluation.rating_filed import filed_digest, rate_couriers, read_filed
from ecredit.judgement.evaluation.rating_files import (
    RATERS,
    SHOPS,
    open_rating_draft,
    rating_engine,
    ratings_folder,
    scores_path,
    settle_raters,
)
from ecredit.judgement.evaluation.rating_models import RatingRun, ShownRating
from ecredit.judgement.evaluation.rating_rows import read_shop_figures
from ecredit.judgement.evaluation.rating_types import RatedShop, RatingFigures, RatingSummary
from ecredit.judgement.evaluation.rating_under import BACK, Under

# The journal's verbs for: these ratings are shown; these ratings are of these subjects.
RATED = "rating.run"
TIED = "rating.tied"
_EPOCH = date(1970, 1, 1)

ShopNotes = Callable[[duckdb.DuckDBPyConnection, Given, Collection[str]], Mapping[str, RatedShop]]
"""What the lake says of these shops besides: names, platforms, operators' codes."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a run follows from: alike twice, it is done once."""

    as_of: date
    lake: str
    rules: str
    engine: str
    confirmed: str
    filed: str


def rate_city(
    *,
    home: Home,
    catalog: Catalog,
    ring: KeyRing,
    as_of: date,
    by: Actor,
    at: datetime,
    confirmed: frozenset[tuple[str, str]],
    notes: ShopNotes,
    full: bool = False,
) -> RatingSummary:
    """Rate what the lake of trade holds for the beginning of the day `as_of`, and keep what is shown.

    Only what the law lets be used for scoring is read of the lake, detection of forged trade included. `confirmed`: (`orders` or
    `parcels`, id) that officers found forged. Nothing is done where lake, day, rules, program and decisions are those of the
    last run, unless `full`. The caller is alone in the lake.
    """
    rules = {name: rule for name, rule in catalog.ratings.items() if rule.in_force(as_of)}
    trade_there = (
        set(BACK) <= rules.keys() and TradeBatch.objects.filter(table="reviews", state="done").exists()
    )
    filed = read_filed(home, catalog, as_of)
    if not trade_there and not filed and not ShownRating.objects.exists():
        return RatingSummary(ran=False, why="nothing")
    asked = _Asked(
        as_of=as_of,
        lake=lake_digest(),
        rules=_digest_of(
            [repr(catalog.flags[n]) for n in sorted(catalog.flags)] + [repr(rules[n]) for n in sorted(rules)]
        ),
        engine=rating_engine(),
        confirmed=_digest_of(f"{of} {row}" for of, row in sorted(confirmed)),
        filed=filed_digest(filed),
    )
    last = RatingRun.objects.order_by("-id").first()
    same = last is not None and asked == _Asked(
        last.as_of, last.lake, last.rules, last.engine, last.confirmed, last.filed
    )
    there = (ratings_folder(home) / RATERS).exists() or not trade_there
    if last is not None and same and there and not full:
        return _summary(last, ran=False, why="unchanged")
    began = time.perf_counter()
    under = Under(rules, float((as_of - _EPOCH).days) * 86_400.0, confirmed)
    figures = _rate_trade(home, catalog, asked, under, notes, full) if trade_there else []
    figures += rate_couriers(filed, catalog, rules)
    run = RatingRun(
        as_of=as_of, at=at, by=by.who, lake=asked.lake, rules=asked.rules, engine=asked.engine, confirmed=asked.confirmed,
        filed=asked.filed, edition=catalog.edition, digest="", counts={},
    )  # fmt: skip
    _keep(run, figures, ring, by, time.perf_counter() - began)
    return _summary(run, ran=True, why="asked" if full and same else "changed" if last else "first")


def _rate_trade(
    home: Home, catalog: Catalog, asked: _Asked, under: Under, notes: ShopNotes, full: bool
) -> list[RatingFigures]:
    draft = open_rating_draft(home)
    spill = draft / "spill"
    spill.mkdir()
    with open_duck(spill=spill) as connection, ExitStack() as opened:
        with home.alone_in_trade():
            lake = lake_digest()
            trade = opened.enter_context(open_lake(home, connection, catalog.trade, purpose="scoring"))
        # What detection makes of the trade follows from the lake, the flags and the program, not from the day.
        scores = scores_path(
            home, _digest_of([lake, asked.engine, *(repr(f) for f in catalog.flags.values())])
        )
        if full:
            scores.unlink(missing_ok=True)
        rate(
            connection, trade.given, catalog.flags, draft, scratch=draft, threads=os.cpu_count() or 1, under=under,
            scores=scores,
        )  # fmt: skip
        figures = read_shop_figures(
            connection,
            draft / SHOPS,
            under.rules[BACK[0]],
            lambda shops: notes(connection, trade.given, shops),
        )
    settle_raters(home, draft, scores)
    return figures


def _keep(run: RatingRun, figures: list[RatingFigures], ring: KeyRing, by: Actor, seconds: float) -> None:
    """Ratings, run and journal, all or none."""
    with transaction.atomic():
        log = OpenLog(ring, run.at)
        run.at = log.at
        run.save(force_insert=True)
        counts = keep_ratings(figures, run)
        run.digest = ratings_digest()
        counts |= {
            "ratings": sum(f.ratings for f in figures),
            **{
                name: sum(int(f.more.get(name, 0)) for f in figures)
                for name in ("waiting", "weighted_down", "found_forged")
            },
        }
        run.counts = {**counts, "seconds": round(seconds, 1)}
        run.save(update_fields=["counts", "digest"])
        detail = {
            "as_of": run.as_of.isoformat(), "lake": run.lake, "rules": run.rules, "engine": run.engine,
            "confirmed": run.confirmed, "filed": run.filed, "digest": run.digest, "counts": counts,
            "past": dict(past_digests(run)).get(run.pk, ""),
        }  # fmt: skip
        post_journal(log, by=by, verb=RATED, about=f"rating:{run.pk}", detail=detail)
        _hold_ties(log, by, counts["changed"])
        log.seal()


def tie_city(subjects: Mapping[str, int], *, ring: KeyRing, by: Actor, at: datetime) -> int:
    """Tie shown ratings to subjects (`subjects`: of shops), and let the journal hold whom; returns how many ties changed."""
    with transaction.atomic():
        changed = tie_ratings(subjects)
        last = find_last_act(TIED)
        if last is None or read_object(last.detail).get("digest") != ties_digest():
            log = OpenLog(ring, at)
            _hold_ties(log, by, changed)
            log.seal()
    return changed


def _hold_ties(log: OpenLog, by: Actor, changed: int) -> None:
    post_journal(log, by=by, verb=TIED, about="rating", detail={"digest": ties_digest(), "changed": changed})


def _digest_of(parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{part}\n".encode())
    return digest.hexdigest()


def _summary(run: RatingRun, *, ran: bool, why: str) -> RatingSummary:
    counts = run.counts
    return RatingSummary(
        ran=ran,
        why=why,
        run_id=run.pk,
        rated=counts["rated"],
        changed=counts["changed"] if ran else 0,
        gone=counts["gone"] if ran else 0,
        ratings=counts["ratings"],
        waiting=counts["waiting"],
        weighted_down=counts["weighted_down"],
        found_forged=counts["found_forged"],
        without_subject=ShownRating.objects.filter(subject_id=None).count(),
        seconds=counts["seconds"] if ran else 0.0,
    )
