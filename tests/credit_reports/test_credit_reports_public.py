"""The public form says what the profile says and nothing else; it is tagged, signed, numbered, journaled, and told apart when altered."""

import hashlib
import io
from dataclasses import replace
from datetime import timedelta

import pypdf
import pypdfium2
import pytest
import zxingcpp

from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.models import JournalEntry
from ecredit.service.credit_reports.audit_credit_reports import audit_credit_reports
from ecredit.service.credit_reports.drawing import draw_report
from ecredit.service.credit_reports.errors import NoSuchSubject, TooManyReports
from ecredit.service.credit_reports.models import CreditReport
from ecredit.service.credit_reports.public_content import read_public_contents
from ecredit.service.credit_reports.queries import find_issued
from ecredit.service.credit_reports.types import Langs
from ecredit.service.publicity.queries import PublicStore
from tests.credit_reports.conftest import said_in
from tests.portal.portal_sample import FORMER, FULL, MANY, NO_GRADE, NOTHING, PLAIN, STALE, TODAY, UNGRADED

DAY = timedelta(days=1)


def findings(reports) -> list[str]:
    return [finding.en for finding in audit_credit_reports(reports.maker.sealer.ring)]


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_it_says_the_name_and_every_document_that_is_shown(reports) -> None:
    found = PublicStore(reports.home.public_db).find_subject(FULL, TODAY)
    said = said_in(reports.issue(FULL).raw)
    assert squeezed(found.name) in said and found.code in said
    for item in found.items:
        assert squeezed(item.supplier) in said and f"记录编号{item.leaf}" in said
        for field in item.fields:
            if field.value not in (found.name, found.code) and not field.unit:
                assert squeezed(field.value) in said, field
    for reason in found.reasons:
        assert squeezed(reason.zh) in said
    # What might have been asked for before today is not told as a day to come.
    assert "2026-08-08起可以申请" not in said and "2027-01-04起可以申请" in said
    assert "怎样改善" in said and "怎样提出异议" in said and "ab" * 32 in said
    # What has ended or is not yet shown is in no report.
    assert "常天市监罚〔2025〕12号" not in said and "常天市监罚〔2026〕301号" not in said


def test_english_and_both(reports) -> None:
    english, both = (said_in(reports.issue(FULL, lang).raw) for lang in ("en", "both"))
    assert (
        "Publiccreditinformationreport" in english
        and "30,000yuan" in english
        and "MeasuresonCreditRepair" in english
    )
    assert "公共信用信息报告" in both and "Publiccreditinformationreport" in both


@pytest.mark.parametrize("code", [PLAIN, STALE, UNGRADED, NOTHING, *NO_GRADE])
def test_every_state_of_a_subject_has_its_report(reports, code) -> None:
    raw = reports.issue(code, "both").raw
    name = PublicStore(reports.home.public_db).find_subject(code, TODAY).name
    assert squeezed(name) in said_in(raw) and reports.check(raw).ok


def test_a_former_code_gives_the_present_subject_and_nobody_is_nobody(reports) -> None:
    assert reports.issue(FORMER).code == FULL
    with pytest.raises(NoSuchSubject):
        reports.issue("91320400MA00000000")
    assert CreditReport.objects.count() == 1


def test_a_screen_reader_finds_its_way(reports) -> None:
    reader = pypdf.PdfReader(io.BytesIO(reports.issue(FULL).raw))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"].startswith("zh") and "/K" in root["/StructTreeRoot"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] and "常州小满" in reader.metadata.title
    marks = root["/Metadata"].get_data().decode()
    assert "pdfuaid" in marks and "pdfaid" in marks
    kinds = set()

    def walk(node) -> None:
        node = node.get_object()
        if isinstance(node, list):
            for one in node:
                walk(one)
        elif isinstance(node, dict):
            kinds.add(node.get("/S"))
            if node.get("/S") == "/Figure":
                assert "HTTPS://CREDIT.EXAMPLE/R/" in node["/Alt"]
            if "/K" in node:
                walk(node["/K"])

    walk(root["/StructTreeRoot"]["/K"])
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/L", "/Figure"} <= kinds
    fonts = {
        font.get_object()["/BaseFont"]
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert fonts and all("NotoSansSC" in font for font in fonts)


def test_it_looks_right_and_its_code_leads_to_the_check(reports) -> None:
    made = reports.issue(FULL)
    page = pypdfium2.PdfDocument(made.raw)[0].render(scale=3).to_numpy()
    # Ink where the name stands: a font without the characters leaves the page all but white.
    assert (page[:, :, 0] < 128).mean() > 0.02
    assert zxingcpp.read_barcodes(page)[0].text == f"HTTPS://CREDIT.EXAMPLE/R/{made.number}"
    assert find_issued(made.number) == replace(made, raw=b"")
    assert find_issued(made.number.lower().replace("0", "o")) == replace(made, raw=b"")


def test_the_same_content_of_a_day_is_the_same_report(reports) -> None:
    first = reports.issue(FULL)
    reports.at += timedelta(hours=1)
    assert reports.issue(FULL) == first
    assert reports.issue(FULL, "en").number != first.number
    kept = reports.home.credit_reports / f"{first.number}.pdf"
    kept.write_bytes(first.raw[:-1])
    assert reports.issue(FULL).number != first.number, "a file that was altered is not handed out"
    reports.at += DAY
    later = reports.issue(FULL)
    assert later.number != first.number
    assert [path.name for path in reports.home.credit_reports.iterdir()] == [f"{later.number}.pdf"]


def test_issued_once_journaled_once(reports) -> None:
    made = reports.issue(FULL)
    assert hashlib.sha256(made.raw).hexdigest() == made.digest
    (entry,) = JournalEntry.objects.filter(verb="report.issue")
    said = read_object(entry.detail)
    assert (said["number"], said["digest"], entry.leaf, entry.object) == (
        made.number,
        made.digest,
        made.leaf,
        f"code:{FULL}",
    )


def test_the_public_is_held_back_to_so_many_a_minute(reports, settings) -> None:
    settings.ECREDIT_REPORTS_A_MINUTE = 2
    for code in (FULL, PLAIN):
        reports.issue(code, limited=True)
    with pytest.raises(TooManyReports):
        reports.issue(STALE, limited=True)
    assert reports.issue(FULL, limited=True).code == FULL, "what is there already is no new one"
    reports.at += timedelta(minutes=2)
    reports.issue(STALE, limited=True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "别人"),
        ("digest", "0" * 64),
        ("purpose", "x"),
        ("code", "1"),
        ("who", "x"),
        ("binding", "0" * 64),
        ("consent", "x"),
    ],
)
def test_the_audit_names_an_altered_row(reports, field, value) -> None:
    made = reports.issue(FULL)
    assert findings(reports) == []
    CreditReport.objects.filter(number=made.number).update(**{field: value})
    assert any(made.number in one for one in findings(reports))


def test_the_audit_names_a_row_that_is_gone(reports) -> None:
    made = reports.issue(FULL)
    CreditReport.objects.all().delete()
    assert any(made.number in one and "gone" in one for one in findings(reports))


def test_a_character_no_font_has_is_written_as_its_number(reports) -> None:
    contents = read_public_contents(PublicStore(reports.home.public_db), PLAIN, on=TODAY, langs=Langs.ZH)
    told = replace(contents.told[0], name="天宁区\U000323af花坊")
    raw = draw_report(
        replace(contents, told=(told,)), number="R1", at=reports.at, site="https://credit.example", test=True
    )
    assert "天宁区［U+323AF］花坊" in said_in(raw)


def test_many_records_are_many_pages(reports) -> None:
    raw = reports.issue(MANY).raw
    assert len(pypdf.PdfReader(io.BytesIO(raw)).pages) >= 20
    assert reports.check(raw).ok
