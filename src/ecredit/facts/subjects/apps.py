"""Django's name for this room."""

from django.apps import AppConfig


class SubjectsConfig(AppConfig):
    """Credit subjects, their codes, their relations, and the review queue."""

    name = "ecredit.facts.subjects"
    label = "subjects"
