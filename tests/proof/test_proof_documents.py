"""Proof documents: what is true verifies offline, what was touched does not, and nothing raises."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from ecredit.foundation.proof.checkpoint import sign_checkpoint, verifier_key
from ecredit.foundation.proof.errors import CheckpointBroken, VerifierKeyUnusable
from ecredit.foundation.proof.merkle import Tree, leaf_hash, leaf_hashes
from ecredit.foundation.proof.proofs import make_consistency, make_proof, verify_proof

ORIGIN = "changzhou.example/ecredit"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLISHED = verifier_key(ORIGIN, KEY)
ENTRIES = [f"条目 {n}".encode() for n in range(300)]
TILES: dict[tuple[int, int], bytes] = {}
TREE = Tree(lambda level, index: TILES.get((level, index)))
TILES.update(TREE.append(leaf_hashes(ENTRIES)))


def head(size: int) -> str:
    return sign_checkpoint(ORIGIN, size, TREE.root(size), KEY)


DOCUMENT = json.dumps(make_proof(TREE, ENTRIES[257], 257, head(300), whole=True))
BY_HASH = json.dumps(make_proof(TREE, ENTRIES[257], 257, head(300)))
GROWTH = json.dumps(make_consistency(TREE, head(100), head(300)))


@given(st.integers(1, 300), st.data())
@settings(max_examples=50)
def test_every_entry_under_every_head_verifies(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    whole = data.draw(st.booleans())
    document = make_proof(TREE, ENTRIES[index], index, head(size), whole=whole)
    for form in (document, json.dumps(document), json.dumps(document, indent=2).encode()):
        verdict = verify_proof(form, PUBLISHED)
        assert (verdict.ok, verdict.kind, verdict.index) == (True, "inclusion", index)
        assert verdict.leaf == leaf_hash(ENTRIES[index])
        assert verdict.entry == (ENTRIES[index] if whole else None)
        assert verdict.head is not None
        assert verdict.head.size == size


def test_a_proof_by_hash_tells_nothing_of_the_entry() -> None:
    assert base64.b64encode(ENTRIES[257]).decode()[:-4] not in BY_HASH
    assert set(json.loads(BY_HASH)) == {"format", "kind", "leaf", "index", "path", "checkpoint"}


def test_a_document_with_the_entry_alone_still_verifies() -> None:
    document = json.loads(DOCUMENT)
    del document["leaf"]
    assert verify_proof(document, PUBLISHED).entry == ENTRIES[257]


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"leaf": None}, ["leaf"]),
        ({"leaf": "AAAA"}, ["leaf"]),
        ({"leaf": "A" * 43 + "="}, ["path"]),
        ({"entry": "AAAA"}, ["entry"]),
    ],
)
def test_a_changed_hash_is_named(change: dict[str, Any], codes: list[str]) -> None:
    verdict = verify_proof(json.loads(BY_HASH) | change, PUBLISHED)
    assert not verdict.ok
    assert [r.code for r in verdict.reasons] == codes


@pytest.mark.parametrize(("old", "new"), [(0, 300), (1, 2), (100, 300), (256, 257), (300, 300)])
def test_growth_verifies(old: int, new: int) -> None:
    verdict = verify_proof(make_consistency(TREE, head(old), head(new)), PUBLISHED)
    assert (verdict.ok, verdict.kind) == (True, "consistency")
    assert verdict.older is not None
    assert verdict.older.size == old


def test_rewritten_history_does_not_verify() -> None:
    tiles: dict[tuple[int, int], bytes] = {}
    other = Tree(lambda level, index: tiles.get((level, index)))
    tiles.update(other.append(leaf_hashes([b"changed", *ENTRIES[1:]])))
    newer = sign_checkpoint(ORIGIN, 300, other.root(), KEY)
    forged = json.loads(GROWTH) | {"checkpoint": newer}
    verdict = verify_proof(forged, PUBLISHED)
    assert not verdict.ok
    assert [r.code for r in verdict.reasons] == ["path"]
    assert "history was rewritten" in str(verdict.reasons[0])
    with pytest.raises(ValueError, match="does not belong"):
        make_consistency(TREE, head(100), newer)


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"entry": "AAAA"}, ["entry"]),
        ({"entry": "AAAA", "leaf": None}, ["leaf"]),
        ({"index": 256}, ["path"]),
        ({"index": 300}, ["index"]),
        ({"index": True}, ["index"]),
        ({"index": "257"}, ["index"]),
        ({"entry": None, "leaf": "é", "index": None}, ["entry", "index"]),
        ({"entry": "é"}, ["entry"]),
        ({"path": []}, ["path"]),
        ({"path": ["AAAA"]}, ["path"]),
        ({"path": "AAAA"}, ["path"]),
        ({"path": ["AAAA"] * 100_000}, ["path"]),
        ({"checkpoint": head(299)}, ["path"]),
        ({"checkpoint": head(300).replace("300", "301")}, ["checkpoint"]),
        ({"checkpoint": 5, "path": None, "entry": 1}, ["path", "checkpoint", "entry"]),
        ({"checkpoint": "\ud800\n1\n2\n\n— a AAAAAAAA\n"}, ["checkpoint"]),
        ({"kind": "other"}, ["kind"]),
        ({"kind": ["inclusion"]}, ["kind"]),
        ({"format": "ecredit-proof-9"}, ["format"]),
    ],
)
def test_every_change_is_named(change: dict[str, Any], codes: list[str]) -> None:
    verdict = verify_proof(json.dumps(json.loads(DOCUMENT) | change), PUBLISHED)
    assert not verdict.ok
    assert verdict.entry is None
    assert [r.code for r in verdict.reasons] == codes
    assert all(r.zh.endswith("。") and r.en.endswith(".") for r in verdict.reasons)


@pytest.mark.parametrize(
    "document",
    [
        "",
        "[]",
        "null",
        "{",
        b"\xff\xfe",
        "[" * 100_000,
        "1" * 10_000,
        "{}",
        " " * (1 << 24) + "{}",
        '{"format": NaN}',
    ],
)
def test_what_is_no_document_is_said_and_not_raised(document: str | bytes) -> None:
    verdict = verify_proof(document, PUBLISHED)
    assert not verdict.ok
    assert len(verdict.reasons) == 1


@given(
    st.integers(0, len(DOCUMENT) - 1),
    st.characters(codec="utf-8"),
    st.sampled_from([DOCUMENT, BY_HASH, GROWTH]),
)
@settings(max_examples=200)
def test_a_changed_character_never_raises_and_never_proves_something_else(
    place: int, char: str, text: str
) -> None:
    place %= len(text)
    verdict = verify_proof(text[:place] + char + text[place + 1 :], PUBLISHED)
    if verdict.ok and verdict.kind == "inclusion":
        assert (verdict.leaf, verdict.index) == (leaf_hash(ENTRIES[257]), 257)
        assert verdict.entry in (ENTRIES[257], None)
    if not verdict.ok:
        assert verdict.reasons


def test_another_citys_key_proves_nothing_and_a_bad_key_is_wrong_use() -> None:
    verdict = verify_proof(DOCUMENT, verifier_key("elsewhere.example", KEY))
    assert [r.code for r in verdict.reasons] == ["checkpoint"]
    with pytest.raises(VerifierKeyUnusable):
        verify_proof(DOCUMENT, "no key")


def test_a_document_that_would_not_verify_is_not_made() -> None:
    with pytest.raises(ValueError, match="does not belong"):
        make_proof(TREE, ENTRIES[1], 2, head(300))
    with pytest.raises(ValueError, match="does not belong"):
        make_proof(TREE, ENTRIES[1], 1, sign_checkpoint(ORIGIN, 299, TREE.root(300), KEY))
    with pytest.raises(IndexError):
        make_proof(TREE, ENTRIES[299], 299, head(299))
    with pytest.raises(CheckpointBroken):
        make_proof(TREE, ENTRIES[1], 1, "no head")


def test_an_entrys_proof_with_an_older_head_beside_it_is_refused() -> None:
    for beside in (head(100), "ecredit.local/log\n999999\nAAAA\n\n— ecredit.local/log AAAA\n", "x", 5, None):
        verdict = verify_proof(json.loads(DOCUMENT) | {"older_checkpoint": beside}, PUBLISHED)
        assert not verdict.ok and [reason.code for reason in verdict.reasons] == ["older_checkpoint"]
