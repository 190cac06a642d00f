"""The public database as the portal reads it."""

import sqlite3
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest

from ecredit.service.publicity.errors import NoPublicDatabase, SearchTooShort
from ecredit.service.publicity.queries import PublicStore
from ecredit.service.publicity.search import MOST_FOUND
from ecredit.service.publicity.store import create_store, open_writer
from ecredit.service.publicity.types import (
    PublicFact,
    PublicField,
    PublicItem,
    PublicReason,
    PublicSubject,
    Section,
)
from tests.publicity.public_sample import write_subjects

ON = date(2026, 11, 25)
CODE = "91320411MA1MT9XK5A"
OLD = "320411000123456"


def item(leaf: int, section: Section = Section.PENALTY, **changes: object) -> PublicItem:
    values: dict[str, object] = {
        "leaf": leaf,
        "section": section,
        "source": "dual_publicity_penalty",
        "title_zh": "行政处罚",
        "title_en": "Administrative penalty",
        "supplier": "常州市市场监督管理局",
        "fields": (PublicField("CF_WSH", "行政处罚决定书文号", f"常市监罚〔2026〕{leaf}号"),),
        "clause": "《信用修复管理办法》",
        "occurred_on": date(2026, 5, 8),
        "shown_from": date(2026, 5, 12),
        "shown_until": date(2027, 5, 8),
        "valid_from": date(2026, 5, 8),
    }
    return PublicItem(**(values | changes))  # type: ignore[arg-type]


def subject(code: str = CODE, name: str = "常州小米电子商务有限公司", **changes: object) -> PublicSubject:
    values: dict[str, object] = {
        "code": code,
        "name": name,
        "kind": "法人及非法人组织",
        "area": "320411",
        "status": "存续",
        "grade": "B",
        "graded_on": date(2026, 11, 1),
        "grade_until": date(2027, 5, 8),
    }
    return PublicSubject(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "public.sqlite3"


def test_a_profile_comes_back_as_it_was_written(path: Path) -> None:
    written = subject(
        items=(item(7), item(3, occurred_on=date(2026, 4, 1))),
        reasons=(
            PublicReason("登记信息完整", "Registered", 10.0, "", (), None),
            PublicReason("处罚", "Penalty", -5.5, "c", (7,), date(2027, 5, 8)),
        ),
        facts=(PublicFact("登记状态", "存续", "市场主体登记", date(2026, 1, 1), "publicity.fact.status"),),
    )  # fmt: skip
    write_subjects(path, written)
    assert PublicStore(path).find_subject(CODE, ON) == written


def test_the_registration_document_heads_the_facts(path: Path) -> None:
    register = item(
        1, Section.REGISTRATION, fields=(PublicField("DOM", "住所", "通江路1号"),), shown_until=None
    )
    write_subjects(path, subject(items=(register,)))
    found = PublicStore(path).find_subject(CODE, ON)
    assert found is not None
    assert found.facts == (PublicFact("住所", "通江路1号", "行政处罚", date(2026, 5, 8), None, 1),)
    assert found.items_in(Section.REGISTRATION) == (register,)
    assert found.items_in(Section.PENALTY) == ()


@pytest.mark.parametrize(
    ("on", "leaves"),
    [
        (date(2026, 5, 11), []),
        (date(2026, 5, 12), [7]),
        (date(2027, 5, 7), [7]),
        (date(2027, 5, 8), []),
    ],
)
def test_items_and_their_reasons_are_seen_from_the_first_to_the_day_before_the_end(
    path: Path, on: date, leaves: list[int]
) -> None:
    reason = PublicReason("处罚", "Penalty", -5.0, "", (7,), None)
    write_subjects(path, subject(items=(item(7),), reasons=(reason,), grade_until=None))
    found = PublicStore(path).find_subject(CODE, on)
    assert found is not None
    assert [i.leaf for i in found.items] == leaves
    assert len(found.reasons) == len(leaves)


def test_a_reason_ends_on_its_own_day_too(path: Path) -> None:
    reason = PublicReason("荣誉", "Honour", 5.0, "", (), date(2026, 11, 25))
    write_subjects(path, subject(reasons=(reason,)))
    store = PublicStore(path)
    before = store.find_subject(CODE, date(2026, 11, 24))
    after = store.find_subject(CODE, ON)
    assert before is not None and before.reasons == (reason,)
    assert after is not None and after.reasons == ()


def test_a_grade_whose_time_ran_out_is_not_shown(path: Path) -> None:
    write_subjects(path, subject(reasons=(PublicReason("一般", "General", 1.0),)))
    store = PublicStore(path)
    found = store.find_subject(CODE, date(2027, 5, 8))
    assert found is not None
    assert (found.grade, found.grade_stale, found.reasons) == (None, True, ())
    assert store.search("小米", date(2027, 5, 8)).hits[0].grade is None
    assert store.search("小米", ON).hits[0].grade == "B"
    assert store.totals(ON).by_grade == {"B": 1}
    assert store.totals(date(2027, 5, 8)).by_grade == {}


def test_when_a_reason_goes_the_score_and_what_kept_it_within_bounds_go_too(path: Path) -> None:
    fined = PublicReason("处罚", "Penalty", -5.5, "c", (7,), date(2027, 5, 8), "fined")
    limit = PublicReason("限于百分", "At most 100", -4.5, "", (), None, "limit")
    base = PublicReason("基础分", "Base", 110.0, "", (), None, "base")
    write_subjects(
        path, subject(items=(item(7),), reasons=(base, fined, limit), score=100.0, grade_until=None)
    )
    store = PublicStore(path)
    whole, after = store.find_subject(CODE, ON), store.find_subject(CODE, date(2027, 5, 8))
    assert whole is not None and (whole.score, len(whole.reasons)) == (100.0, 3)
    assert after is not None and (after.score, [r.indicator for r in after.reasons]) == (None, ["base"])


def test_former_codes_lead_to_the_subject(path: Path) -> None:
    write_subjects(path, subject(), old_codes={OLD: CODE})
    store = PublicStore(path)
    found = store.find_subject(OLD, ON)
    assert found is not None and found.code == CODE
    result = store.search(OLD, ON)
    assert [(hit.code, hit.former_code) for hit in result.hits] == [(CODE, OLD)]
    assert [hit.code for hit in store.search(OLD[:8], ON).hits] == [CODE]
    assert store.find_subject("320411000999999", ON) is None


@pytest.mark.parametrize(
    "asked", [CODE, CODE.lower(), " 91320411 MA1MT9XK5A ", "９１３２０４１１ＭＡ１ＭＴ９ＸＫ５Ａ"]
)
def test_codes_are_found_in_any_spelling(path: Path, asked: str) -> None:
    write_subjects(path, subject())
    store = PublicStore(path)
    found = store.find_subject(asked, ON)
    assert found is not None and found.code == CODE
    assert [hit.code for hit in store.search(asked, ON).hits] == [CODE]


def test_older_codes_with_words_are_found_whole(path: Path) -> None:
    write_subjects(path, subject(code="企合苏常字第000123号"))
    result = PublicStore(path).search("企合苏常字第000123号", ON)
    assert len(result.hits) == 1


def test_a_code_prefix_lists_in_order_and_says_when_there_are_more(path: Path) -> None:
    write_subjects(path, *(subject(code=f"9132041100000{n:04d}A") for n in range(30)))
    store = PublicStore(path)
    result = store.search("913204110", ON)
    assert (len(result.hits), result.count, result.pages, result.more) == (20, 30, 2, False)
    assert result.hits[0].code == "91320411000000000A"
    assert store.search("91320411000000001", ON).count == 1


@pytest.mark.parametrize(
    "asked", ["小米", "米电", "常州小米", "电子商务", "有限公司", "小 米", "（小米）", "Ｘiaomi", "小米 有限"]
)
def test_parts_of_a_name_find_it(path: Path, asked: str) -> None:
    write_subjects(
        path,
        subject(name="常州小米（Xiaomi）电子商务有限公司" if "iao" in asked else "常州小米电子商务有限公司"),
    )
    assert [hit.code for hit in PublicStore(path).search(asked, ON).hits] == [CODE]


def test_names_that_begin_so_come_first(path: Path) -> None:
    names = ["常州小米科技", "小米科技", "小米", "大小米科技"]
    write_subjects(path, *(subject(code=f"C{n}", name=name) for n, name in enumerate(names)))
    assert [hit.name for hit in PublicStore(path).search("小米", ON).hits] == [
        "小米",
        "小米科技",
        "常州小米科技",
        "大小米科技",
    ]


@pytest.mark.parametrize("per_page", [1, 2, 3, 4, 5])
def test_pages_follow_one_another_without_gap_or_repetition(path: Path, per_page: int) -> None:
    names = ["常州小米科技", "小米科技", "小米", "大小米科技"]
    write_subjects(path, *(subject(code=f"C{n}", name=name) for n, name in enumerate(names)))
    store = PublicStore(path)
    pages = -(-4 // per_page)
    results = [store.search("小米", ON, page, per_page) for page in range(1, pages + 1)]
    assert [hit.name for result in results for hit in result.hits] == [
        "小米",
        "小米科技",
        "常州小米科技",
        "大小米科技",
    ]
    assert {(r.count, r.more, r.pages) for r in results} == {(4, False, pages)}
    assert store.search("小米", ON, 99, per_page) == results[-1]
    assert store.search("小米", ON, -1, per_page) == results[0]


@pytest.mark.parametrize(("asked", "others"), [("小米", 0), ("小米", 150), ("913204110", 0), ("3204110", 0)])
@pytest.mark.parametrize("beyond", [0, 1])
def test_pages_end_at_the_most_that_is_found_and_more_is_said(
    path: Path, asked: str, others: int, beyond: int
) -> None:
    """`others` begin with what was asked for, the rest contain it; the last case is about former codes."""
    count = MOST_FOUND + beyond
    write_subjects(
        path,
        *(
            subject(code=f"9132041100000{n:04d}A", name=f"{'' if n < others else '常州'}小米{n}")
            for n in range(count)
        ),
        old_codes={f"3204110{n:08d}": f"9132041100000{n:04d}A" for n in range(count)},
    )
    store = PublicStore(path)
    results = [store.search(asked, ON, page, 50) for page in range(1, MOST_FOUND // 50 + 1)]
    assert {(r.count, r.pages, r.more) for r in results} == {(MOST_FOUND, MOST_FOUND // 50, beyond == 1)}
    assert len({hit.code for result in results for hit in result.hits}) == MOST_FOUND


@pytest.mark.parametrize("asked", ["", " ", "米", "（）", "·米·", "?", "%小_", "﷽" * 300])
def test_less_than_two_characters_are_refused_with_a_sentence(path: Path, asked: str) -> None:
    write_subjects(path, subject())
    with pytest.raises(SearchTooShort, match="两个字"):
        PublicStore(path).search(asked, ON)


@pytest.mark.parametrize(
    "asked", ['"小米"', "小米* OR name", "NEAR(小米)", "小米'; --", "小米" * 300, "\x00\x00小米", "-小米"]
)
def test_no_text_breaks_the_search(path: Path, asked: str) -> None:
    write_subjects(path, subject())
    assert len(PublicStore(path).search(asked, ON).hits) <= 1


def test_totals_leave_out_what_has_ended(path: Path) -> None:
    write_subjects(path, subject(items=(item(1), item(2, Section.LICENCE, shown_until=None))))
    store = PublicStore(path)
    assert store.totals(ON).by_section == {Section.PENALTY: 1, Section.LICENCE: 1}
    ended = store.totals(date(2027, 5, 8))
    assert (ended.items, ended.by_section, ended.subjects) == (1, {Section.LICENCE: 1}, 1)


def test_freshness_of_an_empty_and_of_a_filled_database(path: Path) -> None:
    create_store(path)
    create_store(path)
    store = PublicStore(path)
    assert (store.freshness().projected_at, store.freshness().through_leaf) == (None, -1)
    assert store.totals(ON).subjects == 0
    write_subjects(path, subject(), meta={"through_leaf": "41", "log_size": "42", "log_root": "ab"})
    fresh = store.freshness()
    assert (fresh.through_leaf, fresh.log_size, fresh.log_root) == (41, 42, "ab")
    assert fresh.projected_at is not None and fresh.projected_at.tzinfo is not None


def test_a_missing_database_is_named(path: Path) -> None:
    with pytest.raises(NoPublicDatabase, match=r"public\.sqlite3"):
        PublicStore(path).find_subject(CODE, ON)


def test_readers_cannot_write(path: Path) -> None:
    write_subjects(path, subject())
    store = PublicStore(path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        store._connection().execute("DELETE FROM subject")


def test_each_thread_has_its_own_connection(path: Path) -> None:
    write_subjects(path, subject())
    store = PublicStore(path)
    assert store.search("小米", ON).hits
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(len(store.search("小米", ON).hits))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1, 1, 1, 1]


def test_a_removed_subject_leaves_no_trace_in_search_or_bytes(path: Path) -> None:
    secret = item(5, fields=(PublicField("CF_SY", "违法事实", "此处原有一段可以辨认的文字" * 40),))
    write_subjects(
        path, subject(items=(secret,)), subject(code="C2", name="另一家公司"), old_codes={OLD: CODE}
    )
    needle = "可以辨认的文字".encode()
    assert needle in path.read_bytes()
    with open_writer(path) as writer:
        assert writer.remove_subjects([1, 99]) == {1}
        writer.settle()
    store = PublicStore(path)
    assert store.find_subject(CODE, ON) is None and store.find_subject(OLD, ON) is None
    assert store.search("小米", ON).hits == ()
    assert store.search("另一", ON).hits[0].code == "C2"
    for file in path.parent.iterdir():
        content = file.read_bytes()
        assert needle not in content and "小米".encode() not in content, file.name


def test_a_shop_is_found_by_its_name_while_it_is_shown(path: Path) -> None:
    open_shop, closed = item(5), item(6, shown_until=ON)
    write_subjects(
        path, subject(items=(open_shop, closed)), subject(code="C2", name="白鹭渔具店"),
        shops={5: "江边白鹭渔具", 6: "旧时渡口"},
    )  # fmt: skip
    store = PublicStore(path)
    hits = store.search("白鹭渔具", ON).hits
    # By its own name first; by that of a shop then, which is said.
    assert [(hit.code, hit.shop) for hit in hits] == [("C2", None), (CODE, "江边白鹭渔具")]
    assert store.search("旧时渡口", ON).hits == ()
    assert [hit.code for hit in store.search("旧时渡口", ON - timedelta(days=1)).hits] == [CODE]
    with open_writer(path) as writer:
        assert writer.take_down([5]) == [5]
        writer.settle()
    assert [hit.code for hit in store.search("白鹭渔具", ON).hits] == ["C2"]
    with open_writer(path) as writer:
        assert writer.remove_subjects([1]) == {1}
        writer.settle()
    store.close()
    for file in path.parent.iterdir():
        content = file.read_bytes()
        assert "江边".encode() not in content and "渡口".encode() not in content, file.name


def test_what_all_profiles_share_is_read_anew_when_the_file_changed(path: Path) -> None:
    """Titles, models and the day of the data are kept between two questions, and not a moment beyond a change."""
    write_subjects(path, subject(items=(item(7),)), english={"area": {"武进区": "Wujin"}})
    reader = PublicStore(path)
    first = reader.find_subject(CODE, ON)
    assert first is not None and not reader.is_invented() and reader.english()["area"] == {"武进区": "Wujin"}
    with open_writer(path) as writer:
        writer.connection.execute(
            "UPDATE source SET title_zh = '新名', labels = replace(labels, '文书号', '号')"
        )
        writer.connection.execute("INSERT OR REPLACE INTO meta VALUES ('invented', '1')")
        writer.connection.execute('UPDATE code_table SET english = \'{"武进区": "Wujin District"}\'')
    second = reader.find_subject(CODE, ON)
    assert second is not None and {i.title_zh for i in second.items} == {"新名"}
    assert second.items[0].fields[0].label == first.items[0].fields[0].label.replace("文书号", "号")
    assert reader.is_invented() and reader.english()["area"] == {"武进区": "Wujin District"}
    with open_writer(path) as writer:
        writer.connection.execute("DELETE FROM item")
    third = reader.find_subject(CODE, ON)
    assert third is not None and third.items == ()


def test_a_failed_write_is_not_seen(path: Path) -> None:
    write_subjects(path, subject())
    with pytest.raises(RuntimeError), open_writer(path) as writer:
        writer.remove_subjects([1])
        raise RuntimeError
    assert PublicStore(path).search("小米", ON).hits
