"""Which language an answer's sentences are in: what `Accept-Language` ranks highest of ours, else Chinese."""

from functools import lru_cache

from django.http import HttpRequest

from ecredit.foundation.catalog.texts import Lang


def language_of(request: HttpRequest) -> Lang:
    """The language of the answer to a request."""
    return _preferred(request.META.get("HTTP_ACCEPT_LANGUAGE", "")[:400])


@lru_cache(maxsize=512)
def _preferred(accepted: str) -> Lang:
    best: Lang = "zh"
    weight = 0.0
    for part in accepted.split(","):
        tag, _, parameters = part.partition(";")
        primary = tag.strip().lower().partition("-")[0]
        if primary in ("zh", "en") and (here := _weight(parameters)) > weight:
            best, weight = ("zh" if primary == "zh" else "en"), here
    return best


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0
