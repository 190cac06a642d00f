"""The text of a badge's QR code: an address that any telephone opens, with the whole compact form in it.

    HTTPS://CREDIT.EXAMPLE/V/1234567890…

Capitals and digits take least room in a QR code. The digits are the bytes of the compact form, with a byte 1 before them, as
one decimal number: who reads the code offline needs nothing else.
"""

import re
from typing import Final

from ecredit.foundation.proof.badge_reading import LONGEST_COMPACT
from ecredit.foundation.proof.errors import TokenBroken

PLACE: Final = "/V/"
_DIGITS: Final = re.compile(
    r"(?:https?://[^/?#\s]{1,255}/v/)?([1-9][0-9]{99,1799})", re.ASCII | re.IGNORECASE
)


def qr_parts(site: str, compact: bytes) -> tuple[str, str]:
    """The code's two parts: the address in capitals, and the digits."""
    return f"{site.upper()}{PLACE}", to_digits(compact)


def to_digits(raw: bytes) -> str:
    """Bytes as one decimal number."""
    return str(int.from_bytes(b"\x01" + raw, "big"))


def read_digits(text: str) -> bytes | None:
    """The bytes of a code's text, or of its digits alone; None when it is neither. Raises TokenBroken for digits that are no bytes."""
    found = _DIGITS.fullmatch("".join(text.split()))
    if found is None:
        return None
    number = int(found[1])
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    if raw[0] != 1 or len(raw) > LONGEST_COMPACT:
        raise TokenBroken(
            "二维码中的数字不完整或被改动。", "The digits of the QR code are incomplete or altered."
        )
    return raw[1:]
