"""A small authority for tests: a root, one below it, people's certificates good and bad, and what takes them back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from ecredit.foundation.proof.pdf_certificates import DOCUMENT_SIGNING, usage
from tests.conftest import NOON

DAY = timedelta(days=1)
SECRET = "only for tests"


def name(common: str, organisation: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COUNTRY_NAME, "CN")]
    if organisation:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common)])


@dataclass
class Person:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Any

    def key_file(self, *more: x509.Certificate, passphrase: str = SECRET) -> bytes:
        sealed = BestAvailableEncryption(passphrase.encode())
        return pkcs12.serialize_key_and_certificates(b"x", self.key, self.certificate, more, sealed)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


class Authority:
    """Issues what it is asked for, right or wrong."""

    def __init__(self, common: str = "示例电子认证机构", above: Authority | None = None) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        signed_by = self if above is None else above
        subject = name(common)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if above is None else above.certificate.subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOON - 400 * DAY)
            .not_valid_after(NOON + 4_000 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(usage(certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
            .sign(signed_by.key, hashes.SHA256())
        )

    def person(
        self,
        common: str = "张一",
        organisation: str = "示例一号商贸有限公司",
        *,
        since: datetime = NOON - 30 * DAY,
        until: datetime = NOON + 300 * DAY,
        kind: str = "ec",
        bits: int = 2_048,
        purposes: tuple[x509.ObjectIdentifier, ...] = (
            DOCUMENT_SIGNING,
            ExtendedKeyUsageOID.EMAIL_PROTECTION,
        ),
        for_documents: bool = True,
        ocsp_at: str = "",
    ) -> Person:
        key = (
            rsa.generate_private_key(65_537, bits)
            if kind == "rsa"
            else ec.generate_private_key(ec.SECP256R1())
        )
        built = (
            x509.CertificateBuilder()
            .subject_name(name(common, organisation))
            .issuer_name(self.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(since)
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage(certificates=not for_documents), critical=True)
            .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
            )
        )
        if ocsp_at:
            place = x509.AccessDescription(
                AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(ocsp_at)
            )
            built = built.add_extension(x509.AuthorityInformationAccess([place]), critical=False)
        return Person(built.sign(self.key, hashes.SHA256()), key)

    def revocation_list(
        self,
        *gone: tuple[Person, datetime],
        at: datetime = NOON,
        lasts: timedelta = 7 * DAY,
        only_authorities: bool = False,
    ) -> bytes:
        built = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(at)
            .next_update(at + lasts)
            .add_extension(x509.CRLNumber(1), critical=False)
        )
        if only_authorities:
            scope = x509.IssuingDistributionPoint(None, None, False, True, None, False, False)
            built = built.add_extension(scope, critical=True)
        for person, on in gone:
            built = built.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(person.certificate.serial_number)
                .revocation_date(on)
                .build()
            )
        return built.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def answer(self, person: Person, *, revoked_at: datetime | None = None, at: datetime = NOON) -> bytes:
        """Of a certificate status service (OCSP)."""
        built = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                cert=person.certificate,
                issuer=self.certificate,
                algorithm=hashes.SHA256(),
                cert_status=ocsp.OCSPCertStatus.GOOD if revoked_at is None else ocsp.OCSPCertStatus.REVOKED,
                this_update=at,
                next_update=at + 7 * DAY,
                revocation_time=revoked_at,
                revocation_reason=None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, self.certificate)
        )
        return built.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)
