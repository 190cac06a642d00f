"""The certificates PDFs are signed under: a city's own, of a test authority, for each of its signing pairs; or a licensed one.

===========================  ==================================================================================
``report-authority.pem``     the root of the city's own test authority; its name says that it is a test
``report-authority.key``     its private half, sealed
``report-<kid>.pem``         what it certifies of the ES256 half of a signing pair
===========================  ==================================================================================

They lie in the home's keys folder. A test authority says nothing that the city's published keys do not say: it is there
so that PDF readers show a name, and so that a licensed certificate can take its place by a setting.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from ecredit.foundation.proof.city_keys import CityKey
from ecredit.foundation.proof.errors import KeysUnusable, SealBroken
from ecredit.foundation.proof.keys import read_secret, write_new
from ecredit.foundation.proof.sealing import Sealer

TEST: Final = "TEST"
AUTHORITY: Final = "report-authority"
DOCUMENT_SIGNING: Final = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""RFC 9336: signs documents."""
_PURPOSE: Final = "keys.report_authority"
_AUTHORITY_TIME: Final = timedelta(days=3_650)
_LONGEST_NAME: Final = 64  # RFC 5280 bounds it in characters, the library in bytes


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate for a signing pair, and the root it stands under."""

    certificate: x509.Certificate
    root: x509.Certificate


def certify_pair(folder: Path, sealer: Sealer, key: CityKey, *, name: str, at: datetime) -> Certified:
    """The certificate of a pair; it, and the authority, are made when they are not there. Raises KeysUnusable.

    `name` is the city's. Only one process may call it at a time for one folder.
    """
    root_path, own = folder / f"{AUTHORITY}.pem", folder / f"report-{key.kid}.pem"
    if not root_path.exists():
        subject = named(f"{TEST} CA 测试机构 {name}", unit="不具法律效力 no legal effect")
        at_most = min(at, key.since)
        make_authority(folder, sealer, AUTHORITY, subject=subject, purpose=_PURPOSE, at=at_most)
    root = _read(root_path)
    if not own.exists():
        private = _authority_key(folder, sealer)
        write_new(own, _certify(root, private, key, name).public_bytes(Encoding.PEM))
    return Certified(_read(own), root)


def read_roots(text: bytes) -> tuple[x509.Certificate, ...]:
    """Certificates in PEM, one after another; none where the text holds none. Raises KeysUnusable for damaged ones."""
    if b"-----BEGIN CERTIFICATE-----" not in text:
        return ()
    try:
        return tuple(x509.load_pem_x509_certificates(text))
    except ValueError as error:
        raise KeysUnusable("证书文件已损坏", "the file of certificates is damaged") from error


def is_test(certificate: x509.Certificate) -> bool:
    """Whether a certificate, by its own words, was issued by a test authority."""
    issuer = certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    return any(TEST in str(one.value) for one in issuer)


def common_name(certificate: x509.Certificate) -> str:
    """Whom a certificate names; its whole subject where it gives no common name."""
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else certificate.subject.rfc4514_string()


def key_of(certificate: x509.Certificate) -> bytes:
    """Its public key as it stands there (SubjectPublicKeyInfo), of a kind that cannot be opened too."""
    from asn1crypto import x509 as asn1  # noqa: PLC0415 - only who compares keys needs it

    held: bytes = asn1.Certificate.load(certificate.public_bytes(Encoding.DER)).public_key.dump()
    return held


def signs_documents(certificate: x509.Certificate) -> bool:
    """Whether its use covers signatures on documents: digital signature or commitment, and no purpose that leaves them out."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        if not (usage.digital_signature or usage.content_commitment):
            return False
    except x509.ExtensionNotFound:
        pass
    try:
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        if basic.ca:
            return False
    except x509.ExtensionNotFound:
        pass
    try:
        further = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    fits = {
        DOCUMENT_SIGNING,
        ExtendedKeyUsageOID.EMAIL_PROTECTION,
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
        ObjectIdentifier("1.3.6.1.4.1.311.10.3.12"),
    }
    return bool(fits & set(further))


def chains_to(
    certificate: x509.Certificate, others: tuple[x509.Certificate, ...], root: x509.Certificate, at: datetime
) -> bool:
    """Whether it was issued under a root, directly or by way of others, all of them in force at an instant."""
    present, seen = certificate, 0
    while seen < 8:
        if not present.not_valid_before_utc <= at < present.not_valid_after_utc:
            return False
        if _issued_by(present, root) and root.not_valid_before_utc <= at < root.not_valid_after_utc:
            return True
        above = next(
            (one for one in others if one != present and _issued_by(present, one) and _is_authority(one)),
            None,
        )
        if above is None:
            return False
        present, seen = above, seen + 1
    return False


def _issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def make_authority(
    folder: Path, sealer: Sealer, authority: str, *, subject: x509.Name, purpose: str, at: datetime
) -> None:
    """Make a test authority: its root as `<authority>.pem`, its private half sealed for `purpose` as `<authority>.key`."""
    private = ec.generate_private_key(ec.SECP256R1())
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at)
        .not_valid_after(at + _AUTHORITY_TIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .sign(private, hashes.SHA256())
    )
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    write_new(folder / f"{authority}.key", sealer.seal(purpose, der.hex()).encode("ascii"))
    write_new(folder / f"{authority}.pem", built.public_bytes(Encoding.PEM))


def _certify(
    root: x509.Certificate, private: ec.EllipticCurvePrivateKey, key: CityKey, name: str
) -> x509.Certificate:
    until = min(key.until, root.not_valid_after_utc)
    return (
        x509.CertificateBuilder()
        .subject_name(named(name, unit=f"信用报告 credit reports {key.kid}"))
        .issuer_name(root.subject)
        .public_key(key.es256)
        .serial_number(x509.random_serial_number())
        .not_valid_before(key.since)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([DOCUMENT_SIGNING]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.es256), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(private.public_key()), critical=False
        )
        .sign(private, hashes.SHA256())
    )


def _authority_key(folder: Path, sealer: Sealer) -> ec.EllipticCurvePrivateKey:
    path = folder / f"{AUTHORITY}.key"
    try:
        der = bytes.fromhex(sealer.unseal(_PURPOSE, read_secret(path).decode("ascii").strip()))
        private = load_der_private_key(der, password=None)
    except (SealBroken, ValueError, TypeError) as error:
        raise _damaged(path) from error
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise _damaged(path)
    return private


def _read(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(read_secret(path))
    except ValueError as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> KeysUnusable:
    return KeysUnusable(
        f"证书文件 {path} 已损坏，请从备份恢复。",
        f"The certificate file {path} is damaged; restore it from backup.",
        path=str(path),
    )


def named(common: str, *, unit: str) -> x509.Name:
    """A name of an authority or of what it certifies here; cut where it is longer than certificates allow."""
    parts = (
        (NameOID.COUNTRY_NAME, "CN"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, cut(unit)),
        (NameOID.COMMON_NAME, cut(common)),
    )
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def cut(value: str) -> str:
    """As many whole characters as there is room for."""
    return value.encode()[:_LONGEST_NAME].decode("utf-8", "ignore")


def usage(*, certificates: bool) -> x509.KeyUsage:
    """What a key is for: certificates and revocation lists, or documents."""
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=not certificates,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )
