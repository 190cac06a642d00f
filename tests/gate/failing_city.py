"""The platform with three addresses more that fail as pages of a day to come may fail. Loaded by a server of the tests."""

import importlib
import logging
import os
import sys
import time
import types

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from ecredit.foundation.kernel.errors import WrongUse


@csrf_exempt
def broken(request: HttpRequest, told: str) -> HttpResponse:
    """An exception whose text quotes what was typed."""
    held = {"name": told, "query": request.GET.dict()}
    raise ValueError(f"cannot use {told} of {held} and {request.body!r}")


def foreseen(_request: HttpRequest, told: str) -> HttpResponse:
    """An error of ours that nobody caught, with values behind it."""
    raise WrongUse(f"{told} 不对", f"{told} is wrong", value=told)


def chatty(_request: HttpRequest, told: str) -> HttpResponse:
    """A library that logs what it was given, filled in and beforehand."""
    logging.getLogger("some.library").error("no such thing: %s", told)
    logging.getLogger("some.library").error(f"no such thing: {told}")
    return HttpResponse("done")


def forbidden(_request: HttpRequest, told: str) -> HttpResponse:
    """No right."""
    raise PermissionDenied(told)


def slow(_request: HttpRequest) -> HttpResponse:
    """Half a second of waiting."""
    time.sleep(0.5)
    return HttpResponse("slow")


@csrf_exempt
def size(request: HttpRequest) -> HttpResponse:
    """How long a body was."""
    return HttpResponse(str(len(request.read())))


application = get_wsgi_application()
urls = importlib.import_module("config.urls")
settings.ROOT_URLCONF = "tests.gate.failing_city.addresses"
addresses = types.ModuleType(settings.ROOT_URLCONF)
addresses.urlpatterns = [
    *(path(f"{view.__name__}/<path:told>", view) for view in (broken, foreseen, chatty, forbidden)),
    path("slow", slow),
    path("size", size),
    # Of the public part: this city has no operational database, and the rest of the API is shut there.
    path("api/v1/public/broken/<path:told>", broken),
    *urls.urlpatterns,
]
for name in ("handler400", "handler403", "handler404", "handler500"):
    setattr(addresses, name, getattr(urls, name))
sys.modules[settings.ROOT_URLCONF] = addresses
