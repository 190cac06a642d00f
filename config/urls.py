"""Addresses: the portal at the root, the desk and the API beside it, what the watchers ask; and who speaks when no page answers."""

from django.urls import include, path

from ecredit.surface.desk.page_city_sign_on import outside as city_sign_on

urlpatterns = [
    path("", include("ecredit.surface.gate.urls")),
    path("desk/", include(city_sign_on)),
    path("desk/", include("ecredit.surface.desk.urls")),
    path("api/v1/", include("ecredit.surface.api.urls")),
    path("", include("ecredit.surface.portal.urls")),
]
handler400 = "ecredit.surface.gate.refusals.bad_request"
handler403 = "ecredit.surface.gate.refusals.forbidden"
handler404 = "ecredit.surface.gate.refusals.not_found"
handler500 = "ecredit.surface.gate.refusals.failed"
