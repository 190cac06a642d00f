"""Warnings in words, Chinese and English; made once, when a warning is opened, and kept with it."""

from collections.abc import Mapping
from typing import Any, Final

from ecredit.foundation.catalog.texts import Lang, text
from ecredit.foundation.catalog.warning_types import RunningOut, WarningRule
from ecredit.judgement.measures.types import Match

_LANGS: Final[tuple[Lang, ...]] = ("zh", "en")


def why_words(rule: WarningRule, match: Match) -> dict[str, str]:
    """The sentence that says why, by language."""
    key = f"warning.why.{_kind(rule, match)}"
    return {lang: text(key, lang, **_in(match.values, place)) for place, lang in enumerate(_LANGS)}


def _kind(rule: WarningRule, match: Match) -> str:
    looked = rule.looks_at
    if isinstance(looked, RunningOut):
        if looked.about == "supplier":
            return "running_out_many"
        return "lapsed" if match.values["over"] else "running_out"
    if rule.kind == "records" and not match.values["days"]:
        return "records_ever"
    return f"{rule.kind}_{looked.state}" if rule.kind in ("finding", "gap") else rule.kind  # type: ignore[union-attr]


def _in(values: Mapping[str, Any], place: int) -> dict[str, Any]:
    return {name: value[place] if isinstance(value, tuple) else value for name, value in values.items()}
