"""A time-stamping authority of the tests' own: OpenSSL's, behind a small web server."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

_CONFIG = """
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
[req]
distinguished_name = name
prompt = no
[name]
CN = {name}
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
[stamping]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, {purpose}
"""


class Authority:
    """Keys and certificates in a folder; `purpose` is what its certificate is for."""

    def __init__(
        self, folder: Path, *, purpose: str = "timeStamping", name: str = "Test time stamps"
    ) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.refuses = False
        (folder / "serial").write_text("01\n")
        (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder, name=name, purpose=purpose))
        new = ("req", "-config", "tsa.cnf", "-newkey", "rsa:2048", "-nodes", "-sha256")
        self._run(
            *new,
            "-x509",
            "-days",
            "30",
            "-subj",
            "/CN=Test root",
            "-extensions",
            "root",
            "-keyout",
            "root.key",
            "-out",
            "root.pem",
        )
        self._run(*new, "-keyout", "tsa.key", "-out", "tsa.csr")
        self._run(
            "x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-days", "20", "-sha256",
            "-extfile", "tsa.cnf", "-extensions", "stamping", "-out", "tsa.pem",
        )  # fmt: skip

    @property
    def root(self) -> Path:
        return self.folder / "root.pem"

    def revoked(self) -> bytes:
        """The root's list (DER) on which the stamping certificate is, without a reason."""
        root = x509.load_pem_x509_certificate(self.root.read_bytes())
        own = x509.load_pem_x509_certificate((self.folder / "tsa.pem").read_bytes())
        key = load_pem_private_key((self.folder / "root.key").read_bytes(), None)
        since = own.not_valid_before_utc
        gone = (
            x509.RevokedCertificateBuilder().serial_number(own.serial_number).revocation_date(since).build()
        )
        built = x509.CertificateRevocationListBuilder().issuer_name(root.subject).last_update(since)
        whole = built.next_update(since + timedelta(days=7)).add_revoked_certificate(gone)
        return whole.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)  # type: ignore[arg-type]

    def answer(self, request: bytes) -> bytes:
        (self.folder / "query").write_bytes(request)
        self._run(
            "ts",
            "-reply",
            "-config",
            "tsa.cnf",
            "-queryfile",
            "query",
            "-inkey",
            "tsa.key",
            "-signer",
            "tsa.pem",
            "-out",
            "reply",
        )
        return (self.folder / "reply").read_bytes()

    def agrees(self, token: bytes, data: bytes) -> bool:
        """Whether OpenSSL finds a token good for a file."""
        (self.folder / "token").write_bytes(token)
        (self.folder / "data").write_bytes(data)
        done = self._run(
            "ts", "-verify", "-token_in", "-in", "token", "-data", "data", "-CAfile", "root.pem", check=False
        )
        return done.returncode == 0

    def _run(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(["openssl", *words], cwd=self.folder, check=check, capture_output=True)

    @contextmanager
    def served(self) -> Iterator[str]:
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == "application/timestamp-query"
                self.send_response(503 if authority.refuses else 200)
                self.end_headers()
                self.wfile.write(b"" if authority.refuses else authority.answer(body))

            def log_message(self, *_: object) -> None:
                return None

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/tsa"
        finally:
            server.shutdown()
            server.server_close()
