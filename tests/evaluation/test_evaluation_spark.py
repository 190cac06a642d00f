"""Spark's workers and one machine give everybody the same grade, with the same reasons."""

import importlib.util
import os
import shutil
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from ecredit.foundation.engine.spark import start_spark
from ecredit.foundation.kernel.home import Home
from ecredit.judgement.evaluation.column_spread import Judging, spread_over, take_judged
from ecredit.judgement.evaluation.columns import judge_columns, open_engine
from ecredit.judgement.evaluation.model_loader import load_models

from .evaluation_world import TODAY, City, entry

_JAVA = shutil.which("java") is not None or bool(os.environ.get("JAVA_HOME"))
_ALL = "SELECT subject_id, model, grade, score, findings, valid_until FROM judged ORDER BY subject_id"


@pytest.fixture(scope="module")
def city(catalog, tmp_path_factory):
    """Sixty subjects, two of them merged, and six hundred records with documents that several have spoken of."""
    chance = Random(3)
    models = load_models(Path(__file__).parents[2] / "catalog", catalog)
    sources = sorted(
        {i.source for m in models for i in m.indicators} | {s for m in models for s in m.marked_by}
    )
    city = City(Home(tmp_path_factory.mktemp("city")))
    for number in range(1, 61):
        kind = chance.choice(("法人及非法人组织", "个体工商户", "自然人"))
        city.subject(
            number,
            kind=kind,
            status=chance.choice(("存续", "吊销", "注销")),
            into=9 if number == 40 else None,
        )
    for leaf in range(600):
        source = chance.choice(sources)
        start = TODAY - timedelta(days=chance.randint(-30, 1300))
        document = f"{chance.randint(0, 150):032x}"
        city.add(entry(leaf, chance.randint(1, 60), source_id=source, valid_from=start, doc_key=document))
    return models, city.write()


def here(models, lake, folder):
    engine = open_engine(folder)
    try:
        judge_columns(engine, models, lake, TODAY)
        return engine.execute(_ALL).fetchall()
    finally:
        engine.close()


@pytest.mark.parametrize("shares", [1, 7])
def test_shares_of_the_subjects_are_the_whole(city, tmp_path, shares):
    models, lake = city
    rows = [
        row
        for share in range(shares)
        for row in Judging(tuple(models), lake, TODAY, shares)(share).to_pylist()
    ]
    rows.sort(key=lambda row: row["subject_id"])
    expected = here(models, lake, tmp_path)
    assert len(expected) > 40
    assert [tuple(row.values()) for row in rows] == expected


@pytest.mark.skipif(
    not (_JAVA and importlib.util.find_spec("pyspark")), reason="没有 Java 或 pyspark / no Java or no pyspark"
)
def test_spark_gives_everybody_the_same(city, tmp_path):
    models, lake = city
    expected = here(models, lake, tmp_path)
    session = start_spark(2)
    engine = open_engine(tmp_path)
    try:
        take_judged(engine, models, lake, TODAY, spread_over(session, shares=3))
        assert engine.execute(_ALL).fetchall() == expected
        assert engine.execute("SELECT count(*) FROM asked").fetchone()[0] == 59
    finally:
        engine.close()
        session.stop()
