"""Since when a file is in the city's log: what shows that it is older than the theft of a key.

The evidence is a proof document that encloses its entry (`ecredit log prove LEAF --whole`), and the entry names the file's
SHA-256. The log's own key signs it, and the log's followers would see it put in later.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from ecredit.foundation.proof.errors import TokenBroken
from ecredit.foundation.proof.proofs import verify_proof

_LINES = 8
_AT = "%Y-%m-%dT%H:%M:%S.%fZ"


def logged_at(raw: bytes, document: Mapping[str, object] | str | bytes, verifier_key: str) -> datetime:
    """The instant of the entry that names this file's SHA-256. Raises TokenBroken, VerifierKeyUnusable."""
    verdict = verify_proof(document, verifier_key)
    if not verdict.ok:
        reason = verdict.reasons[0]
        raise TokenBroken(
            f"日志证明不成立：{reason.zh}", f"The proof from the log does not hold. {reason.en}"
        )
    found = _read(verdict.entry, hashlib.sha256(raw).hexdigest())
    if found is None:
        raise TokenBroken(
            "日志证明说的不是这个文件，或者没有附上条目原文。",
            "The proof from the log is not of this file, or does not enclose its entry.",
        )
    return found


def _read(entry: bytes | None, digest: str) -> datetime | None:
    lines = (entry or b"").decode("utf-8", "replace").split("\n")
    if len(lines) != _LINES or lines[0] != "ecredit/journal/v1":
        return None
    try:
        detail, at = json.loads(lines[-1]), datetime.strptime(lines[2], _AT).replace(tzinfo=UTC)
    except ValueError:
        return None
    return at if isinstance(detail, dict) and detail.get("digest") == digest else None
