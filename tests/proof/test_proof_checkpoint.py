"""Signed notes and log heads, with the published example of the signed-note format."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from ecredit.foundation.proof.checkpoint import (
    Checkpoint,
    parse_checkpoint,
    sign_checkpoint,
    verifier_key,
    verify_checkpoint,
)
from ecredit.foundation.proof.errors import CheckpointBroken, VerifierKeyUnusable
from ecredit.foundation.proof.note import open_note, parse_verifier_key, sign_note

# The example in the documentation of the signed-note format, and the key of a log that everybody uses.
EXAMPLE_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
EXAMPLE_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
EXAMPLE_SIGNATURE = (
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
)
SUM_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"

ORIGIN = "changzhou.example/ecredit"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
ROOT = bytes(range(32))


def test_the_published_example_opens() -> None:
    note = f"{EXAMPLE_TEXT}\n— PeterNeumann {EXAMPLE_SIGNATURE}\n"
    assert open_note(note, parse_verifier_key(EXAMPLE_KEY)) == EXAMPLE_TEXT
    with pytest.raises(CheckpointBroken, match="does not fit"):
        open_note(note.replace("answer", "Answer"), parse_verifier_key(EXAMPLE_KEY))


@pytest.mark.parametrize("text", [EXAMPLE_KEY, SUM_KEY, verifier_key(ORIGIN, KEY)])
def test_verifier_keys_are_read_and_written_alike(text: str) -> None:
    assert str(parse_verifier_key(f" {text}\n")) == text


@pytest.mark.parametrize(
    "text",
    ["", "a+b+c", EXAMPLE_KEY[:-1], EXAMPLE_KEY.replace("c74f20a3", "c74f20a4"), "X" + EXAMPLE_KEY,
     EXAMPLE_KEY.replace("+ARpc", "+AhPc"), EXAMPLE_KEY.upper()],
)  # fmt: skip
def test_what_is_no_verifier_key(text: str) -> None:
    with pytest.raises(VerifierKeyUnusable):
        parse_verifier_key(text)


@given(
    st.integers(0, 10**15),
    st.binary(min_size=32, max_size=32),
    st.lists(st.from_regex(r"[a-z]{1,9} \d", fullmatch=True)),
)
@settings(max_examples=60)
def test_a_head_is_read_as_signed(size: int, root: bytes, lines: list[str]) -> None:
    text = sign_checkpoint(ORIGIN, size, root, KEY, lines)
    head = Checkpoint(ORIGIN, size, root, tuple(lines))
    assert parse_checkpoint(text) == head
    assert verify_checkpoint(text, verifier_key(ORIGIN, KEY)) == head


def test_the_form_of_a_head() -> None:
    lines = sign_checkpoint(ORIGIN, 128, ROOT, KEY).split("\n")
    assert lines[:4] == [ORIGIN, "128", base64.b64encode(ROOT).decode(), ""]
    assert lines[4].startswith(f"— {ORIGIN} ")
    assert lines[5:] == [""]


def test_every_single_changed_character_is_refused() -> None:
    text = sign_checkpoint(ORIGIN, 128, ROOT, KEY)
    for i, char in enumerate(text):
        changed = text[:i] + ("B" if char != "B" else "C") + text[i + 1 :]
        with pytest.raises(CheckpointBroken):
            verify_checkpoint(changed, verifier_key(ORIGIN, KEY))


def test_another_key_or_origin_does_not_do() -> None:
    text = sign_checkpoint(ORIGIN, 128, ROOT, KEY)
    with pytest.raises(CheckpointBroken, match="no signature"):
        verify_checkpoint(text, verifier_key(ORIGIN, OTHER))
    with pytest.raises(CheckpointBroken, match="no signature"):
        verify_checkpoint(text, verifier_key("elsewhere.example", KEY))
    borrowed = sign_note(text.split("\n\n")[0] + "\n", "elsewhere.example", KEY)
    with pytest.raises(CheckpointBroken, match="not the key's name"):
        verify_checkpoint(borrowed, verifier_key("elsewhere.example", KEY))


def test_signatures_of_others_are_passed_over() -> None:
    text = sign_checkpoint(ORIGIN, 128, ROOT, KEY)
    body = text.split("\n\n")[0] + "\n"
    witness = sign_note(body, "witness.example", OTHER).split("\n\n")[1]
    both = f"{body}\n{witness}{text.split(chr(10) * 2)[1]}"
    assert verify_checkpoint(both, verifier_key(ORIGIN, KEY)).size == 128
    assert open_note(both, parse_verifier_key(verifier_key("witness.example", OTHER))) == body


@pytest.mark.parametrize(
    "body",
    ["", "o\n", "o\n1\n", "o\n01\n{r}\n", "o\n-1\n{r}\n", "o\n１\n{r}\n", "o\n1\nAAAA\n", "o\n1\n{r}=\n",
     "o\n1\n{r}\n\n", "\n1\n{r}\n", "o\n1\né\n", "o\n99999999999999999999\n{r}\n"],
)  # fmt: skip
def test_a_signed_text_that_is_no_head(body: str) -> None:
    text = body.format(r=base64.b64encode(ROOT).decode())
    signed = sign_note(text, ORIGIN, KEY) if text else "\n— a AAAAAAAA\n"
    with pytest.raises(CheckpointBroken):
        verify_checkpoint(signed, verifier_key(ORIGIN, KEY))


@given(st.text(max_size=80))
@settings(max_examples=150)
def test_any_text_is_refused_in_order(text: str) -> None:
    for candidate in (text, f"{text}\n\n— {ORIGIN} {text}\n"):
        with pytest.raises(CheckpointBroken):
            verify_checkpoint(candidate, verifier_key(ORIGIN, KEY))


def test_impossible_heads_are_not_signed() -> None:
    for make in (
        lambda: sign_checkpoint("two words", 1, ROOT, KEY),
        lambda: sign_checkpoint("a+b", 1, ROOT, KEY),
        lambda: sign_checkpoint(ORIGIN, -1, ROOT, KEY),
        lambda: sign_checkpoint(ORIGIN, 1, ROOT[1:], KEY),
        lambda: sign_checkpoint(ORIGIN, 1, ROOT, KEY, [""]),
        lambda: sign_checkpoint(ORIGIN, 1, ROOT, KEY, ["a\nb"]),
        lambda: sign_note("no newline", ORIGIN, KEY),
        lambda: sign_note("bell\x07\n", ORIGIN, KEY),
    ):
        with pytest.raises(ValueError, match=r"head|key name|note"):
            make()
