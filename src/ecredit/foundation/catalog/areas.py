"""Names of areas by their GB/T 2260 code: the city's own from its table, all others from python-stdnum.

python-stdnum's table (`cn/loc`) has the counties of the country with the years in which a code meant what.
"""

import re
from dataclasses import dataclass
from datetime import date

from stdnum import numdb

from ecredit.foundation.catalog.types import CodeTable

_CODE = re.compile(r"\d{6}", re.ASCII)
_SPAN = re.compile(r"(?:\[(\d{4})?-(\d{4})?\])?([^,\[]+)")

_NO_PLACES = ("市辖区", "县", "省直辖县级行政单位", "自治区直辖县级行政单位")
"""Names under which a code only gathers others."""


@dataclass(frozen=True, slots=True)
class Area:
    """A place: `names` from the province down; `abolished` when the code was no longer valid on the day."""

    code: str
    names: tuple[str, ...]
    abolished: bool

    @property
    def name(self) -> str:
        """The narrowest name: 新北区."""
        return self.names[-1]

    @property
    def full_name(self) -> str:
        """All names together: 江苏省常州市新北区."""
        return "".join(self.names)


def find_area(code: str, on: date, own: CodeTable | None = None) -> Area | None:
    """Find what a six-digit code means on a day; None for what is no code of a place.

    Codes stay in papers long after they were abolished: such a code gives its last name, marked so.
    """
    if not _CODE.fullmatch(code):
        return None
    entry = None if own is None else own.entries.get(code)
    found = _from_library(code, on.year)
    if found is None:
        return None if entry is None else Area(code, (entry.zh,), not entry.in_force(on))
    names, abolished = found
    if entry is not None:
        names, abolished = (*names[:-1], entry.zh), not entry.in_force(on)
    return Area(code, names, abolished)


def _from_library(code: str, year: int) -> tuple[tuple[str, ...], bool] | None:
    levels = numdb.get("cn/loc").info(code)
    province = levels[0][1].get("province") if levels else None
    if province is None:
        return None
    names, abolished = [str(province)], False
    if code.endswith("0000"):
        return tuple(names), False
    for part in dict.fromkeys((code[:4] + "00", code)):
        named = _level(part, year)
        if named is not None and named[0] not in _NO_PLACES:
            names.append(named[0])
            abolished = named[1]
    return (tuple(names), abolished) if _level(code, year) is not None else None


def _level(code: str, year: int) -> tuple[str, bool] | None:
    """Return the name of one county or city code in a year and whether its time was over."""
    levels = numdb.get("cn/loc").info(code)
    spans = str(levels[1][1].get("county", "")) if len(levels) > 1 else ""
    named: tuple[str, bool] | None = None
    for start, end, name in _SPAN.findall(spans):
        if (not start or int(start) <= year) and (not end or year <= int(end)):
            return name, False
        if named is None or (start and int(start) <= year):
            named = name, True
    return named
