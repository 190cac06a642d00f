"""From findings to a grade: the scale, what caps it, and a total that stays within its bounds.

The scale A to D follows GB/T 45255-2025 (only its notation is known here; thresholds and weights are the city's own).
That a grade explains itself: 个人信息保护法 第二十四条 (automated decisions must be explainable).
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from ecredit.judgement.evaluation.types import Finding, Indicator, Model, SectorScale, StatusRule

BASE = "base"
LIMIT = "limit"
LITTLE_KNOWN = "little_known"
NOTHING_KNOWN = "nothing_known"
STATUS = "status"
MERGED = "merged"
UNFIT = "no_model"
RESERVED = frozenset({BASE, LIMIT, LITTLE_KNOWN, NOTHING_KNOWN, STATUS, MERGED, UNFIT})


def decide_grade(
    model: Model, counted: Sequence[Finding], status: str
) -> tuple[str | None, Decimal, list[Finding]]:
    """Return grade, score and all findings, given those of the model's indicators that found a record.

    `status` is the subject's own state as the register words it. The findings' points add up to the score.
    """
    findings = [Finding(BASE, model.base), *counted]
    total = sum((finding.points for finding in findings), Decimal(0))
    score = max(model.floor, min(model.ceiling, total))
    if score != total:
        findings.append(Finding(LIMIT, score - total))
    indicators = {indicator.id: indicator for indicator in model.indicators}
    caps = [veto for finding in counted if (veto := indicators[finding.indicator].veto) is not None]
    nothing = model.nothing_known is not None and not counted
    if nothing:
        findings.append(Finding(NOTHING_KNOWN, Decimal(0)))
    elif model.little_known is not None and is_little_known(
        model, (indicators[f.indicator] for f in counted)
    ):
        findings.append(Finding(LITTLE_KNOWN, Decimal(0)))
        caps.append(model.little_known.best)
    rule = find_status_rule(model, status)
    if rule is not None:
        findings.append(Finding(STATUS, Decimal(0), value=status))
        if rule.best is not None:
            caps.append(rule.best)
    if nothing or (rule is not None and rule.best is None):
        return None, score, findings
    return worst_of(model, [grade_of_score(model, score), *caps]), score, findings


def grade_of_score(model: Model, score: Decimal) -> str:
    """Return the first grade whose threshold the score reaches."""
    return next(step.grade for step in model.scale if step.at_least is None or score >= step.at_least)


def sector_grade(sector: SectorScale, grade: str, score: Decimal) -> str:
    """Return the grade of the trade: what the score reaches on its scale, no better than the public grade allows.

    国办发〔2026〕8号: whose public grade is D may not be given an A by a sector.
    """
    order = [step.grade for step in sector.scale]
    reached = next(s.grade for s in sector.scale if s.at_least is None or score >= s.at_least)
    return max((reached, *(cap.best for cap in sector.caps if cap.grade == grade)), key=order.index)


def worst_of(model: Model, grades: Iterable[str]) -> str:
    """Return the grade furthest down the scale."""
    order = [step.grade for step in model.scale]
    return max(grades, key=order.index)


def is_little_known(model: Model, found: Iterable[Indicator]) -> bool:
    """Tell whether nothing counts but what the model's `besides` sources say."""
    besides = () if model.little_known is None else model.little_known.besides
    return all(indicator.source in besides for indicator in found)


def find_status_rule(model: Model, status: str) -> StatusRule | None:
    """Return the rule for a subject's state, or None for an ordinary one."""
    return next((rule for rule in model.statuses if status in rule.statuses), None)
