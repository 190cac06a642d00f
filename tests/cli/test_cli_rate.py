"""`ecredit rate`: what it prints, what it refuses, and that it needs no home."""

import json

from ecredit.surface.cli.main import main
from tests.detection.detection_world import build, rewrite
from tests.evaluation.rating_world import honest_log, write_reviews


def test_a_bare_log_is_rated_without_a_home(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("ECREDIT_HOME", str(tmp_path / "no-home"))
    folder = write_reviews(tmp_path / "log", honest_log(shops=8, each=12))
    assert main(["--json", "rate", str(folder), "--out", str(tmp_path / "out")]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["rows"]["shops"] == 8 and document["rows"]["ratings"] == 96
    assert document["not_judged"] == {"forged": ["orders", "reviews.order_id"]}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "shop_ratings.parquet",
        "rater_ratings.parquet",
    }
    assert not (tmp_path / "no-home").exists()


def test_people_read_what_was_weighted_down_and_why(tmp_path, capsys):
    trade = build(tmp_path, orders=3_000)
    rewrite(trade, tmp_path / "some", "orders")
    rewrite(trade, tmp_path / "some", "reviews", "SELECT *, 1 AS mood FROM it")
    assert main(["rate", str(tmp_path / "some"), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "背后的交易与虚假交易相似" in said and "none was deleted" in said
    assert "mood" in said


def test_cells_that_hold_no_score_are_said(tmp_path, capsys):
    folder = tmp_path / "log"
    folder.mkdir()
    (folder / "reviews.csv").write_text(
        "review_id,shop_id,rater_id,score,reviewed_at\na,店,甲,5,2026-01-01\nb,店,乙,很好,2026-01-02\n",
        encoding="gb18030",
    )
    assert main(["rate", str(folder), "--out", str(tmp_path / "out")]) == 0
    assert "1 ratings have no readable score" in capsys.readouterr().out


def test_a_folder_without_reviews_is_refused_in_one_sentence(tmp_path, capsys):
    trade = build(tmp_path, orders=2_000)
    rewrite(trade, tmp_path / "some", "orders")
    assert main(["rate", str(tmp_path / "some"), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "reviews" in said and len(said.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()
