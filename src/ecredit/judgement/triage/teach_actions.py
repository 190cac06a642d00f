"""Weights that decided findings teach: estimated for anybody to read, in force only when two people have adopted them."""

from collections.abc import Iterator, Mapping
from typing import Final

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.queries import read_journal
from ecredit.facts.actors.types import Actor
from ecredit.foundation.catalog.triage_types import Teaching
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.judgement.triage.models import FindingDecision, FlagWeights
from ecredit.judgement.triage.teaching_rules import FlagFactor, estimate_factors
from ecredit.judgement.triage.types import CONFIRMED

# The permission to adopt weights, and the journal's verb for it.
ADOPT: Final = "weights.adopt"


def estimate_weights(rules: Teaching) -> dict[str, FlagFactor]:
    """What the last decision of each finding says now; nothing is written."""
    last: dict[str, tuple[bool, list[str]]] = {}
    for row in FindingDecision.objects.order_by("id").only("finding_id", "outcome", "flags").iterator():
        last[row.finding_id] = row.outcome == CONFIRMED, row.flags
    return estimate_factors(last.values(), rules)


def weights_in_force() -> tuple[int, dict[str, float]]:
    """The version of the weights in force and its factors; 0 and none before any was adopted."""
    row = FlagWeights.objects.order_by("-version").first()
    return (0, {}) if row is None else (row.version, dict(row.factors))


def list_weights() -> list[FlagWeights]:
    """Every version, newest first."""
    return list(FlagWeights.objects.order_by("-version"))


def post_weights(
    log: OpenLog, *, after: int, factors: Mapping[str, float], rules: Teaching, reason: str, by: Actor
) -> int:
    """Put factors in force as the version after `after`, in a transaction whose log is open; gives the version.

    Raises WrongUse when another version is in force by now, or a factor is outside the limits.
    """
    version, _ = weights_in_force()
    if version != after:
        raise WrongUse(
            f"现在生效的是第 {version} 版权重，不是提出时的第 {after} 版；请重新提出",
            f"version {version} of the weights is in force, not {after} as when this was asked; ask anew",
        )
    if any(not rules.low <= factor <= rules.high for factor in factors.values()):
        raise WrongUse("有的系数超出目录规定的范围", "a factor is outside the limits of the catalogue")
    kept = dict(sorted(factors.items()))
    detail = {"factors": kept, "after": after}
    leaf = post_journal(log, by=by, verb=ADOPT, about=f"weights:{version + 1}", detail=detail)
    FlagWeights.objects.create(
        version=version + 1, factors=kept, reason=reason, by=by.who, at=log.at, leaf=leaf
    )
    return version + 1


def audit_weights() -> Iterator[AuditFinding]:
    """Versions that were added, changed or removed without the journal."""
    said = {entry.leaf: entry for entry in read_journal(ADOPT)}
    for row in FlagWeights.objects.order_by("version"):
        entry = said.pop(row.leaf, None)
        if entry is None or read_object(entry.detail).get("factors") != row.factors or entry.who != row.by:
            yield AuditFinding(
                "weights",
                row.leaf,
                f"第 {row.version} 版权重与日志不一致",
                f"version {row.version} of the weights is not the journal's",
            )
    for leaf, entry in said.items():
        name = entry.object.partition(":")[2]
        yield AuditFinding(
            "weights", leaf, f"第 {name} 版权重不见了", f"version {name} of the weights is gone"
        )
