"""Django's name for this room."""

from django.apps import AppConfig


class MeasuresConfig(AppConfig):
    """Early warnings, whom they went to, and what became of them."""

    name = "ecredit.judgement.measures"
    label = "measures"
