"""Files that come in pieces: cut off, sent twice, from two tabs, with names from hell."""

import json
import threading
from datetime import timedelta

import pytest

from ecredit.foundation.kernel.errors import InputRefused
from ecredit.service.operation.uploads import (
    MOST_OPEN,
    NoSuchUpload,
    PieceOutOfPlace,
    close_upload,
    find_upload,
    get_upload,
    handing_over,
    list_uploads,
    open_upload,
    put_piece,
    safe_filename,
    sweep_uploads,
    take_upload,
)
from tests.conftest import NOON

CONTENT = bytes(range(256)) * 40
WHOLE = len(CONTENT)


@pytest.fixture
def begin(home):
    def run(*, who="p1", name="a.csv", size=WHOLE, marks="m", trial=False, corrects=None, at=NOON):
        return open_upload(
            home, who=who, organisation="gongshang", source="shops", filename=name, size=size, marks=marks,
            trial=trial, corrects=corrects, at=at,
        )  # fmt: skip

    return run


def put(home, upload, offset, content, who="p1"):
    return put_piece(home, upload.token, who=who, offset=offset, pieces=[content])


def test_pieces_make_the_file(home, begin):
    upload = begin()
    for offset in range(0, len(CONTENT), 3_000):
        upload = put(home, upload, offset, CONTENT[offset : offset + 3_000])
    assert upload.complete
    path = take_upload(home, upload.token, who="p1")
    assert path.read_bytes() == CONTENT
    assert path.stat().st_mode & 0o077 == 0 and path.parent.stat().st_mode & 0o077 == 0


def test_cut_off_and_taken_up_again(home, begin):
    upload = begin()

    def cut():
        yield CONTENT[:1_000]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        put_piece(home, upload.token, who="p1", offset=0, pieces=cut())
    again = begin()
    assert (again.token, again.received) == (upload.token, 1_000)
    put(home, again, 1_000, CONTENT[1_000:])
    assert take_upload(home, upload.token, who="p1").read_bytes() == CONTENT


def test_a_file_that_is_not_whole_is_not_handed_over(home, begin):
    upload = begin()
    put(home, upload, 0, CONTENT[:10])
    with pytest.raises(InputRefused, match="还没传完（10 /"):
        take_upload(home, upload.token, who="p1")


def test_another_file_or_purpose_is_another_upload(begin):
    tokens = {begin(**change).token for change in ({}, {"marks": "n"}, {"size": 9}, {"name": "b.csv"}, {"trial": True}, {"corrects": 3}, {"who": "p2"})}  # fmt: skip
    assert len(tokens) == 7


def test_two_tabs_send_one_file_once(home, begin):
    first, second = begin(), begin()
    assert first.token == second.token
    put(home, first, 0, CONTENT[:100])
    with pytest.raises(PieceOutOfPlace) as told:
        put(home, second, 0, CONTENT[:100])
    assert told.value.data["received"] == 100
    put(home, second, 100, CONTENT[100:])
    outcomes = []

    def finish():
        with handing_over(home, first.token, who="p1") as upload:
            if upload.job is None:
                take_upload(home, upload.token, who="p1")
                close_upload(home, upload, job=len(outcomes) + 7)
            outcomes.append(get_upload(home, first.token, who="p1").job)

    tabs = [threading.Thread(target=finish) for _ in range(4)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert outcomes == [7] * 4
    assert not list(home.root.glob("uploads/*/file"))
    assert begin().token != first.token


def test_more_than_announced(home, begin):
    upload = begin(size=5)
    with pytest.raises(InputRefused, match="文件变了"):
        put(home, upload, 0, b"123456")


@pytest.mark.parametrize(("size", "says"), [(0, "空"), (-1, "空"), (3 << 30, "2 GB")])
def test_sizes_refused(begin, size, says):
    with pytest.raises(InputRefused, match=says):
        begin(size=size)


def test_too_many_open(begin, home):
    for n in range(MOST_OPEN):
        begin(marks=str(n))
    with pytest.raises(InputRefused, match="没传完"):
        begin(marks="more")
    assert begin(marks="0").token
    assert len(list_uploads(home, who="p1")) == MOST_OPEN


@pytest.mark.parametrize(
    "token", ["../../keys/index.key", "", "a", "x" * 22, "/etc/passwd", "..", "x" * 21 + "\n"]
)
def test_no_such_upload(home, token):
    assert find_upload(home, token, who="p1") is None
    with pytest.raises(NoSuchUpload):
        put_piece(home, token, who="p1", offset=0, pieces=[b"x"])


def test_anothers_upload_is_not_there(home, begin):
    with pytest.raises(NoSuchUpload):
        put(home, begin(), 0, b"x", who="p2")


def test_what_is_left_is_swept_after_a_day(home, begin):
    upload = begin()
    assert sweep_uploads(home, at=NOON + timedelta(hours=23)) == 0
    assert sweep_uploads(home, at=NOON + timedelta(hours=25)) == 1
    assert find_upload(home, upload.token, who="p1") is None


def test_the_page_of_a_check_lasts_as_long_as_its_files(home, begin):
    checked = begin(trial=True)
    close_upload(home, checked, job=1)
    for days, swept in ((2, 0), (30, 0), (32, 1)):
        assert sweep_uploads(home, at=NOON + timedelta(days=days)) == swept


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\王某\\处罚.xlsx", "处罚.xlsx"),
        ("..", "file"),
        ("", "file"),
        ("a\u202egpj.exe", "a\\u202egpj.exe"),
        ("a\nb.csv", "a\\nb.csv"),
        ("张三11010519491231002X.csv", "张三11*************"),
        ("长" * 300 + ".csv", "长" * 200),
    ],
)
def test_names(given, kept):
    assert safe_filename(given).startswith(kept)
    assert "1949" not in safe_filename(given)


def test_the_name_travels_through_the_page_of_the_upload(home, begin):
    upload = begin(name="甲/乙\\丙.csv")
    told = json.loads((home.root / "uploads" / upload.token / "upload.json").read_text(encoding="utf-8"))
    assert told["filename"] == "丙.csv"
