"""The Jinja2 environment of the pages. Escaping is always on; an unknown name in a template is an error."""

import hashlib
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from ecredit.service.publicity.listing import NUMBER_ENDINGS
from ecredit.service.publicity.types import PublicItem
from ecredit.surface.portal.clock import ZONE
from ecredit.surface.portal.frame import frame_of
from ecredit.surface.portal.rendering import ways
from ecredit.surface.portal.values import citation, coded, field_label, field_value
from ecredit.surface.portal.words import label_in, words_in

_STATIC: Final = Path(__file__).parent / "static"
_MINUS: Final = "\u2212"


def make_environment(**options: Any) -> Environment:
    """Called once by Django's Jinja2 backend with its own options (loader, escaping, reload)."""
    options["undefined"] = StrictUndefined
    environment = Environment(
        trim_blocks=True, lstrip_blocks=True, autoescape=options.pop("autoescape"), **options
    )
    environment.globals.update(
        sheet=static_address("portal/portal.css"),
        told_sheet=static_address("portal/stories.css"),
        mark=static_address("portal/mark.svg"),
        frame_of=frame_of,
        words_in=words_in,
        label_in=label_in,
        document_number=document_number,
        field_value=field_value,
        field_label=field_label,
        citation=citation,
        coded=coded,
        ways=ways,
    )
    environment.filters.update(
        day=day,
        day_before=day_before,
        shown_day=shown_day,
        last_day=last_day,
        minute=minute,
        thousands=thousands,
        points=points,
        number=number,
    )
    return environment


def static_address(name: str) -> str:
    """The address of a static file; it changes with the content, so a cached copy is never a stale one."""
    digest = hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:10]
    return f"{settings.STATIC_URL}{name}?v={digest}"


def day(value: date) -> Markup:
    """A date as `<time>`, the same in both languages."""
    return Markup(f"<time>{value.isoformat()}</time>")  # noqa: S704 - digits and dashes


def day_before(end: date) -> date:
    """The last day of a half-open period, as people say it."""
    return end - timedelta(days=1)


def shown_day(value: datetime) -> date:
    """The day of an instant, by the city's clock."""
    return value.astimezone(ZONE).date()


def last_day(end: datetime) -> date:
    """The last day before an instant at which something ends."""
    return (end.astimezone(ZONE) - timedelta(microseconds=1)).date()


def minute(value: datetime) -> str:
    """An instant to the minute, by the city's clock."""
    return value.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


def thousands(value: int) -> str:
    """1234567 → 1,234,567."""
    return f"{value:,}"


def points(value: float) -> str:
    """Points with their sign: +5, −2.5, 0."""
    return str(escape(f"{value:+g}".replace("-", _MINUS) if value else "0"))


def number(value: float) -> str:
    """A score or a bound without needless zeros: 56, 54.5; long enough for every score."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def document_number(item: PublicItem) -> str:
    """The number the issuing body gave a document, empty when it carries none."""
    return next((field.value for field in item.fields if field.label.endswith(NUMBER_ENDINGS)), "")
