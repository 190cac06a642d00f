"""Django's name for this room."""

from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    """Models of judgement and the grades they gave."""

    name = "ecredit.judgement.evaluation"
    label = "evaluation"
