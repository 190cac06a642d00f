"""The door as Django knows it: only its style sheet."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The machines' door."""

    name = "ecredit.surface.api"
    label = "api"
