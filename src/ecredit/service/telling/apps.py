"""Django's name for this room."""

from django.apps import AppConfig


class TellingConfig(AppConfig):
    """Articles for the public, their pictures, and what became of them."""

    name = "ecredit.service.telling"
    label = "telling"
