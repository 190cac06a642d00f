"""The mirror follows the ledger, and is made again when any of it is lost or altered: grades rest on it."""

import shutil

import duckdb
import pytest

from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.records.mirror import catch_up
from ecredit.facts.records.models import CreditRecord, MirrorPart
from ecredit.facts.records.queries import mirror_folder
from ecredit.foundation.proof.keys import KeyRing
from tests.conftest import NOON
from tests.penalty_rows import row, table

PENALTY = "dual_publicity_penalty"


@pytest.fixture
def mirrored(collect, home, catalog):
    """Two passes, so that there are several parts."""
    collect("registration", _register(40))
    collect(PENALTY, table(*(row(n) for n in range(40))))
    catch_up(home, catalog, ring=KeyRing.load(home.keys), by=OPERATOR, at=NOON)
    collect(PENALTY, table(*(row(n, CF_WSH=f"乙{n}") for n in range(10))), name="b.csv")
    catch_up(home, catalog, ring=KeyRing.load(home.keys), by=OPERATOR, at=NOON)
    return home


def _register(firms: int) -> str:
    head = "企业名称,统一社会信用代码,成立日期,登记状态\r\n"
    rows = (row(n) for n in range(firms))
    return head + "".join(f"{r['CF_XDR_MC']},{r['CF_XDR_SHXYM']},2019-03-01,存续\r\n" for r in rows)


def leaves(home) -> list[int]:
    pattern = str(mirror_folder(home) / "source=*" / "*.parquet")
    found = duckdb.sql(
        f"SELECT leaf FROM read_parquet('{pattern}', union_by_name=true) ORDER BY leaf"
    ).fetchall()
    return [leaf for (leaf,) in found]


def ledger() -> list[int]:
    return list(CreditRecord.objects.order_by("leaf").values_list("leaf", flat=True))


def test_the_mirror_holds_every_entry_once(mirrored):
    assert leaves(mirrored) == ledger() and MirrorPart.objects.count() == 3


def test_a_lost_lake_is_made_again(mirrored, catalog):
    shutil.rmtree(mirrored.lake)
    catch_up(mirrored, catalog, ring=KeyRing.load(mirrored.keys), by=OPERATOR, at=NOON)
    assert leaves(mirrored) == ledger()


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("damage", ["lost", "cut", "altered"])
def test_a_lost_or_altered_part_is_made_again(mirrored, catalog, which, damage):
    path = mirrored.root / MirrorPart.objects.order_by("id")[which].path
    if damage == "lost":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-20])
    else:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    catch_up(mirrored, catalog, ring=KeyRing.load(mirrored.keys), by=OPERATOR, at=NOON)
    assert leaves(mirrored) == ledger()


def test_nothing_is_written_again_when_all_is_there(mirrored, catalog):
    before = {p: p.stat().st_mtime_ns for p in mirror_folder(mirrored).rglob("*.parquet")}
    assert catch_up(mirrored, catalog, ring=KeyRing.load(mirrored.keys), by=OPERATOR, at=NOON) == 0
    assert {p: p.stat().st_mtime_ns for p in mirror_folder(mirrored).rglob("*.parquet")} == before
