"""The demo city's files: the same for the same seed, from the right suppliers, in formats that vary, with every mistake planted
where the truth says, and codes that can be nobody's."""

import json
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecredit.facts.actors.types import Supplier
from ecredit.facts.collection.collect_actions import check_entitled
from ecredit.foundation.kernel.codes import is_org_code, is_person_id, is_reg_no, is_uscc
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.masking import find_personal
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.surface.cli import demo_codes, demo_mistakes, demo_trade
from ecredit.surface.cli.demo_build import Built, build_city, find_built, read_built
from ecredit.surface.cli.demo_names import Names, chooser
from ecredit.surface.cli.demo_types import DemoRow, DemoSubject, Role

TODAY = date(2026, 11, 25)
ECREDIT = str(Path(sys.executable).with_name("ecredit"))


def build(catalog, out: Path, *, seed: int = 7, today: date = TODAY) -> Built:
    calendar = WorkCalendar(catalog.own_days)
    return build_city(out, catalog=catalog, calendar=calendar, size="small", seed=seed, today=today)


@pytest.fixture(scope="module")
def made() -> Counter:
    """How often each mistake was really made while the city was built."""
    return Counter()


@pytest.fixture(scope="module")
def built(catalog, tmp_path_factory, made) -> Built:
    counted = {name: _counting(name, make, made) for name, make in demo_mistakes.MISTAKES.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo_mistakes, "MISTAKES", counted)
        return build(catalog, tmp_path_factory.mktemp("demo") / "city")


def _counting(name, make, made):
    def wrapper(*args):
        done = make(*args)
        made[name] += done
        return done

    return wrapper


@pytest.fixture(scope="module")
def truth(built) -> dict:
    return {
        p.stem: json.loads(p.read_text(encoding="utf-8")) for p in (built.folder / "truth").glob("*.json")
    }


def _bytes(built: Built) -> dict[str, bytes]:
    return {str(p.relative_to(built.folder)): p.read_bytes() for p in built.folder.rglob("*") if p.is_file()}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_city(catalog, built, tmp_path):
    again, other = build(catalog, tmp_path / "again"), build(catalog, tmp_path / "other", seed=8)
    assert _bytes(again) == _bytes(built)
    texts = [(b.folder / "truth" / "subjects.json").read_text(encoding="utf-8") for b in (built, other)]
    first, second = ({s["name"] for s in json.loads(t)["subjects"] if s["uscc"]} for t in texts)
    assert len(first & second) < len(first) // 20


def test_every_source_comes_from_suppliers_that_may_send_it(catalog, built):
    organisations = {o["id"]: o for o in built.organisations}
    for file in built.files:
        department = catalog.find_department(file["called"], on=date.fromisoformat(file["sent_at"][:10]))
        if department is not None:
            supplier = Supplier(department.id, department.name, department.kind)
        else:
            known = organisations[file["sender"]]
            assert known["name"] == file["called"]
            supplier = Supplier(known["id"], known["name"], known["kind"], known["uscc"])
        assert supplier.id == file["sender"]
        check_entitled(catalog.sources[file["source"]], supplier, catalog)
    # Nobody sends confirmed findings: they come of officers' decisions.
    assert {file["source"] for file in built.files} == set(catalog.sources) - {"detected_forged_trade"}
    former = {"市工商局", "市质监局", "市食药监局", "市农委", "常州市检验检疫局", "人民银行常州市中心支行"}
    assert former <= {file["called"] for file in built.files}


def test_files_come_in_order_and_never_after_the_citys_day(built):
    sent = [file["sent_at"] for file in built.files]
    assert sent == sorted(sent) and len(set(sent)) == len(sent)
    assert sent[-1][:10] < built.today.isoformat()


def test_formats_and_encodings_vary(built):
    heads = {p: p.read_bytes()[:4] for p in (built.folder / "files").rglob("*") if p.is_file()}
    assert Counter(p.suffix for p in heads).keys() == {".csv", ".txt", ".xlsx"}
    texts = [p for p in heads if p.suffix != ".xlsx"]
    assert any(heads[p][:3] == b"\xef\xbb\xbf" for p in texts)

    def reads(path: Path, encoding: str) -> bool:
        try:
            path.read_text(encoding=encoding)
        except UnicodeDecodeError:
            return False
        return True

    only_gb = [p for p in texts if not reads(p, "utf-8")]
    assert len(only_gb) > 10
    # One file holds a byte that is no character in any encoding.
    assert len([p for p in only_gb if not reads(p, "gb18030")]) == 1


def test_workbooks_have_titles_merged_cells_date_cells_and_codes_spoiled_to_numbers(built):
    from openpyxl import load_workbook

    seen: Counter[str] = Counter()
    for path in (built.folder / "files").rglob("*.xlsx"):
        book = load_workbook(path)
        sheet = book["数据"]
        ranges = list(sheet.merged_cells.ranges)
        seen["title"] += any(r.min_row == r.max_row == 1 for r in ranges)
        seen["column"] += any(r.min_row < r.max_row for r in ranges)
        for row in sheet.iter_rows(min_row=3):
            seen["date"] += sum(getattr(cell, "is_date", False) for cell in row)
            seen["number"] += sum(isinstance(cell.value, float | int) and cell.value > 1e17 for cell in row)
    assert min(seen[k] for k in ("title", "column", "date", "number")) >= 1, seen


def test_every_kind_of_mistake_is_made_and_told(built, made, truth):
    assert {name for name in demo_mistakes.MISTAKES if not made[name]} == set()
    effects = Counter(bad["effect"] for bad in truth["bad_rows"])
    assert effects.keys() == {"footer", "held", "review", "refused", "warned"}
    assert len(truth["unnamed"]) == effects["review"] >= 10
    assert sum(bool(row["could_be"]) for row in truth["unnamed"]) >= 5


def test_a_planted_line_is_the_line_it_says(built, truth):
    """The wrong value stands there, in the file, as a person would look it up."""
    checked = 0
    for bad in truth["bad_rows"]:
        path = built.folder / bad["file"]
        if path.suffix == ".xlsx" or bad["rule"] not in (
            "uscc_check_digit",
            "no_identity_in_text",
            "identifier_as_number",
        ):
            continue
        text = path.read_bytes().decode(
            "utf-8-sig" if path.read_bytes()[:3] == b"\xef\xbb\xbf" else _encoding(path), "replace"
        )
        rest = "\n".join(text.split("\n")[bad["line"] - 1 :])
        line = rest[: rest.index("\r\n")]
        checked += 1
        if bad["rule"] == "no_identity_in_text":
            assert any(spelled in line for spelled in truth["personal"]["spelled"]), (bad, line)
        elif bad["rule"] == "identifier_as_number":
            assert "E+17" in line, (bad, line)
        else:
            codes = [
                c for c in line.replace("\t", ",").split(",") if len(c) == 18 and c[:2] in ("91", "92", "51")
            ]
            assert any(not is_uscc(c) for c in codes), (bad, line)
    assert checked > 30


def _encoding(path: Path) -> str:
    try:
        path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def test_numbers_typed_into_texts_are_such_that_masking_finds_them(truth):
    spelled = truth["personal"]["spelled"]
    assert len(spelled) >= 8 and any("-" in s for s in spelled) and len({len(s) for s in spelled}) >= 3
    assert [s for s in spelled if not find_personal(f"联系{s}。")] == []


def test_the_city_has_what_is_hard(truth):
    city = truth["subjects"]
    named = {s["uscc"]: s for s in city["subjects"] if s["uscc"]}
    assert Counter(s["role"] for s in city["subjects"]).keys() == {role.value for role in Role}
    for one, two in city["twins"]:
        assert named[one]["name"] != named[two]["name"]
        street = [named[code]["address"].rstrip("号0123456789") for code in (one, two)]
        assert street[0] == street[1]
    for branch, head in city["branches"]:
        assert named[branch]["name"].startswith(named[head]["name"]) and named[branch]["name"].endswith(
            "分公司"
        )
    assert any(s["reg_no"] and not s["uscc"] for s in city["subjects"])
    reasons = Counter(item["why"] for item in truth["public"] if not item["shown"])
    assert {"minor", "ended", "natural_person", "not_valid", "private"} <= reasons.keys()


def test_codes_of_the_city_can_be_nobodys(truth):
    people = [s for s in truth["subjects"]["subjects"] if s["person_id"]]
    firms = [s for s in truth["subjects"]["subjects"] if s["uscc"]]
    assert all(is_uscc(s["uscc"]) and not is_org_code(s["uscc"][8:17]) for s in firms)
    assert all(is_person_id(s["person_id"]) and s["person_id"].startswith("320499") for s in people)
    assert all(is_reg_no(s["reg_no"]) for s in firms if s["reg_no"])
    for key in ("uscc", "person_id", "reg_no", "name"):
        values = [s[key] for s in truth["subjects"]["subjects"] if s[key] and (key != "name" or s["uscc"])]
        assert len(values) == len(set(values)), key


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 14_000_000), st.sampled_from(["91", "92", "51", "11"]), st.booleans())
def test_every_code_passes_its_check_and_another_number_gives_another_code(number, prefix, digits):
    code = demo_codes.make_uscc(prefix, "320411", number, digits=digits)
    assert is_uscc(code) and not is_org_code(code[8:17])
    assert code != demo_codes.make_uscc(prefix, "320411", number + 1, digits=digits)
    assert not is_uscc(demo_codes.with_wrong_check(code))
    assert is_person_id(demo_codes.make_person_id(number))
    assert demo_codes.make_person_id(number) != demo_codes.make_person_id(number + 1)
    assert is_reg_no(demo_codes.make_reg_no(number))
    assert find_personal(f"电话{demo_codes.make_mobile(number)}") and find_personal(
        f"电话{demo_codes.make_landline(number)}"
    )


def test_spoiling_gives_no_row_two_mistakes_and_moves_no_row(catalog):
    source = catalog.sources["registration"]
    about = DemoSubject(1, Role.FIRM, "法人及非法人组织", "常州甲乙食品有限公司")
    rows = [
        DemoRow(
            {
                "ENTNAME": f"公司{n}",
                "UNISCID": demo_codes.make_uscc("91", "320411", n),
                "ESTDATE": "2026-01-02",
            },
            about,
        )
        for n in range(40)
    ]
    before = list(rows)
    demo_mistakes.spoil(
        rows,
        source,
        chooser(1, "x"),
        mistakes=("wrong_check", "repeated_row", "impossible_date", "missing_name"),
        rate=0.5,
    )
    assert rows[:40] == before and all(row.copy for row in rows[40:])
    assert max(len(row.plants) for row in rows) == 1
    assert sum(bool(row.plants) for row in rows[:40]) == 20
    right = demo_mistakes.corrected(rows)
    assert len(right) == 40 and not any(row.plants or row.written for row in right)


def test_names_go_on_when_the_words_run_out():
    names = Names(chooser(1, "names"))
    given_names = {names.fresh(lambda: "只有一个名字") for _ in range(5)}
    assert len(given_names) == 5


@pytest.mark.parametrize("today", [date(2026, 7, 1), date(2027, 1, 4), date(2028, 2, 29)])
def test_the_city_can_be_made_on_any_later_day(catalog, tmp_path, today):
    assert build(catalog, tmp_path / "city", seed=3, today=today).rows > 3000


def test_an_earlier_day_and_a_folder_with_something_else_are_refused(catalog, tmp_path):
    with pytest.raises(WrongUse):
        build(catalog, tmp_path / "city", today=date(2026, 6, 30))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep")
    with pytest.raises(WrongUse):
        build(catalog, tmp_path / "mine")
    assert (tmp_path / "mine" / "letter.txt").read_text() == "keep"


def test_a_city_cut_off_while_being_written_is_none_and_is_written_anew(
    catalog, built, tmp_path, monkeypatch
):
    out = tmp_path / "city"

    def stop(done: int, _all: int, _path: str) -> None:
        if done == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_city(
            out,
            catalog=catalog,
            calendar=WorkCalendar(catalog.own_days),
            size="small",
            seed=7,
            today=TODAY,
            progress=stop,
        )
    assert find_built(out) is None
    with pytest.raises(WrongUse):
        read_built(out)
    assert _bytes(build(catalog, out)) == _bytes(built)


def test_the_command_writes_a_folder_and_refuses_a_used_one(tmp_path):
    out = tmp_path / "city"
    words = [ECREDIT, "--json", "demo", "--out", str(out), "--seed", "5", "--today", "2026-11-25"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["rows"] == read_built(out).rows and document["receipts"] == []
    assert not (tmp_path / "home").exists()
    again = subprocess.run(
        [*words[:-3], "6", "--today", "2026-11-25"], capture_output=True, text=True, check=False
    )
    assert again.returncode == 2 and "Traceback" not in again.stderr and str(out) in again.stderr


def test_a_citys_trade_has_the_orders_of_its_size_or_as_many_as_are_asked_for(catalog, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        demo_trade, "build_trade", lambda out, **how: asked.append((how["orders"], how["days"]))
    )
    plan = SimpleNamespace(city=SimpleNamespace(shops=()), seed=7, today=TODAY)
    for size, orders in (("S", None), ("M", None), ("L", None), ("S", 40_000), ("small", None)):
        demo_trade.write_trade(tmp_path, plan, size=size, orders=orders)
    assert asked == [
        (1_500_000, 365),
        (20_000_000, 365),
        (100_000_000, 365),
        (40_000, 365),
        (40_000, 150),
    ]
