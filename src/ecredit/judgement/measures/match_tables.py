"""What the tables say: grades, their reasons, shown ratings, findings of forged trade. One query a rule, whoever it is about.

Only grades that may be public are looked at: a natural person's is told to nobody but the person.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from itertools import groupby
from operator import or_
from typing import Any

from django.db.models import Q
from django.utils import timezone

from ecredit.facts.actors.bulk import select_in
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.catalog.warning_types import (
    LETTERS,
    FindingStands,
    GapStands,
    GradeFell,
    GradeLow,
    IndicatorPast,
    RatingFell,
    RatingLow,
)
from ecredit.judgement.disclosure.gap_words import saw_words
from ecredit.judgement.disclosure.keep_gaps import read_document
from ecredit.judgement.disclosure.models import DisclosureGap
from ecredit.judgement.disclosure.types import State as GapState
from ecredit.judgement.evaluation.models import Grade
from ecredit.judgement.evaluation.rating_models import ShownRating
from ecredit.judgement.evaluation.rating_queries import list_fallen_ratings
from ecredit.judgement.evaluation.types import Model
from ecredit.judgement.measures.match_lake import MOST_FACTS
from ecredit.judgement.measures.types import Fact, Match
from ecredit.judgement.measures.warning_rules import doublings
from ecredit.judgement.triage.models import Finding
from ecredit.judgement.triage.types import CONFIRMED, WAITING

# A rating is clearly worse when it is half a star lower.
_HALF_STAR = 0.5
_KINDS = "forged_trade_kind"


def match_grade_low(looked: GradeLow) -> Iterator[Match]:
    """Subjects whose grade is that letter or a worse one."""
    worst = LETTERS.index(looked.worst)
    rows = Grade.objects.filter(is_current=True, public=True, grade__in=LETTERS[worst:])
    for row_id, subject_id, grade, score, as_of in (
        rows.order_by("subject_id").values_list("id", "subject_id", "grade", "score", "as_of").iterator()
    ):
        yield Match(
            about=f"subject:{subject_id}",
            thing="",
            gravity=LETTERS.index(grade),
            facts=[Fact(f"grade:{row_id}", "grade", str(row_id), as_of, values={"grade": str(grade)})],
            values={"grade": grade, "score": f"{score:.2f}"},
            subject_id=subject_id,
        )


def match_grade_fell(looked: GradeFell, as_of: date) -> Iterator[Match]:
    """Subjects whose grade came down so far lately, under one edition of a model: a new model is nobody's fall."""
    first = as_of - timedelta(days=looked.within_days)
    now = Grade.objects.filter(
        is_current=True, public=True, grade__in=LETTERS[looked.steps :], as_of__gte=first
    )
    rows = (
        Grade.objects.filter(subject_id__in=now.values("subject_id"))
        .order_by("subject_id", "id")
        .values_list("subject_id", "id", "grade", "edition", "as_of")
    )
    for subject_id, history in groupby(rows.iterator(), key=lambda row: row[0]):
        given = list(history)
        edition = given[-1][3]
        mine = [row for row in given if row[3] == edition and row[2] in LETTERS]
        if not mine or mine[-1] is not given[-1]:
            continue
        rank = LETTERS.index(mine[-1][2])
        better = [n for n, row in enumerate(mine) if LETTERS.index(row[2]) <= rank - looked.steps]
        if not better or mine[better[-1] + 1][4] < first:
            continue
        before, fell = mine[better[-1]], mine[better[-1] + 1]
        yield Match(
            about=f"subject:{subject_id}",
            thing="",
            gravity=rank,
            facts=[
                Fact(
                    f"grade:{fell[1]}",
                    "grade",
                    str(fell[1]),
                    fell[4],
                    values={"grade": f"{before[2]} → {mine[-1][2]}"},
                )
            ],
            values={"before": before[2], "grade": mine[-1][2], "day": fell[4].isoformat()},
            subject_id=subject_id,
        )


def match_indicator(looked: IndicatorPast, models: Mapping[str, Model]) -> Iterator[Match]:
    """Subjects from whom one of these indicators takes so many points."""
    # How grades are written (`column_findings`); what is read of a row is decided on its values below.
    named = reduce(or_, (Q(findings__contains=f'"indicator":"{id}"') for id in looked.indicators))
    titles = {i.id: (i.title_zh, i.title_en) for model in models.values() for i in model.indicators}
    rows = Grade.objects.filter(named, is_current=True, public=True).order_by("subject_id")
    found: list[tuple[int, date, Any, Decimal, list[int]]] = []
    for subject_id, findings, as_of in rows.values_list("subject_id", "findings", "as_of").iterator():
        for part in json.loads(findings, parse_float=Decimal):
            points = Decimal(part["points"])
            if part["indicator"] not in looked.indicators or points > looked.points:
                continue
            found.append((subject_id, as_of, part["indicator"], points, list(part.get("leaves", ()))))
    entries = _entries([leaf for *_, leaves in found for leaf in leaves[:MOST_FACTS]])
    for subject_id, as_of, indicator, points, leaves in found:
        yield Match(
            about=f"subject:{subject_id}",
            thing=indicator,
            gravity=doublings(float(points), float(looked.points)),
            facts=[
                Fact(f"entry:{leaf}", "entry", str(leaf), *entries.get(leaf, (None, "")))
                for leaf in leaves[:MOST_FACTS]
            ]
            or [Fact(f"grade:{as_of}", "grade", "", as_of)],
            more=max(0, len(leaves) - MOST_FACTS),
            values={"indicator": titles.get(indicator, (indicator, indicator)), "points": f"{-points:.0f}"},
            subject_id=subject_id,
        )


def _entries(leaves: Sequence[int]) -> dict[int, tuple[date | None, str]]:
    """The day and the source of these entries; a query for fifty thousand of them."""
    sql = "SELECT leaf, valid_from, source_id FROM records_entry WHERE leaf IN ({values})"
    return {
        leaf: (date.fromisoformat(day) if isinstance(day, str) else day, source)
        for leaf, day, source in select_in(sql, leaves, kind="bigint")
    }


def match_rating(looked: RatingLow) -> Iterator[Match]:
    """Shops (or couriers) whose shown rating is surely low."""
    rows = ShownRating.objects.filter(rule=looked.rule, high__lt=looked.below, ratings__gte=looked.least)
    for row in rows.order_by("rated").defer("document").iterator():
        if row.rating is None or row.high is None:
            continue
        value = f"{row.rating:.1f}"
        yield Match(
            about=f"shop:{row.rated}" if row.subject_id is None else f"subject:{row.subject_id}",
            thing=row.rated,
            gravity=int((looked.below - row.rating) / _HALF_STAR),
            facts=[
                Fact(
                    f"rating:{row.rated}:{value}", "rating", row.rated, values={"rating": f"{row.rating:.2f}"}
                )
            ],
            values={
                "shop": row.name or row.rated,
                "rating": f"{row.rating:.2f}",
                "high": f"{row.high:.2f}",
                "count": row.ratings,
                "below": f"{looked.below:g}",
            },
            subject_id=row.subject_id,
        )


def match_rating_fell(looked: RatingFell, as_of: date) -> Iterator[Match]:
    """Shops (or couriers) whose shown rating came down so far lately."""
    since = as_of - timedelta(days=looked.within_days)
    for fallen in list_fallen_ratings(looked.rule, since=since, by=looked.by, least=looked.least):
        now = fallen.now
        drop = fallen.before - (now.rating or 0.0)
        yield Match(
            about=f"shop:{now.rated}" if now.subject_id is None else f"subject:{now.subject_id}",
            thing=now.rated,
            gravity=int(drop / _HALF_STAR),
            facts=[
                Fact(
                    f"rating:{now.rated}:fell:{fallen.on}",
                    "rating",
                    now.rated,
                    fallen.on,
                    values={"rating": f"{fallen.before:.2f} → {now.rating:.2f}"},
                )
            ],
            values={
                "shop": now.name or now.rated,
                "before": f"{fallen.before:.2f}",
                "rating": f"{now.rating:.2f}",
                "count": now.ratings,
                "day": fallen.on.isoformat(),
            },
            subject_id=now.subject_id,
        )


def match_finding(looked: FindingStands, catalog: Catalog) -> Iterator[Match]:
    """Findings in that state. One that waits has to be found by the last run; what was confirmed stands."""
    rows = Finding.objects.filter(victim=looked.victim, score__gte=looked.score)
    rows = rows.filter(state=WAITING, gone=False) if looked.state == WAITING else rows.filter(state=CONFIRMED)
    if looked.kinds:
        rows = rows.filter(kind__in=looked.kinds)
    for row in rows.order_by("pk").defer("rows", "document").iterator():
        seen = None if row.window_to is None else timezone.localtime(row.window_to).date()
        yield Match(
            about=f"shop:{row.shop_id}" if row.subject_id is None else f"subject:{row.subject_id}",
            thing=row.pk,
            gravity=0,
            facts=[Fact(f"finding:{row.pk}:{row.state}", "finding", row.pk, seen)],
            values={
                "shop": row.shop_name or row.shop_id,
                "kind": _kind_words(catalog, row.kind),
                "count": row.row_count,
                "score": f"{row.score:.3f}",
            },
            subject_id=row.subject_id,
        )


def match_gap(looked: GapStands, as_of: date) -> Iterator[Match]:
    """Gaps of platforms' disclosures: those whose answer is overdue on the day, or those that were confirmed and still stand."""
    rows = DisclosureGap.objects.filter(holds=True)
    if looked.state == "overdue":
        rows = rows.filter(state=GapState.OPEN, due_on__lt=as_of)
    else:
        rows = rows.filter(state=GapState.CONFIRMED)
    if looked.checks:
        rows = rows.filter(check_id__in=looked.checks)
    for row in rows.order_by("pk").iterator():
        said = read_document(row.document)
        yield Match(
            about=f"organisation:{row.organisation}",
            thing=row.key,
            gravity=0,
            facts=[Fact(f"gap:{row.pk}:{row.state}", "gap", str(row.pk), row.found_on)],
            values={
                "what": (said["title"]["zh"], said["title"]["en"]),
                "saw": (saw_words(said, "zh"), saw_words(said, "en")),
                "day": row.due_on.isoformat(),
            },
        )


def _kind_words(catalog: Catalog, kind: str) -> tuple[str, str]:
    table = catalog.code_tables.get(_KINDS)
    entry = None if table is None else table.lookup(kind)
    return (kind, kind) if entry is None else (entry.zh, entry.en)
