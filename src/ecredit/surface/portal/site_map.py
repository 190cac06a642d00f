"""The public's pages by name: what the navigation offers, in its order. A page that does not exist is not offered."""

from dataclasses import dataclass
from functools import cache
from typing import Final

from django.urls import NoReverseMatch, reverse

HEADER: Final = ("home", "lists", "rules", "data", "log", "verify", "objection", "about")
FOOTER: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("find", ("home", "lists", "disclosure", "commitments", "ratings", "monitor", "stories")),
    ("trust", ("rules", "log", "verify")),
    ("use", ("data", "developers", "feed")),
    ("turn", ("objection", "complaints", "about", "accessibility")),
)
"""Headings of the foot of every page, and what stands under each."""
NAMES: Final = frozenset((*HEADER, *(name for _, names in FOOTER for name in names)))


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the site: its name, which is also that of its word `nav_…`, and its path."""

    name: str
    path: str


@cache
def find_place(name: str) -> Place | None:
    """A page by the name of its address; None while this program has none of that name."""
    try:
        return Place(name, reverse(f"portal:{name}"))
    except NoReverseMatch:
        return None


def header_places() -> tuple[Place, ...]:
    """What the head of every page leads to."""
    return tuple(place for name in HEADER if (place := find_place(name)) is not None)


def footer_places() -> tuple[tuple[str, tuple[Place, ...]], ...]:
    """What the foot of every page leads to, by heading."""
    grouped = (
        (heading, tuple(place for name in names if (place := find_place(name)) is not None))
        for heading, names in FOOTER
    )
    return tuple((heading, places) for heading, places in grouped if places)
