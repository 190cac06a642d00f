"""What time it is for the public: the clock of Asia/Shanghai, unless the settings name another."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings

ZONE: Final = ZoneInfo("Asia/Shanghai")
Clock = Callable[[], datetime]


def public_now() -> datetime:
    """The present instant in Shanghai; its date decides what is shown.

    `settings.ECREDIT_CLOCK`, a function without arguments that returns an aware instant, replaces the machine's clock.
    """
    clock: Clock | None = getattr(settings, "ECREDIT_CLOCK", None)
    return datetime.now(ZONE) if clock is None else clock().astimezone(ZONE)


def seconds_left_today(now: datetime) -> int:
    """Whole seconds until the date changes: what a term ends with may not be shown from a cache after that."""
    return 86_400 - (now.hour * 3_600 + now.minute * 60 + now.second)
