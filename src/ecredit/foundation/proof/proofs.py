"""Proof documents: JSON that shows, with nothing but the published verifier key, what the log holds.

``inclusion``: this entry is number *index* of the log whose signed head is enclosed. ``consistency``: the
log of the older enclosed head is the beginning of the log of the newer one. An inclusion document names its entry by
its leaf's hash, and tells nothing of what the entry says; it may enclose the entry's bytes as well. Documents come from
strangers: checking is total, it names everything that is wrong and never raises for a bad document.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ecredit.foundation.proof.blinding import TOKEN_BYTES, blinded
from ecredit.foundation.proof.checkpoint import Checkpoint, parse_checkpoint, verify_checkpoint
from ecredit.foundation.proof.errors import CheckpointBroken
from ecredit.foundation.proof.merkle import HASH_BYTES, Tree, leaf_hash, verify_consistency, verify_inclusion
from ecredit.foundation.proof.note import parse_verifier_key

FORMAT = "ecredit-proof-1"
_LONGEST_PATH = 128  # two hashes for each of 64 heights
_LONGEST_DOCUMENT = 1 << 24

ProofDocument = dict[str, object]


@dataclass(frozen=True, slots=True)
class ProofReason:
    """One thing that is wrong: a stable code and a sentence in both languages."""

    code: str
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"


@dataclass(frozen=True, slots=True)
class ProofVerdict:
    """The outcome. ``ok`` with the proved facts, or every reason why not.

    ``head`` is the (newer) log head, ``older`` the older one of a consistency proof, ``leaf`` (a hash) and
    ``index`` the proved entry of an inclusion proof, ``entry`` its bytes where they are enclosed; None unless ``ok``.
    """

    ok: bool
    reasons: tuple[ProofReason, ...] = ()
    kind: str | None = None
    head: Checkpoint | None = None
    older: Checkpoint | None = None
    leaf: bytes | None = None
    entry: bytes | None = None
    index: int | None = None


def make_proof(
    tree: Tree, entry: bytes, index: int, checkpoint: str, *, token: bytes = b"", whole: bool = False
) -> ProofDocument:
    """The document that *entry* is number *index* under the signed head *checkpoint* of *tree*; its bytes if *whole*.

    *token* is what the entry's leaf is blinded with, empty for a log whose leaves are the entries' own hashes.

    Raises ValueError when the entry is not that leaf or the head is not one of this tree: a document that
    would not verify is never made. Raises IndexError for an index outside the head, CheckpointBroken for
    a text that is no head.
    """
    if not 0 <= index < parse_checkpoint(checkpoint).size:
        raise IndexError(f"no entry {index} under this head")
    if tree.leaf(index) != _leaf_of(entry, token):
        raise ValueError("the entry does not belong to this tree")
    shown = shown_entry(entry, token) if whole else {}
    return make_leaf_proof(tree, index, checkpoint, shown)


def make_leaf_proof(
    tree: Tree, index: int, checkpoint: str, shown: Mapping[str, object] = MappingProxyType({})
) -> ProofDocument:
    """The document that leaf *index* stands under a signed head, made of the tree's hashes alone; raises likewise.

    *shown* is put beside the leaf: the entry's bytes and token, where they are to be told.
    """
    head = parse_checkpoint(checkpoint)
    if not 0 <= index < head.size:
        raise IndexError(f"no entry {index} in a log of {head.size}")
    if tree.root(head.size) != head.root:
        raise ValueError("the head does not belong to this tree")
    return {
        "format": FORMAT,
        "kind": "inclusion",
        "leaf": _encode(tree.leaf(index)),
        **shown,
        "index": index,
        "path": [_encode(part) for part in tree.inclusion_proof(index, head.size)],
        "checkpoint": checkpoint,
    }


def make_consistency(tree: Tree, older: str, newer: str) -> ProofDocument:
    """The document that the log of the signed head *older* is the beginning of that of *newer*; raises likewise."""
    old, new = parse_checkpoint(older), parse_checkpoint(newer)
    if tree.root(old.size) != old.root or tree.root(new.size) != new.root:
        raise ValueError("a head does not belong to this tree")
    path = tree.consistency_proof(old.size, new.size)
    return {
        "format": FORMAT,
        "kind": "consistency",
        "path": [_encode(part) for part in path],
        "older_checkpoint": older,
        "checkpoint": newer,
    }


def shown_entry(entry: bytes, token: bytes) -> dict[str, object]:
    """What a document encloses to tell its entry: the bytes, and the token its leaf is blinded with, if any."""
    return {"entry": _encode(entry), **({"blind": _encode(token)} if token else {})}


def verify_proof(document: Mapping[str, object] | str | bytes, verifier_key: str) -> ProofVerdict:
    """Check a document (parsed, or as JSON text) offline against the published key.

    Never raises for a document; raises VerifierKeyUnusable when *verifier_key* itself is none.
    """
    parse_verifier_key(verifier_key)
    found = _Findings(verifier_key)
    fields = found.fields(document)
    if fields is None:
        return found.verdict()
    if fields.get("format") != FORMAT:
        found.add("format", "不是本平台的证明文件", "it is not a proof document of this platform")
        return found.verdict()
    path, head = found.path(fields), found.head(fields, "checkpoint")
    if fields.get("kind") == "inclusion":
        if "older_checkpoint" in fields:
            found.add(
                "older_checkpoint",
                "条目证明不含旧签名头：文件中多出的内容未经验证",
                "a proof of an entry has no older head: the document holds one that nothing proves",
            )
        return _verify_inclusion(found, fields, path, head)
    if fields.get("kind") == "consistency":
        return _verify_consistency(found, found.head(fields, "older_checkpoint"), path, head)
    found.add("kind", "证明种类未知", "its kind of proof is unknown")
    return found.verdict()


def _verify_inclusion(
    found: _Findings, fields: Mapping[str, object], path: list[bytes] | None, head: Checkpoint | None
) -> ProofVerdict:
    index, leaf, entry = fields.get("index"), found.leaf(fields), _decode(fields.get("entry"))
    if not isinstance(index, int) or isinstance(index, bool) or (head and not 0 <= index < head.size):
        found.add("index", "条目序号缺失或超出日志条数", "the index is missing or beyond the log's size")
    elif leaf is not None and path is not None and head is not None:
        if verify_inclusion(leaf, index, head.size, path, head.root):
            if found.any:
                return found.verdict()
            return ProofVerdict(True, kind="inclusion", head=head, leaf=leaf, entry=entry, index=index)
        found.add("path", "条目不在该日志中：散列路径与根散列不符", "the path does not lead to the root")
    return found.verdict()


def _verify_consistency(
    found: _Findings, older: Checkpoint | None, path: list[bytes] | None, head: Checkpoint | None
) -> ProofVerdict:
    if older and head and path is not None:
        if verify_consistency(older.size, head.size, path, older.root, head.root):
            return ProofVerdict(True, kind="consistency", head=head, older=older)
        found.add(
            "path",
            "旧日志不是新日志的开头：历史被改写，或证明不完整",
            "the older log is not the beginning of the newer one: history was rewritten or the proof is incomplete",
        )
    return found.verdict()


class _Findings:
    """Collects what is wrong with one document while its fields are read."""

    def __init__(self, verifier_key: str) -> None:
        self._verifier_key = verifier_key
        self._reasons: list[ProofReason] = []

    def add(self, code: str, zh: str, en: str) -> None:
        self._reasons.append(ProofReason(code, f"{zh}。", f"{en[0].upper()}{en[1:]}."))

    @property
    def any(self) -> bool:
        """Whether anything is wrong."""
        return bool(self._reasons)

    def verdict(self) -> ProofVerdict:
        return ProofVerdict(False, tuple(self._reasons))

    def fields(self, document: Mapping[str, object] | str | bytes) -> Mapping[str, object] | None:
        if isinstance(document, str | bytes):
            if len(document) > _LONGEST_DOCUMENT:
                self.add("size", "文件过大，不是证明文件", "it is too large for a proof document")
                return None
            try:
                document = json.loads(document)
            except (ValueError, RecursionError):  # no JSON, no UTF-8, nested beyond reason
                self.add("json", "不是有效的 JSON 文件", "it is not valid JSON")
                return None
        if not isinstance(document, Mapping):
            self.add("json", "JSON 顶层应为对象", "the JSON document must be an object")
            return None
        return document

    def path(self, fields: Mapping[str, object]) -> list[bytes] | None:
        raw = fields.get("path")
        parts = [_decode(part) for part in raw[: _LONGEST_PATH + 1]] if isinstance(raw, list) else []
        whole = [part for part in parts if part is not None and len(part) == HASH_BYTES]
        if not isinstance(raw, list) or len(whole) != len(raw):
            self.add("path", "散列路径缺失或格式不正确", "the path is missing or malformed")
            return None
        return whole

    def leaf(self, fields: Mapping[str, object]) -> bytes | None:
        """The hash of the leaf: given, or of the entry's bytes (and token); of both when they agree."""
        given, entry = _decode(fields.get("leaf")), _decode(fields.get("entry"))
        if "entry" in fields and entry is None:
            self.add("entry", "条目内容格式不正确", "the entry is malformed")
            return None
        token = _decode(fields.get("blind", ""))
        if token is None or len(token) not in (0, TOKEN_BYTES) or (token and entry is None):
            self.add("blind", "盲化值格式不正确", "the blinding token is malformed")
            return None
        own = None if entry is None else _leaf_of(entry, token)
        if "leaf" not in fields and own is not None:
            return own
        if given is None or len(given) != HASH_BYTES:
            self.add("leaf", "条目散列缺失或格式不正确", "the hash of the entry is missing or malformed")
            return None
        if own is not None and own != given:
            self.add("entry", "条目内容与条目散列不符", "the entry is not the one whose hash is given")
            return None
        return given

    def head(self, fields: Mapping[str, object], name: str) -> Checkpoint | None:
        text = fields.get(name)
        if not isinstance(text, str):
            self.add(name, "缺少日志签名头", "a signed log head is missing")
            return None
        try:
            return verify_checkpoint(text, self._verifier_key)
        except CheckpointBroken as error:
            self._reasons.append(ProofReason(name, error.zh, error.en))
            return None


def _leaf_of(entry: bytes, token: bytes) -> bytes:
    return blinded(leaf_hash(entry), token) if token else leaf_hash(entry)


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _decode(text: object) -> bytes | None:
    if not isinstance(text, str):
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):  # ValueError: characters outside ASCII
        return None
