"""Addresses: the portal at the root; later doors beside it."""

from django.urls import include, path

urlpatterns = [path("", include("ecredit.surface.portal.urls"))]
