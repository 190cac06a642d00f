"""Small readings of command-line values, and the types of the grammar's parts."""

import argparse
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from ecredit.foundation.kernel.dates import parse_date

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Subparsers = object
Everywhere = argparse.ArgumentParser


def day(text: str) -> date:
    """A day as people write it."""
    reading = parse_date(text)
    if reading.date is None:
        raise argparse.ArgumentTypeError(f"“{text}” 不是日期，例如 2026-05-08 / not a date, e.g. 2026-05-08")
    return reading.date


def instant(text: str) -> datetime:
    """An ISO 8601 instant; without an offset it is the city's time (+08:00); a day alone means its end."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        message = f"“{text}” 不是时刻，例如 2026-05-08T12:00:00+08:00 / not an instant, e.g. 2026-05-08T12:00:00+08:00"
        raise argparse.ArgumentTypeError(message) from None
    if len(text) == 10:
        at = at.replace(hour=23, minute=59, second=59, microsecond=999_999)
    return timezone.make_aware(at) if at.tzinfo is None else at
