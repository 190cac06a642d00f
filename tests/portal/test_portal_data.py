"""Open data: what is public today and nothing else, in three forms that say the same; and what machines read of the site."""

import csv
import io
import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow.parquet as pq
import pytest
from django.test import Client

from ecredit.service.publicity.open_data import SUBJECTS, TABLES, DataChanged
from ecredit.service.publicity.open_forms import FORMS
from ecredit.service.publicity.queries import PublicStore
from ecredit.service.publicity.store import open_writer
from ecredit.service.publicity.types import PublicSubject
from ecredit.surface.portal import page_data, page_machines
from tests.portal.conftest import Move
from tests.portal.page_checks import read_page
from tests.portal.portal_sample import (
    ENDED_LEAF,
    FULL,
    FUTURE_LEAF,
    LAST_DAY_LEAF,
    PENALTY_LEAF,
    STALE,
    TODAY,
)
from tests.publicity.public_sample import write_subjects

pytestmark = pytest.mark.django_db  # the end of a streamed answer looks after connections


def xml(content: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(content)  # noqa: S314 - what we wrote ourselves


def taken(client: Client, name: str) -> bytes:
    answer = client.get(f"/data/{name}")
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content)
    answer.close()
    return content


def rows(client: Client, table: str, form: str) -> list[dict[str, Any]]:
    content = taken(client, f"{table}.{form}")
    if form == "csv":
        return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    if form == "json":
        return json.loads(content)
    return pq.read_table(io.BytesIO(content)).to_pylist()


def plain(row: dict[str, Any]) -> dict[str, str]:
    """As CSV would say it."""
    return {
        name: "" if v is None else json.dumps(v, ensure_ascii=False, separators=(",", ":")) if isinstance(v, dict)
        else v.isoformat() if isinstance(v, date) else str(v)
        for name, v in row.items()
    }  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
def test_the_three_forms_say_the_same(client: Client, table: str) -> None:
    said = [[plain(row) for row in rows(client, table, form)] for form in FORMS]
    assert said[0] == said[1] == said[2]
    assert list(said[0][0]) == [column.id for column in TABLES[table].columns]


def test_only_what_is_public_on_the_day_is_in_it(client: Client, move_clock: Move) -> None:
    entries = {row["entry"] for row in rows(client, "records", "json")}
    assert {PENALTY_LEAF, LAST_DAY_LEAF} <= entries
    assert not {ENDED_LEAF, FUTURE_LEAF} & entries
    subjects = {row["code"]: row for row in rows(client, "subjects", "json")}
    assert (subjects[FULL]["grade"], subjects[FULL]["grade_until"]) == ("C", "2027-05-09")
    assert (subjects[STALE]["grade"], subjects[STALE]["graded_on"]) == (None, None)
    before = client.head("/data/records.json")["ETag"]
    move_clock(timedelta(days=1))
    assert {ENDED_LEAF, LAST_DAY_LEAF, FUTURE_LEAF} & {
        r["entry"] for r in rows(client, "records", "json")
    } == {FUTURE_LEAF}
    assert client.head("/data/records.json")["ETag"] != before


def test_an_unchanged_file_costs_nothing_and_says_its_name(client: Client) -> None:
    head = client.head("/data/subjects.csv")
    assert (head.status_code, head.content) == (200, b"")
    again = client.get("/data/subjects.csv", headers={"If-None-Match": head["ETag"]})
    assert again.status_code == 304
    tags = {client.head(f"/data/{table}.{form}")["ETag"] for table in TABLES for form in FORMS}
    assert len(tags) == 6
    answer = client.get("/data/subjects.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="subjects-2026-11-25.csv"'
    answer.close()


def test_no_more_files_at_once_than_there_is_room_for(client: Client) -> None:
    under_way = [client.get("/data/records.csv") for _ in range(page_data.AT_ONCE)]
    late = client.get("/data/records.csv")
    assert late.status_code == 503 and late["Retry-After"]
    for answer in under_way:
        answer.close()  # nobody took them: the room is free all the same
    assert len(rows(client, "subjects", "csv")) == 49


def test_formulas_are_made_texts_for_spreadsheets_only(client: Client, tmp_path: Path, settings: Any) -> None:
    write_subjects(tmp_path / "public.sqlite3", PublicSubject(FULL, "=1+1公司", "个体工商户", "", "存续"))
    settings.ECREDIT_HOME = tmp_path
    assert rows(client, "subjects", "csv")[0]["name"] == "'=1+1公司"
    assert rows(client, "subjects", "json")[0]["name"] == "=1+1公司"
    assert rows(client, "subjects", "parquet")[0]["name"] == "=1+1公司"


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_table_is_one_with_no_rows(client: Client, tmp_path: Path, settings: Any, form: str) -> None:
    write_subjects(tmp_path / "public.sqlite3")
    settings.ECREDIT_HOME = tmp_path
    assert rows(client, "records", form) == []


def test_a_database_written_meanwhile_ends_the_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "public.sqlite3"
    write_subjects(path, *(PublicSubject(f"C{n}", f"公司{n}", "", "", "") for n in range(5)))
    monkeypatch.setattr("ecredit.service.publicity.open_data.BLOCK", 2)
    blocks = PublicStore(path).open_blocks(SUBJECTS, TODAY)
    assert len(next(blocks)) == 2
    with open_writer(path) as writer:
        writer.put_meta({"projected_at": "2026-11-25T03:00:00+00:00"})
    with pytest.raises(DataChanged):
        next(blocks)


def test_the_page_the_dictionary_and_the_catalogue_agree(client: Client) -> None:
    html = client.get("/data").content.decode()
    assert read_page(html).problems == []
    dictionary = json.loads(client.get("/data/dictionary.json").content)
    catalogue = json.loads(client.get("/data/catalogue.jsonld").content)
    assert catalogue["@type"] == "dcat:Catalog"
    for table, dataset in zip(TABLES.values(), catalogue["dcat:dataset"], strict=True):
        assert [c["name"] for c in dictionary["tables"][table.id]["columns"]] == [c.id for c in table.columns]
        assert all(f"<code>{column.id}</code>" in html for column in table.columns)
        for file in dataset["dcat:distribution"]:
            address = file["dcat:downloadURL"]["@id"].removeprefix("http://testserver")
            assert f'href="{address}"' in html
            assert client.head(address).headers["Content-Type"].startswith(file["dcat:mediaType"])
    assert dictionary["code_tables"]["subject_kind"]["法人及非法人组织"]
    assert 'id="licence"' in html


@pytest.mark.parametrize("name", ["nothing.csv", "subjects.xlsx", "subjects.", "item.json"])
def test_what_is_no_file_is_not_found(client: Client, name: str) -> None:
    assert client.get(f"/data/{name}").status_code == 404


def test_maps_hold_every_subject_and_every_fixed_page(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_machines, "A_MAP", 20)
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    index = xml(client.get("/sitemap.xml").content)
    found: list[str] = []
    for place in index.iter(f"{space}loc"):
        part = xml(client.get((place.text or "").removeprefix("http://testserver")).content)
        found += [(loc.text or "").removeprefix("http://testserver") for loc in part.iter(f"{space}loc")]
    assert len(found) == len(set(found))
    assert len([path for path in found if path.startswith("/s/")]) == 49
    assert {client.get(path).status_code for path in found if not path.startswith("/s/")} == {200}
    assert client.get("/sitemap-9.xml").status_code == 404
    assert "Sitemap: http://testserver/sitemap.xml" in client.get("/robots.txt").content.decode()


def test_the_feed_tells_numbers_and_no_names(client: Client) -> None:
    answer = client.get("/feed.xml?lang=en")
    assert answer["Content-Type"].startswith("application/atom+xml")
    atom = "{http://www.w3.org/2005/Atom}"
    entries = list(xml(answer.content).iter(f"{atom}entry"))
    assert [entry.findtext(f"{atom}title") for entry in entries] == [
        "2026-11-25: 1 became public, 0 are no longer shown", "2026-11-24: 12 became public, 3 are no longer shown",
    ]  # fmt: skip
    assert not re.search("常州小满|花", answer.content.decode())
