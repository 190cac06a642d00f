"""Which ratings belong together: a rating and those that follow it up."""

import numpy as np

from ecredit.judgement.detection.group_rows import Array, match

_JUMPS = 40


def list_chains(key: Array, follows: Array, person: Array, shop: Array) -> Array:
    """A number for each rating that it shares with those that follow it up: the same person about the same shop.

    A circle is one chain. Links are doubled at each step (pointer jumping), so the longest chain costs its logarithm.
    """
    count = len(key)
    itself = np.arange(count)
    to = match(key, follows)
    to = np.where((follows != 0) & (to >= 0), to, itself)
    to = np.where((person[to] == person) & (shop[to] == shop), to, itself)
    least = itself.copy()
    for _ in range(_JUMPS):
        further = to[to]
        least = np.minimum(least, least[to])
        if (further == to).all() and (least == least[to]).all():
            break
        to = further
    # Where a chain ends in one rating that is its number; where it ends in a circle, the least of the circle.
    return least[to] if count else itself
