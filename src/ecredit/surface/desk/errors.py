"""Refusals of this room."""

from ecredit.foundation.kernel.errors import NotThere

__all__ = ["NotThere"]
