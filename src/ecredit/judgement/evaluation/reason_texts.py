"""Findings in words, Chinese and English, with the clause each rests on."""

from decimal import Decimal

from ecredit.foundation.catalog.texts import text
from ecredit.foundation.catalog.types import LawRef, Tone
from ecredit.judgement.evaluation.grade_rules import (
    BASE,
    LIMIT,
    LITTLE_KNOWN,
    MERGED,
    STATUS,
    UNFIT,
    find_status_rule,
)
from ecredit.judgement.evaluation.types import Finding, Indicator, Measure, Model, Reason


def put_in_words(model: Model, finding: Finding) -> Reason:
    """Return the reason that says what a finding of this model means."""
    indicator = next((i for i in model.indicators if i.id == finding.indicator), None)
    if indicator is not None:
        zh, en = _indicator_words(indicator, finding)
        return _reason(finding, zh, en, indicator.clause, indicator.tone)
    if finding.indicator == STATUS:
        rule = find_status_rule(model, finding.value or "")
        zh, en = (rule.zh, rule.en) if rule is not None else (finding.value or "", finding.value or "")
        return _reason(finding, zh, en, None, "bad")
    values: dict[str, object] = {"points": signed(finding.points)}
    if finding.indicator == BASE:
        values = {"points": plain(finding.points)}
    if finding.indicator == LIMIT:
        values |= {"floor": plain(model.floor), "ceiling": plain(model.ceiling)}
    if finding.indicator == LITTLE_KNOWN and model.little_known is not None:
        values["grade"] = model.little_known.best
    key = f"evaluation.reason.{finding.indicator}"
    return _reason(finding, text(key, "zh", **values), text(key, "en", **values), None, "neutral")


def put_end_in_words(finding: Finding) -> Reason:
    """Return the reason of a grade that ended: the subject was merged into another, or no model fits it any more."""
    key = f"evaluation.reason.{MERGED if finding.indicator == MERGED else UNFIT}"
    value = finding.value or ""
    return _reason(finding, text(key, "zh", other=value), text(key, "en", other=value), None, "neutral")


def plain(number: Decimal) -> str:
    """Return a number without needless zeros: 20.00 → 20, 0.50 → 0.5."""
    written = f"{number:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def signed(number: Decimal) -> str:
    """Return points with their sign: +3, -20, 0."""
    return f"+{plain(number)}" if number > 0 else plain(number)


def _indicator_words(indicator: Indicator, finding: Finding) -> tuple[str, str]:
    capped = indicator.cap is not None and indicator.measure in (Measure.COUNT, Measure.SUM)
    key = f"evaluation.reason.{indicator.measure}{'_capped' if capped else ''}"
    values = {
        "records": finding.records,
        "points": signed(finding.points),
        "each": signed(indicator.points),
        "cap": "" if indicator.cap is None else plain(indicator.cap),
        "value": finding.value or "",
    }
    zh = text(key, "zh", title=indicator.title_zh, **values)
    en = text(key, "en", title=indicator.title_en, **values)
    if indicator.veto is not None:
        zh += text("evaluation.reason.veto", "zh", grade=indicator.veto)
        en += text("evaluation.reason.veto", "en", grade=indicator.veto)
    return zh, en


def _reason(finding: Finding, zh: str, en: str, clause: LawRef | None, tone: Tone) -> Reason:
    return Reason(finding.indicator, finding.points, finding.leaves, finding.records, zh, en, clause, tone)
