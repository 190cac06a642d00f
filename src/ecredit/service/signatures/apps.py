"""Django's name for this room."""

from django.apps import AppConfig


class SignaturesConfig(AppConfig):
    """Documents that people sign."""

    name = "ecredit.service.signatures"
    label = "signatures"
