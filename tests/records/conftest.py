"""Numbers of rows as in a new database: sequences go on counting where a test before this one ended."""

import pytest
from django.apps import apps
from django.core.management.color import no_style
from django.db import connection


@pytest.fixture(autouse=True)
def _numbered_from_one(db):
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM sqlite_sequence")
        for sql in connection.ops.sequence_reset_sql(no_style(), apps.get_models()):
            cursor.execute(sql)
