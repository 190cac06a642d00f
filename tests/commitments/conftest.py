"""The desk's own fixtures."""

from tests.desk.conftest import desk, unhurried

__all__ = ["desk", "unhurried"]
