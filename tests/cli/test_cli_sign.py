"""ecredit sign and ecredit verify: offered, signed with OpenSSL, checked here and elsewhere."""

import json
import shutil
import subprocess
import time

import pytest

from ecredit.facts.actors.models import LogState
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.signatures.errors import NoSuchDocument, SignatureRefused
from ecredit.surface.cli import context
from tests.desk.conftest import make_person

pytestmark = [pytest.mark.django_db, pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")]


@pytest.fixture
def city(command, home, settings, monkeypatch, tmp_path):
    """A clerk with a test certificate, and a document to be signed."""
    settings.ECREDIT_SIGNING_TEST = True
    monkeypatch.setattr(context, "check_schema", lambda: None)
    LogState.objects.get_or_create(id=1, defaults={"origin": "credit.example/log"})
    make_person("yi", ("gongshang", "clerk"), name="王一")
    (tmp_path / "决定.txt").write_text("关于某事的决定\n同意。\n", encoding="utf-8")
    offered = command(
        "sign",
        "offer",
        str(tmp_path / "决定.txt"),
        "--for",
        "gongshang",
        "--title",
        "决定",
        "--kind",
        "decision",
    )
    issued = command("sign", "test-certificate", "yi", "--out", str(tmp_path / "yi.p12"), "--kind", "rsa")
    return offered.document["number"], issued.document


def openssl(folder, *words):
    done = subprocess.run(["openssl", *words], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def signed(command, city, tmp_path):
    """Taken, signed with OpenSSL as the guide says, and brought."""
    number, issued = city
    command("sign", "take", number, "--out", str(tmp_path / "out"))
    folder = tmp_path / "out"
    openssl(
        folder,
        "pkcs12",
        "-in",
        str(tmp_path / "yi.p12"),
        "-passin",
        f"pass:{issued['passphrase']}",
        "-nodes",
        "-out",
        "me.pem",
    )
    openssl(
        folder, "cms", "-sign", "-binary", "-cades", "-in", f"{number}.txt", "-signer", "me.pem", "-outform", "DER", "-out", "d.p7s"
    )  # fmt: skip
    return number, folder


def test_taken_signed_brought_checked(command, city, tmp_path):
    number, folder = signed(command, city, tmp_path)
    assert command("sign", "check", number).code == 1, "nobody has signed yet"
    brought = command("sign", "bring", number, str(folder / "d.p7s"), "--person", "yi")
    assert brought.document["signer"] == "王一"
    checked = command("sign", "check", number)
    assert checked.code == 0 and checked.document["ok"]
    lines = "\n".join(checked.lines)
    assert "第十三条的四项条件" in lines and "（4）满足 met" in lines and "测试机构" in lines
    assert [one["state"] for one in checked.document["checked"][0]["conditions"]] == [
        "open", "open", "holds", "holds",
    ]  # fmt: skip
    json.dumps(checked.document, default=str)
    listed = command("sign", "list", "--for", "gongshang")
    assert number in "\n".join(listed.lines)
    assert command("sign", "list", "--waiting").document["documents"] == []


def test_verify_offline_with_nothing_but_the_roots(command, city, tmp_path):
    number, folder = signed(command, city, tmp_path)
    command("sign", "bring", number, str(folder / "d.p7s"), "--person", "yi")
    command("sign", "take", number, "--out", str(folder))
    (signature,) = folder.glob(f"{number}.txt.*.p7s")
    asked = ("verify", str(signature), "--roots", str(folder / "roots.pem"), "--lists", str(folder / "test-authority.crl"))  # fmt: skip
    said = command(*asked)
    assert said.code == 0 and said.document["ok"] and said.document["said"]["signer"] == "王一"
    assert {one["code"] for one in said.document["checks"] if one["state"] == "open"} == {"test"}
    assert "–" in "\n".join(said.lines) and "无法判断 cannot be told" in "\n".join(said.lines)
    # Without roots of its own it is the home's test authority that is trusted.
    assert command("verify", str(signature)).code == 0
    (folder / f"{number}.txt").write_bytes(b"changed")
    said = command(*asked)
    assert said.code == 1 and said.document["failed"] == ["changed"]
    with pytest.raises(WrongUse):
        (folder / f"{number}.txt").unlink()
        command(*asked)


def test_the_document_may_be_inside_the_signature(command, city, tmp_path):
    number, folder = signed(command, city, tmp_path)
    openssl(
        folder, "cms", "-sign", "-binary", "-nodetach", "-in", f"{number}.txt", "-signer", "me.pem", "-outform", "PEM", "-out", "whole.pem"
    )  # fmt: skip
    assert command("verify", str(folder / "whole.pem")).code == 0


def test_revoked(command, city, tmp_path):
    number, folder = signed(command, city, tmp_path)
    command("sign", "revoke", city[1]["serial"], "--reason", "丢失")
    assert "已吊销" in "\n".join(command("sign", "certificates").lines)
    with pytest.raises(SignatureRefused, match="吊销"):
        command("sign", "bring", number, str(folder / "d.p7s"), "--person", "yi")


def test_what_cannot_be_meant(command, city, tmp_path):
    number, _ = city
    make_person("er", ("shuiwu", "clerk"))
    with pytest.raises(NoSuchDocument):
        command("sign", "check", "D0")
    with pytest.raises(WrongUse):
        command("sign", "test-certificate", "er", "--for", "gongshang", "--out", str(tmp_path / "er.p12"))
    with pytest.raises(WrongUse):
        command("sign", "test-certificate", "yi", "--out", str(tmp_path / "yi.p12"))
    with pytest.raises(WrongUse):
        command("sign", "bring", number, str(tmp_path / "yi.p12"), "--person", "er")
    with pytest.raises(SignatureRefused):
        command("sign", "bring", number, str(tmp_path / "yi.p12"), "--person", "yi")


def test_a_pdf_that_a_person_signed(command, city, tmp_path):
    from ecredit.foundation.proof.cms_signing import open_key_file
    from ecredit.foundation.proof.person_pdf import sign_person_pdf
    from tests.proof.test_proof_pdf import blank

    _, issued = city
    (tmp_path / "a.pdf").write_bytes(blank())
    offered = command(
        "sign", "offer", str(tmp_path / "a.pdf"), "--for", "gongshang", "--title", "申请"
    ).document
    command("sign", "take", offered["number"], "--out", str(tmp_path))
    prepared = tmp_path / f"{offered['number']}.pdf"
    signer = open_key_file((tmp_path / "yi.p12").read_bytes(), issued["passphrase"])
    at = context.Context().now
    (tmp_path / "signed.pdf").write_bytes(sign_person_pdf(prepared.read_bytes(), signer, at=at, reason="x"))
    assert command("sign", "bring", offered["number"], str(tmp_path / "signed.pdf"), "--person", "yi").document["form"] == "pdf"  # fmt: skip
    said = command("verify", str(tmp_path / "signed.pdf"), "--document", str(prepared))
    assert said.code == 0 and said.document["kind"] == "signed_pdf" and len(said.document["conditions"]) == 4
    assert command("verify", str(tmp_path / "signed.pdf")).code == 0
    said = command("verify", str(tmp_path / "signed.pdf"), "--document", str(tmp_path / "a.pdf"))
    assert said.code == 1 and said.document["failed"] == ["version"]
    raw = bytearray((tmp_path / "signed.pdf").read_bytes())
    raw[raw.index(b"/MediaBox") + 2] ^= 1
    (tmp_path / "signed.pdf").write_bytes(raw)
    assert command("verify", str(tmp_path / "signed.pdf")).document["failed"] == ["changed"]


def test_a_proof_from_the_log_shows_that_it_is_older(command, city, tmp_path):
    """The certificate is taken back later: the signature alone proves nothing any more, with the log's proof it does."""
    number, folder = signed(command, city, tmp_path)
    brought = command("sign", "bring", number, str(folder / "d.p7s"), "--person", "yi").document
    time.sleep(1.1)  # a list says when somebody was taken back to the second
    command("sign", "revoke", city[1]["serial"], "--reason", "丢失")
    command("sign", "take", number, "--out", str(folder))
    (signature,) = folder.glob(f"{number}.txt.*.p7s")
    asked = ("verify", str(signature), "--roots", str(folder / "roots.pem"), "--lists", str(folder / "test-authority.crl"))  # fmt: skip
    assert command(*asked).document["failed"] == ["revoked"]
    assert command("sign", "check", number).code == 0, "here the log says when it came"
    proof = folder / "proof.json"
    command("log", "prove", str(brought["leaf"]), "--whole", "--purpose", "核对签名", "--out", str(proof))
    (folder / "log-key.txt").write_text(context.Context().verifier, encoding="utf-8")
    said = command(*asked, "--log", str(proof), "--key", str(folder / "log-key.txt"))
    assert said.code == 0 and "✓ 日志中有这个文件" in "\n".join(said.lines)
