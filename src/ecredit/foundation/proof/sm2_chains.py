"""SM2 where pyHanko's validator checks signatures of certificates, revocation lists and CMS: it knows none itself."""

from __future__ import annotations

from typing import Any, Final

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko_certvalidator.sig_validate import (
    DEFAULT_VALIDATION_CONTEXT,
    DefaultSignatureValidator,
    SignatureValidationContext,
    SignatureValidator,
)

from ecredit.foundation.proof.sm2 import Sm2PublicKey, signature_from_der

SM2_WITH_SM3: Final = "1.2.156.10197.1.501"


class _Sm2Too(DefaultSignatureValidator):
    """What the library does, and SM2 with SM3 under the usual identity."""

    def validate_signature(
        self,
        signature: bytes,
        signed_data: bytes,
        public_key_info: Any,
        signature_algorithm: Any,
        context: SignatureValidationContext = DEFAULT_VALIDATION_CONTEXT,
    ) -> None:
        der: bytes = public_key_info.dump()
        if signature_algorithm["algorithm"].dotted != SM2_WITH_SM3 and not is_sm2_key(der):
            super().validate_signature(signature, signed_data, public_key_info, signature_algorithm, context)
            return
        if context.prehashed:
            raise InvalidSignature("SM2 signs what it is given, not a digest of it")
        try:
            held = Sm2PublicKey.from_der(der).holds(signature_from_der(signature), signed_data)
        except ValueError as error:
            raise InvalidSignature("no SM2 key or signature") from error
        if not held:
            raise InvalidSignature("the SM2 signature does not hold")


def signature_validator() -> SignatureValidator:
    """Checks every kind of signature this project knows."""
    return _Sm2Too()


def has_sm2_key(certificate: x509.Certificate) -> bool:
    """Whether a certificate is of a key on sm2p256v1, which `cryptography` cannot open."""
    held = asn1.Certificate.load(certificate.public_bytes(Encoding.DER))
    return is_sm2_key(held.public_key.dump())


def is_sm2_key(der: bytes) -> bool:
    """Whether a SubjectPublicKeyInfo holds a key on sm2p256v1."""
    try:
        Sm2PublicKey.from_der(der)
    except ValueError:
        return False
    return True
