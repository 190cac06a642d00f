"""Addresses: the portal at the root, what the watchers ask beside it; and who speaks when no page answers."""

from django.urls import include, path

urlpatterns = [
    path("", include("ecredit.surface.gate.urls")),
    path("", include("ecredit.surface.portal.urls")),
]
handler400 = "ecredit.surface.gate.refusals.bad_request"
handler403 = "ecredit.surface.gate.refusals.forbidden"
handler404 = "ecredit.surface.gate.refusals.not_found"
handler500 = "ecredit.surface.gate.refusals.failed"
