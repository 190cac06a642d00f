"""The two languages people are answered in, and which of them a browser asks for."""

from functools import lru_cache
from typing import Final, Literal

Lang = Literal["zh", "en"]
LANGUAGES: Final[tuple[Lang, ...]] = ("zh", "en")
DEFAULT: Final[Lang] = "zh"
HTML_LANG: Final[dict[Lang, str]] = {"zh": "zh-CN", "en": "en"}


def named_language(name: str) -> Lang | None:
    """The language a word names; None when it names none we speak (an unknown value is no error)."""
    asked = name.lower()
    if asked in ("zh", "zh-cn", "zh-hans"):
        return "zh"
    return "en" if asked == "en" else None


@lru_cache(maxsize=512)
def preferred_language(accept_language: str) -> Lang:
    """The one of our languages a browser ranks highest in `Accept-Language` (RFC 9110 section 12.5.4).

    Chinese when the header is empty, names neither language or cannot be read.
    """
    best: Lang = DEFAULT
    best_weight = 0.0
    for part in accept_language[:400].split(","):
        tag, _, parameters = part.strip().partition(";")
        primary = tag.strip().lower().partition("-")[0]
        if primary not in ("zh", "en"):
            continue
        weight = _weight(parameters)
        if weight > best_weight:
            best, best_weight = ("zh" if primary == "zh" else "en"), weight
    return best


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0
