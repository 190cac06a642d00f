"""Which language a page is answered in: `?lang=` decides, else the browser's preference, else Chinese."""

from django.http import HttpRequest

from ecredit.foundation.kernel.languages import (
    DEFAULT,
    HTML_LANG,
    LANGUAGES,
    Lang,
    named_language,
    preferred_language,
)

__all__ = ["DEFAULT", "HTML_LANG", "LANGUAGES", "Lang", "asked_language", "preferred_language"]


def asked_language(request: HttpRequest) -> Lang | None:
    """The language named in the address; None when it names none we speak (an unknown value is no error)."""
    if not request.META.get("QUERY_STRING"):
        return None
    return named_language(request.GET.get("lang", ""))
