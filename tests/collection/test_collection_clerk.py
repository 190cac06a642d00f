"""What a clerk in Excel sees: a template that keeps codes whole, hints that say what to write, files turned away remembered."""

import json
from datetime import date
from unittest.mock import Mock

import openpyxl
import pytest

from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.queries import get_supplier, log_origin
from ecredit.facts.collection import collect_actions
from ecredit.facts.collection.quality import quality_register
from ecredit.facts.collection.template_workbook import write_template
from ecredit.facts.collection.trial import try_file
from ecredit.facts.records.audit import audit_ledger
from ecredit.foundation.catalog.texts import has_text, list_texts
from ecredit.foundation.kernel.errors import InputRefused
from ecredit.foundation.kernel.text_forms import printable
from ecredit.foundation.proof.checkpoint import verifier_key
from ecredit.surface.cli.command_collect import receipt_lines
from tests.collection.test_collection_fates import fates, report
from tests.conftest import NOON
from tests.penalty_rows import HEADER, row, table

PENALTY = "dual_publicity_penalty"


def test_a_filled_template_is_collected_as_it_is(collect, catalog, tmp_path):
    out = tmp_path / "t.xlsx"
    source = catalog.sources[PENALTY]
    write_template(source, catalog, out)
    book = openpyxl.load_workbook(out)
    sheet = book.worksheets[0]
    for place, column in enumerate(source.columns, start=1):
        sheet.cell(row=2, column=place, value=row(1).get(column.code, ""))
    book.save(out)
    receipt = collect(PENALTY, out.read_bytes(), name="t.xlsx")
    assert fates(receipt) == (1, 0, 0, 0, 0)


def test_every_source_has_a_template_whose_codes_stay_text(catalog, tmp_path):
    for source in catalog.sources.values():
        write_template(source, catalog, tmp_path / "t.xlsx")
        data, guide = openpyxl.load_workbook(tmp_path / "t.xlsx").worksheets
        assert [cell.value for cell in data[1]] == [column.name for column in source.columns]
        widths = list(data.column_dimensions.values())
        for place, column in enumerate(source.columns, start=1):
            if column.type in ("uscc", "person_id", "reg_no"):
                (width,) = [w for w in widths if w.min <= place <= w.max]
                assert width.number_format == "@", column.code
        told = {line[1].value for line in guide.iter_rows(min_row=6)}
        assert {column.code for column in source.columns} <= told


def test_a_long_list_is_chosen_from_the_second_sheet(catalog, tmp_path):
    write_template(catalog.sources[PENALTY], catalog, tmp_path / "t.xlsx")
    for sheet in openpyxl.load_workbook(tmp_path / "t.xlsx").worksheets[:1]:
        for rule in sheet.data_validations.dataValidation:
            assert rule.formula1 is None or len(rule.formula1) <= 257


def test_a_hint_names_what_may_be_written(collect):
    receipt = collect(PENALTY, table(row(1, CF_CFLB="罚金")))
    (problem,) = report(receipt)
    assert "警告" in problem["hint"] and "罚款" in problem["hint"]
    assert problem["title"].startswith("不是可用的值")
    assert any("不是可用的值" in line for line in receipt_lines(receipt))


def test_every_rule_has_a_short_name():
    rules = {key.split(".")[1] for key in list_texts() if key.startswith("rule.")}
    assert [rule for rule in rules if not has_text(f"rule.{rule}.title")] == []


def test_a_file_turned_away_is_remembered(collect, collector, catalog):
    header = [c for c in HEADER if c not in ("CF_WSH", "BZ")] + ["文书"]
    with pytest.raises(InputRefused, match="文书"):
        collect(PENALTY, table({}, header=header), name="电话13812345678.csv")
    with pytest.raises(InputRefused, match="报送单位"):
        collect("platform_merchants", table(row(1)))
    refusals = JournalEntry.objects.filter(verb="batch.refuse")
    assert refusals.count() == 2 and "13812345678" not in refusals.first().detail
    assert '"reason":"not_entitled"' in refusals.last().detail
    register = quality_register(catalog, collector.calendar, start=date(2026, 1, 1), end=date(2027, 1, 1))
    (line,) = [r for r in register if r.source == PENALTY and r.supplier == "gongshang"]
    assert (line.refused_files, line.batches) == (1, 0)
    assert audit_ledger(verifier_key(log_origin(), collector.ring.log_key), ring=collector.ring).ok


def test_what_a_refusal_quotes_stays_out_of_the_journal(collect):
    """The sentence may quote a row, and nothing is ever taken out of the log again."""
    with pytest.raises(InputRefused, match="欧阳大伟"):
        collect(PENALTY, "欧阳大伟,上官婉儿,司马光\r\n", name="欧阳大伟.csv")
    (entry,) = JournalEntry.objects.filter(verb="batch.refuse")
    assert "欧阳" not in entry.detail and '"reason":"header_not_found"' in entry.detail


def test_a_refusal_is_journaled_by_its_reason_and_counts(collect):
    header = [c for c in HEADER if c not in ("CF_WSH", "BZ", "CF_SY")] + ["欧阳大伟"]
    with pytest.raises(InputRefused, match="欧阳大伟"):
        collect(PENALTY, table({}, header=header))
    with pytest.raises(InputRefused):
        collect(PENALTY, table({}, header=[*HEADER, "行政处罚决定书文号"]), name="b.csv")
    columns, twice = (
        json.loads(entry.detail)
        for entry in JournalEntry.objects.filter(verb="batch.refuse").order_by("leaf")
    )
    assert set(columns) == {"supplier", "filename", "reason", "missing", "unknown"}
    assert (columns["reason"], columns["missing"], columns["unknown"]) == ("columns_missing", 2, 1)
    assert twice["reason"] == "column_twice"


def test_a_reason_that_is_no_word_of_ours_is_not_kept(collect, monkeypatch):
    """The process that reads a hostile workbook tells the reason, and may tell anything."""
    refusal = InputRefused("不是表", "no table", reason="欧阳大伟 13812345678", line="欧阳")
    monkeypatch.setattr(collect_actions, "_open", Mock(side_effect=refusal))
    with pytest.raises(InputRefused):
        collect(PENALTY, table(row(1)))
    detail = json.loads(JournalEntry.objects.get(verb="batch.refuse").detail)
    assert set(detail) == {"supplier", "filename", "reason"} and detail["reason"] == "unreadable"


def test_a_file_of_another_source_is_named(collect):
    text = "企业名称,统一社会信用代码,成立日期,住所,法定代表人,登记状态\r\n"
    with pytest.raises(InputRefused, match="registration"):
        collect(PENALTY, text)


def test_a_repeated_file_says_what_still_waits(collect):
    text = table(row(1), row(2, CF_JDRQ="2026/13/40"))
    collect(PENALTY, text)
    again = collect(PENALTY, text)
    assert fates(again) == (0, 0, 1, 1, 0) and again.rows == 2
    collect(PENALTY, table(row(2)), name="b.csv")
    assert fates(collect(PENALTY, text)) == (0, 0, 2, 0, 0)


def test_a_file_without_rows_says_so(collect):
    assert any("没有数据行" in line for line in receipt_lines(collect(PENALTY, table())))


def test_file_names_show_what_cannot_be_seen():
    assert printable("a\x1b[2J\u202e.csv") == "a\\x1b[2J\\u202e.csv"
    assert printable("行政处罚　十月.csv") == "行政处罚　十月.csv"


def test_a_record_above_the_header_is_told(collect):
    lines = table(row(1), row(2)).split("\r\n")
    text = "\r\n".join(["常州市行政处罚信息", lines[1], lines[0], lines[2], ""])
    receipt = collect(PENALTY, text)
    assert receipt.accepted == 1 and receipt.problem_counts == {"row_above_header": 1}
    (problem,) = report(receipt)
    assert problem["line"] == "2" and row(1)["CF_XDR_SHXYM"] in problem["value"]


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_a_file_of_another_source_without_a_header_of_this_one_hears_which(
    collector, catalog, tmp_path, db, name
):
    titles = [column.name for column in catalog.sources["tax_rating"].columns]
    path = tmp_path / name
    if name.endswith(".csv"):
        path.write_text(",".join(titles) + "\n" + ",".join("x" * len(titles)) + "\n", encoding="utf-8")
    else:
        book = openpyxl.Workbook()
        book.active.append(titles)
        book.active.append(["x"] * len(titles))
        book.save(path)
    supplier = get_supplier(catalog, "gongshang", on=NOON.date())
    with pytest.raises(InputRefused) as caught:
        try_file(
            collector,
            source_id="dual_publicity_penalty",
            path=path,
            supplier=supplier,
            report=tmp_path / "r.csv",
            at=NOON,
        )
    assert caught.value.data["reason"] == "header_not_found"
    assert "更像“" in caught.value.zh and "（tax_rating）" in caught.value.zh
    assert "(tax_rating); check the source" in caught.value.en
