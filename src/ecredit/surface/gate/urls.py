"""Addresses for whoever watches (promised to others: `/healthz`, `/readyz`, `/metrics`)."""

from django.urls import path

from ecredit.surface.gate import health, metrics

app_name = "gate"
urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
]
