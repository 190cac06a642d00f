"""Findings in words, Chinese and English, with the clause each rests on."""

from decimal import Decimal

from ecredit.foundation.catalog.texts import text
from ecredit.foundation.catalog.types import LawRef, Tone
from ecredit.judgement.evaluation.grade_rules import (
    BASE,
    LIMIT,
    LITTLE_KNOWN,
    MERGED,
    NOTHING_KNOWN,
    STATUS,
    UNFIT,
)
from ecredit.judgement.evaluation.types import Finding, Indicator, Measure, Model, Reason

_REMEMBERED = 50_000


class Wording:
    """How one model says its findings. Made once and used for many subjects: all but the figures is filled in here."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._indicators = {i.id: (i, *_indicator_templates(i)) for i in model.indicators}
        self._states = {word: rule for rule in reversed(model.statuses) for word in rule.statuses}
        little = "" if model.little_known is None else model.little_known.best
        held = {"floor": plain(model.floor), "ceiling": plain(model.ceiling), "grade": little}
        # The same few findings come back for half a million subjects.
        self._said: dict[tuple[object, ...], tuple[str, str]] = {}
        self._own = {name: _filled(f"evaluation.reason.{name}", held) for name in (BASE, LIMIT, LITTLE_KNOWN)}

    def reason(self, finding: Finding) -> Reason:
        """Return the reason that says what a finding of this model means."""
        known = self._indicators.get(finding.indicator)
        if known is not None:
            indicator = known[0]
            zh, en = self._say(finding, known[1], known[2])
            return _reason(finding, zh, en, indicator.clause, indicator.tone, indicator.dimension)
        if finding.indicator == NOTHING_KNOWN and self._model.nothing_known is not None:
            nothing = self._model.nothing_known
            return _reason(finding, nothing.zh, nothing.en, None, "neutral")
        if finding.indicator == STATUS:
            rule = self._states.get(finding.value or "")
            zh, en = (finding.value or "",) * 2 if rule is None else (rule.zh, rule.en)
            return _reason(finding, zh, en, None, "bad")
        zh, en = self._own[finding.indicator]
        points = plain(finding.points) if finding.indicator == BASE else signed(finding.points)
        figures = {"points": points}
        return _reason(finding, zh.format_map(figures), en.format_map(figures), None, "neutral")

    def _say(self, finding: Finding, zh: str, en: str) -> tuple[str, str]:
        key = (finding.indicator, finding.points, finding.records, finding.value, finding.faded)
        said = self._said.get(key)
        if said is None:
            figures = {
                "records": finding.records,
                "points": signed(finding.points),
                "value": finding.value or "",
            }
            said = zh.format_map(figures), en.format_map(figures)
            if finding.faded:
                faded = (text("evaluation.reason.faded", lang, faded=finding.faded) for lang in ("zh", "en"))
                said = (said[0] + next(faded), said[1] + next(faded))
            if len(self._said) < _REMEMBERED:
                self._said[key] = said
        return said


def end_reason(finding: Finding) -> Reason:
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


def _indicator_templates(indicator: Indicator) -> tuple[str, str]:
    capped = indicator.cap is not None and indicator.measure in (Measure.COUNT, Measure.SUM)
    key = f"evaluation.reason.{indicator.measure}{'_capped' if capped else ''}"
    held = {"each": signed(indicator.points), "cap": "" if indicator.cap is None else plain(indicator.cap)}
    zh, _ = _filled(key, held | {"title": indicator.title_zh})
    _, en = _filled(key, held | {"title": indicator.title_en})
    if indicator.veto is None:
        return zh, en
    veto_zh, veto_en = _filled("evaluation.reason.veto", {"grade": indicator.veto})
    return zh + veto_zh, en + veto_en


def _filled(key: str, held: dict[str, str]) -> tuple[str, str]:
    """Fill in what a model fixes and leave open what differs from subject to subject; braces in values stay literal."""
    safe = {name: value.replace("{", "{{").replace("}", "}}") for name, value in held.items()}
    left = {name: f"{{{name}}}" for name in ("records", "points", "value")}
    return text(key, "zh", **left, **safe), text(key, "en", **left, **safe)


def _reason(
    finding: Finding, zh: str, en: str, clause: LawRef | None, tone: Tone, dimension: str = ""
) -> Reason:
    return Reason(
        finding.indicator, finding.points, finding.leaves, finding.records, zh, en, clause, tone, dimension
    )
