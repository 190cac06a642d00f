"""Django's name for this room."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """Reports on platforms, drafts and signed ones, and what officers said of them."""

    name = "ecredit.judgement.monitoring"
    label = "monitoring"
