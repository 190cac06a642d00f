"""Telling a CMS signature from other files, without loading what reads one."""

from typing import Final

PEM_HEADS: Final = (b"-----BEGIN CMS-----", b"-----BEGIN PKCS7-----")
_SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")


def looks_like_cms(raw: bytes) -> bool:
    """Whether bytes begin as a CMS signature does, in DER or PEM."""
    return raw.lstrip()[:32].startswith(PEM_HEADS) or _SIGNED_DATA in raw[:32]
