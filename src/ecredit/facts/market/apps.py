"""Django's name for this room."""

from django.apps import AppConfig


class MarketConfig(AppConfig):
    """Batches of trade and the manifest of the lake."""

    name = "ecredit.facts.market"
    label = "market"
