"""Revocation lists fetched from where the settings say; a signature is checked against them at once."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.operation.signing_lists import fetch_by_schedule, fetch_signing_lists
from ecredit.service.signatures.errors import SignatureRefused
from ecredit.service.signatures.list_fetching import fetch_lists, list_urls
from tests.conftest import NOON
from tests.proof.authority_samples import DAY, Authority
from tests.signatures.conftest import Room

CLOCK: Any = SimpleNamespace(now=NOON)


@pytest.fixture
def served() -> Iterator[dict[str, bytes]]:
    """What an address answers; `address` is where."""
    answers: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = answers.get(self.path)
            self.send_response(404 if found is None else 200)
            self.end_headers()
            self.wfile.write(found or b"")

        def log_message(self, *_: Any) -> None:
            """Nothing is written."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    answers["address"] = f"http://127.0.0.1:{server.server_port}".encode()
    yield answers
    server.shutdown()
    thread.join()
    server.server_close()


def test_fetched_kept_and_never_replaced_by_an_older_one(served: dict[str, bytes], tmp_path: Path) -> None:
    authority, url = Authority(), served["address"].decode() + "/a.crl"
    folder = tmp_path / "lists"
    served["/a.crl"] = authority.revocation_list(at=NOON)
    known = [authority.certificate]
    (first,) = fetch_lists([url], folder, known, at=NOON)
    assert first.problem == "" and first.issued_at == NOON and first.until == NOON + 7 * DAY
    (kept,) = folder.iterdir()
    served["/a.crl"] = authority.revocation_list(at=NOON - DAY)
    assert "older" in fetch_lists([url], folder, known, at=NOON)[
        0
    ].problem and kept.read_bytes() == authority_list(kept, NOON)
    served["/a.crl"] = authority.revocation_list(at=NOON + DAY)
    assert (
        fetch_lists([url], folder, known, at=NOON + DAY)[0].problem == ""
        and kept.read_bytes() == served["/a.crl"]
    )


def authority_list(kept: Path, at: Any) -> bytes:
    """The kept list, seen to be the one of an instant."""
    from cryptography import x509

    assert x509.load_der_x509_crl(kept.read_bytes()).last_update_utc == at
    return kept.read_bytes()


def test_a_forged_list_never_replaces_the_kept_one(served: dict[str, bytes], tmp_path: Path) -> None:
    """Whoever stands on the way can write a list in an authority's name and with any date, but cannot sign it."""
    authority, forger = Authority(), Authority()
    url, known, folder = served["address"].decode() + "/a.crl", [authority.certificate], tmp_path / "lists"
    genuine = served["/a.crl"] = authority.revocation_list(at=NOON)
    fetch_lists([url], folder, known, at=NOON)
    (kept,) = folder.iterdir()

    def refused(raw: bytes, word: str) -> bool:
        served["/a.crl"] = raw
        (told,) = fetch_lists([url], folder, known, at=NOON + DAY)
        return word in told.problem and kept.read_bytes() == genuine

    later = forger.revocation_list(at=NOON + DAY / 2)
    assert refused(later, "not signed by")
    assert refused(later[:-3] + b"\0\0\0", "not signed by")
    assert refused(Authority("另一家").revocation_list(at=NOON + DAY / 2), "not signed by")
    # Even one that is signed well says no time that has not come: every later one would else be "older".
    assert refused(authority.revocation_list(at=NOON + 30 * DAY), "has not come")
    # A forged one that got in before is not what others are measured by.
    kept.write_bytes(forger.revocation_list(at=NOON + 9_000 * DAY))
    served["/a.crl"] = genuine
    assert fetch_lists([url], folder, known, at=NOON + DAY)[0].problem == "" and kept.read_bytes() == genuine


def test_a_list_of_another_authority_or_scope_never_replaces_the_kept_one(
    served: dict[str, bytes], tmp_path: Path
) -> None:
    """A genuine list that is about others would hide who was taken back just as well."""
    authority, other = Authority(), Authority("另一家电子认证机构")
    url, known = served["address"].decode() + "/a.crl", [authority.certificate, other.certificate]
    genuine = served["/a.crl"] = authority.revocation_list(at=NOON)
    fetch_lists([url], tmp_path, known, at=NOON)
    (kept,) = tmp_path.iterdir()
    for raw in (
        other.revocation_list(at=NOON + DAY),
        authority.revocation_list(at=NOON + DAY, only_authorities=True),
    ):
        served["/a.crl"] = raw
        assert "not about the same" in fetch_lists([url], tmp_path, known, at=NOON + DAY)[0].problem
        assert kept.read_bytes() == genuine


def test_lists_of_an_authority_between_are_known_by_its_certificate(
    served: dict[str, bytes], tmp_path: Path
) -> None:
    root = Authority()
    between = Authority("示例子机构", above=root)
    served["/b.crl"] = between.revocation_list(at=NOON)
    url = served["address"].decode() + "/b.crl"
    assert "not signed by" in fetch_lists([url], tmp_path, [root.certificate], at=NOON)[0].problem
    assert fetch_lists([url], tmp_path, [root.certificate, between.certificate], at=NOON)[0].problem == ""
    # A person's certificate signs no lists, whatever it is called.
    person = root.person("示例子机构")
    forged = Authority("示例子机构", above=root)
    forged.key = person.key
    served["/b.crl"] = forged.revocation_list(at=NOON)
    assert "not signed by" in fetch_lists([url], tmp_path / "two", [person.certificate], at=NOON)[0].problem


def test_nobody_signs_while_no_list_says_whether_they_may(room: Room, settings: Any) -> None:
    """Where lists are asked for, a missing one is no leave to sign: it is what who was taken back would wish for."""
    own, document = room.authority.person(), room.offer()
    kept = Path(settings.ECREDIT_SIGNING_LISTS) / "own.crl"
    genuine = kept.read_bytes()
    kept.unlink()
    for raw in (
        None,
        Authority("另一家").revocation_list(at=NOON - DAY),
        Authority().revocation_list(at=NOON - DAY),
        room.authority.revocation_list(at=NOON - 30 * DAY),
    ):
        if raw is not None:
            kept.write_bytes(raw)
        with pytest.raises(SignatureRefused, match="吊销") as told:
            room.sign(document.number, own)
        assert told.value.data["failed"] in (("revocation",), ("stale",))
    kept.write_bytes(genuine)
    room.sign(document.number, own)
    # Where none are asked for, that it cannot be told is said at every check, and it is taken.
    settings.ECREDIT_SIGNING_LISTS = ""
    room.sign(room.offer("commitment:2").number, own)


def test_what_gives_none_is_told_and_leaves_the_kept_one(served: dict[str, bytes], tmp_path: Path) -> None:
    address = served["address"].decode()
    served["/page"] = b"<html>"
    gone, page, nobody = fetch_lists(
        [f"{address}/no", f"{address}/page", "http://127.0.0.1:9/x"], tmp_path, (), at=NOON
    )
    assert (
        "404" in gone.problem
        and "no revocation list" in page.problem
        and "cannot be fetched" in nobody.problem
    )
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_fetched_unless_it_is_set(settings: Any, tmp_path: Path, served: dict[str, bytes]) -> None:
    settings.ECREDIT_SIGNING_LIST_URLS = settings.ECREDIT_SIGNING_LISTS = ""
    assert fetch_signing_lists(at=NOON) == () and fetch_by_schedule(CLOCK, None) == {"lists": 0}  # type: ignore[arg-type]
    settings.ECREDIT_SIGNING_LIST_URLS = served["address"].decode() + "/no"
    with pytest.raises(WrongUse, match="ECREDIT_SIGNING_LISTS"):
        fetch_signing_lists(at=NOON)
    settings.ECREDIT_SIGNING_LISTS = str(tmp_path)
    with pytest.raises(WrongUse, match="404"):
        fetch_by_schedule(CLOCK, None)  # type: ignore[arg-type]
    with pytest.raises(WrongUse, match="ftp"):
        list_urls("http://a.example/x, ftp://b.example/y")


def test_a_certificate_on_a_fetched_list_signs_no_longer(
    room: Room, settings: Any, served: dict[str, bytes]
) -> None:
    own = room.authority.person()
    served["/a.crl"] = room.authority.revocation_list((own, NOON - DAY), at=NOON - timedelta(hours=1))
    settings.ECREDIT_SIGNING_LIST_URLS = served["address"].decode() + "/a.crl"
    folder = Path(settings.ECREDIT_SIGNING_LISTS)
    (folder / "own.crl").unlink()
    (folder / ".half.crl.part").write_bytes(b"half")
    assert fetch_signing_lists(at=NOON)[0].problem == ""
    with pytest.raises(SignatureRefused, match="吊销"):
        room.sign(room.offer().number, own)
