"""Whether a certificate names whoever brings a signature: the person, or the organisation the person signs for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from ecredit.foundation.kernel.codes import tidy_code
from ecredit.foundation.kernel.text_forms import name_form

# Not the unit: authorities write into it what they were told.
_NAMES: Final = (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
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

    A name is compared as this project compares names, whole, never in part.
    """
    names = {name_form(value) for value in _values(certificate, _NAMES)}
    if name_form(signatory.name) in names:
        return Named.PERSON
    if name_form(signatory.organisation) in names:
        return Named.ORGANISATION
    codes = {tidy_code(value) for value in _values(certificate, _CODES)}
    if signatory.uscc and tidy_code(signatory.uscc) in codes:
        return Named.ORGANISATION
    return Named.NEITHER


def _values(certificate: x509.Certificate, kinds: tuple[x509.ObjectIdentifier, ...]) -> list[str]:
    return [str(one.value) for kind in kinds for one in certificate.subject.get_attributes_for_oid(kind)]
