"""Which language an answer's sentences are in: what `Accept-Language` ranks highest of ours, else Chinese."""

from django.http import HttpRequest

from ecredit.foundation.kernel.languages import Lang, preferred_language


def language_of(request: HttpRequest) -> Lang:
    """The language of the answer to a request."""
    return preferred_language(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
