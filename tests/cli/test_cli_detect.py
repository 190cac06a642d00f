"""`ecredit detect`: what it prints, what it refuses, and that it needs no home."""

import json
from pathlib import Path

import pytest

from ecredit.surface.cli.main import main
from tests.detection.detection_world import build, rewrite


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return build(tmp_path_factory.mktemp("trade"), orders=2_000)


def test_a_folder_is_judged_without_a_home(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("ECREDIT_HOME", str(tmp_path / "no-home"))
    assert main(["--json", "detect", str(folder), "--out", str(tmp_path / "out")]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["rows"]["orders"] > 1_000
    assert document["not_judged"] == {} and document["unreadable"] == {}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "order_scores.parquet", "parcel_scores.parquet", "review_scores.parquet", "buyer_scores.parquet", "shop_scores.parquet",
        "findings.jsonl",
    }  # fmt: skip
    assert not (tmp_path / "no-home").exists()


def test_what_could_not_be_judged_or_read_is_said(folder, tmp_path, capsys):
    rewrite(folder, tmp_path / "some", "orders", "SELECT * EXCLUDE (device_id) FROM it")
    rewrite(folder, tmp_path / "some", "reviews", "SELECT * REPLACE (score - 9 AS score) FROM it")
    assert main(["detect", str(tmp_path / "some"), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "orders.device_id" in said and "一机多户" in said
    assert "for want of parcels" in said
    assert "cells of score could not be read" in said


@pytest.mark.parametrize("engine", ["spark", "abacus"])
def test_an_engine_that_is_not_there_is_refused(engine, folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    try:
        code = main(["detect", str(folder), "--out", str(tmp_path / "out"), "--engine", engine])
    except SystemExit as ended:
        code = ended.code
    assert code == 2
    assert "duckdb" in capsys.readouterr().err


def test_labels_that_are_none_are_refused_in_one_sentence(folder, tmp_path, capsys):
    path = tmp_path / "labels.csv"
    path.write_text("order_id,verdict\nA,1\n", encoding="utf-8")
    assert main(["detect", str(folder), "--out", str(tmp_path / "out"), "--labels", str(path)]) == 2
    assert "forged" in capsys.readouterr().err


def test_a_folder_of_nothing_is_refused(tmp_path, capsys):
    assert main(["detect", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert str(tmp_path) in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
