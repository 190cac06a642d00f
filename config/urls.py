"""Addresses: the portal at the root, the desk and later doors beside it."""

from django.urls import include, path

urlpatterns = [
    path("desk/", include("ecredit.surface.desk.urls")),
    path("", include("ecredit.surface.portal.urls")),
]
