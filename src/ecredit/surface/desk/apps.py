"""Django's name for this room."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The officials' pages."""

    name = "ecredit.surface.desk"
    label = "desk"
