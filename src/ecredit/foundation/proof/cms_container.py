"""The parts of a CMS signature that no signature covers: written in the one way there is, so that a change of them shows.

The container is built anew of what was read and compared byte by byte. (The library's own rewriting takes a time that doubles with
every level of nesting, which whoever sends a signature chooses.)
"""

from __future__ import annotations

from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

_SEQUENCE, _SET, _OCTETS, _NULL, _FIRST, _SECOND = 0x30, 0x31, 0x04, b"\x05\x00", 0xA0, 0xA1
STAMP: Final = "signature_time_stamp_token"
"""The one attribute that may stand beside a signature."""


def is_proper(held: Any, certificate: x509.Certificate) -> bool:
    """Whether a SignedData of one signer, with this certificate, is written so.

    Of the digest algorithms, the signer's name and the versions there is then no choice; certificates are held by their issuers'
    signatures, signed attributes by the signer's, a time stamp by its authority's.
    """
    from asn1crypto import x509 as asn1  # noqa: PLC0415 - only who checks a signature needs it
    from pyhanko.sign.general import extract_signer_info  # noqa: PLC0415 - slow to load

    signer = extract_signer_info(held)
    own = asn1.Certificate.load(certificate.public_bytes(Encoding.DER))
    by_issuer = signer["sid"].name == "issuer_and_serial_number"
    version = b"\x02\x01\x01" if by_issuer else b"\x02\x01\x03"
    named = (
        _tlv(_SEQUENCE, own.issuer.dump() + own["tbs_certificate"]["serial_number"].dump())
        if by_issuer
        else signer["sid"].dump()
    )
    digest, over = _algorithm(signer["digest_algorithm"]), _algorithm(signer["signature_algorithm"])
    listed = [_algorithm(one) for one in held["digest_algorithms"]]
    if digest is None or over is None or len(listed) != 1 or listed[0] is None:
        return False
    if signer["digest_algorithm"]["algorithm"].dotted != held["digest_algorithms"][0]["algorithm"].dotted:
        return False
    signing = _tlv(
        _SEQUENCE,
        version
        + named
        + digest
        + _part(_FIRST, signer["signed_attrs"])
        + over
        + _tlv(_OCTETS, signer["signature"].native)
        + _part(_SECOND, signer["unsigned_attrs"]),
    )
    enclosed = held["encap_content_info"]
    content = enclosed["content"].native
    inside = b"" if content is None else _tlv(_FIRST, _tlv(_OCTETS, content))
    built = _tlv(
        _SEQUENCE,
        version
        + _tlv(_SET, listed[0])
        + _tlv(_SEQUENCE, enclosed["content_type"].dump() + inside)
        + _part(_FIRST, held["certificates"])
        + _part(_SECOND, held["crls"])
        + _tlv(_SET, signing),
    )
    return _only_stamped(signer) and built == _tlv(_SEQUENCE, held.contents)


def is_plain(der: bytes, whole: Any) -> bool:
    """Whether a ContentInfo is its kind and its content, written in the one way there is."""
    inner = _tlv(_FIRST, _tlv(_SEQUENCE, whole["content"].contents))
    return der == _tlv(_SEQUENCE, whole["content_type"].dump() + inner)


def _only_stamped(signer: Any) -> bool:
    beside = signer["unsigned_attrs"]
    return len(beside) <= 1 and all(one["type"].native == STAMP and len(one["values"]) == 1 for one in beside)


def _algorithm(named: Any) -> bytes | None:
    """Its bytes, when it is an algorithm without parameters, or RSA-PSS, whose parameters take part in the signature."""
    kind: bytes = named["algorithm"].dump()
    raw: bytes = named.dump()
    if raw in (_tlv(_SEQUENCE, kind), _tlv(_SEQUENCE, kind + _NULL)):
        return raw
    return raw if named["algorithm"].native == "rsassa_pss" else None


def _part(tag: int, value: Any) -> bytes:
    """A part that may be missing, under its tag."""
    content = value.contents
    return b"" if not content else _tlv(tag, content)


def _tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content
