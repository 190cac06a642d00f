"""Articles as lists show them, on the front page and on their own pages."""

from collections.abc import Sequence
from dataclasses import dataclass

from ecredit.service.telling.public_stories import StoryHead
from ecredit.surface.portal.frame import Frame


@dataclass(frozen=True, slots=True)
class Teaser:
    """An article in a list: where it is, and its small picture ("" without one)."""

    head: StoryHead
    address: str
    picture: str
    alt: str


def teasers(frame: Frame, heads: Sequence[StoryHead]) -> list[Teaser]:
    """Articles as a list shows them."""
    return [
        Teaser(
            head,
            frame.to(f"/stories/{head.number}"),
            ""
            if head.picture is None
            else frame.to_file(f"/stories/pictures/{head.picture.digest}-small.webp"),
            "" if head.picture is None else head.picture.alt(frame.lang),
        )
        for head in heads
    ]
