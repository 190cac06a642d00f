"""`/desk/city/…`: to the city's own sign-on and back. allauth finds both by name, outside the desk's namespace."""

from typing import Final

from allauth.socialaccount.providers.openid_connect import views
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path

from ecredit.surface.desk.doors import open_to_all
from ecredit.surface.desk.errors import NotThere

PROVIDER: Final = "city"


@open_to_all(methods=("POST",))
def leave(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """To the sign-on; by a form with its token, so that nobody else sends people there."""
    _check_there_is_one(provider_id)
    response: HttpResponseBase = views.login(request, provider_id)
    return response


@open_to_all()
def come_back(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Back from it; `city_sign_on` decides what follows."""
    _check_there_is_one(provider_id)
    response: HttpResponseBase = views.callback(request, provider_id)
    return response


def _check_there_is_one(provider_id: str) -> None:
    if not settings.SOCIALACCOUNT_PROVIDERS or provider_id != PROVIDER:
        raise NotThere


urlpatterns: Final[list[object]] = []
outside = [
    path("city/<slug:provider_id>/sign-in", leave, name="openid_connect_login"),
    path("city/<slug:provider_id>/back", come_back, name="openid_connect_callback"),
]
