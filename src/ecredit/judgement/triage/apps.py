"""Django's name for this room."""

from django.apps import AppConfig


class TriageConfig(AppConfig):
    """Runs of detection, findings, and what was decided of them."""

    name = "ecredit.judgement.triage"
    label = "triage"
