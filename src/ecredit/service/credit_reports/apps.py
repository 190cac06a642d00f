"""Django's name for this room."""

from django.apps import AppConfig


class CreditReportsConfig(AppConfig):
    """Credit reports that were issued."""

    name = "ecredit.service.credit_reports"
    label = "credit_reports"
