"""Sealed values, blind index, sealed files."""

import io
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecredit.foundation.proof.errors import SealBroken
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.sealed_frames import FRAME, MAGIC
from ecredit.foundation.proof.sealing import Sealer, is_sealed

PERSON = "11010519491231002X"
HEADER = len(MAGIC) + 1 + len("s1") + 16


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ring") / "keys"
    KeyRing.create(folder)
    return folder


@pytest.fixture(scope="module")
def sealer(keys: Path) -> Sealer:
    return Sealer(KeyRing.load(keys))


@given(text=st.text(max_size=200), purpose=st.text(min_size=1, max_size=20))
@settings(max_examples=150)
def test_what_is_sealed_opens_for_its_purpose_only(sealer: Sealer, text: str, purpose: str) -> None:
    sealed = sealer.seal(purpose, text)
    assert is_sealed(sealed)
    assert sealed.isascii()
    assert sealer.seal(purpose, text) == sealed
    assert sealer.unseal(purpose, sealed) == text
    with pytest.raises(SealBroken):
        sealer.unseal(purpose + "x", sealed)


def test_the_value_does_not_show(sealer: Sealer) -> None:
    sealed = sealer.seal("subject.person_id", PERSON)
    assert PERSON not in sealed
    assert sealed.startswith("sealed:s1:")
    assert sealed != sealer.seal("record.person_id", PERSON)


def test_every_single_changed_character_is_refused(sealer: Sealer) -> None:
    sealed = sealer.seal("p", PERSON)
    for i in range(len(sealed)):
        changed = sealed[:i] + ("A" if sealed[i] != "A" else "B") + sealed[i + 1 :]
        with pytest.raises(SealBroken):
            sealer.unseal("p", changed)


@pytest.mark.parametrize(
    "text", ["", PERSON, "sealed:", "sealed:s1:", "sealed:s9:AAAA", "sealed:s1:***", "a:b:c"]
)
def test_what_is_not_sealed_is_refused_without_repeating_it(sealer: Sealer, text: str) -> None:
    with pytest.raises(SealBroken) as caught:
        sealer.unseal("p", text)
    assert PERSON not in str(caught.value)


def test_after_rotation_old_values_and_files_open(tmp_path: Path) -> None:
    old = Sealer(KeyRing.create(tmp_path / "keys"))
    value, blob = old.seal("p", PERSON), old.seal_bytes(b"content")
    new = Sealer(KeyRing.rotate_sealing(tmp_path / "keys"))
    assert new.seal("p", PERSON).startswith("sealed:s2:")
    assert new.unseal("p", value) == PERSON
    assert new.unseal_bytes(blob) == b"content"
    assert new.blind_index("person_id", PERSON) == old.blind_index("person_id", PERSON)
    with pytest.raises(SealBroken, match="s2"):
        old.unseal("p", new.seal("p", PERSON))
    with pytest.raises(SealBroken, match="s2"):
        old.unseal_bytes(new.seal_bytes(b"content"))


def test_the_blind_index_finds_the_same_value_written_differently(sealer: Sealer, tmp_path: Path) -> None:
    index = sealer.blind_index("person_id", PERSON)
    assert len(index) == 16
    assert sealer.blind_index("person_id", " １１０１０５ 19491231 002x ") == index
    assert sealer.blind_index("tax_no", PERSON) != index
    assert sealer.blind_index("person_id", "440524188001010014") != index
    phones = {sealer.blind_index("phone", p) for p in ("13800000000", "138-0000-0000", "+86 138 0000 0000")}
    assert len(phones) == 1
    assert sealer.blind_index("name", "张 三（甲）") == sealer.blind_index("name", "张三(甲)")
    assert Sealer(KeyRing.create(tmp_path / "other")).blind_index("person_id", PERSON) != index


@pytest.mark.parametrize("size", [0, 1, 15, 16, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, 2 * FRAME + 777])
def test_files_of_every_size_come_back(sealer: Sealer, tmp_path: Path, size: int) -> None:
    content = bytes(range(251)) * (size // 251 + 1)
    content = content[:size]
    src, dst = tmp_path / "in", tmp_path / "out.sealed"
    src.write_bytes(content)
    digest = sha256()
    assert sealer.seal_file(src, dst, tee=digest.update) == size
    assert digest.digest() == sha256(content).digest()
    assert dst.stat().st_mode & 0o777 == 0o600
    assert dst.stat().st_size == HEADER + size + 16 * max(1, -(-size // FRAME))
    with sealer.open_sealed(dst) as stream:
        assert stream.read() == content
    assert sealer.unseal_bytes(dst.read_bytes()) == content
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in", "out.sealed"]
    if size > 64:
        assert content[:64] not in dst.read_bytes()


def test_two_seals_of_one_content_differ(sealer: Sealer) -> None:
    assert sealer.seal_bytes(b"same") != sealer.seal_bytes(b"same")


def test_a_cut_file_is_refused_wherever_it_was_cut(sealer: Sealer) -> None:
    blob = sealer.seal_bytes(bytes(2 * FRAME + 100))
    frame = FRAME + 16
    cuts = [0, 5, len(MAGIC), HEADER - 1, HEADER, HEADER + 1, HEADER + 15, HEADER + 16, HEADER + frame - 1,
            HEADER + frame, HEADER + frame + 1, HEADER + frame + 16, HEADER + 2 * frame,
            HEADER + 2 * frame + 8, len(blob) - 1]  # fmt: skip
    for cut in cuts:
        with pytest.raises(SealBroken):
            sealer.unseal_bytes(blob[:cut])
    with pytest.raises(SealBroken):
        sealer.unseal_bytes(blob + b"\x00")


def test_swapped_frames_and_flipped_bits_are_refused(sealer: Sealer) -> None:
    blob = sealer.seal_bytes(bytes(3 * FRAME))
    frame = FRAME + 16
    one, two = blob[HEADER : HEADER + frame], blob[HEADER + frame : HEADER + 2 * frame]
    with pytest.raises(SealBroken):
        sealer.unseal_bytes(blob[:HEADER] + two + one + blob[HEADER + 2 * frame :])
    small = sealer.seal_bytes(b"twelve bytes")
    for i in range(len(small)):
        with pytest.raises(SealBroken):
            sealer.unseal_bytes(small[:i] + bytes([small[i] ^ 1]) + small[i + 1 :])


def test_reading_a_cut_file_by_lines_does_not_end_quietly(sealer: Sealer, tmp_path: Path) -> None:
    blob = sealer.seal_bytes(b"line\n" * (FRAME // 5 + 1) + b"x" * FRAME)
    path = tmp_path / "cut"
    path.write_bytes(blob[: HEADER + FRAME + 16])
    with sealer.open_sealed(path) as stream, pytest.raises(SealBroken):
        for _ in stream:
            pass


@pytest.fixture(scope="module")
def numbers(sealer: Sealer, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Path]:
    content = b"".join(n.to_bytes(4, "big") for n in range(FRAME // 2 + 50))
    path = tmp_path_factory.mktemp("numbers") / "sealed"
    path.write_bytes(sealer.seal_bytes(content))
    return content, path


@given(st.data())
@settings(max_examples=40)
def test_seeking_reads_what_a_plain_file_would(sealer: Sealer, numbers, data: st.DataObject) -> None:
    content, path = numbers
    plain = io.BytesIO(content)
    with sealer.open_sealed(path) as stream:
        for _ in range(8):
            whence = data.draw(st.sampled_from([0, 2]))
            offset = data.draw(st.integers(0, len(content) + 10) if whence == 0 else st.integers(-300, 0))
            amount = data.draw(st.integers(0, FRAME + 500))
            assert stream.seek(offset, whence) == plain.seek(offset, whence)
            assert stream.read(amount) == plain.read(amount)
            assert stream.tell() == plain.tell()


def test_a_workbook_opens_straight_from_its_sealed_file(sealer: Sealer, tmp_path: Path) -> None:
    src = tmp_path / "book.xlsx"
    with zipfile.ZipFile(src, "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>")
    sealer.seal_file(src, tmp_path / "book.sealed")
    with sealer.open_sealed(tmp_path / "book.sealed") as stream, zipfile.ZipFile(stream) as book:
        assert book.read("xl/workbook.xml") == b"<workbook/>"


def test_a_failed_sealing_leaves_nothing_behind(sealer: Sealer, tmp_path: Path) -> None:
    src = tmp_path / "in"
    src.write_bytes(b"content")

    def refuse(_: bytes) -> None:
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        sealer.seal_file(src, tmp_path / "out", tee=refuse)
    assert [p.name for p in tmp_path.iterdir()] == ["in"]
