"""The addresses of the API: everything below `/api/v1/`."""

from django.urls import path

from ecredit.surface.api.application import api

urlpatterns = [path("", api.urls)]
