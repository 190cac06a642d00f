"""The error root and the home's folders."""

import fcntl
import pickle
from pathlib import Path

import pytest

from ecredit.foundation.kernel.errors import CheckFailed, EcreditError, InputRefused, WrongUse
from ecredit.foundation.kernel.home import Home


@pytest.mark.parametrize("kind", [EcreditError, InputRefused, WrongUse, CheckFailed])
def test_an_error_says_itself_in_two_languages_and_keeps_its_values(kind: type[EcreditError]) -> None:
    error = kind("文件是空的。", "The file is empty.", file="a.csv")
    assert str(error) == "文件是空的。 / The file is empty."
    assert error.data == {"file": "a.csv"}
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - errors cross process borders
    assert (type(copy), str(copy), copy.data) == (kind, str(error), error.data)


def test_codes_are_stable_and_differ() -> None:
    codes = [k.code for k in (EcreditError, InputRefused, WrongUse, CheckFailed)]
    assert codes == ["ecredit.error", "input.refused", "use.wrong", "check.failed"]


def test_a_home_makes_its_folders_and_closes_the_keys(tmp_path: Path) -> None:
    home = Home(tmp_path / "deep" / "home")
    (home.root / "keys").mkdir(parents=True, mode=0o755)
    home.root.chmod(0o755)
    assert home.ensure() == home
    assert home.ensure() == home
    for folder in (home.lake, home.landing, home.keys, home.reports, home.log):
        assert folder.is_dir()
    assert home.root.stat().st_mode & 0o777 == 0o700
    assert home.keys.stat().st_mode & 0o777 == 0o700
    assert home.landing.stat().st_mode & 0o777 == 0o700
    assert home.operational_db == home.root / "ecredit.sqlite3"
    assert home.public_db == home.root / "public.sqlite3"


def test_a_home_on_a_file_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    with pytest.raises(WrongUse, match="taken"):
        Home(tmp_path / "taken").ensure()


def test_one_process_at_a_time_writes_the_lake(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").ensure()
    with home.alone_in_lake(), (home.root / "lake.lock").open("ab") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with (home.root / "lake.lock").open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
