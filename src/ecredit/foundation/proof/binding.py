"""Binding a row to whoever holds the keys: what is written into the database by hand has no mark that fits.

Rows that wait to be acted upon (a note on its way into the log, a job) rest on the database alone until then. The mark is
HMAC-SHA256 over what the row says, under a key derived from the ring for one purpose.
"""

import hmac
import json
from typing import Final

from ecredit.foundation.proof.keys import KeyRing

_DERIVED: Final = b"ecredit binding 1\x00"


def bind(ring: KeyRing, purpose: str, *fields: object) -> str:
    """The mark, in hexadecimal, of fields as JSON holds them; *purpose* names the table.

    No two different rows read alike.
    """
    key = hmac.digest(ring.index_key, _DERIVED + purpose.encode(), "sha256")
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    return hmac.digest(key, text.encode("ascii"), "sha256").hex()


def is_bound(ring: KeyRing, binding: str, purpose: str, *fields: object) -> bool:
    """Whether the mark is that of these fields."""
    return hmac.compare_digest(binding.encode(), bind(ring, purpose, *fields).encode())
