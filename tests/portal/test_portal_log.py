"""The log as everybody may follow it: heads, tiles, proofs, on the site and in the exported one."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.test import Client

from ecredit.foundation.proof.blinding import blinded
from ecredit.foundation.proof.city_keys import CityKeys
from ecredit.foundation.proof.merkle import leaf_hash
from ecredit.foundation.proof.proofs import verify_proof
from ecredit.foundation.proof.shown import verify_shown
from ecredit.service.operation.log_source import FolderSource, open_source
from ecredit.service.operation.witness import follow_log
from ecredit.service.operation.witness_memory import WitnessMemory
from ecredit.service.publicity.public_log import open_copy
from ecredit.service.publicity.shown_records import shown_tree
from ecredit.service.publicity.static_export import export_site
from ecredit.surface.cli.bare import BareContext
from ecredit.surface.cli.commands import build_parser
from ecredit.surface.portal import page_verify
from ecredit.surface.portal.static_site import StaticSite
from tests.operation.test_operation_witness import AT
from tests.operation.witnessed_log import ORIGIN, City, tiles_of
from tests.portal.conftest import Move
from tests.portal.portal_sample import (
    ENDED_LEAF,
    FULL,
    FUTURE_LEAF,
    LAST_DAY_LEAF,
    PENALTY_LEAF,
    TODAY,
    write_sample,
)

TOKEN, ACT = bytes(range(16)), 1290


def act_entry(detail: object) -> bytes:
    """The bytes of an act of publishing as the journal has them."""
    at = AT.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return f"ecredit/journal/v1\n{ACT}\n{at}\noperator\nconsole\npublicity.project\npublicity:x\n{json.dumps(detail)}".encode()


def publish(home: Path, city: City) -> None:
    """What `publish_log` would write of this city's log."""
    with closing(sqlite3.connect(home / "public.sqlite3")) as public:
        size, root, shown = shown_tree(public)
    detail = {"added": 12, "removed": 3, "items": 240, "digest": "ab", "shown": [size, root.hex()]}
    entry = act_entry(detail)
    city.leaves[ACT] = blinded(leaf_hash(entry), TOKEN)
    with open_copy(home / "public-log.sqlite3") as copy:
        for (level, place), hashes in shown.items():
            copy.execute("INSERT OR REPLACE INTO shown VALUES (?,?,?)", (level, place, hashes))
        copy.execute("INSERT OR REPLACE INTO meta VALUES ('shown', ?)", (str(ACT),))
        for (level, place), hashes in tiles_of(city.leaves).items():
            copy.execute("INSERT OR REPLACE INTO tile VALUES (?,?,?)", (level, place, hashes))
        copy.execute("INSERT INTO head VALUES (?,?,?)", (len(city.leaves), city.head(), AT.isoformat()))
        act = (ACT, AT.isoformat(), "publicity.project", json.dumps(detail), entry, TOKEN)
        copy.execute("INSERT OR REPLACE INTO act VALUES (?,?,?,?,?,?)", act)
        copy.execute("INSERT OR REPLACE INTO meta VALUES ('key', ?)", (city.verifier,))


@pytest.fixture
def city() -> City:
    made = City()
    made.grow(1300)
    return made


@pytest.fixture
def home(tmp_path: Path, settings: Any, city: City, move_clock: Move) -> Path:
    settings.ECREDIT_HOME = tmp_path / "home"
    (tmp_path / "home").mkdir()
    write_sample(tmp_path / "home" / "public.sqlite3")
    publish(tmp_path / "home", city)
    return tmp_path / "home"


class Asked:
    """The portal, asked as a witness asks."""

    name = "portal"

    def get(self, name: str) -> bytes | None:
        answer = Client().get(f"/log/{name}")
        assert answer.status_code in (200, 404)
        return answer.content if answer.status_code == 200 else None


def test_home_and_log_show_the_last_head_and_what_was_published(home: Path, city: City) -> None:
    for path in ("/", "/log"):
        assert "1,300" in Client().get(path).content.decode()
    page = Client().get("/log", headers={"Accept-Language": "en"}).content.decode()
    assert f"/log/proof/{ACT}.json" in page and "Publication" in page and "240" in page
    assert Client().get("/log/head.txt").content.decode() == city.head()
    assert Client().get("/log/key.txt").content.decode().strip() == city.verifier


def test_a_head_is_never_kept_by_a_cache_and_a_tile_is(home: Path, city: City) -> None:
    head, tile = Client().get("/log/checkpoint"), Client().get("/log/tile/0/000")
    assert head.content.decode() == city.head() and head["Content-Type"] == "text/plain; charset=utf-8"
    assert "max-age=5" in head["Cache-Control"] and "immutable" in tile["Cache-Control"]
    assert tile["Content-Type"] == "application/octet-stream" and tile.content == b"".join(city.leaves[:256])
    assert Client().get("/log/tile/0/005.p/7").content == b"".join(city.leaves[1280:1287])


@pytest.mark.parametrize(
    "name",
    [
        "0/005", "0/005.p/21", "0/005.p/0", "0/005.p/020", "0/000.p/256", "0/006", "0/x000/000", "0/5", "0/0005", "64/000",
        "1/000", "entries/000", "0/000/..", "0/-01", "0/٠٠٠",
    ],
)  # fmt: skip
def test_what_is_no_tile_of_this_log_is_not_there(home: Path, name: str) -> None:
    assert Client().get(f"/log/tile/{name}").status_code == 404


def test_the_proof_of_a_record_is_on_its_subjects_page_and_holds(
    home: Path, city: City, move_clock: Move
) -> None:
    page = Client().get(f"/s/{FULL}").content.decode()
    address = f"/log/shown/{PENALTY_LEAF}.json"
    assert f'href="{address}"' in page
    raw = Client().get(address).content
    verdict = verify_shown(json.loads(raw), city.verifier)
    assert verdict.ok and "常天市监罚〔2026〕88号" in verdict.record and verdict.at == AT
    assert not verify_shown(json.loads(raw), City().verifier).ok
    # What has ended, or has not begun, has no proof of what it said, only of its entry.
    for leaf in (ENDED_LEAF, FUTURE_LEAF, 999_999):
        assert Client().get(f"/log/shown/{leaf}.json").status_code == 404
    assert Client().get(f"/log/shown/{LAST_DAY_LEAF}.json").status_code == 200
    move_clock(timedelta(days=1))
    assert Client().get(f"/log/shown/{LAST_DAY_LEAF}.json").status_code == 404
    document = json.loads(Client().get(f"/log/proof/{LAST_DAY_LEAF}.json").content)
    proof = verify_proof(document, city.verifier)
    assert proof.ok and proof.index == LAST_DAY_LEAF and "entry" not in document
    assert Client().get("/log/proof/1300.json").status_code == 404


def test_the_command_checks_a_record_offline(home: Path, city: City, tmp_path: Path) -> None:
    raw = Client().get(f"/log/shown/{PENALTY_LEAF}.json").content.decode()
    (tmp_path / "key.txt").write_text(city.verifier)

    def verify(text: str) -> Any:
        (tmp_path / "shown.json").write_text(text, encoding="utf-8")
        args = build_parser().parse_args(
            ["verify", str(tmp_path / "shown.json"), "--key", str(tmp_path / "key.txt")]
        )
        return args.run(args, BareContext())

    good, bent = verify(raw), verify(raw.replace("88号", "89号"))
    assert good.code == 0 and any("88号" in line for line in good.lines)
    assert bent.code == 1 and not any("89号" in line for line in bent.lines)


def test_the_verify_page_checks_a_record(home: Path, city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = CityKeys("did:web:credit.example", "示例市", (), city.verifier)
    monkeypatch.setattr(page_verify, "city_keys", lambda: keys)
    raw = Client().get(f"/log/shown/{PENALTY_LEAF}.json").content.decode()
    said = Client().post("/verify", {"text": raw}).content.decode()
    assert "常天市监罚〔2026〕88号" in said and "一字不差" in said
    bent = Client().post("/verify", {"text": raw.replace("88号", "89号")}).content.decode()
    assert "89号" not in bent.partition('id="paste"')[0] and "被改动" in bent


def test_the_proof_of_a_publication_tells_it(home: Path, city: City) -> None:
    verdict = verify_proof(Client().get(f"/log/proof/{ACT}.json").content, city.verifier)
    assert verdict.ok and verdict.entry is not None and b"publicity.project" in verdict.entry


def test_without_a_published_log_there_is_nothing_to_download(tmp_path: Path, settings: Any) -> None:
    settings.ECREDIT_HOME = tmp_path
    write_sample(tmp_path / "public.sqlite3")
    assert "/log/shown/" not in Client().get(f"/s/{FULL}").content.decode()
    for name in ("checkpoint", "tile/0/000", "proof/21.json", "shown/21.json"):
        assert Client().get(f"/log/{name}").status_code == 404
    assert "1,234" in Client().get("/").content.decode()


def test_a_witness_follows_the_site_and_the_exported_one(home: Path, city: City, tmp_path: Path) -> None:
    site = tmp_path / "site"
    export_site(StaticSite(TODAY), site, day=TODAY)
    assert (site / "log.html").is_file() and (site / f"log/proof/{ACT}.json").is_file()
    with WitnessMemory(tmp_path / "witness.sqlite3") as memory:
        assert follow_log(Asked(), memory, at=AT).ok
        assert follow_log(FolderSource(site), memory, at=AT).ok
        first = city.head()
        city.grow(100)
        publish(home, city)
        export_site(StaticSite(TODAY), site, day=TODAY)
        report = follow_log(FolderSource(site), memory, at=AT)
        assert report.ok and (report.before, report.size) == (1300, 1400)
        assert follow_log(Asked(), memory, at=AT, elsewhere=[first]).ok
    # Whoever has only seen the older head still finds what it names.
    assert (site / "log/tile/0/005.p/20").read_bytes() == b"".join(city.leaves[1280:1300])
    with WitnessMemory(tmp_path / "web.sqlite3") as memory, _served(site) as address:
        with open_source(address) as source:
            report = follow_log(source, memory, at=AT)
        assert report.ok and report.origin == ORIGIN and report.tiles == 6


class _Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        return None


class _served:  # noqa: N801 - reads as a context
    """An exported site behind any web server."""

    def __init__(self, folder: Path) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
        self._server.daemon_threads = True

    def __enter__(self) -> str:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
