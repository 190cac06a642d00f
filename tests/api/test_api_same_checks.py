"""One record is judged by the very rules of a file: what is wrong with it alone is what is wrong with it in a file."""

import pytest

from tests.api.conftest import PENALTY
from tests.penalty_rows import row, table

WRONG = [
    row(1, CF_JDRQ="2026/13/40"), row(2, CF_XDR_SHXYM="91320411MA00000X0A"), row(3, CF_WSH=""), row(4, CF_CFLB="没有这种"),
    row(5, CF_YXQ=""), row(6, CF_XDR_SHXYM="", CF_XDR_ZZJG="123"), row(7, CF_NR_FK="三"), row(8, CF_XDR_LB="自然人"),
    row(9, CF_SY="电话13861234567"), row(10, CF_XDR_MC=""), row(11, CF_FR_ZJHM="1", CF_FR_ZJLX=""), row(12),
    row(13, CF_JDRQ="2099-01-01"), row(14, BZ="x" * 5000), row(15, CF_CFJGDM="x"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_a_record_and_a_file_hear_the_same(api, work, number):
    record = {name: value for name, value in WRONG[number].items() if value}
    alone = api.post(f"/sources/{PENALTY}/records", record)
    told = alone.json().get("problems") or alone.json().get("notices")
    trial = api.post(f"/sources/{PENALTY}/trials", table(WRONG[number]).encode(), kind="text/csv")
    work()
    in_file = api.get(trial["Location"] + "/problems").json()["items"]
    assert {(p["column"], p["rule"], p["notice"]) for p in told} == {
        (p["column"], p["rule"], p["notice"]) for p in in_file
    }
    assert (alone.status_code == 422) == any(not p["notice"] for p in in_file)
