"""Django's name for this room."""

from django.apps import AppConfig


class CollectionConfig(AppConfig):
    """Batches, held rows, receipts."""

    name = "ecredit.facts.collection"
    label = "collection"
