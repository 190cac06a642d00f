"""Addresses: the portal at the root, the desk and later doors beside it."""

from django.urls import include, path

from ecredit.surface.desk.page_city_sign_on import outside as city_sign_on

urlpatterns = [
    path("desk/", include(city_sign_on)),
    path("desk/", include("ecredit.surface.desk.urls")),
    path("", include("ecredit.surface.portal.urls")),
]
