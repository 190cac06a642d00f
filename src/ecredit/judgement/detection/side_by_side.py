"""Pieces of work that do not touch each other, several at once: the result is the same for any number."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

T = TypeVar("T")


def side_by_side(pieces: Iterable[Callable[[], T]], threads: int) -> list[T]:
    """Return what each piece comes to, in their order. They are begun in their order, `threads` of them at once."""
    if threads < 2:
        return [_quiet(piece) for piece in pieces]
    with ThreadPoolExecutor(max_workers=threads) as pool:
        return list(pool.map(_quiet, pieces))


def _quiet(piece: Callable[[], T]) -> T:
    # What is not known is NaN all the way through, and a logarithm of nothing is one more of it.
    with np.errstate(divide="ignore", invalid="ignore"):
        return piece()
