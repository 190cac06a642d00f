"""Django's name for this room."""

from django.apps import AppConfig


class OperationConfig(AppConfig):
    """Jobs."""

    name = "ecredit.service.operation"
    label = "operation"
