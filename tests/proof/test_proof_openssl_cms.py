"""What this project signs OpenSSL accepts, and what OpenSSL signs this project accepts: the hook for people's own tools."""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ecredit.foundation.proof.badge_types import State
from ecredit.foundation.proof.certificate_check import Trust
from ecredit.foundation.proof.cms_check import SignatureAsked, check_cms, read_cms
from ecredit.foundation.proof.cms_signing import open_key_file, sign_cms
from tests.proof.authority_samples import SECRET, Authority, Person

DOCUMENT = "本单位承诺依法经营。\n第二行\n".encode()

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")


def openssl(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", *words], cwd=folder, capture_output=True, check=False)


@pytest.fixture(scope="module")
def root() -> Authority:
    return Authority()


@pytest.fixture
def folder(tmp_path: Path, root: Authority) -> Path:
    (tmp_path / "root.pem").write_bytes(root.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "document").write_bytes(DOCUMENT)
    return tmp_path


def lay(folder: Path, who: Person) -> None:
    key = who.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "me.pem").write_bytes(who.pem + key)


def asked(root: x509.Certificate, *lists: bytes) -> SignatureAsked:
    now = datetime.now(UTC)
    return SignatureAsked(Trust((root,), lists=lists), now, known_at=now)


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_openssl_accepts_ours(folder: Path, root: Authority, kind: str) -> None:
    who = root.person(kind=kind)
    raw = sign_cms(DOCUMENT, open_key_file(who.key_file(), SECRET), at=datetime.now(UTC))
    (folder / "ours.p7s").write_bytes(raw)
    command = ("cms", "-verify", "-inform", "DER", "-in", "ours.p7s", "-binary", "-CAfile", "root.pem", "-attime", str(int(who.certificate.not_valid_before_utc.timestamp()) + 60))  # fmt: skip
    done = openssl(folder, *command, "-content", "document")
    assert done.returncode == 0, done.stderr
    assert done.stdout == DOCUMENT
    (folder / "other").write_bytes(DOCUMENT + b"!")
    assert openssl(folder, *command, "-content", "other").returncode != 0


@pytest.mark.parametrize("kind", ["ec", "rsa"])
@pytest.mark.parametrize("more", [(), ("-cades",), ("-md", "sha384"), ("-outform", "PEM")], ids=" ".join)
def test_ours_accepts_openssls(folder: Path, root: Authority, kind: str, more: tuple[str, ...]) -> None:
    lay(folder, root.person(kind=kind, until=datetime(2100, 1, 1, tzinfo=UTC)))
    form = () if "-outform" in more else ("-outform", "DER")
    done = openssl(
        folder,
        "cms",
        "-sign",
        "-binary",
        "-in",
        "document",
        "-signer",
        "me.pem",
        "-out",
        "theirs.p7s",
        *form,
        *more,
    )
    assert done.returncode == 0, done.stderr
    raw = (folder / "theirs.p7s").read_bytes()
    verdict = check_cms(raw, DOCUMENT, asked(root.certificate, root.revocation_list(at=datetime.now(UTC))))
    assert verdict.ok, verdict.findings
    assert not [one for one in verdict.findings if one.state is State.OPEN]
    assert read_cms(raw).names_own == ("-cades" in more)
    assert check_cms(raw, DOCUMENT + b"!", asked(root.certificate)).failed == ("changed",)


def test_signed_as_text_is_told_with_what_to_do(folder: Path, root: Authority) -> None:
    lay(folder, root.person(until=datetime(2100, 1, 1, tzinfo=UTC)))
    done = openssl(
        folder, "cms", "-sign", "-in", "document", "-signer", "me.pem", "-outform", "DER", "-out", "text.p7s"
    )
    assert done.returncode == 0, done.stderr
    raw = (folder / "text.p7s").read_bytes()
    assert check_cms(raw, DOCUMENT, asked(root.certificate)).failed == ("line_ends",)


def test_a_weak_digest_is_refused(folder: Path, root: Authority) -> None:
    lay(folder, root.person(kind="rsa", until=datetime(2100, 1, 1, tzinfo=UTC)))
    done = openssl(
        folder, "cms", "-sign", "-binary", "-md", "sha1", "-in", "document", "-signer", "me.pem", "-outform", "DER", "-out", "weak.p7s"
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    raw = (folder / "weak.p7s").read_bytes()
    assert check_cms(raw, DOCUMENT, asked(root.certificate)).failed == ("weak",)
