"""Django's name for this room."""

from django.apps import AppConfig


class CommitmentsConfig(AppConfig):
    """Commitments made here, and cases about broken ones."""

    name = "ecredit.service.commitments"
    label = "commitments"
