"""Whether a certificate names whoever brings a signature: the person, or the organisation the person signs for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from ecredit.foundation.kernel.codes import is_uscc, tidy_code
from ecredit.foundation.kernel.text_forms import name_form
from ecredit.foundation.proof.pdf_certificates import cut

# Not the unit: authorities write into it what they were told.
_CODES: Final = (NameOID.SERIAL_NUMBER, NameOID.ORGANIZATION_IDENTIFIER)


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who may have signed: a person, for an organisation with its code ("" where it has none)."""

    name: str
    organisation: str
    uscc: str = ""


class Named(StrEnum):
    """Whom of the two a certificate names."""

    PERSON = "person"
    ORGANISATION = "organisation"
    NEITHER = "neither"


def who_is_named(certificate: x509.Certificate, signatory: Signatory) -> Named:
    """The person by name; else the organisation by name or code; else neither.

    A name is compared as this project compares names, whole, never in part. A certificate that names an organisation, or has its
    code, names nobody of another one: of a namesake elsewhere nothing but the name is the same.
    """
    common, organisations = (
        _names(certificate, NameOID.COMMON_NAME),
        _names(certificate, NameOID.ORGANIZATION_NAME),
    )
    codes = {tidy_code(value) for value in _values(certificate, _CODES)}
    by_code = bool(signatory.uscc) and tidy_code(signatory.uscc) in codes
    # Other numbers stand there too: the person's, or the authority's own counting.
    if not by_code and any(is_uscc(code) for code in codes):
        return Named.NEITHER
    ours = {name_form(signatory.organisation), name_form(cut(signatory.organisation))}
    if organisations and not by_code and not organisations & ours:
        return Named.NEITHER
    if name_form(signatory.name) in common:
        return Named.PERSON
    if by_code or name_form(signatory.organisation) in common | organisations:
        return Named.ORGANISATION
    return Named.NEITHER


def _names(certificate: x509.Certificate, kind: x509.ObjectIdentifier) -> set[str]:
    return {name_form(value) for value in _values(certificate, (kind,))}


def _values(certificate: x509.Certificate, kinds: tuple[x509.ObjectIdentifier, ...]) -> list[str]:
    return [str(one.value) for kind in kinds for one in certificate.subject.get_attributes_for_oid(kind)]
