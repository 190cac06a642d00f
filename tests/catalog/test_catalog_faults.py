"""Every sort of fault is found, on its line, and all faults of all files are told at once."""

import ast
import shutil
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ecredit.foundation.catalog as room
from ecredit.foundation.catalog.errors import CatalogError, Fault
from ecredit.foundation.catalog.load import _NOUNS, load_catalog
from tests.catalog.catalog_bad_examples import BAD, Bad

SMALL = Path(__file__).parent / "small_city"


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """A copy of the small city's catalogue to spoil."""
    return Path(shutil.copytree(SMALL, tmp_path / "city"))


def faults_of(folder: Path) -> tuple[Fault, ...]:
    """The faults of a folder that must have some."""
    with pytest.raises(CatalogError) as caught:
        load_catalog(folder)
    return caught.value.faults


def spoil(city: Path, bad: Bad) -> str:
    """Make the edit of an example and return the file's new text."""
    path = city / bad.file
    before = path.read_text(encoding="utf-8")
    assert bad.old in before, f"the example's text is not in {bad.file}"
    after = before.replace(bad.old, bad.new)
    path.write_text(after, encoding="utf-8")
    return after


def test_the_small_city_is_sound() -> None:
    catalog = load_catalog(SMALL)
    assert set(catalog.sources) == {"demo"}
    assert catalog.own_days == {
        date(2027, 2, 14): True,
        date(2027, 2, 8): False,
        date(2027, 2, 9): False,
    }


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_a_bad_catalogue_is_refused_with_file_line_and_reason(city: Path, bad: Bad) -> None:
    text = spoil(city, bad)
    found = [fault for fault in faults_of(city) if fault.kind == bad.kind]
    assert found, f"no {bad.kind}; told instead: {[str(f) for f in faults_of(city)]}"
    line = text[: text.index(bad.at)].count("\n") + 1
    if bad.at:
        assert (bad.file, line) in {(fault.file, fault.line) for fault in found}, [str(f) for f in found]
    assert any(bad.says in fault.zh + fault.en for fault in found), [str(f) for f in found]


def kinds_in_the_code() -> set[str]:
    """The kinds of all faults the room's modules can write down."""
    kinds = set()
    for path in Path(room.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) == 4:
                kind = node.args[1]
                if node.func.attr in ("add", "fault") and isinstance(kind, ast.Constant):
                    kinds.add(kind.value)
    return kinds | {f"unknown_{noun}" for noun in _NOUNS}


def test_every_sort_of_fault_in_the_code_has_an_example() -> None:
    elsewhere = {"unreadable"}  # a missing file, below
    assert kinds_in_the_code() - elsewhere == {bad.kind for bad in BAD}


def test_all_faults_of_all_files_are_told_at_once(city: Path) -> None:
    chosen = [
        bad for bad in BAD if bad.kind in ("unknown_law", "dates_reversed", "ambiguous_value", "unknown_rule")
    ]
    for bad in chosen:
        spoil(city, bad)
    faults = faults_of(city)
    assert {bad.kind for bad in chosen} <= {fault.kind for fault in faults}
    assert list(faults) == sorted(faults)


def test_the_error_reads_as_file_line_chinese_english(city: Path) -> None:
    spoil(city, Bad("", "sources/demo.yaml", "tone: bad", "tone: bad\ntonne: bad", ""))
    with pytest.raises(CatalogError) as caught:
        load_catalog(city)
    error = caught.value
    line = (city / "sources/demo.yaml").read_text(encoding="utf-8").splitlines().index("tonne: bad") + 1
    expected = f"sources/demo.yaml:{line}: 不认识的键 tonne；是否应为 tone？ / the key tonne is not known; did you mean tone?"
    assert expected in str(error)
    assert f"sources/demo.yaml:{line}: 不认识的键" in error.zh
    assert f"sources/demo.yaml:{line}: the key tonne" in error.en


def test_a_file_that_is_not_utf8_is_named(city: Path) -> None:
    (city / "items.yaml").write_bytes("items: [名称]".encode("gb18030"))
    assert any(f.file == "items.yaml" and f.kind == "bad_yaml" for f in faults_of(city))


def test_an_empty_folder_is_refused_not_loaded(tmp_path: Path) -> None:
    assert {f.file for f in faults_of(tmp_path)} >= {"departments.yaml", "items.yaml", "tasks.yaml"}


FILES = sorted(p.relative_to(SMALL).as_posix() for p in SMALL.rglob("*.yaml"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    file=st.sampled_from(FILES),
    where=st.floats(0, 1, exclude_max=True),
    cut=st.integers(0, 40),
    put=st.text(st.sampled_from("abc01:- {}[]\"'\n,#&*!|>%@`年"), max_size=6),
)
def test_whatever_is_typed_gives_a_catalogue_or_faults(
    tmp_path_factory: pytest.TempPathFactory, file: str, where: float, cut: int, put: str
) -> None:
    city = Path(shutil.copytree(SMALL, tmp_path_factory.mktemp("city") / "city"))
    path = city / file
    text = path.read_text(encoding="utf-8")
    at = int(len(text) * where)
    path.write_text(text[:at] + put + text[at + cut :], encoding="utf-8")
    try:
        load_catalog(city)
    except CatalogError as error:
        assert error.faults
        for fault in error.faults:
            assert fault.line >= 1
            assert fault.zh
            assert fault.en
