"""Writing what a run of rating found over what was known, and a digest of all that stands."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter

from ecredit.facts.subjects.queries import canonical_id
from ecredit.judgement.evaluation.rating_models import PastRating, RatingRun, ShownRating
from ecredit.judgement.evaluation.rating_types import RatingFigures

# The direction whose ratings are of shops, which are tied to subjects.
BUYERS = "buyer_to_shop"
_AT_ONCE = 200
_WRITTEN = (
    "rule_version", "name", "platform_id", "operator_uscc", "disputed", "rating", "low", "high", "ratings", "document",
)  # fmt: skip


def keep_ratings(found: Iterable[RatingFigures], run: RatingRun) -> dict[str, int]:
    """Write what differs, in the caller's transaction; counts `rated`, `changed` and `gone`.

    One who is no longer rated (under the day's rules, or by the lake as it is put right) goes; the ratings themselves stay in the lake.
    """
    kept = {(row.rule, row.rated): row for row in ShownRating.objects.all()}
    fresh: list[ShownRating] = []
    changed: list[ShownRating] = []
    past: list[PastRating] = []
    rated = 0
    for figures in found:
        rated += 1
        row = kept.pop((figures.rule, figures.rated), None)
        written = row or ShownRating(rule=figures.rule, rated=figures.rated)
        shown = None if row is None else _shown(row)
        if _write(written, figures) or row is None:
            written.last_run = run
            # A shop is tied by its operator; who rates a subject itself says whom.
            written.subject_id = written.subject_id if figures.subject_id is None else figures.subject_id
            (fresh if row is None else changed).append(written)
        if _shown(written) != shown:
            past.append(_past(run, written.rule, written.rated, *_shown(written)))
    ShownRating.objects.bulk_create(fresh, batch_size=_AT_ONCE)
    ShownRating.objects.bulk_update(changed, [*_WRITTEN, "subject_id", "last_run"], batch_size=_AT_ONCE)
    past += [_past(run, rule, rated, None, None, None, 0) for rule, rated in kept]
    PastRating.objects.bulk_create(past, batch_size=_AT_ONCE)
    lost = [row.pk for row in kept.values()]
    for start in range(0, len(lost), _AT_ONCE):
        ShownRating.objects.filter(pk__in=lost[start : start + _AT_ONCE]).delete()
    return {"rated": rated, "changed": len(fresh) + len(changed), "gone": len(lost)}


def _shown(row: ShownRating) -> tuple[float | None, float | None, float | None, int]:
    """What one who looks the shop up sees in figures."""
    return row.rating, row.low, row.high, row.ratings


def _past(
    run: RatingRun,
    rule: str,
    rated: str,
    rating: float | None,
    low: float | None,
    high: float | None,
    ratings: int,
) -> PastRating:
    return PastRating(run=run, rule=rule, rated=rated, rating=rating, low=low, high=high, ratings=ratings)


def _write(row: ShownRating, figures: RatingFigures) -> bool:
    values = {
        "rule_version": figures.rule_version,
        "name": figures.name[:300],
        "platform_id": figures.platform_id[:200],
        "operator_uscc": figures.operator_uscc[:64],
        "disputed": figures.disputed,
        "rating": figures.rating,
        "low": figures.low,
        "high": figures.high,
        "ratings": figures.ratings,
        "document": json.dumps(figures.more, ensure_ascii=False, sort_keys=True),
    }
    differs = any(getattr(row, name) != value for name, value in values.items())
    for name, value in values.items():
        setattr(row, name, value)
    return differs


def ratings_digest() -> str:
    """SHA-256 over every shown rating as it stands, whom it is tied to aside: that follows from codes."""
    digest = hashlib.sha256()
    rows = ShownRating.objects.order_by("rule", "rated").values_list("rule", "rated", *_WRITTEN)
    for row in rows.iterator():
        digest.update(f"{json.dumps(row, ensure_ascii=False)}\n".encode())
    return digest.hexdigest()


def past_digests(run: RatingRun | None = None) -> Iterator[tuple[int, str]]:
    """The number of every run (or of this one) that changed something shown, with the SHA-256 over what it left shown of those."""
    kept = PastRating.objects.all() if run is None else PastRating.objects.filter(run=run)
    rows = kept.order_by("run_id", "rule", "rated").values_list(
        "run_id", "rule", "rated", "rating", "low", "high", "ratings"
    )
    for run_id, of_run in groupby(rows.iterator(), key=itemgetter(0)):
        digest = hashlib.sha256()
        for row in of_run:
            digest.update(f"{json.dumps(row[1:], ensure_ascii=False)}\n".encode())
        yield run_id, digest.hexdigest()


def ties_digest() -> str:
    """SHA-256 over whom every shown rating is tied to."""
    digest = hashlib.sha256()
    rows = ShownRating.objects.order_by("rule", "rated").values_list("rule", "rated", "subject_id")
    for row in rows.iterator():
        digest.update(f"{json.dumps(row, ensure_ascii=False)}\n".encode())
    return digest.hexdigest()


def tie_ratings(subjects: Mapping[str, int]) -> int:
    """Tie every shop's rating to the subject its shop is tied to now (none where it is not), and every other one to the subject
    that was rated, or what that was merged into; returns how many changed."""
    changed = []
    for row in ShownRating.objects.only("pk", "rule", "rated", "subject_id"):
        now = subjects.get(row.rated) if row.rule == BUYERS else canonical_id(int(row.rated[1:]))
        if row.subject_id != now:
            row.subject_id = now
            changed.append(row)
    ShownRating.objects.bulk_update(changed, ["subject_id"], batch_size=_AT_ONCE)
    return len(changed)
