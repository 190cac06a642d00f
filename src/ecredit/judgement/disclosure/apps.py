"""Django's name for this room."""

from django.apps import AppConfig


class DisclosureConfig(AppConfig):
    """What platforms fail to disclose, the pages that were looked at, and what became of each gap."""

    name = "ecredit.judgement.disclosure"
    label = "disclosure"
