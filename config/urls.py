"""Addresses: the portal at the root, the API and later doors beside it."""

from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("ecredit.surface.api.urls")),
    path("", include("ecredit.surface.portal.urls")),
]
