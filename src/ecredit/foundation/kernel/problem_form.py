"""The one form of a refusal for programs (RFC 9457), whoever says it: a route, Django, or the worker before either."""

from collections.abc import Mapping
from typing import Any, Final

from ecredit.foundation.kernel.languages import Lang

KIND: Final = "application/problem+json"


def problem_document(
    *, status: int, code: str, title: str, zh: str, en: str, lang: Lang, more: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The document: `title` and `detail` in the language asked for, the sentence in both, a code that stays the same.

    `more` are members of this refusal's own.
    """
    return {
        "type": f"urn:ecredit:problem:{code}",
        "title": title,
        "status": status,
        "detail": zh if lang == "zh" else en,
        "code": code,
        "zh": zh,
        "en": en,
        **(more or {}),
    }
