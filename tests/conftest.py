"""Fixtures every room may use: the city's own catalogue, a home with keys, and one way to collect a small file."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings

from ecredit.foundation.catalog.load import load_catalog
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.foundation.proof.keys import KeyRing

# A busy machine is slow to draw examples; that says nothing about the code.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("here")

NOON = datetime(2026, 5, 12, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:
    """On PostgreSQL no number begins at one, whatever ran before: a test that writes a number down fails there at once."""
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT setval(c.oid::regclass, 1000) FROM pg_class c WHERE c.relkind = 'S'")


@cache
def city_catalog() -> Catalog:
    """The catalogue of this checkout."""
    return load_catalog(Path(__file__).parent.parent / "catalog")


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The catalogue of this checkout."""
    return city_catalog()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with keys and folders; the operational database is the test's own, an empty file stands for it."""
    made = Home(tmp_path / "home").ensure()
    KeyRing.create(made.keys)
    made.operational_db.touch()
    return made


@pytest.fixture
def collector(home: Home, catalog: Catalog) -> Iterator[object]:
    """What collecting needs."""
    from ecredit.facts.collection.collect_actions import Collector

    return Collector(home, catalog, KeyRing.load(home.keys), WorkCalendar())


@pytest.fixture
def collect(collector, tmp_path: Path, db) -> Callable[..., object]:
    """collect(source, rows-or-bytes, by="gongshang", name="a.csv", at=NOON) → receipt."""
    from ecredit.facts.actors.queries import get_supplier
    from ecredit.facts.actors.types import Actor
    from ecredit.facts.collection.collect_actions import collect_file

    usual = collector

    def run(
        source,
        content,
        *,
        by="gongshang",
        name="a.csv",
        at=NOON,
        corrects=None,
        on_behalf=False,
        encoding="gb18030",
        collector=usual,
    ):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        supplier = get_supplier(collector.catalog, by, on=at.date())
        actor = Actor(supplier.id, "supplier.submit")
        return collect_file(
            collector,
            source_id=source,
            path=path,
            supplier=supplier,
            by=actor,
            at=at,
            corrects=corrects,
            on_behalf=on_behalf,
        )

    return run
