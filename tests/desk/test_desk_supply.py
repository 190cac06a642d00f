"""A supplier's pages: what is due, sending, receipts, problems, rows that wait; and nobody else's."""

import io
import re
from dataclasses import replace

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ecredit.facts.actors.key_actions import issue_key
from ecredit.facts.actors.models import JournalEntry, JournalNote
from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.collection.models import Batch, HeldRow
from ecredit.service.operation.models import Job
from ecredit.service.operation.worker import Worker
from ecredit.surface.desk import page_upload, upload_handler
from ecredit.surface.desk.platform import city
from tests.collection.test_collection_sheets import MONTHS, book
from tests.conftest import city_catalog
from tests.desk.conftest import make_person, sign_in
from tests.penalty_rows import row, table

PENALTY = "dual_publicity_penalty"
NUMBER = "110105194912310021"
TEXT = table(row(1), row(2, CF_JDRQ="2026/13/40"), row(3, CF_YJ="", CF_FR_ZJHM=NUMBER))


def text_of(answer) -> str:
    return b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()


def without_token(page: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)


def work() -> None:
    """What the worker does in the background."""
    worker = Worker(city())
    while worker.run_next():
        pass


@pytest.fixture
def clerk(desk):
    return sign_in(make_person("clerk", ("gongshang", "clerk")))


@pytest.fixture
def lead(desk):
    return sign_in(make_person("lead", ("gongshang", "lead")))


def send(client, content=TEXT, *, name="a.csv", act="send", source=PENALTY, **fields):
    """Send a file with the plain form; gives the page that follows when the work is done."""
    content = content if isinstance(content, bytes) else content.encode("gb18030")
    answer = client.post(
        "/desk/supply/send",
        {"source": source, "act": act, "file": SimpleUploadedFile(name, content), **fields},
    )
    if answer.status_code != 302:
        return answer
    work()
    return client.get(answer["Location"], follow=True)


@pytest.mark.django_db(transaction=True)
def test_a_file_is_sent_its_problems_seen_and_corrected(clerk):
    answer = send(clerk)
    first = Batch.objects.get()
    assert answer.redirect_chain[-1][0].startswith(f"/desk/batches/{first.id}?upload=")
    said = text_of(answer)
    assert "文件已收下" in said and "2026/13/40" in said and "更正这一批" in said
    assert NUMBER not in said and "11***************1" in said
    assert first.sent_by.startswith("p") and first.supplier == "gongshang"
    fixed = table(row(2), row(3))
    answer = send(clerk, fixed, name="b.csv", corrects=str(first.id))
    second = Batch.objects.latest("id")
    assert second.corrects_id == first.id
    assert f"批次 {first.id}“a.csv”：2 行已更正" in text_of(answer)
    assert "当时待改的行都已办结" in text_of(clerk.get(f"/desk/batches/{first.id}"))
    again = send(clerk, fixed, name="b.csv")
    assert "以前已经收过" in text_of(again)
    assert Batch.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_file_is_checked_without_being_sent(clerk):
    answer = send(clerk, act="try")
    said = text_of(answer)
    assert "试查结果" in said and "2026/13/40" in said and NUMBER not in said
    assert Batch.objects.count() == 0 and HeldRow.objects.count() == 0
    address = answer.redirect_chain[-1][0] if answer.redirect_chain else answer.request["PATH_INFO"]
    report = text_of(clerk.get(f"{address}/files/report.csv"))
    assert "date_unreadable" in report
    book = openpyxl.load_workbook(
        io.BytesIO(b"".join(clerk.get(f"{address}/files/marked.xlsx").streaming_content))
    )
    assert "问题清单" in book.sheetnames
    other = sign_in(make_person("other", ("gongshang", "clerk")))
    assert other.get(address).status_code == 404
    assert clerk.get(f"{address}/files/..%2Freport.csv").status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "图片.xlsx", "没有收下"),
        (b"MZ" + bytes(500), "a.exe", "没有收下"),
        ("一,二,三\r\n1,2,3\r\n".encode(), "a.csv", "表头"),
    ],
)
def test_what_is_no_such_table_is_turned_away_with_a_sentence(clerk, content, name, says):
    answer = send(clerk, content, name=name)
    assert says in text_of(answer) and "没有任何内容入库" in text_of(answer)
    assert Batch.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"content": b""}, "空的"),
        ({"source": "nowhere"}, "没有名为“nowhere”"),
        ({"source": ""}, "请选择数据源"),
        ({"source": "customs_rating"}, "不是“"),
        ({"corrects": "x"}, "应是一个数字"),
        ({"corrects": "99999"}, "不是本单位"),
        ({"corrects": "9" * 40}, "应是一个数字"),
    ],
)
def test_what_cannot_be_sent_is_said_on_the_form(clerk, fields, says):
    answer = send(clerk, fields.pop("content", TEXT), **fields)
    assert answer.status_code == 400 and says in text_of(answer)
    assert Job.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_without_a_file(clerk):
    answer = clerk.post("/desk/supply/send", {"source": PENALTY})
    assert answer.status_code == 400 and "请先选择文件" in text_of(answer)


@pytest.mark.django_db(transaction=True)
def test_a_name_with_a_path_is_a_name(clerk, home):
    send(clerk, name="../../../etc/passwd")
    assert Batch.objects.get().filename == "passwd"


@pytest.mark.django_db(transaction=True)
def test_html_in_names_and_cells_is_text(clerk):
    said = text_of(send(clerk, table(row(1, CF_JDRQ="<script>alert(1)</script>")), name="<b>x</b>.csv"))
    assert "<script>alert" not in said and "<b>x" not in said
    assert "&lt;b&gt;x&lt;" in said or "b&gt;.csv" in said


@pytest.mark.django_db(transaction=True)
def test_in_pieces_cut_off_and_from_two_tabs(clerk):
    content = TEXT.encode("gb18030")
    fields = {"source": PENALTY, "name": "大.csv", "size": len(content), "changed": "1", "act": "send"}
    place = clerk.post("/desk/supply/uploads", fields).json()
    assert place["received"] == 0

    def put(offset, piece):
        return clerk.put(f"{place['piece']}?offset={offset}", piece, content_type="application/octet-stream")

    assert put(0, content[:100]).json()["received"] == 100
    again = clerk.post("/desk/supply/uploads", fields).json()
    assert (again["piece"], again["received"]) == (place["piece"], 100)
    answer = put(0, content[:100])
    assert (answer.status_code, answer.json()["received"]) == (409, 100)
    early = clerk.post(place["end"])
    assert early.status_code == 400 and "还没传完" in early.json()["message"]
    assert "还没传完" in text_of(clerk.get("/desk/supply")) or "大.csv" in text_of(clerk.get("/desk/supply"))
    assert put(100, content[100:]).json()["received"] == len(content)
    pages = {clerk.post(place["end"]).json()["page"] for _ in range(3)}
    assert len(pages) == 1 and Job.objects.count() == 1
    waiting = text_of(clerk.get(pages.copy().pop()))
    assert "排队等待处理" in waiting
    work()
    assert "文件已收下" in text_of(clerk.get(pages.pop(), follow=True))
    assert Batch.objects.get().filename == "大.csv"


@pytest.mark.django_db(transaction=True)
def test_who_sent_a_file_ends_the_work_on_it(clerk, lead):
    content = TEXT.encode("gb18030")
    fields = {"source": PENALTY, "name": "错.csv", "size": len(content), "changed": "1", "act": "send"}
    place = clerk.post("/desk/supply/uploads", fields).json()
    clerk.put(f"{place['piece']}?offset=0", content, content_type="application/octet-stream")
    address = clerk.post(place["end"]).json()["page"]
    assert f'action="{address}/cancel"' in text_of(clerk.get(address))
    assert lead.post(f"{address}/cancel").status_code == 404  # another's
    assert clerk.post(f"{address}/cancel")["Location"] == address
    work()
    assert Job.objects.get().state == "cancelled" and not Batch.objects.exists()
    assert "/cancel" not in text_of(clerk.get(address))
    assert JournalNote.objects.get(verb="job.cancel").right.startswith("batch.submit desk/")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ({"size": "0"}, 400, "空的"),
        ({"size": "x"}, 400, "多大"),
        ({"size": str(3 << 30)}, 400, "2 GB"),
        ({"source": "nowhere"}, 400, "nowhere"),
        ({"organisation": "gongan"}, 404, "不属于"),
    ],
)
def test_an_upload_that_cannot_begin(clerk, change, status, says):
    fields = {"source": PENALTY, "name": "a.csv", "size": "10", "changed": "1", **change}
    answer = clerk.post("/desk/supply/uploads", fields)
    assert answer.status_code == status and says in answer.json()["message"]


@pytest.mark.django_db(transaction=True)
def test_pieces_of_nobodys_upload(clerk):
    answer = clerk.put(
        f"/desk/supply/uploads/{'x' * 22}/piece?offset=0", b"x", content_type="application/octet-stream"
    )
    assert answer.status_code == 404 and "重新选择文件" in answer.json()["message"]


@pytest.mark.django_db(transaction=True)
def test_anothers_batch_is_not_there(clerk, collect):
    theirs = collect(PENALTY, TEXT, by="gongan", on_behalf=True)
    missing = without_token(text_of(clerk.get("/desk/batches/999999")))
    for tail in ("", "/problems.csv", "/marked.xlsx", "/waiting", "/waiting/3"):
        answer = clerk.get(f"/desk/batches/{theirs.batch_id}{tail}")
        assert answer.status_code == 404, tail
    there = without_token(text_of(clerk.get(f"/desk/batches/{theirs.batch_id}")))
    assert there == missing.replace("999999", str(theirs.batch_id))
    assert "a.csv" not in text_of(clerk.get("/desk/batches"))
    assert (
        clerk.post(f"/desk/batches/{theirs.batch_id}/waiting/3", {"purpose": "核对原件"}).status_code == 404
    )


@pytest.mark.django_db(transaction=True)
def test_the_report_by_rule_and_as_files(clerk):
    send(clerk)
    batch = Batch.objects.get()
    page = text_of(clerk.get(f"/desk/batches/{batch.id}?rule=required"))
    assert "“处罚依据”是空的" in page and "2026/13/40" not in page
    english = text_of(clerk.get(f"/desk/batches/{batch.id}?lang=en"))
    assert "the required column" in english and "必填列" not in english
    assert "date_unreadable" in text_of(clerk.get(f"/desk/batches/{batch.id}/problems.csv"))
    book = openpyxl.load_workbook(
        io.BytesIO(b"".join(clerk.get(f"/desk/batches/{batch.id}/marked.xlsx").streaming_content))
    )
    assert len(book.sheetnames) == 2
    note = JournalNote.objects.filter(verb="held.read").get()
    assert note.object == f"batch:{batch.id}" and "更正" in note.detail
    exported = text_of(clerk.get(f"/desk/batches/{batch.id}?export=csv&rule=required"))
    assert exported.count("\n") == 2


@pytest.mark.django_db(transaction=True)
def test_a_waiting_row_is_masked_and_whole_only_for_a_purpose(clerk):
    send(clerk)
    batch = Batch.objects.get()
    address = f"/desk/batches/{batch.id}/waiting"
    assert "2026/13/40" not in text_of(clerk.get("/desk/batches/waiting"))
    listed = text_of(clerk.get(address))
    assert "日期认不出" in listed or "日期" in listed
    masked = text_of(clerk.get(f"{address}/4"))
    assert NUMBER not in masked and "11***************1" in masked
    short = clerk.post(f"{address}/4", {"purpose": "看"})
    assert short.status_code == 400 and NUMBER not in text_of(short)
    read = [n.object for n in JournalNote.objects.filter(verb="held.read").order_by("id")]
    assert read == [f"batch:{batch.id}", *[f"held:{batch.id}:4"] * 2]  # the list, the row, the row again
    whole = text_of(clerk.post(f"{address}/4", {"purpose": "核对原件后更正"}))
    assert NUMBER in whole
    note = JournalNote.objects.filter(verb="held.read").latest("id")
    assert (note.object, "核对原件后更正" in note.detail) == (f"held:{batch.id}:4", True)
    assert NUMBER not in note.detail


@pytest.mark.django_db(transaction=True)
def test_only_a_lead_drops_a_row(clerk, lead):
    send(clerk)
    batch = Batch.objects.get()
    address = f"/desk/batches/{batch.id}/waiting/3"
    assert "作废这一行" not in text_of(clerk.get(address))
    assert clerk.post(f"{address}/drop", {"reason": "合计行"}).status_code == 403
    assert "作废这一行" in text_of(lead.get(address))
    answer = lead.post(f"{address}/drop", {"reason": "合计行"}, follow=True)
    assert "这一行已作废" in text_of(answer)
    assert HeldRow.objects.get(line=3).state == "dropped"
    assert JournalEntry.objects.get(verb="held.drop").who.startswith("p")
    assert lead.post(f"{address}/drop", {"reason": "合计行"}).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_home_says_what_is_due_and_what_waits(clerk, collect):
    send(clerk)
    collect(PENALTY, table(row(9)), by="gongan", on_behalf=True, name="theirs.csv")
    said = text_of(clerk.get("/desk/supply"))
    assert "常州市市场监督管理局的报送" in said
    assert "行政处罚信息(双公示)" in said and "个工作日内" in said
    assert "2 行待改" in said and "a.csv" in said and "theirs.csv" not in said
    assert "海关企业信用等级" not in said
    assert "What is due" in text_of(clerk.get("/desk/supply?lang=en"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("address", "most"),
    [("/desk/supply", 14), ("/desk/batches", 9), ("/desk/batches/{id}", 14), ("/desk/batches/waiting", 9), ("/desk/batches/{id}/waiting", 12), ("/desk/supply/send", 7), ("/desk/supply/sources", 7)],
)  # fmt: skip
def test_pages_ask_the_database_little_however_much_there_is(clerk, collect, address, most):
    send(clerk)
    address = address.format(id=Batch.objects.latest("id").id)
    clerk.get(address)
    with CaptureQueriesContext(connection) as few:
        clerk.get(address)
    for n in range(8):
        collect(PENALTY, table(row(n * 2 + 10), row(n * 2 + 11, CF_JDRQ="x")), name=f"{n}.csv")
    with CaptureQueriesContext(connection) as many:
        clerk.get(address)
    assert len(many) == len(few)
    assert len(many) <= most, [q["sql"][:90] for q in many]


@pytest.mark.django_db(transaction=True)
def test_one_of_several_organisations_chooses(desk, collect):
    both = sign_in(make_person("both", ("gongshang", "clerk"), ("gongan", "lead")))
    assert "常州市市场监督管理局的报送" in text_of(both.get("/desk/supply"))
    chosen = text_of(both.get("/desk/supply?org=gongan"))
    assert "常州市公安局的报送" in chosen and 'value="gongan" selected' in chosen
    assert both.get("/desk/supply?org=shuiwu").status_code == 404
    # What is plainly the other's is not taken in this one's name.
    assert "这个文件是常州市市场监督管理局的" in text_of(send(both, organisation="gongan"))
    assert not Batch.objects.exists()
    send(both, TEXT.replace("常州市市场监督管理局", "常州市公安局"), organisation="gongan")
    assert Batch.objects.get().supplier == "gongan"


@pytest.mark.django_db(transaction=True)
def test_what_predecessors_sent_is_ones_own(clerk, collect):
    old = collect(PENALTY, table(row(1)), name="old.csv")
    Batch.objects.filter(id=old.batch_id).update(supplier="zhijian")
    assert clerk.get(f"/desk/batches/{old.batch_id}").status_code == 200
    assert "old.csv" in text_of(clerk.get("/desk/batches"))
    assert "old.csv" in text_of(clerk.get("/desk/supply"))


@pytest.mark.django_db(transaction=True)
def test_a_department_that_became_part_of_another(desk):
    former = sign_in(make_person("former", ("zhijian", "clerk")))
    assert "已并入常州市市场监督管理局" in text_of(former.get("/desk/supply"))
    answer = send(former)
    assert answer.status_code == 400 and "已并入" in text_of(answer)


@pytest.mark.django_db(transaction=True)
def test_templates_and_columns_of_every_source(clerk):
    listed = text_of(clerk.get("/desk/supply/sources"))
    for id, source in city().catalog.sources.items():
        assert source.title_zh in listed
        said = text_of(clerk.get(f"/desk/supply/sources/{id}"))
        assert all(column.code in said for column in source.columns)
    answer = clerk.get(f"/desk/supply/sources/{PENALTY}/template.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    assert book.worksheets[0]["A1"].value == "行政相对人名称"
    assert clerk.get("/desk/supply/sources/nowhere").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_department_merged_while_its_file_is_on_the_way(desk, collect, monkeypatch):
    """Sent while it was its own, collected when it no longer is: kept under its successor, and told."""
    catalog = city().catalog
    alone = replace(catalog.departments["zhijian"], merged_into=None)
    before = replace(catalog, departments={**catalog.departments, "zhijian": alone})
    penalties = replace(catalog.sources[PENALTY], suppliers=(*catalog.sources[PENALTY].suppliers, "zhijian"))
    before = replace(before, sources={**before.sources, PENALTY: penalties})
    former = sign_in(make_person("former", ("zhijian", "clerk")))
    city().catalog = before
    try:
        answer = former.post(
            "/desk/supply/send",
            {"source": PENALTY, "act": "send", "file": SimpleUploadedFile("a.csv", TEXT.encode("gb18030"))},
        )
    finally:
        city().catalog = catalog
    work()
    batch = Batch.objects.get()
    assert batch.supplier == "gongshang" and batch.rows == 3
    said = text_of(former.get(answer["Location"]))
    assert "已由并入后的常州市市场监督管理局名义收下" in said and f"批次 {batch.id}" in said


@pytest.mark.django_db(transaction=True)
def test_rows_that_a_predecessor_left_are_corrected_by_the_successor(clerk, collect):
    old = collect(PENALTY, TEXT, name="old.csv")
    Batch.objects.filter(id=old.batch_id).update(supplier="zhijian")
    answer = send(clerk, table(row(2), row(3)), name="b.csv", corrects=str(old.batch_id))
    assert f"批次 {old.batch_id}“old.csv”：2 行已更正" in text_of(answer)
    assert set(HeldRow.objects.values_list("state", flat=True)) == {"cleared"}


@pytest.mark.django_db(transaction=True)
def test_a_file_longer_than_the_reader_takes_is_not_read_to_its_end(clerk, home, monkeypatch):
    monkeypatch.setattr(upload_handler, "MOST_BYTES", 1_000)
    answer = send(clerk, b"x" * 200_000)
    assert answer.status_code == 400 and "超过 2 GB" in text_of(answer)
    assert not list(home.root.glob("uploads/*.upload"))


@pytest.mark.django_db(transaction=True)
def test_a_file_of_the_plain_form_lies_in_the_home_while_it_comes(clerk, home, monkeypatch):
    seen = []
    real = page_upload.put_piece

    def look(*args, **kwargs):
        seen.extend(path.stat().st_mode & 0o077 for path in home.root.glob("uploads/*.upload"))
        return real(*args, **kwargs)

    monkeypatch.setattr(page_upload, "put_piece", look)
    send(clerk)
    assert seen == [0]
    assert Batch.objects.count() == 1
    assert not list(home.root.glob("uploads/*.upload")) and not list(home.root.glob("uploads/*/file"))


def test_a_key_that_soon_ends_is_told_to_its_own_organisation(clerk, collector):
    for organisation, title, days in (
        ("gongshang", "快到期", 9),
        ("gongshang", "还早", 200),
        ("shuiwu", "别家的", 9),
    ):
        issue_key(catalog=city_catalog(),
            organisation=organisation, title=title, scopes=["batch.read"], days=days, ring=collector.ring,
            by=OPERATOR, at=city().now,
        )  # fmt: skip
    page = text_of(clerk.get("/desk/supply"))
    assert "快到期" in page and "还早" not in page and "别家的" not in page


@pytest.mark.django_db(transaction=True)
def test_a_sheet_that_was_not_read_is_told_on_every_later_look(clerk):
    send(clerk, book(**MONTHS), name="m.xlsx")
    page = text_of(clerk.get(f"/desk/batches/{Batch.objects.get().id}"))
    assert "只读取了工作表" in page and page.count("十一月") >= 2
