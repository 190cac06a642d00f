"""The Jinja2 environment of the desk. Escaping is always on; an unknown name in a template is an error."""

import hashlib
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.staticfiles import finders
from django.urls import reverse
from django.utils import timezone
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

ABSENT: Final = "—"


def make_environment(**options: Any) -> Environment:
    """Called once by Django's Jinja2 backend with its own options (loader, escaping, reload)."""
    options["undefined"] = StrictUndefined
    environment = Environment(
        trim_blocks=True, lstrip_blocks=True, autoescape=options.pop("autoescape"), **options
    )
    environment.globals.update(static=static_address, url=address, query=query, one_day=timedelta(days=1))
    environment.filters.update(day=day, minute=minute, second=second, thousands=thousands, percent=percent)
    return environment


def address(route: str, *args: object, **kwargs: object) -> str:
    """The address of a route of the desk, by its name without the prefix."""
    return reverse(route if ":" in route else f"desk:{route}", args=args or None, kwargs=kwargs or None)


def query(**pairs: object) -> str:
    """`?a=1&b=2` of what is given and not empty."""
    kept = [(name, str(value)) for name, value in pairs.items() if value not in (None, "")]
    return f"?{urlencode(kept)}" if kept else ""


@lru_cache(maxsize=32)
def static_address(name: str) -> str:
    """The address of a static file; it changes with the content, so a cached copy is never a stale one."""
    found = finders.find(name)
    if not isinstance(found, str):
        raise FileNotFoundError(name)
    with open(found, "rb") as file:  # noqa: PTH123 - a path as the finder gives it
        digest = hashlib.sha256(file.read()).hexdigest()[:10]
    return f"{settings.STATIC_URL}{name}?v={digest}"


def day(value: date | None) -> Markup | str:
    """A date as `<time>`, the same in both languages."""
    return ABSENT if value is None else Markup("<time>{}</time>").format(value.isoformat())


def minute(value: datetime | None) -> Markup | str:
    """An instant to the minute, by the city's clock."""
    return _instant(value, "%Y-%m-%d %H:%M")


def second(value: datetime | None) -> Markup | str:
    """An instant to the second, by the city's clock."""
    return _instant(value, "%Y-%m-%d %H:%M:%S")


def thousands(value: int | None) -> str:
    """1234567 → 1,234,567."""
    return ABSENT if value is None else f"{value:,}"


def percent(value: float | None) -> str:
    """0.125 → 12.5 %."""
    return ABSENT if value is None else f"{value * 100:.1f}".rstrip("0").rstrip(".") + "\u2009%"


def _instant(value: datetime | None, shape: str) -> Markup | str:
    if value is None:
        return ABSENT
    local = timezone.localtime(value)
    return Markup('<time datetime="{}">{}</time>').format(local.isoformat(), local.strftime(shape))
