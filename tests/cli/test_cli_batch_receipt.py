"""`ecredit batch receipt`: what became of a file, signed, for its supplier to show."""

from pathlib import Path

import pytest

from ecredit.facts.actors.models import LogState
from ecredit.foundation.kernel.errors import WrongUse
from tests.collection.test_collection_sheets import MONTHS, book
from tests.penalty_rows import row, table


def test_a_receipt_is_signed_and_checked(command, collect, tmp_path: Path) -> None:
    LogState.objects.get_or_create(id=1, defaults={"origin": "credit.example/log"})
    receipt = collect("dual_publicity_penalty", table(row(1), row(2, CF_JDRQ="2026/13/40")))
    out = tmp_path / "receipt.json"
    command("batch", "receipt", str(receipt.batch_id), "--out", str(out))
    good = command("verify", str(out))
    assert (good.code, good.document["kind"]) == (0, "receipt")
    assert good.document["said"]["digest"] == receipt.digest and good.document["said"]["rows"] == 2
    raw = bytearray(out.read_bytes())
    raw[300] ^= 1
    out.write_bytes(bytes(raw))
    assert command("verify", str(out)).code == 1
    with pytest.raises(WrongUse, match="receipt"):
        command("batch", "receipt", str(receipt.batch_id + 1), "--out", str(out))


def test_a_file_with_an_unread_sheet_ends_with_one(command, home, tmp_path: Path) -> None:
    path = tmp_path / "m.xlsx"
    path.write_bytes(book(**MONTHS))
    words = ("collect", "dual_publicity_penalty", str(path), "--by", "gongshang")
    for _ in range(2):
        answer = command(*words)
        assert answer.code == 1 and any("十一月" in note for note in answer.document["notes"])
