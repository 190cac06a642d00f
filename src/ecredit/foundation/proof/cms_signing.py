"""Signing a document with a person's key in a PKCS #12 file, as a detached CMS signature that names its certificate (CAdES).

The file and its passphrase are used for the one signature and kept nowhere, in no log and in no error.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime

from cryptography import x509

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.pdf_signing import PdfSigner

LONGEST_KEY_FILE = 1 << 16


def open_key_file(raw: bytes, passphrase: str) -> PdfSigner:
    """A signer by the key and certificate of a PKCS #12 file. Raises WrongUse when it cannot be opened, never saying why."""
    from pyhanko.sign.signers import SimpleSigner  # noqa: PLC0415 - seconds to load; only who signs needs it

    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    if len(raw) > LONGEST_KEY_FILE:
        raise _not_opened()
    try:
        tool = SimpleSigner.load_pkcs12_data(raw, other_certs=[], passphrase=passphrase.encode())
        own = x509.load_der_x509_certificate(tool.signing_cert.dump())
    except (ValueError, TypeError, AttributeError, KeyError):
        raise _not_opened() from None
    tool.embed_roots = False
    return PdfSigner(own, tool)


def sign_cms(document: bytes, signer: PdfSigner, *, at: datetime) -> bytes:
    """The detached signature, DER."""
    from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes  # noqa: PLC0415 - as above

    async def sign() -> bytes:
        made = await signer.tool.async_sign_general_data(
            document,
            "sha256",
            detached=True,
            use_cades=True,
            signed_attr_settings=PdfCMSSignedAttributes(signing_time=at),
        )
        return bytes(made.dump())

    return asyncio.run(sign())


def _not_opened() -> WrongUse:
    return WrongUse(
        "密钥文件打不开：口令不对，不是 PKCS#12（.p12、.pfx）文件，或密钥种类不支持（SM2 请用自己的工具签署后上传）",
        "the key file cannot be opened: a wrong passphrase, no PKCS #12 file (.p12, .pfx), or a kind of key not supported (for SM2 sign with a tool of yours and upload)",
    )
