"""Signing a PDF as PAdES baseline B-B (ETSI EN 319 142-1): a detached CMS signature over every byte of the file but itself.

The library is heavy to load, so it is loaded when something is to be signed.
"""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.errors import KeysUnusable
from ecredit.foundation.proof.pdf_certificates import is_test
from ecredit.foundation.proof.signing_keys import SigningPair

FIELD: Final = "CitySignature"
# Of an unsigned place, in bytes: a certificate, its chain and the signature fit, and nothing is guessed by a dry run.
_ROOM: Final = 16_384
_LONGEST_SIGNATURE: Final = 72


@dataclass(frozen=True, slots=True)
class PdfSigner:
    """Whoever signs PDFs: a certificate, and the library's object that signs by it."""

    certificate: x509.Certificate
    tool: Any

    @property
    def is_test(self) -> bool:
        """Whether the certificate is of a test authority."""
        return is_test(self.certificate)


def pair_signer(pair: SigningPair, certificate: x509.Certificate) -> PdfSigner:
    """A signer by the ES256 half of a signing pair, under its certificate."""
    from asn1crypto import x509 as asn1  # noqa: PLC0415 - comes with what follows
    from pyhanko.sign.signers import Signer  # noqa: PLC0415 - seconds to load; only who signs needs it
    from pyhanko_certvalidator.registry import SimpleCertificateStore  # noqa: PLC0415 - as above

    class _ByPair(Signer):
        async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
            if dry_run:
                return bytes(_LONGEST_SIGNATURE)
            if digest_algorithm != "sha256":
                raise ValueError(digest_algorithm)
            raw = pair.sign_es256(data)
            return encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))

    own = asn1.Certificate.load(certificate.public_bytes(Encoding.DER))
    registry: Any = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    tool = _ByPair(signing_cert=own, cert_registry=registry, embed_roots=False)
    return PdfSigner(certificate, tool)


def licensed_signer(path: Path, passphrase: str) -> PdfSigner:
    """A signer by a licensed certificate and its key in a PKCS#12 file. Raises WrongUse, or KeysUnusable when it cannot be opened."""
    from pyhanko.sign.signers import SimpleSigner  # noqa: PLC0415 - seconds to load; only who signs needs it

    if not path.is_file():
        raise WrongUse(f"没有证书文件 {path}", f"there is no certificate file {path}")
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    tool = SimpleSigner.load_pkcs12(str(path), passphrase=passphrase.encode())  # type: ignore[no-untyped-call]
    if tool is None or tool.signing_cert is None:
        raise KeysUnusable(
            f"证书文件 {path} 打不开：口令不对，或不是 PKCS#12 文件",
            f"the certificate file {path} cannot be opened: a wrong passphrase, or no PKCS#12 file",
            path=str(path),
        )
    return PdfSigner(x509.load_der_x509_certificate(tool.signing_cert.dump()), tool)


def sign_pdf(raw: bytes, signer: PdfSigner, *, at: datetime, reason: str, place: str) -> bytes:
    """The PDF with its signature appended. `reason` and `place` are what PDF readers show beside it.

    Raises KeysUnusable when the certificate is not in force.
    """
    from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter  # noqa: PLC0415 - as above
    from pyhanko.sign.signers import PdfSignatureMetadata  # noqa: PLC0415 - as above

    own = signer.certificate
    if not own.not_valid_before_utc <= at < own.not_valid_after_utc:
        raise KeysUnusable(
            f"签名证书只在 {own.not_valid_before_utc:%Y-%m-%d} 至 {own.not_valid_after_utc:%Y-%m-%d} 有效",
            f"the signing certificate is in force from {own.not_valid_before_utc:%Y-%m-%d} to {own.not_valid_after_utc:%Y-%m-%d}",
        )
    said = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        reason=reason,
        location=place,
    )

    return sign_at(raw, signer, said, at=at)


def sign_at(raw: bytes, signer: PdfSigner, said: Any, *, at: datetime) -> bytes:
    """The PDF with a signature as pyHanko's metadata `said` says, dated `at`."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415 - as above
    from pyhanko.sign.signers import PdfSigner as Tool  # noqa: PLC0415 - as above

    class _At(Tool):
        def init_signing_session(self, *given: Any, **named: Any) -> Any:
            session = super().init_signing_session(*given, **named)
            session.system_time = at
            return session

    out = io.BytesIO()
    _At(said, signer=signer.tool).sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(raw)), output=out, bytes_reserved=_ROOM
    )
    return out.getvalue()
