"""The fixed model: which outcomes a comparison can have, and how telling each is.

Outcomes (levels) and their conditions are mechanism and stand here; how often each occurs among rows of the same firm
(m) and among others (u) is data: `catalog/matching/company.json`, made once by `bench/train_company_model.py`, never
changed by what comes in.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ecredit.foundation.catalog.folder import catalog_folder
from ecredit.foundation.kernel.errors import EcreditError

MISSING = "missing"
_PARTS_SAME = (
    "core_l = core_r AND trade_l IS NOT DISTINCT FROM trade_r AND branch_l = branch_r "
    "AND form_l IS NOT DISTINCT FROM form_r AND list_has_any(area_l, area_r)"
)

# One slip apart as wholes, but taken apart differently: a slip in the place, the trade or the form spoils the parts, and
# comparing them would say more than is known. A wrong character inside a core or a branch's name is not meant: that is
# how two firms of almost the same name differ.
# CASE, because in a projection DuckDB works out both sides of an AND for every pair.
_MISSPELT = (
    "(CASE WHEN core_l <> core_r AND abs(length(plain_l) - length(plain_r)) <= 1 AND NOT (length(core_l) = "
    "length(core_r) AND trade_l IS NOT DISTINCT FROM trade_r AND branch_l = branch_r) "
    "THEN list_has_any(slips_l, slips_r) ELSE false END)"
)
_LONG_CORES = "greatest(length(core_l), length(core_r)) >= 3 AND abs(length(core_l) - length(core_r)) <= 1"
# 农业银行 in 中国农业银行: what is a trade in the longer name may be the core of the shorter.
_STEM_L, _STEM_R = "concat(core_l, coalesce(trade_l, ''))", "concat(core_r, coalesce(trade_r, ''))"
_CONTAINED = (
    "contains(core_l, core_r) OR contains(core_r, core_l) "
    f"OR contains({_STEM_L}, {_STEM_R}) OR contains({_STEM_R}, {_STEM_L})"
)
_TWO_CHARACTERS = "length(core_l) = 2 AND length(core_r) = 2"
_PARTS = ("core", "trade", "area", "form", "branch")

# Field → (verdict, condition over the two rows' columns), the most telling first; the last one is everything else.
LEVELS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "core": (
        ("same", "core_l = core_r"),
        ("close", f"CASE WHEN {_LONG_CORES} THEN char_edits(core_l, core_r) <= 1 ELSE false END"),
        ("contains", _CONTAINED),
        ("half", f"CASE WHEN {_TWO_CHARACTERS} THEN char_edits(core_l, core_r) = 1 ELSE false END"),
        ("different", "ELSE"),
    ),
    "trade": (
        ("same", "trade_l = trade_r"),
        ("contains", "contains(trade_l, trade_r) OR contains(trade_r, trade_l)"),
        ("close", "char_ratio(trade_l, trade_r) >= 0.5"),
        ("different", "ELSE"),
    ),
    "area": (
        ("same", "list_has_any(area_l, area_r)"),
        ("within", "list_has_any(area_l, area_above_r) OR list_has_any(area_above_l, area_r)"),
        ("different", "ELSE"),
    ),
    "form": (("same", "form_l = form_r"), ("different", "ELSE")),
    "branch": (
        ("none", "branch_l = '' AND branch_r = ''"),
        ("same", "branch_l = branch_r"),
        ("one_sided", "branch_l = '' OR branch_r = ''"),
        ("close", "contains(branch_l, branch_r) OR contains(branch_r, branch_l)"),
        ("half", "char_edits(branch_l, branch_r) = 1"),
        ("different", "ELSE"),
    ),
    "written": (
        ("same", "written_l = written_r"),
        ("close", _PARTS_SAME),
        ("misspelt", _MISSPELT),
        ("different", "ELSE"),
    ),
    "address": (
        ("same", "address_l = address_r"),
        ("same_door", "door_l = door_r"),
        ("close", "char_likeness(address_l, address_r) >= 0.88"),
        ("different", "ELSE"),
    ),
    "legal_rep": (("same", "legal_rep_l = legal_rep_r"), ("different", "ELSE")),
}
# Pairs that are compared at all: agreement on the core, the whole name but for a slip, the address or the legal
# representative.
SLIPS = "l.slips = r.slips"
BLOCKING = (
    "l.written = r.written",
    "l.core = r.core AND l.branch = r.branch",
    "l.core2 = r.core2 AND l.trade = r.trade AND l.branch = r.branch",
    "l.core2 = r.core2 AND l.city = r.city AND l.branch = r.branch",
    "l.tail2 = r.tail2 AND l.trade = r.trade AND l.branch = r.branch",
    "l.first = r.first AND l.trade = r.trade AND l.city = r.city AND l.branch = r.branch",
    "l.last = r.last AND l.trade = r.trade AND l.city = r.city AND l.branch = r.branch",
    "l.branch = r.branch AND l.branch <> '' AND l.core2 = r.core2",
    "l.branch = r.branch AND l.branch <> '' AND l.city = r.city",
    "l.address = r.address",
    "l.legal_rep = r.legal_rep AND l.city = r.city",
)


@dataclass(frozen=True, slots=True)
class MatchModel:
    """The parameters: field → verdict → (m, u). `edition` names exactly this file.

    `known_share` is the share of rows expected to be about a subject we know. Candidates are shown up to
    `most_candidates`, when they reach `least_probability` and `least_of_best` times the best one's.
    """

    id: str
    edition: str
    levels: Mapping[str, Mapping[str, tuple[float, float]]]
    known_share: float
    most_candidates: int
    least_probability: float
    least_of_best: float
    earlier_weight: float

    def weight(self, field: str, verdict: str) -> float:
        """How telling an outcome is, in bits; 0 for a field one side does not give."""
        if verdict == MISSING:
            return 0.0
        m, u = self.levels[field][verdict]
        return math.log2(m / u)


def load_model(folder: Path | None = None) -> MatchModel:
    """The model of a catalogue folder (default: the city's own).

    Raises EcreditError naming the file and the missing or impossible number.
    """
    path = (folder if folder is not None else catalog_folder()) / "matching" / "company.json"
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EcreditError(
            f"匹配模型 {path} 无法使用：{error}；请用 bench/train_company_model.py 重新生成或恢复原文件",
            f"the matching model {path} cannot be used: {error}; make it anew with bench/train_company_model.py",
            file=str(path),
        ) from error


@lru_cache(maxsize=4)
def _read(path: Path, _stamp: int) -> MatchModel:
    written = path.read_bytes()
    content = json.loads(written)
    levels: dict[str, dict[str, tuple[float, float]]] = {}
    for field, expected in LEVELS.items():
        given = content["comparisons"][field]
        levels[field] = {}
        for verdict, _ in expected:
            m, u = float(given[verdict]["m"]), float(given[verdict]["u"])
            if not (0 < m <= 1 and 0 < u <= 1):
                raise ValueError(f"{field}.{verdict}: m={m} u={u}")
            levels[field][verdict] = (m, u)
    return MatchModel(
        id=content["id"],
        edition=f"{content['id']}@{hashlib.sha256(written).hexdigest()[:12]}",
        levels=levels,
        known_share=float(content["known_share"]),
        most_candidates=int(content["most_candidates"]),
        least_probability=float(content["least_probability"]),
        least_of_best=float(content["least_of_best"]),
        earlier_weight=float(content["earlier_decision_weight"]),
    )


def splink_settings(levels: Mapping[str, Mapping[str, tuple[float, float]]] | None) -> dict[str, Any]:
    """The model as Splink takes it; without `levels`, the bare structure for training."""
    return {
        "link_type": "link_only",
        "unique_id_column_name": "unique_id",
        "probability_two_random_records_match": 0.5,
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": True,
        "blocking_rules_to_generate_predictions": [
            *({"blocking_rule": rule} for rule in BLOCKING),
            {"blocking_rule": SLIPS, "arrays_to_explode": ["slips"]},
        ],
        "comparisons": [_comparison(field, levels) for field in LEVELS],
    }


def verdict_of(field: str, gamma: int) -> str:
    """Splink numbers the levels of a comparison from the last (0) up; -1 is a missing value."""
    return MISSING if gamma < 0 else LEVELS[field][len(LEVELS[field]) - 1 - gamma][0]


def _comparison(field: str, levels: Mapping[str, Mapping[str, tuple[float, float]]] | None) -> dict[str, Any]:
    null = f"{field}_l IS NULL OR {field}_r IS NULL"
    if field in _PARTS:
        null += f" OR {_MISSPELT}"
    made: list[dict[str, Any]] = [{"sql_condition": null, "label_for_charts": MISSING, "is_null_level": True}]
    for verdict, condition in LEVELS[field]:
        level: dict[str, Any] = {"sql_condition": condition, "label_for_charts": verdict}
        if levels is not None:
            level["m_probability"], level["u_probability"] = levels[field][verdict]
        if (field, verdict) == ("core", "same"):
            # A rare core says more than a common one: u is the core's own frequency among the subjects.
            level["tf_adjustment_column"] = "core"
            level["tf_adjustment_weight"] = 1.0
        made.append(level)
    return {"output_column_name": field, "comparison_levels": made}
