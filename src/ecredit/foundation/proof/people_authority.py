"""The test authority of a home that certifies people who sign, so that signing can be tried before licensed certificates come.

===========================  ==================================================================================
``people-authority.pem``     its root; its name says that it is a test
``people-authority.key``     its private half, sealed
===========================  ==================================================================================

They lie in the home's keys folder. The keys of people lie nowhere: each is made, handed over as a PKCS #12 file, and forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    load_der_private_key,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ecredit.foundation.proof.errors import KeysUnusable, SealBroken
from ecredit.foundation.proof.keys import read_secret
from ecredit.foundation.proof.pdf_certificates import (
    DOCUMENT_SIGNING,
    TEST,
    cut,
    make_authority,
    named,
    usage,
)
from ecredit.foundation.proof.sealing import Sealer

AUTHORITY: Final = "people-authority"
NO_EFFECT: Final = f"{TEST} 测试 不具法律效力 no legal effect"
LIST_LASTS: Final = timedelta(days=7)
_PURPOSE: Final = "keys.people_authority"
_AUTHORITY_TIME: Final = timedelta(days=3_650)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a test certificate names: a person of an organisation, with the organisation's code where it has one."""

    name: str
    organisation: str
    uscc: str = ""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A new test certificate, and its PKCS #12 file with the key: to be handed over and not kept."""

    certificate: x509.Certificate
    raw: bytes


@dataclass(frozen=True, slots=True)
class Revoked:
    """A test certificate that was taken back."""

    serial: int
    at: datetime


class PeopleAuthority:
    """The test authority of one home; made when it is not there. Only one process may open it first at a time.

    `name` is the city's. Raises KeysUnusable.
    """

    def __init__(self, folder: Path, sealer: Sealer, *, name: str, at: datetime) -> None:
        self._folder, self._sealer = folder, sealer
        if not (folder / f"{AUTHORITY}.pem").exists():
            subject = named(f"{TEST} CA 签名 {name}", unit="测试机构 不具法律效力 no legal effect")
            make_authority(folder, sealer, AUTHORITY, subject=subject, purpose=_PURPOSE, at=at)
        self.root = _read_root(folder)

    def certify(
        self, holder: Holder, *, passphrase: str, at: datetime, lasts: timedelta, kind: str = "ec"
    ) -> KeyFile:
        """A key and a certificate for somebody. `kind`: `ec` (P-256) or `rsa` (3072 bits)."""
        private = (
            rsa.generate_private_key(65_537, 3_072)
            if kind == "rsa"
            else ec.generate_private_key(ec.SECP256R1())
        )
        own = (
            x509.CertificateBuilder()
            .subject_name(_subject(holder))
            .issuer_name(self.root.subject)
            .public_key(private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(at)
            .not_valid_after(min(at + lasts, self.root.not_valid_after_utc))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage(certificates=False), critical=True)
            .add_extension(
                # Mail's purpose too: it is what `openssl cms -verify` asks for unless told otherwise.
                x509.ExtendedKeyUsage([DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION]),
                critical=False,
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key().public_key()), critical=False
            )
            .sign(self._key(), hashes.SHA256())
        )
        sealed = BestAvailableEncryption(passphrase.encode())
        raw = pkcs12.serialize_key_and_certificates(holder.name.encode(), private, own, [self.root], sealed)
        return KeyFile(own, raw)

    def revocation_list(self, revoked: Iterable[Revoked], *, at: datetime) -> bytes:
        """Its revocation list as of an instant, DER."""
        built = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.root.subject)
            .last_update(at)
            .next_update(at + LIST_LASTS)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key().public_key()), critical=False
            )
            .add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
        )
        for one in revoked:
            built = built.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(one.serial).revocation_date(one.at).build()
            )
        return built.sign(self._key(), hashes.SHA256()).public_bytes(Encoding.DER)

    def _key(self) -> ec.EllipticCurvePrivateKey:
        path = self._folder / f"{AUTHORITY}.key"
        try:
            der = bytes.fromhex(self._sealer.unseal(_PURPOSE, read_secret(path).decode("ascii").strip()))
            private = load_der_private_key(der, password=None)
        except (SealBroken, ValueError, TypeError) as error:
            raise _damaged(path) from error
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise _damaged(path)
        return private


def find_people_root(folder: Path) -> x509.Certificate | None:
    """The root of a home's test authority for people; None where it never had one. Raises KeysUnusable."""
    return _read_root(folder) if (folder / f"{AUTHORITY}.pem").exists() else None


def _read_root(folder: Path) -> x509.Certificate:
    path = folder / f"{AUTHORITY}.pem"
    try:
        return x509.load_pem_x509_certificate(read_secret(path))
    except ValueError as error:
        raise _damaged(path) from error


def _subject(holder: Holder) -> x509.Name:
    parts = [
        (NameOID.COUNTRY_NAME, "CN"),
        (NameOID.ORGANIZATION_NAME, cut(holder.organisation)),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, NO_EFFECT),
        (NameOID.COMMON_NAME, cut(holder.name)),
    ]
    if holder.uscc:
        parts.append((NameOID.SERIAL_NUMBER, holder.uscc))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def _damaged(path: Path) -> KeysUnusable:
    return KeysUnusable(
        f"测试证书机构的文件 {path} 已损坏，请从备份恢复。",
        f"The test authority's file {path} is damaged; restore it from backup.",
        path=str(path),
    )
