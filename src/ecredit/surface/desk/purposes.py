"""Why personal data is read: asked once a session and subject's file, finding or kind of work, from a short list and words."""

from typing import Final

from django.http import HttpRequest

from ecredit.foundation.catalog.texts import list_texts, text
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.languages import Lang
from ecredit.foundation.kernel.masking import redact

_PREFIX: Final = "purpose."
OF_ROWS: Final = "held_purpose."
"""The texts of the purposes for which waiting rows are read."""
_OTHER: Final = "other"
_KEPT, _MOST, _LONGEST = "purposes", 200, 200


def list_purposes(lang: Lang, prefix: str = _PREFIX) -> list[tuple[str, str]]:
    """The purposes to choose from (`catalog/texts`, keys `purpose.*` or of another prefix), in the order they are written."""
    return [
        (key.removeprefix(prefix), said[lang]) for key, said in list_texts().items() if key.startswith(prefix)
    ]


def find_purpose(request: HttpRequest, subject_id: int | str) -> str:
    """What this session reads the file of a subject, or a finding, for; empty when it has not been asked."""
    kept: dict[str, str] = request.session.get(_KEPT, {})
    return kept.get(str(subject_id), "")


def take_purpose(request: HttpRequest, prefix: str = _PREFIX) -> str:
    """The purpose a form gives, in words as the journal keeps them. Raises WrongUse when it gives none."""
    code, words = request.POST.get("purpose", ""), redact(request.POST.get("words", "").strip()[:_LONGEST])
    if code not in dict(list_purposes("zh", prefix)):
        raise WrongUse("请选择查阅目的", "choose what you read it for")
    if code == _OTHER and not words:
        raise WrongUse("请写明查阅目的", "say what you read it for")
    said = text(prefix + code, "zh")
    return f"{said}：{words}" if words else said


def keep_purpose(request: HttpRequest, subject_id: int | str, purpose: str) -> None:
    """Remember it for the session; the oldest go when there are many."""
    kept: dict[str, str] = dict(request.session.get(_KEPT, {}))
    kept.pop(str(subject_id), None)
    kept[str(subject_id)] = purpose
    request.session[_KEPT] = dict(list(kept.items())[-_MOST:])
