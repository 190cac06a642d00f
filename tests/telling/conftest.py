"""The city that tells."""

import pytest

from tests.telling.telling_world import World, open_world


@pytest.fixture
def world(home, settings, collect) -> World:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return open_world(home, settings, collect)
