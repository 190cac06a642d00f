"""When a rating is shown: the publication rule of a direction, as pure functions of instants.

Double-blind: of two sides that rate each other about one order neither sees the other's word before giving its own. Both are
shown when both have rated, or the first when its time is over; what comes later is shown as it comes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ecredit.foundation.catalog.rating_types import RatingRule


@dataclass(frozen=True, slots=True)
class Rating:
    """One rating as it was sent. `order` "" where it is tied to none; `follows`: the rating it follows up, "" for a first one."""

    id: str
    direction: str
    by: str
    of: str
    order: str
    stars: float
    at: datetime
    follows: str = ""
    replied_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """A first rating as it is shown, beside it those that follow it up, beneath it the reply if there is one by now."""

    rating: Rating
    follow_ups: tuple[Rating, ...]
    replied_at: datetime | None


def shown_at(mine: datetime, theirs: datetime | None, blind_days: int) -> datetime:
    """The instant from which a first rating is shown; `theirs` is when the other side rated about the same order, if it has.

    Within the window it is the same instant for both sides.
    """
    if theirs is None:
        return mine + timedelta(days=blind_days)
    closes = min(mine, theirs) + timedelta(days=blind_days)
    return max(mine, min(max(mine, theirs), closes))


def follows_in_time(first: datetime, own: datetime, rule: RatingRule) -> bool:
    """Whether a later word of the same rater is a follow-up of the first, or a rating of its own."""
    return first <= own <= first + timedelta(days=rule.follow_up_days)


def arrange(ratings: Iterable[Rating], rules: dict[str, RatingRule], at: datetime) -> list[Thread]:
    """What may be seen of these ratings at an instant, in the order in which it came to be shown.

    `ratings` are all that concern the same orders, of both directions. A follow-up is shown beside the first and never before it,
    a reply beneath it and never before it. One that is no follow-up in time, or of somebody else's, is a first rating of its own.
    """
    given = sorted(ratings, key=lambda r: (r.at, r.id))
    known = {rating.id: rating for rating in given}
    firsts, beside = [], dict[str, list[Rating]]()
    for rating in given:
        first = _first_of(rating, known, rules)
        if first is None:
            firsts.append(rating)
        else:
            beside.setdefault(first.id, []).append(rating)
    earliest = _earliest(firsts)
    threads = []
    for first in firsts:
        rule = rules[first.direction]
        theirs = earliest.get((rule.pair, *_deal(first))) if first.order and rule.pair else None
        blind = rule.blind_days if first.order and rule.pair else 0
        begins = shown_at(first.at, theirs, blind)
        if begins > at:
            continue
        later = tuple(r for r in beside.get(first.id, ()) if max(r.at, begins) <= at)
        replied = first.replied_at if rule.replies else None
        threads.append(
            (begins, Thread(first, later, None if replied is None or max(replied, begins) > at else replied))
        )
    return [thread for _, thread in sorted(threads, key=lambda pair: (pair[0], pair[1].rating.id))]


def _first_of(rating: Rating, known: dict[str, Rating], rules: dict[str, RatingRule]) -> Rating | None:
    """The first rating that this one follows up, through those in between; None when it is a first one.

    A link to somebody else's rating, about somebody else or to itself is none; links that lead in a circle have no first one.
    """
    seen, first = {rating.id}, rating
    while (before := known.get(first.follows)) is not None and _parties(before) == _parties(rating):
        if before is first:
            break
        if before.id in seen:
            return None
        seen.add(before.id)
        first = before
    in_time = first is not rating and follows_in_time(first.at, rating.at, rules[rating.direction])
    return first if in_time else None


def _parties(rating: Rating) -> tuple[str, str, str]:
    return rating.direction, rating.by, rating.of


def _deal(rating: Rating) -> tuple[str, frozenset[str]]:
    """The order and its two parties: who is no party of it cannot open what these two said of each other."""
    return rating.order, frozenset((rating.by, rating.of))


def _earliest(firsts: Sequence[Rating]) -> dict[tuple[str | None, str, frozenset[str]], datetime]:
    found: dict[tuple[str | None, str, frozenset[str]], datetime] = {}
    for rating in firsts:
        if rating.order:
            key = (rating.direction, *_deal(rating))
            found[key] = min(found.get(key, rating.at), rating.at)
    return found
