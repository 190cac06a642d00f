"""All flags: the catalogue's words for each, and the function that computes it."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from ecredit.foundation.catalog.flag_types import Flag, FlagClass
from ecredit.judgement.detection.evidence import Binned, bin_statistic
from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.shared_columns import Shared
from ecredit.judgement.detection.side_by_side import side_by_side
from ecredit.judgement.detection.trade_view import Given

_PREFIX = "flag_"


def list_computed() -> dict[str, Callable[[Shared], Array]]:
    """Flag id → the function of its file `flag_<id>.py`."""
    here = Path(__file__).parent
    found = {}
    for module in sorted(pkgutil.iter_modules([str(here)]), key=lambda each: each.name):
        if module.name.startswith(_PREFIX) and module.name != "flag_list":
            loaded = importlib.import_module(f"ecredit.judgement.detection.{module.name}")
            found[module.name.removeprefix(_PREFIX)] = loaded.compute
    return found


def bin_flags(
    shared: Shared,
    flags: Mapping[str, Flag],
    flag_class: FlagClass,
    given: Given,
    rows: Array | slice = slice(None),
    threads: int = 1,
) -> list[Binned]:
    """Each flag of a class that can be judged, computed and binned over some rows; so many at once, for memory's sake."""
    computed = list_computed()

    def one(flag: Flag) -> Binned:
        return bin_statistic(flag, np.asarray(computed[flag.id](shared))[rows])

    wanted = [flag for flag in flags.values() if flag.flag_class == flag_class and not missing(flag, given)]
    found: dict[str, Binned] = {}
    # Flags of a family look at the same columns: what was worked out for them is let go before the next.
    for family in dict.fromkeys(flag.family for flag in wanted):
        here = [partial(one, flag) for flag in wanted if flag.family == family]
        found |= {each.flag.id: each for each in side_by_side(here, threads)}
        shared.forget()
    return [found[flag.id] for flag in wanted]


def missing(flag: Flag, given: Given) -> tuple[str, ...]:
    """What a flag needs and was not given: `table` or `table.column`."""
    lacking = []
    for need in flag.needs:
        table, _, column = need.partition(".")
        if table not in given or (column and column not in given[table]):
            lacking.append(need)
    return tuple(lacking)
