"""`ecredit backtest`: what it says of a home in which nothing can be compared."""

import pytest

from ecredit.foundation.kernel.errors import WrongUse


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "还没有任何记录"),
        (("--on", "2098-01-01"), "还没有过去"),
        (("--months", "0"), "至少要往后看一个月"),
        (("--months", "12", "--on", "2099-01-01"), "还没有过去"),
    ],
)
def test_what_cannot_be_judged_is_refused_in_plain_words(command, words, said):
    with pytest.raises(WrongUse, match=said):
        command("backtest", *words)


def test_a_file_is_no_folder_for_files(command, tmp_path):
    (tmp_path / "out").write_text("x")
    with pytest.raises(WrongUse, match="不是文件夹"):
        command("backtest", "--out", str(tmp_path / "out"))
