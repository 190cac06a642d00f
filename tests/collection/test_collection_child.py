"""A long text is prepared in a process of its own: the same rows, the same refusals, nothing lost when it dies."""

import shutil
import subprocess
from dataclasses import replace

import pytest

from ecredit.facts.actors.queries import get_supplier
from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.collection import prepare_ahead
from ecredit.facts.collection.collect_actions import collect_file, resume_batches
from ecredit.facts.collection.held_cells import held_cells
from ecredit.facts.collection.models import Batch, HeldRow
from ecredit.facts.records.models import CreditRecord
from ecredit.foundation.catalog.load import load_catalog
from ecredit.foundation.kernel.errors import EcreditError, InputRefused
from tests.collection.test_collection_fates import fates, report
from tests.conftest import NOON
from tests.penalty_rows import code, row, table

PENALTY = "dual_publicity_penalty"
PERSON = {
    "CF_XDR_MC": "张三丰", "CF_XDR_LB": "自然人", "CF_XDR_SHXYM": "", "CF_XDR_ZJLX": "身份证",
    "CF_XDR_ZJHM": "11010519491231002X",
}  # fmt: skip


def rows():
    bad = [row(3, CF_JDRQ="2026/13/40"), row(4, CF_XDR_SHXYM=""), row(5, CF_XDR_SHXYM=code(5)[:-1] + "0")]
    return [row(1), row(2, **PERSON), *bad, row(1), row(1, CF_NR_FK="5"), row(6, BZ='引号"与\\斜线')]


@pytest.fixture
def in_child(monkeypatch):
    """However short the file."""
    monkeypatch.setattr(prepare_ahead, "LONG_FILE", 0)


def ledger(sealer):
    held = [
        (row.line, row.doc_key, row.rules, held_cells(row, sealer), row.state)
        for row in HeldRow.objects.order_by("line")
    ]
    return list(
        CreditRecord.objects.order_by("leaf").values_list("doc_key", "content", "original", "line")
    ), held


def test_a_child_prepares_the_same(collect, collector, monkeypatch):
    text = table(*rows()) + "只有,三,格\r\n"
    here = collect(PENALTY, text)
    kept, problems = ledger(collector.sealer), report(here)
    HeldRow.objects.all().delete()
    CreditRecord.objects.all().delete()
    Batch.objects.all().delete()
    monkeypatch.setattr(prepare_ahead, "LONG_FILE", 0)
    asked = []
    blocks = prepare_ahead.PreparingChild.blocks
    monkeypatch.setattr(
        prepare_ahead.PreparingChild, "blocks", lambda self, *a: asked.append(a) or blocks(self, *a)
    )
    there = collect(PENALTY, text)
    assert len(asked) == 1
    assert ledger(collector.sealer) == kept and report(there) == problems and fates(there) == fates(here)


def test_a_child_speaks_the_citys_own_sentences(db, collector, in_child, tmp_path, monkeypatch):
    own = tmp_path / "catalog"
    shutil.copytree(collector.catalog.folder, own)
    rules = own / "texts" / "rules.yaml"
    rules.write_text(
        rules.read_text(encoding="utf-8").replace("不是能认出的日期", "不是本市认得的日期"), encoding="utf-8"
    )
    monkeypatch.setenv("ECREDIT_CATALOG", str(own))
    collector = replace(collector, catalog=load_catalog(own))
    path = tmp_path / "a.csv"
    path.write_bytes(table(row(1, CF_JDRQ="2026/13/40")).encode("gb18030"))
    supplier = get_supplier(collector.catalog, "gongshang", on=NOON.date())
    receipt = collect_file(collector, source_id=PENALTY, path=path, supplier=supplier, by=OPERATOR, at=NOON)
    assert "不是本市认得的日期" in report(receipt)[0]["message"]


def test_what_the_child_finds_while_reading_refuses_the_file(collect, in_child, monkeypatch):
    monkeypatch.setattr(prepare_ahead, "LONG_FILE", 0)
    text = table(*(row(n) for n in range(3))) + "x" * (5 << 20) + "\r\n"
    with pytest.raises(InputRefused, match="行"):
        collect(PENALTY, text)


def test_a_child_that_dies_loses_nothing(collect, collector, in_child, monkeypatch):
    unpack, start, children = prepare_ahead.unpack, subprocess.Popen, []

    def started(*words, **options):
        children.append(start(*words, **options))
        return children[-1]

    def die(packed, source, received_on):
        children[-1].kill()
        return unpack(packed, source, received_on)

    monkeypatch.setattr(prepare_ahead.subprocess, "Popen", started)
    monkeypatch.setattr(prepare_ahead, "unpack", die)
    text = table(*(row(n) for n in range(20_000)))
    with pytest.raises(EcreditError, match="中断"):
        collect(PENALTY, text)
    assert Batch.objects.get().state == "posting"
    monkeypatch.undo()
    (receipt,), _ = resume_batches(collector, by=OPERATOR, at=NOON)
    assert receipt.rows == receipt.accepted == CreditRecord.objects.count() == 20_000
