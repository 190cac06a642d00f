"""Whether what stands out at a shop stands out alone.

A shop that gives samples away sends light parcels; an outlet with a wrong clock is fast. Where forged, such orders also differ
from the shop's others in something else: another sender, a borrowed telephone, praise within minutes. Where honest, they do not.
So a family's evidence counts at a shop as far as the other families speak more of the orders it accuses than of the rest.
"""

from collections.abc import Mapping
from functools import partial

import numpy as np

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.side_by_side import side_by_side

# Evidence from which a family accuses; how many orders' worth the city's usual difference weighs; the least and the most it is scaled to.
_ACCUSES, _PRIOR, _LEAST, _MOST = 0.7, 8.0, 0.25, 1.5


def weigh_by_company(families: Mapping[str, Array], shop: Array, threads: int = 1) -> None:
    """Scale each family's accusing evidence at each shop, in place."""
    if len(families) < 2 or not len(shop):
        return
    total = np.sum(list(families.values()), axis=0, dtype=np.float32)
    known = shop >= 0
    count = int(shop.max(initial=-1)) + 1

    def factor(said: Array) -> tuple[Array, Array] | None:
        """Which orders a family accuses, and what its evidence is scaled by at each shop."""
        accused = known & (said > _ACCUSES)
        if not accused.any():
            return None
        others = total - said
        rest = known & ~accused
        size = np.bincount(shop[rest], minlength=count)
        everywhere = float(others[rest].mean()) if rest.any() else 0.0
        usual = (np.bincount(shop[rest], weights=others[rest], minlength=count) + _PRIOR * everywhere) / (
            size + _PRIOR
        )
        where = shop[accused]
        beyond = others[accused] - usual[where]
        city = float(beyond.mean())
        if city <= 0:
            return None
        accusing = np.bincount(where, minlength=count)
        here = (np.bincount(where, weights=beyond, minlength=count) + _PRIOR * city) / (accusing + _PRIOR)
        return accused, np.clip(here / city, _LEAST, _MOST).astype(np.float32)

    factors = side_by_side([partial(factor, said) for said in families.values()], threads)
    for said, found in zip(families.values(), factors, strict=True):
        if found is not None:
            accused, scale = found
            said[accused] *= scale[shop[accused]]
