"""The demo city's conduct: as noisy as it says, the same for the same seed, and nowhere but in the truth."""

import json
from datetime import date, timedelta
from math import exp
from random import Random

import pytest

from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.surface.cli.demo_build import build_city
from ecredit.surface.cli.demo_conduct import LUCK, SPREAD, TURNS, Conduct, plant_conduct
from ecredit.surface.cli.demo_types import FIRM, DemoSubject, Role

TODAY = date(2026, 11, 25)
FIRMS = tuple(
    DemoSubject(n, Role.FIRM, FIRM, f"某{n}", founded=TODAY - timedelta(days=20 if n % 50 == 0 else 900))
    for n in range(20_000)
)


@pytest.fixture(scope="module")
def conduct() -> Conduct:
    return plant_conduct(FIRMS, 7, TODAY)


def test_few_do_half_of_it_and_one_in_five_turns_once(conduct):
    prone = sorted((exp(SPREAD * nature.before) for nature in conduct.natures.values()), reverse=True)
    assert 0.45 < sum(prone[: len(prone) * 6 // 100]) / sum(prone) < 0.55
    turned = [n for n in conduct.natures.values() if n.turned_on is not None]
    assert abs(len(turned) / len(FIRMS) - TURNS) < 0.01
    first = turned[0]
    assert (
        first.on(first.turned_on - timedelta(days=1)) == first.before
        and first.on(first.turned_on) == first.after
    )


def test_the_same_seed_gives_the_same_conduct_and_another_another(conduct):
    assert plant_conduct(FIRMS, 7, TODAY).natures == conduct.natures != plant_conduct(FIRMS, 8, TODAY).natures


def test_the_prone_are_found_more_often_and_luck_finds_anybody(conduct):
    chance = Random(1)
    found = [conduct.culprit(chance, FIRMS, TODAY, "gongshang") for _ in range(4_000)]
    upper = sum(conduct.natures[s.number].on(TODAY) > 0 for s in found) / len(found)
    # By the planted spread all but a fifteenth of what is not luck falls on the upper half.
    assert abs(upper - (LUCK / 2 + (1 - LUCK) * 0.933)) < 0.02
    assert all(s.founded < TODAY - timedelta(days=10) for s in found)


def test_authorities_see_with_their_own_eyes_and_praise_goes_the_other_way(conduct):
    again = plant_conduct(FIRMS, 7, TODAY)
    assert conduct._seen("a") == again._seen("a") != conduct._seen("b")
    chance = Random(3)
    praised = [conduct.natures[conduct.worthy(chance, FIRMS, TODAY).number].on(TODAY) for _ in range(3_000)]
    assert -0.6 < sum(praised) / len(praised) < -0.4
    few = [conduct.worthy(chance, FIRMS[:5], TODAY, {1, 2, 3}).number for _ in range(20)]
    assert set(few) <= {0, 4}


def test_the_truth_says_it_and_no_file_does(catalog, tmp_path):
    built = build_city(
        tmp_path / "city", catalog=catalog, calendar=WorkCalendar(catalog.own_days), size="small", seed=7, today=TODAY
    )  # fmt: skip
    told = json.loads((built.folder / "truth" / "conduct.json").read_text(encoding="utf-8"))
    subjects = json.loads((built.folder / "truth" / "subjects.json").read_text(encoding="utf-8"))["subjects"]
    assert len(told) == len(subjects) and {each["subject"] for each in told} == {
        s["uscc"] or s["reg_no"] or s["person_id"] for s in subjects
    }
    assert not list((built.folder / "files").rglob("*conduct*"))
    assert all(b"prone" not in path.read_bytes() for path in (built.folder / "files").rglob("*.csv"))
