"""What becomes of rows: the fates add up, nothing is doubled, corrections clear, repeats change nothing."""

import csv
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import xlsxwriter
from stdnum.iso7064 import mod_11_10

from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.collection import prepare
from ecredit.facts.collection.audit_held import audit_held
from ecredit.facts.collection.batch_queries import get_batch, get_family
from ecredit.facts.collection.models import Batch, HeldRow
from ecredit.facts.collection.withdraw_actions import withdraw_batch
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.subjects.models import CreditSubject, Identifier, ReviewItem
from ecredit.foundation.kernel.errors import InputRefused, WrongUse
from ecredit.surface.cli.command_collect import receipt_lines
from tests.conftest import NOON
from tests.penalty_rows import AUTHORITY, HEADER, code, row, table

PENALTY = "dual_publicity_penalty"


def fates(receipt) -> tuple[int, ...]:
    return (receipt.accepted, receipt.superseded, receipt.duplicate, receipt.quarantined, receipt.refused)


def report(receipt) -> list[dict[str, str]]:
    with Path(receipt.report).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_good_rows_flow_and_bad_rows_wait(collect):
    receipt = collect(
        PENALTY,
        table(
            row(1), row(2, CF_XDR_SHXYM=code(2)[:-1] + "0"), row(3, CF_JDRQ="2026/13/40", CF_WSH=""), row(4)
        ),
    )
    assert fates(receipt) == (2, 0, 0, 2, 0) and receipt.rows == 4
    found = [(p["line"], p["column"], p["rule"]) for p in report(receipt)]
    assert found == [
        ("3", "CF_XDR_SHXYM", "uscc_check_digit"),
        ("4", "CF_WSH", "required"),
        ("4", "CF_JDRQ", "date_unreadable"),
    ]
    assert all(p["message"] and p["hint"] and " / " in p["message"] for p in report(receipt))
    assert CreditRecord.objects.count() == 2 and HeldRow.objects.count() == 2


def test_a_repeated_file_changes_nothing(collect):
    first = collect(PENALTY, table(row(1), row(2)))
    again = collect(PENALTY, table(row(1), row(2)), name="b.csv", at=NOON + timedelta(days=1))
    assert again.already_received and again.batch_id == first.batch_id
    assert fates(again) == (0, 0, 2, 0, 0) and again.rows == 2
    assert CreditRecord.objects.count() == 2 and Batch.objects.count() == 1


def test_a_repeated_file_that_shall_correct_says_that_it_does_not(collect):
    bad = collect(PENALTY, table(row(1, CF_WSH="")))
    again = collect(PENALTY, table(row(1, CF_WSH="")), corrects=bad.batch_id)
    assert again.already_received and any("不能再用来更正" in note for note in again.notes)


def test_known_rows_in_a_new_file_are_duplicates(collect):
    collect(PENALTY, table(row(1), row(2)))
    assert fates(collect(PENALTY, table(row(1), row(3)))) == (1, 0, 1, 0, 0)


def test_another_version_of_a_document_supersedes(collect):
    collect(PENALTY, table(row(1)))
    assert fates(collect(PENALTY, table(row(1, CF_NR_FK="5")))) == (0, 1, 0, 0, 0)
    assert CreditRecord.objects.count() == 2


@pytest.mark.parametrize(
    "written", ["常市监处罚[2026]1号", "常市监处罚(2026) 1号", "常市监处罚〔２０２６〕1号"]
)
def test_a_document_number_written_differently_is_the_same_document(collect, written):
    collect(PENALTY, table(row(1)))
    assert fates(collect(PENALTY, table(row(1, CF_WSH=written, CF_NR_FK="5")))) == (0, 1, 0, 0, 0)


def test_a_corrected_file_clears_what_it_corrects(collect):
    collect(PENALTY, table(row(1, CF_JDRQ="2026/13/40"), row(2, CF_WSH=""), row(3)))
    assert HeldRow.objects.filter(state="held").count() == 2
    fixed = collect(PENALTY, table(row(1), row(2), row(3)))
    assert fates(fixed) == (2, 0, 1, 0, 0) and fixed.cleared == 2
    assert not HeldRow.objects.filter(state="held").exists()


def test_the_same_document_twice_in_one_file(collect):
    receipt = collect(PENALTY, table(row(1), row(1), row(1, CF_NR_FK="5")))
    assert fates(receipt) == (1, 0, 1, 1, 0)
    assert [p["rule"] for p in report(receipt)] == ["unique_in_file"]


@pytest.mark.parametrize("small", [False, True], ids=["one block", "a block a row"])
def test_a_bad_row_is_put_right_by_a_good_one_further_down_its_own_file(
    collect, collector, monkeypatch, small
):
    if small:
        monkeypatch.setattr(prepare, "_small_first", lambda blocks: (cut for b in blocks for cut in each(b)))
    bad, wrong = row(1, CF_JDRQ="2026/13/40"), row(3, CF_XDR_SHXYM="")
    receipt = collect(PENALTY, table(bad, wrong, row(2), row(3), row(1)))
    assert fates(receipt) == (3, 0, 0, 2, 0) and receipt.cleared == 2
    assert {(r.line, r.state, r.ended_by_batch) for r in HeldRow.objects.all()} == {
        (2, "cleared", receipt.batch_id), (3, "cleared", receipt.batch_id),
    }  # fmt: skip
    assert not ReviewItem.objects.filter(state="open").exists()
    family = get_family(get_batch(receipt.batch_id, suppliers=None))
    assert family.cleared == () and family.waiting == 0
    assert not list(audit_held(collector.sealer))
    # Taken back, the batch leaves nothing of its own waiting.
    withdraw_batch(collector, batch_id=receipt.batch_id, reason="x", by=OPERATOR, at=NOON)
    assert not HeldRow.objects.filter(state__in=("held", "review")).exists()
    assert not list(audit_held(collector.sealer))


def each(block):
    """The block a row at a time."""
    for n in range(block.rows):
        yield replace(
            block,
            lines=block.lines[n : n + 1],
            columns=tuple(c.slice(n, 1) for c in block.columns),
            misshapen=(),
        )


def test_a_bad_row_behind_a_good_one_waits(collect):
    receipt = collect(
        PENALTY, table(row(1), row(1, CF_JDRQ="2026/13/40"), row(1, CF_XDR_SHXYM="", CF_NR_FK="5"))
    )
    assert fates(receipt)[0] == 1 and receipt.cleared == 0
    assert HeldRow.objects.filter(state__in=("held", "review")).count() == receipt.quarantined == 2


def test_a_row_with_too_few_cells_waits(collect):
    text = table(row(1)) + "只有,三,格\r\n"
    receipt = collect(PENALTY, text)
    assert fates(receipt) == (1, 0, 0, 1, 0)
    assert report(receipt)[0]["rule"] == "wrong_number_of_cells"


def test_a_row_without_code_waits_for_review(collect):
    receipt = collect(PENALTY, table(row(1, CF_XDR_SHXYM="")))
    assert fates(receipt) == (0, 0, 0, 1, 0)
    assert HeldRow.objects.get().state == "review"
    assert not CreditSubject.objects.exists()


def test_codes_that_point_to_two_subjects_wait(collect):
    collect(PENALTY, table(row(1), row(2)))
    reg_no = "32040000000001" + mod_11_10.calc_check_digit("32040000000001")
    collect(PENALTY, table(row(3, CF_XDR_SHXYM="", CF_XDR_GSZC=reg_no)))
    receipt = collect(PENALTY, table(row(1, CF_XDR_GSZC=reg_no, CF_WSH="另一份")))
    assert fates(receipt) == (0, 0, 0, 1, 0)
    assert report(receipt)[0]["rule"] == "identifiers_disagree"


def test_a_natural_person_is_kept_sealed_and_masked(collect):
    number = "11010519491231002X"
    person = row(
        1, CF_XDR_MC="张三丰 ", CF_XDR_LB="自然人", CF_XDR_SHXYM="", CF_XDR_ZJLX="身份证", CF_XDR_ZJHM=number
    )
    receipt = collect(PENALTY, table(person))
    assert fates(receipt) == (1, 0, 0, 0, 0)
    subject = CreditSubject.objects.get()
    assert subject.is_person and "三丰" not in subject.name
    identifier = Identifier.objects.get()
    assert number not in identifier.value and identifier.sealed.startswith("sealed:")
    entry = CreditRecord.objects.get()
    assert number not in entry.content + entry.original and "三丰" not in entry.content + entry.original
    second = collect(PENALTY, table({**person, "CF_WSH": "第二份"}))
    assert second.accepted == 1 and CreditSubject.objects.count() == 1


def test_no_byte_of_the_home_holds_a_planted_number(collect, home):
    number = "11010519491231002X"
    person = row(
        1, CF_XDR_MC="张三丰", CF_XDR_LB="自然人", CF_XDR_SHXYM="", CF_XDR_ZJLX="身份证", CF_XDR_ZJHM=number
    )
    bad = {**person, "CF_WSH": ""}
    collect(PENALTY, table(person, bad))
    for path in home.root.rglob("*"):
        if path.is_file():
            assert number.encode() not in path.read_bytes(), path
            assert "张三丰".encode() not in path.read_bytes(), path
    assert number not in HeldRow.objects.get().cells


def test_rows_later_than_seven_working_days_are_counted_late(collect):
    # 2026-05-08 is a Friday; 9 May is a make-up working day, so the seventh working day is 18 May.
    assert collect(PENALTY, table(row(1)), at=NOON.replace(day=18)).late == 0
    assert collect(PENALTY, table(row(2)), at=NOON.replace(day=19)).late == 1


def test_the_deadline_counts_from_its_own_column(collect):
    """A spot check is due seven working days after it was published, however long ago the sample was taken."""
    text = (
        "check_no,authority,subject_name,uscc,product_name,sampled_on,result,published_on\r\n"
        f"1,常州市市场监督管理局,常州测试1号网络科技有限公司,{code(1)},茶杯,2026-01-05,合格,2026-05-08\r\n"
    )
    assert collect("spot_check", text, at=NOON).late == 0
    assert collect("spot_check", text.replace("\r\n1,", "\r\n2,"), at=NOON.replace(day=19)).late == 1


def test_a_code_with_another_form_of_its_name_is_told_about_and_taken(collect):
    collect(PENALTY, table(row(1)))
    receipt = collect(PENALTY, table(row(1, CF_WSH="另一份", CF_XDR_MC="常州市测试1号商贸有限公司")))
    assert receipt.accepted == 1 and receipt.warnings == 1
    assert report(receipt)[0]["rule"] == "name_differs"


def test_who_may_send_is_in_the_catalogue(collect):
    with pytest.raises(InputRefused, match="报送单位"):
        collect("platform_merchants", table(row(1)), by="gongshang")
    with pytest.raises(WrongUse, match="数据源"):
        collect("no_such_source", table(row(1)))
    assert collect(PENALTY, table(row(1)), by="市质监局").supplier == "gongshang"


def test_a_file_without_a_required_column_is_refused_whole(collect, home):
    header = [c for c in row(1) if c != "CF_WSH"]
    with pytest.raises(InputRefused, match="CF_WSH"):
        collect(PENALTY, table({k: v for k, v in row(1).items() if k != "CF_WSH"}, header=header))
    assert not Batch.objects.exists()
    assert not list(home.landing.glob("*.sealed"))


def test_an_unknown_column_is_named_not_dropped_silently(collect):
    header = [*row(1), "经办人电话"]
    receipt = collect(PENALTY, table({**row(1), "经办人电话": "x"}, header=header))
    assert receipt.accepted == 1
    assert report(receipt)[0]["rule"] == "unknown_column" and "经办人电话" in report(receipt)[0]["message"]


def test_identifiers_are_never_guessed_to_numbers(collect):
    receipt = collect(PENALTY, table(row(1, CF_XDR_SHXYM="9.1E+17")))
    assert report(receipt)[0]["rule"] == "identifier_as_number"


def test_the_authority_is_an_authority(collect):
    receipt = collect(PENALTY, table(row(1, CF_CFJGDM=code(9))))
    assert report(receipt)[0]["rule"] == "authority_code"
    assert AUTHORITY.startswith("11")


def test_a_sheet_left_out_is_told_on_the_receipt(collect, tmp_path):
    path = tmp_path / "two.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for month, n in (("10月", 1), ("11月", 2)):
            sheet = book.add_worksheet(month)
            sheet.write_row(0, 0, list(row(n)))
            sheet.write_row(1, 0, list(row(n).values()))
    receipt = collect("dual_publicity_penalty", path.read_bytes(), name="c.xlsx")
    assert receipt.accepted == 1
    assert any("10月" in note and "11月" in note for note in receipt.notes)
    assert any("11月" in line for line in receipt_lines(receipt))


def test_the_report_opens_in_excel(collect):
    receipt = collect("dual_publicity_penalty", table(row(1, CF_XDR_SHXYM="91")))
    assert Path(receipt.report).read_bytes().startswith(b"\xef\xbb\xbfline,")


def test_rows_of_an_item_not_in_force_are_refused_and_come_in_when_it_is(collector, collect, catalog):
    """The item was missing from the city's catalogue; when it is put in, the department sends its file again as it is."""
    item = catalog.sources[PENALTY].item
    later = catalog.items | {item: replace(catalog.items[item], valid_from=date(2026, 5, 9))}
    older = replace(collector, catalog=replace(catalog, items=later, edition="older"))
    content = table(row(1), row(2, CF_JDRQ="2026/05/10"))
    first = collect(PENALTY, content, collector=older)
    assert fates(first) == (1, 0, 0, 0, 1) and report(first)[0]["rule"] == "item_not_in_force"
    assert collect(PENALTY, content, collector=older).already_received
    # Another edition that does not help either, and back to the one before: under that the file is known.
    newer = replace(older, catalog=replace(older.catalog, edition="newer"))
    assert fates(collect(PENALTY, content, collector=newer)) == (0, 0, 1, 0, 1)
    assert collect(PENALTY, content, collector=older).batch_id == first.batch_id
    again = collect(PENALTY, content)
    assert fates(again) == (1, 0, 1, 0, 0) and again.batch_id != first.batch_id
    assert collect(PENALTY, content).already_received


def test_rows_that_wait_come_in_when_the_rules_are_put_right(collector, collect, catalog):
    source = catalog.sources[PENALTY]
    wrong = replace(
        source, columns=tuple(replace(c, max_length=2) if c.code == "CF_SY" else c for c in source.columns)
    )
    strict = replace(catalog, sources=catalog.sources | {PENALTY: wrong}, edition="strict")
    content = table(row(1), row(2, CF_SY="无证"))
    first = collect(PENALTY, content, collector=replace(collector, catalog=strict))
    assert fates(first) == (1, 0, 0, 1, 0)
    again = collect(PENALTY, content)
    assert fates(again) == (1, 0, 1, 0, 0) and again.cleared == 1


def test_a_row_too_broken_to_name_its_document_waits_once_whatever_the_rules(collector, collect, catalog):
    """The file is read once more when the catalogue has changed; the row is the same row."""
    header, *lines = table(row(1), row(2)).splitlines(keepends=True)
    content = "".join([header, *lines, "只有一格\n", lines[0].replace(row(1)["CF_WSH"], "")])
    other = replace(collector, catalog=replace(catalog, edition="other"))
    first = collect(PENALTY, content, collector=other)
    assert first.quarantined == 2
    again = collect(PENALTY, content)
    assert (again.quarantined, again.batch_id != first.batch_id) == (2, True)
    waiting = HeldRow.objects.filter(state="held")
    assert set(waiting.values_list("batch_id", flat=True)) == {again.batch_id} and waiting.count() == 2
    assert set(HeldRow.objects.filter(batch=first.batch_id).values_list("state", flat=True)) == {"replaced"}


def test_a_file_turned_away_whole_comes_in_when_the_rules_are_put_right(collector, collect, catalog):
    source = catalog.sources[PENALTY]
    wrong = replace(
        source, columns=tuple(replace(c, required=True) if c.code == "BZ" else c for c in source.columns)
    )
    strict = replace(catalog, sources=catalog.sources | {PENALTY: wrong}, edition="strict")
    content = table(row(1), header=[c for c in HEADER if c != "BZ"])
    with pytest.raises(InputRefused, match="备注"):
        collect(PENALTY, content, collector=replace(collector, catalog=strict))
    assert fates(collect(PENALTY, content)) == (1, 0, 0, 0, 0)


def test_a_hint_counts_the_values_in_its_own_language(collect):
    receipt = collect(PENALTY, table(row(1, CF_XDR_ZJLX="怪证")))
    (told,) = (p for p in report(receipt) if p["rule"] == "not_in_code_table")
    zh, _, en = told["hint"].partition(" / ")
    assert "种）" in zh and "in all" not in zh and "in all)" in en and "种" not in en


def test_a_lock_left_by_a_killed_process_goes_when_the_file_comes_again(collect, home):
    first = collect(PENALTY, table(row(1)))
    lock = home.landing / f".batch-{first.batch_id}"
    lock.touch()
    assert collect(PENALTY, table(row(1))).already_received and not lock.exists()
