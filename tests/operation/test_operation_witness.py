"""A witness from outside: what an honest log gives it, and everything a dishonest one can try."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from ecredit.foundation.kernel.errors import InputRefused
from ecredit.foundation.proof.errors import VerifierKeyUnusable
from ecredit.foundation.proof.merkle import HASH_BYTES, leaf_hash
from ecredit.service.operation import witness
from ecredit.service.operation.witness import WitnessReport, follow_log
from ecredit.service.operation.witness_memory import WitnessMemory
from tests.operation.witnessed_log import City

AT = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
Visit = Callable[..., WitnessReport]


@pytest.fixture
def visit(tmp_path: Path) -> Visit:
    """visit(city) → the report, by one witness who remembers."""

    def run(city: City, **more: object) -> WitnessReport:
        with WitnessMemory(tmp_path / "state" / "witness.sqlite3") as memory:
            return follow_log(city, memory, at=AT, **more)  # type: ignore[arg-type]

    return run


def city_of(count: int) -> City:
    city = City()
    city.grow(count)
    return city


def codes(report: WitnessReport) -> list[str]:
    return [finding.code for finding in report.findings]


@settings(max_examples=25)
@given(st.lists(st.integers(0, 700), min_size=1, max_size=4))
def test_an_honest_log_fits_however_it_grows(growth: list[int]) -> None:
    city = City()
    with WitnessMemory(Path(":memory:")) as memory:
        for number, more in enumerate(growth):
            before = len(city.leaves)
            city.grow(more)
            report = follow_log(city, memory, at=AT)
            assert report.ok, report.findings
            assert report.before == (None if number == 0 else before) and report.size == len(city.leaves)
            assert memory.tree().size == len(city.leaves)


def test_the_first_visit_takes_the_key_and_says_so(visit: Visit) -> None:
    city = city_of(5)
    report = visit(city)
    assert report.ok and report.new_key and report.key == city.verifier
    assert not visit(city).new_key


def test_a_key_got_otherwise_must_be_the_logs(visit: Visit) -> None:
    city = city_of(5)
    assert codes(visit(city, key=City().verifier)) == ["key", "head"]
    for none in ("", "\n", city.verifier[:-4]):
        with pytest.raises(VerifierKeyUnusable):
            visit(city, key=none)
    report = visit(city, key=city.verifier)
    assert report.ok and not report.new_key


def test_another_key_is_named_and_what_it_signed_is_not_believed(visit: Visit) -> None:
    city = city_of(300)
    assert visit(city).ok
    stranger = City(key=Ed25519PrivateKey.generate())
    stranger.leaves = list(city.leaves)
    assert codes(visit(stranger)) == ["key", "head"]
    # Also when the old key is still shown beside it.
    stranger.changed["key.txt"] = city.verifier.encode()
    assert codes(visit(stranger)) == ["head"]
    assert visit(city).ok


def test_a_log_put_back_is_named(visit: Visit) -> None:
    city = city_of(600)
    visit(city)
    older = city.other(lambda twin: twin.leaves.__delitem__(slice(400, None)))
    report = visit(older)
    assert codes(report) == ["rollback"] and report.evidence == [city.head(), older.head()]
    assert visit(city).ok


@pytest.mark.parametrize("place", [0, 255, 256, 511, 599])
@pytest.mark.parametrize("more", [0, 1, 300])
def test_a_changed_entry_signed_anew_is_a_fork_and_is_named_by_its_number(
    visit: Visit, place: int, more: int
) -> None:
    city = city_of(600)
    visit(city)

    def change(twin: City) -> None:
        twin.leaves[place] = leaf_hash(b"changed")
        twin.grow(more)

    report = visit(city.other(change))
    assert set(codes(report)) == {"leaf", "rewritten" if more else "fork"}
    assert [f.en for f in report.findings if f.code == "leaf"] == [f"Entry {place} was changed."]
    assert len(report.evidence) == 2
    # What it saw first still stands: a liar is not believed the second time either.
    assert visit(city).ok


@pytest.mark.parametrize("place", [3, 300])
def test_an_entry_taken_out_is_named(visit: Visit, place: int) -> None:
    city = city_of(600)
    visit(city)
    report = visit(city.other(lambda twin: (twin.leaves.pop(place), twin.grow(9, "later"))[0]))
    assert "rewritten" in codes(report) and f"Entry {place} was changed." in [f.en for f in report.findings]


@pytest.mark.parametrize(
    ("name", "size"),
    [("tile/0/000", 600), ("tile/0/001", 600), ("tile/0/002.p/88", 600), ("tile/1/000.p/2", 600)],
)
@pytest.mark.parametrize("known", [True, False])
def test_a_changed_file_under_an_honest_head_is_named(
    visit: Visit, name: str, size: int, known: bool
) -> None:
    city = city_of(size)
    if known:
        visit(city)
    raw = city.get(name)
    assert raw is not None
    for wrong in (bytes(HASH_BYTES) + raw[HASH_BYTES:], raw[:-1], b"", None):
        city.changed[name] = wrong
        report = visit(city)
        assert not report.ok and {*codes(report)} <= {"leaf", "tile"}
    city.changed.clear()
    assert visit(city).ok


def test_heads_shown_to_others_must_be_of_this_log(visit: Visit) -> None:
    city = city_of(500)
    assert visit(city, elsewhere=[city.head(499), city.head(1), city.head(0)]).ok

    def change(twin: City) -> None:
        twin.leaves[7] = leaf_hash(b"for you only")
        twin.grow(40)

    forked = city.other(change)
    assert codes(visit(city, elsewhere=[forked.head(300)])) == ["fork"]
    assert codes(visit(city, elsewhere=[forked.head()])) == ["rollback"]
    assert (
        codes(visit(city, elsewhere=["no head"]))
        == codes(visit(city, elsewhere=[City().head()]))
        == ["elsewhere"]
    )


def test_of_a_long_log_a_part_is_read_again_unless_everything_is_asked(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(witness, "ALL_UP_TO", 2)
    city = city_of(256 * 5)
    visit(city)
    assert visit(city).reread == 2
    city.changed["tile/0/001"] = bytes(HASH_BYTES * 256)
    assert set(codes(visit(city, everything=True))) == {"leaf"}


def test_nothing_there_is_said_so(visit: Visit, tmp_path: Path) -> None:
    city = city_of(3)
    city.changed["checkpoint"] = None
    with pytest.raises(InputRefused):
        visit(city)
    city.changed["key.txt"] = None
    with pytest.raises(InputRefused):
        visit(city)
    (tmp_path / "other").write_text("something else, and long enough to be taken for no database at all")
    with pytest.raises(InputRefused):
        WitnessMemory(tmp_path / "other")


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE tile SET hashes = zeroblob(32) || substr(hashes, 33) WHERE level = 0 AND place = 0",
        "UPDATE tile SET hashes = zeroblob(32) || substr(hashes, 33) WHERE level = 0 AND place = 2",
        "UPDATE tile SET hashes = zeroblob(32) || substr(hashes, 33) WHERE level = 1",
        "UPDATE tile SET hashes = substr(hashes, 1, 40) WHERE level = 0 AND place = 1",
        "DELETE FROM tile WHERE level = 0 AND place = 1",
        "DELETE FROM tile",
        "UPDATE head SET text = replace(text, 'credit', 'kredit')",
        "UPDATE head SET text = 'nothing'",
        "DELETE FROM head",
        "DELETE FROM meta WHERE key = 'key'",
        "UPDATE meta SET value = 'x' WHERE key = 'key'",
        "DROP TABLE tile",
        None,
    ],
)
@pytest.mark.parametrize("more", [0, 10, 300])
def test_a_damaged_memory_of_ones_own_is_no_fault_of_the_citys(
    visit: Visit, tmp_path: Path, damage: str | None, more: int
) -> None:
    city, state = city_of(256 * 2 + 5), tmp_path / "state" / "witness.sqlite3"
    assert visit(city).ok
    if damage is None:
        raw = bytearray(state.read_bytes())
        raw[1_000:] = bytes(len(raw) - 1_000)
        state.write_bytes(raw)
    else:
        with sqlite3.connect(state) as run:
            run.execute(damage)
        run.close()
    city.grow(more)
    with pytest.raises(InputRefused, match="damaged"):
        visit(city)


def test_only_what_is_new_is_fetched_besides_what_is_compared(visit: Visit) -> None:
    city = city_of(256 * 3)
    visit(city)
    city.grow(10)
    city.asked.clear()
    assert visit(city).ok
    assert city.asked.count("tile/0/003.p/10") == 1 and len(city.asked) == len(set(city.asked))
