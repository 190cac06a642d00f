"""Django's name for this room."""

from django.apps import AppConfig


class BadgesConfig(AppConfig):
    """Badges, and the city they were issued by."""

    name = "ecredit.service.badges"
    label = "badges"
