"""Django's name for this room."""

from django.apps import AppConfig


class ActorsConfig(AppConfig):
    """Organisations, the journal and the transparency log."""

    name = "ecredit.facts.actors"
    label = "actors"
