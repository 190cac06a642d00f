"""From a file to a receipt, and everything that is asked for on the way."""

import pytest

from ecredit.facts.actors.models import JournalNote
from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.collection.models import Batch
from ecredit.facts.collection.withdraw_actions import withdraw_batch
from ecredit.facts.records.models import CreditRecord
from ecredit.service.operation.models import SingleRecord
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.single_records import sealed_for
from ecredit.service.publicity.queries import PublicStore
from tests.api.conftest import PENALTY
from tests.penalty_rows import row, table
from tests.portal.portal_sample import FULL, MANY


def test_a_file_becomes_a_batch(api, sent):
    done = sent(row(1), row(2, CF_JDRQ="2026/13/40"))
    assert (done["state"], done["receipt"]["accepted"], done["receipt"]["quarantined"]) == ("done", 1, 1), (
        done
    )
    batch = api.get(f"/batches/{done['batch']}").json()
    assert batch["rows"] == 2 and batch["supplier"] == "gongshang" and batch["notes"] == []
    Batch.objects.filter(id=batch["id"]).update(note="甲 a")
    assert api.get(f"/batches/{done['batch']}").json()["notes"] == ["甲 a"]
    problems = api.get(f"/batches/{done['batch']}/problems").json()
    assert problems["found"] and all(each["line"] == 3 for each in problems["items"] if not each["notice"])
    held = api.get(f"/batches/{done['batch']}/held").json()
    assert [each["line"] for each in held["items"]] == [3]
    note = JournalNote.objects.get(verb="held.read")
    assert (note.object, note.who) == (f"batch:{done['batch']}", "gongshang") and "接口" in note.detail
    records = api.get(f"/batches/{done['batch']}/records").json()
    assert [each["values"]["CF_WSH"] for each in records["items"]] == ["常市监处罚〔2026〕1号"]
    subject = api.get(f"/subjects/{row(1)['CF_XDR_SHXYM']}").json()
    assert subject["records"][0]["leaf"] == records["items"][0]["leaf"]


def test_what_was_sent_about_a_subject_comes_page_by_page(api, sent, key):
    same = {"CF_XDR_SHXYM": row(1)["CF_XDR_SHXYM"], "CF_XDR_MC": row(1)["CF_XDR_MC"]}
    first = sent(*(row(n, **same) for n in range(1, 6)), row(9))
    sent(row(2, CF_NR_FK="4", **same))
    place = f"/subjects/{row(1)['CF_XDR_SHXYM']}"
    whole = api.get(place).json()
    assert whole["next"] is None and len(whole["records"]) == 5
    leaves, further, pages = [], "", 0
    while further is not None:
        page = api.get(f"{place}?limit=2{further and '&cursor=' + further}").json()
        leaves += [each["leaf"] for each in page["records"]]
        further, pages = page["next"], pages + 1
        assert page["code"] == whole["code"] and len(page["records"]) <= 2
    assert pages == 3 and leaves == sorted(leaves) == [each["leaf"] for each in whole["records"]]
    # The newer version of its second document stands, at its own place in the log.
    assert [each["values"]["CF_NR_FK"] for each in whole["records"]] == ["3"] * 4 + ["4"]
    assert whole["records"][-1]["batch"] != first["batch"]
    assert api.get(f"{place}?limit=201").status_code == 422
    assert key("shuiwu").get(place).status_code == 404


def test_a_page_behind_what_was_withdrawn_is_empty_and_no_404(api, sent, collector):
    same = {"CF_XDR_SHXYM": row(1)["CF_XDR_SHXYM"], "CF_XDR_MC": row(1)["CF_XDR_MC"]}
    sent(row(1))
    later = sent(row(2, **same))
    place = f"/subjects/{row(1)['CF_XDR_SHXYM']}"
    further = api.get(f"{place}?limit=1").json()["next"]
    withdraw_batch(collector, batch_id=later["batch"], reason="x", by=OPERATOR, at=Platform().now)
    answer = api.get(f"{place}?limit=1&cursor={further}")
    assert answer.status_code == 200 and (answer.json()["records"], answer.json()["next"]) == ([], None)


def test_a_public_profile_comes_page_by_page(api, platform):
    place = f"/public/subjects/{MANY}"
    most, further, leaves = api.get(place).json(), "", []
    assert len(most["items"]) == 200 and most["next"]
    while further is not None:
        page = api.get(f"{place}?limit=90{further and '&cursor=' + further}").json()
        leaves += [each["leaf"] for each in page["items"]]
        further = page["next"]
        assert len(page["items"]) <= 90 and page["reasons"] == most["reasons"]
    shown = PublicStore(platform.home.public_db).find_subject(MANY, platform.today).items
    assert leaves == [item.leaf for item in shown] and len(leaves) > 200


def test_a_public_profile_has_its_ratings_with_their_rule_and_why_some_count_less(api):
    shop, few, courier = api.get(f"/public/subjects/{FULL}").json()["ratings"]
    assert (shop["rating"], shop["low"], shop["high"], shop["weighted_down"]) == (4.31, 4.02, 4.6, 40)
    assert [(r["code"], r["ratings"]) for r in shop["reasons"]] == [("forged", 30), ("surplus", 12)]
    assert all(r["zh"] and r["en"] and r["zh"] != r["en"] for r in shop["reasons"])
    assert shop["dimensions"] == [{"zh": "商品", "en": "goods", "rating": 4.4, "ratings": 90}]
    assert (few["rating"], few["ratings"]) == (None, 2)
    rules = {rule["id"]: rule for rule in api.get("/public/rating-rules").json()["items"]}
    assert {shop["rule"], few["rule"], courier["rule"]} <= set(rules)
    assert rules["buyer_to_shop"]["public_from"] > few["ratings"]


def test_json_lines_become_the_same_batch(api, work):
    import json

    lines = "\n".join(json.dumps(row(n), ensure_ascii=False) for n in (1, 2)).encode()
    answer = api.post(f"/sources/{PENALTY}/submissions?filename=x.jsonl", lines, kind="application/x-ndjson")
    assert answer.status_code == 202, answer.content
    work()
    done = api.get(answer["Location"]).json()
    assert done["state"] == "done" and done["receipt"]["accepted"] == 2, done


def test_a_form_and_a_workbook(api, work, tmp_path):
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile("../../etc/处罚.csv", table(row(1)).encode("gb18030"), "text/csv")
    answer = api.client.post(
        f"/api/v1/sources/{PENALTY}/submissions",
        {"file": file},
        headers={"Authorization": f"Bearer {api.secret}"},
    )
    assert answer.status_code == 202, answer.content.decode()
    work()
    done = api.get(answer["Location"]).json()
    assert done["state"] == "done" and done["filename"] == "处罚.csv"


def test_a_trial_keeps_nothing(api, work):
    answer = api.post(
        f"/sources/{PENALTY}/trials", table(row(1), row(2, CF_JDRQ="x")).encode(), kind="text/csv"
    )
    assert answer.status_code == 202
    assert api.get(answer["Location"] + "/problems").json()["found"] == 0
    work()
    assert api.get(answer["Location"]).json()["receipt"]["held"] == 1
    assert api.get(answer["Location"] + "/problems").json()["found"] >= 1
    marked = api.get(answer["Location"] + "/marked.xlsx")
    assert marked.status_code == 200 and marked.content.startswith(b"PK")
    assert not Batch.objects.exists()


def test_pieces_make_a_file(api, work):
    content = table(row(1)).encode()
    opening = {"source": PENALTY, "filename": "a.csv", "size": len(content)}
    upload = api.post("/uploads", opening)
    assert upload.status_code == 201, upload.content
    place = upload["Location"]

    def piece(offset, part):
        return api(
            "PATCH", place, part, kind="application/octet-stream", headers={"Upload-Offset": str(offset)}
        )

    assert piece(0, content[:100]).json()["received"] == 100
    again = piece(0, content[:100])
    assert (again.status_code, again.json()["received"]) == (409, 100)
    assert "100" in again.json()["zh"] and "另一处" not in again.json()["zh"]
    early = api.post(place + "/submission")
    assert early.status_code == 422 and early.json()["code"] == "upload.short"
    assert piece(100, content[100:]).json()["received"] == len(content)
    handed = api.post(place + "/submission")
    assert handed.status_code == 202, handed.content
    assert api.post(place + "/submission").json()["id"] == handed.json()["id"]
    work()
    assert api.get(handed["Location"]).json()["receipt"]["accepted"] == 1


def test_one_record_is_checked_at_once_and_collected_with_others(api, work):
    bad = api.post(f"/sources/{PENALTY}/records", row(1, CF_JDRQ="2026/13/40"))
    assert bad.status_code == 422 and {p["rule"] for p in bad.json()["problems"]} == {"date_unreadable"}
    places = [api.post(f"/sources/{PENALTY}/records", row(n))["Location"] for n in (1, 2, 3)]
    assert [api.get(place).json()["state"] for place in places] == ["waiting"] * 3
    work()
    ended = [api.get(place).json() for place in places]
    assert [each["state"] for each in ended] == ["taken"] * 3
    assert len({each["batch"] for each in ended}) == 1 and [each["line"] for each in ended] == [2, 3, 4]
    lines = dict(CreditRecord.objects.values_list("line", "content"))
    assert all(f"〔2026〕{n}号" in lines[n + 1] for n in (1, 2, 3))


def test_a_source_one_may_not_send_is_a_refusal_of_rights(key):
    for path, body, kind in (
        (f"/sources/{PENALTY}/records", row(1), "application/json"),
        (f"/sources/{PENALTY}/submissions", b"a,b\n1,2\n", "text/csv"),
    ):
        answer = key("fayuan").post(path, body, kind=kind)
        assert (answer.status_code, answer.json()["code"]) == (403, "collection.not_entitled"), answer.content


def test_a_member_nobody_knows_is_named_as_far_as_it_may_be(api):
    def refused(**members):
        answer = api.post(f"/sources/{PENALTY}/records", members)
        assert answer.status_code == 422
        return answer.json()

    near = refused(CF_WSHH="x")
    assert near["code"] == "record.unknown_member" and "“CF_WSHH”" in near["zh"]
    assert "CF_WSH（" in near["zh"] and "CF_WSH" in near["en"].partition("such as")[2]
    person = refused(**{"320402199001011236": "x"})
    assert "199001011236" not in str(person) and "*" in person["zh"]
    long = refused(**{"<b>" + "无" * 5000: "x"})
    assert len(long["zh"]) < 200 and "…" in long["zh"]
    assert "\x1b" not in refused(**{"a\x1b[2J": "x"})["zh"]
    twice = refused(CF_WSH="1", 行政处罚决定书文号="2")
    assert twice["code"] == "record.repeated_member" and "行政处罚决定书文号" in twice["zh"]
    assert refused(CF_WSH=None, nothing_like_it_at_all="x")["code"] == "record.unknown_member"


def test_a_record_its_sender_may_no_longer_send_says_why_and_is_kept(api, work):
    place = api.post(f"/sources/{PENALTY}/records", row(1))["Location"]
    # As if, between the request and the collecting, the work had gone to a department that sends no penalties.
    sealer, kept = Platform().sealer, SingleRecord.objects.get()
    cells = sealer.unseal(sealed_for("gongshang", PENALTY, kept.right), kept.cells)
    theirs = sealed_for("fayuan", PENALTY, kept.right)
    SingleRecord.objects.update(organisation="fayuan", cells=sealer.seal(theirs, cells))
    work()
    SingleRecord.objects.update(organisation="gongshang")
    told = api.get(place).json()
    assert told["state"] == "failed" and told["refusal"]["code"] == "collection.not_entitled"
    assert "法院" in told["refusal"]["zh"] and told["refusal"]["en"]
    kept = SingleRecord.objects.get()
    assert "常市监处罚〔2026〕1号" in sealer.unseal(theirs, kept.cells)


@pytest.mark.parametrize(
    "change",
    [{"organisation": "youzheng"}, {"source_id": "dual_publicity_licence"}, {"right": "batch.submit api/k9"}],
)
def test_a_record_changed_in_the_table_is_refused_and_keeps_nobody_elses(api, work, change):
    places = [api.post(f"/sources/{PENALTY}/records", row(n))["Location"] for n in (1, 2)]
    first = SingleRecord.objects.order_by("id").first()
    SingleRecord.objects.filter(id=first.pk).update(**change)
    work()
    told = SingleRecord.objects.get(id=first.pk)
    assert (told.refusal, told.batch_id) == ("record.strange", None)
    assert api.get(places[1]).json()["state"] == "taken"
    assert JournalNote.objects.filter(verb="job.refuse", object=f"single_record:{first.pk}").exists()


@pytest.mark.parametrize("name", ["../../x.csv", "a" * 300 + ".csv", "名.csv", "C:\\dir\\b.csv"])
def test_names_are_no_paths(api, work, name):
    from urllib.parse import quote

    answer = api.post(
        f"/sources/{PENALTY}/submissions?filename={quote(name)}", table(row(1)).encode(), kind="text/csv"
    )
    if len(name) > 300:
        assert answer.status_code == 422
        return
    work()
    done = api.get(answer["Location"]).json()
    assert done["state"] == "done" and "/" not in done["filename"] and "\\" not in done["filename"]


def test_a_record_without_a_code_hears_that_it_waits_and_why(api, work):
    answer = api.post(f"/sources/{PENALTY}/records", row(1, CF_XDR_SHXYM=""))
    assert answer.status_code == 202
    (notice,) = [each for each in answer.json()["notices"] if each["rule"] == "no_identifier"]
    assert (notice["column"], notice["notice"]) == ("CF_XDR_MC", True)
    assert "由工作人员核对后才入库" in notice["hint"]
    assert api.post(f"/sources/{PENALTY}/records", row(2)).json()["notices"] == []
    work()
    assert api.get(answer["Location"]).json()["state"] == "held"
