"""Django's name for this room."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The public's pages."""

    name = "ecredit.surface.portal"
    label = "portal"
