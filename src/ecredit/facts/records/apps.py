"""Django's name for this room."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """The append-only ledger."""

    name = "ecredit.facts.records"
    label = "records"
