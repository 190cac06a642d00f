"""Proofs of what was shown: this very record, as everyone may read it, was among what an act of publishing made public.

An act of publishing names the number and the root (RFC 9162) of all records shown from then on, in the order of their entries.
A document encloses the record, its path to that root, and the proof that the act is in the log.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ecredit.foundation.proof.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from ecredit.foundation.proof.proofs import ProofDocument, ProofReason, ProofVerdict, verify_proof

SHOWN_FORMAT = "ecredit-shown-1"
_LONGEST_PATH = 128
_AT = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True, slots=True)
class ShownVerdict:
    """The outcome: ``ok`` with the record as JSON text, the instant of the act and the proof of it, or every reason why not."""

    ok: bool
    reasons: tuple[ProofReason, ...]
    record: str = ""
    at: datetime | None = None
    act: ProofVerdict | None = None


def record_hash(record: str) -> bytes:
    """The leaf of a record's text in the tree of what is shown."""
    return leaf_hash(record.encode())


def shown_document(
    record: str, rank: int, size: int, path: Sequence[bytes], act: ProofDocument
) -> dict[str, object]:
    """The document; `act` encloses the act's entry."""
    return {
        "format": SHOWN_FORMAT,
        "record": record,
        "rank": rank,
        "size": size,
        "path": [part.hex() for part in path],
        "act": act,
    }


def verify_shown(document: Mapping[str, object], verifier_key: str) -> ShownVerdict:
    """Check a document offline. Never raises for a document; raises VerifierKeyUnusable for a bad key."""
    act = document.get("act")
    proof = verify_proof(act if isinstance(act, Mapping) else {}, verifier_key)
    reasons = list(proof.reasons)
    said, at = _said(proof.entry)
    if proof.ok and said is None:
        reasons.append(
            _reason(
                "act",
                "所附的日志条目不是一次公示",
                "the entry of the log that is enclosed is no act of publishing",
            )
        )
    record, path = document.get("record"), _path(document.get("path"))
    rank, size = document.get("rank"), document.get("size")
    if not isinstance(record, str) or path is None or type(rank) is not int or type(size) is not int:
        reasons.append(_reason("form", "格式不正确", "it is malformed"))
    elif said is not None and (
        said[0] != size or not verify_inclusion(_hash(record), rank, size, path, said[1])
    ):
        reasons.append(
            _reason(
                "record",
                "这条记录不在那次公示的内容之中，或者内容被改动",
                "this record was not among what that act made public, or it was altered",
            )
        )
    if reasons or not isinstance(record, str):
        return ShownVerdict(False, tuple(reasons))
    return ShownVerdict(True, (), record, at, proof)


def _hash(record: str) -> bytes:
    return leaf_hash(record.encode(errors="surrogatepass"))


def _said(entry: bytes | None) -> tuple[tuple[int, bytes] | None, datetime | None]:
    """Number and root an act names, and when it was."""
    lines = (entry or b"").decode("utf-8", "replace").split("\n")
    if len(lines) != 8 or lines[0] != "ecredit/journal/v1" or not lines[5].startswith("publicity."):
        return None, None
    try:
        size, root = json.loads(lines[-1])["shown"]
        raw, at = bytes.fromhex(root), datetime.strptime(lines[2], _AT).replace(tzinfo=UTC)
    except (ValueError, KeyError, TypeError):
        return None, None
    if type(size) is not int or len(raw) != HASH_BYTES:
        return None, None
    return (size, raw), at


def _path(found: object) -> list[bytes] | None:
    if not isinstance(found, list) or len(found) > _LONGEST_PATH:
        return None
    try:
        parts = [bytes.fromhex(part) for part in found]
    except (ValueError, TypeError):
        return None
    return parts if all(len(part) == HASH_BYTES for part in parts) else None


def _reason(code: str, zh: str, en: str) -> ProofReason:
    return ProofReason(code, f"{zh}。", f"{en[0].upper()}{en[1:]}.")
