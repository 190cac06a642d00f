"""Answers to requests that must happen once: kept for a day under the key their sender gave them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction

from ecredit.service.operation.models import KeptAnswer

KEPT: Final = timedelta(hours=24)
Answer = dict[str, Any]


def keep_answer(
    *, who: str, key: str, asked: str, make: Callable[[], Answer], at: datetime
) -> tuple[Answer, bool] | None:
    """The answer under a key and whether it is the first; None when the key was given to another request.

    `make` runs in the transaction that keeps its answer; it must hold no personal data.
    """
    known = _find(who, key, at)
    if known is not None:
        return _again(known, asked)
    try:
        with transaction.atomic():
            KeptAnswer.objects.filter(who=who, key=key, at__lte=at - KEPT).delete()
            row = KeptAnswer.objects.create(who=who, key=key, asked=asked, answer={}, at=at)
            answer = make()
            KeptAnswer.objects.filter(id=row.pk).update(answer=answer)
    except IntegrityError:
        known = _find(who, key, at)  # another request with this key came in between
        if known is None:
            raise
        return _again(known, asked)
    return answer, True


def forget_answers(*, at: datetime) -> None:
    """Forget what is older than a day."""
    KeptAnswer.objects.filter(at__lte=at - KEPT).delete()


def _find(who: str, key: str, at: datetime) -> KeptAnswer | None:
    return KeptAnswer.objects.filter(who=who, key=key, at__gt=at - KEPT).first()


def _again(known: KeptAnswer, asked: str) -> tuple[Answer, bool] | None:
    return (known.answer, False) if known.asked == asked else None
