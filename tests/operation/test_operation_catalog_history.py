"""Which rules the city worked by, since when, and who answers for a change."""

import json
import shutil
from pathlib import Path

import pytest

from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.types import OPERATOR
from ecredit.foundation.catalog.load import catalog_edition
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.operation.catalog_history import adopt_catalog, last_change, list_changes, note_catalog
from ecredit.service.operation.platform import Platform
from tests.desk.conftest import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings, home, tmp_path) -> Path:
    settings.ECREDIT_HOME = home.root
    settings.ECREDIT_CATALOG = shutil.copytree(settings.ECREDIT_CATALOG, tmp_path / "catalog")
    return settings.ECREDIT_CATALOG


def change(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8") + "# 改\n", encoding="utf-8")


def test_a_change_is_noted_once_with_its_files_and_somebody_answers_for_it(folder):
    assert note_catalog(Platform(), by=OPERATOR)
    assert not note_catalog(Platform(), by=OPERATOR)
    first = catalog_edition(folder)
    change(folder / "sources" / "shops.yaml")
    change(folder / "laws" / "credit.yaml")
    change(folder / "texts" / "desk.yaml")
    jia = make_person("jia", name="贾一")
    assert note_catalog(Platform(), by=OPERATOR)
    (latest, earliest) = list_changes()
    assert (earliest.edition, earliest.files, earliest.by) == (first, (), "")
    assert (latest.edition, latest.by) == (catalog_edition(folder), "")
    assert latest.files == ("laws/credit.yaml", "sources/shops.yaml")
    adopted = adopt_catalog(Platform(), person=jia.who, why="网店加一列", by=OPERATOR)
    assert (adopted.by, adopted.why, adopted.at) == ("贾一", "网店加一列", latest.at)
    changes = list_changes()
    assert [c.by for c in changes] == ["贾一", ""]
    assert last_change(changes, "sources/shops.yaml") == changes[0]
    assert last_change(changes, "codes/") == changes[1]
    assert last_change([], "codes/") is None


def test_adopting_notes_a_change_that_no_evaluation_has_met_and_asks_why(folder):
    note_catalog(Platform(), by=OPERATOR)
    change(folder / "departments.yaml")
    with pytest.raises(WrongUse, match="为什么"):
        adopt_catalog(Platform(), person="p1", why="  ", by=OPERATOR)
    assert len(list_changes()) == 1
    assert adopt_catalog(Platform(), person="p1", why="机构改革", by=OPERATOR).files == ("departments.yaml",)
    verbs = JournalEntry.objects.order_by("leaf").values_list("verb", flat=True)
    assert list(verbs) == ["catalog.change", "catalog.change", "catalog.adopt"]
    assert json.loads(JournalEntry.objects.order_by("-leaf")[1].detail)["files"]["departments.yaml"]


def test_an_edition_that_comes_back_is_not_answered_for_by_what_was_said_before(folder):
    note_catalog(Platform(), by=OPERATOR)
    adopt_catalog(Platform(), person="x", why="起初", by=OPERATOR)
    whole = (folder / "departments.yaml").read_text(encoding="utf-8")
    change(folder / "departments.yaml")
    note_catalog(Platform(), by=OPERATOR)
    (folder / "departments.yaml").write_text(whole, encoding="utf-8")
    note_catalog(Platform(), by=OPERATOR)
    assert [c.why for c in list_changes()] == ["", "", "起初"]
