"""Revocation lists fetched from where the settings say; a signature is checked against them at once."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.operation.signing_lists import fetch_by_schedule, fetch_signing_lists
from ecredit.service.signatures.list_fetching import fetch_lists, list_urls
from tests.conftest import NOON
from tests.proof.authority_samples import DAY, Authority
from tests.signatures.conftest import Room


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
    (first,) = fetch_lists([url], folder)
    assert first.problem == "" and first.issued_at == NOON and first.until == NOON + 7 * DAY
    (kept,) = folder.iterdir()
    served["/a.crl"] = authority.revocation_list(at=NOON - DAY)
    assert "older" in fetch_lists([url], folder)[0].problem and kept.read_bytes() == authority_list(
        kept, NOON
    )
    served["/a.crl"] = authority.revocation_list(at=NOON + DAY)
    assert fetch_lists([url], folder)[0].problem == "" and kept.read_bytes() == served["/a.crl"]


def authority_list(kept: Path, at: Any) -> bytes:
    """The kept list, seen to be the one of an instant."""
    from cryptography import x509

    assert x509.load_der_x509_crl(kept.read_bytes()).last_update_utc == at
    return kept.read_bytes()


def test_what_gives_none_is_told_and_leaves_the_kept_one(served: dict[str, bytes], tmp_path: Path) -> None:
    address = served["address"].decode()
    served["/page"] = b"<html>"
    gone, page, nobody = fetch_lists([f"{address}/no", f"{address}/page", "http://127.0.0.1:9/x"], tmp_path)
    assert (
        "404" in gone.problem
        and "no revocation list" in page.problem
        and "cannot be fetched" in nobody.problem
    )
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_fetched_unless_it_is_set(settings: Any, tmp_path: Path, served: dict[str, bytes]) -> None:
    settings.ECREDIT_SIGNING_LIST_URLS = settings.ECREDIT_SIGNING_LISTS = ""
    assert fetch_signing_lists() == () and fetch_by_schedule(None, None) == {"lists": 0}  # type: ignore[arg-type]
    settings.ECREDIT_SIGNING_LIST_URLS = served["address"].decode() + "/no"
    with pytest.raises(WrongUse, match="ECREDIT_SIGNING_LISTS"):
        fetch_signing_lists()
    settings.ECREDIT_SIGNING_LISTS = str(tmp_path)
    with pytest.raises(WrongUse, match="404"):
        fetch_by_schedule(None, None)  # type: ignore[arg-type]
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
    assert fetch_signing_lists()[0].problem == ""
    from ecredit.service.signatures.errors import SignatureRefused

    with pytest.raises(SignatureRefused, match="吊销"):
        room.sign(room.offer().number, own)
