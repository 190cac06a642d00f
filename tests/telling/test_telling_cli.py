"""`ecredit story`, and the articles of the demo city."""

import json

import pytest

from ecredit.service.telling.queries import list_stories
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.demo_stories import publish_demo_stories
from ecredit.surface.cli.main import main
from tests.conftest import NOON
from tests.penalty_rows import row, table
from tests.telling.telling_world import FIRM, warning, words

pytestmark = pytest.mark.django_db


class Console(Context):
    """The console at noon of 12 May 2026."""

    @property
    def home(self):
        return super(Context, self).home

    @property
    def now(self):
        return NOON


def run(home, capsys, *line: str):
    code = main(["--home", str(home.root), "--json", *line])
    said = capsys.readouterr()
    return code, json.loads(said.out) if said.out else None, said.err


def test_what_there_is_and_what_became_of_it(world, capsys):
    home = world.platform.home
    assert run(home, capsys, "story", "list")[1] == {"stories": []}
    number = world.publish(warning(zh=words(title="甲")))
    draft = world.write(warning(zh=words(title="乙")))
    stories = run(home, capsys, "story", "list")[1]["stories"]
    assert {(s["number"], s["state"]) for s in stories} == {(number, "shown"), (draft, "draft")}
    code, one, _ = run(home, capsys, "story", "show", str(number))
    assert (
        code == 0
        and one["content"]["zh"]["title"] == "甲"
        and [e["kind"] for e in one["events"]] == ["agreed", "shown"]
    )
    code, _, told = run(home, capsys, "story", "show", "987")
    assert code == 2 and "987" in told


def test_publishing_by_hand_does_what_the_schedule_does(world, capsys):
    number = world.publish(warning())
    world.platform.home.stories_db.unlink()
    code, done, _ = run(world.platform.home, capsys, "story", "publish")
    # By the machine's clock its time is over.
    assert code == 0 and done["copied"] > 0 and done["ended"] in ([], [number])
    assert run(world.platform.home, capsys, "story", "publish")[1] == {"shown": [], "ended": [], "copied": 0}


def test_the_demo_city_tells_a_few_of_each_kind_once(world, collect):
    collect("dual_publicity_penalty", table(row(1, CF_XDR_MC=FIRM)), name="p.csv")
    assert publish_demo_stories(Console()) == 6
    lines = list_stories()
    assert {line.state for line in lines} == {"shown"}
    assert {line.kind for line in lines} == {
        "consumer_warning",
        "typical_case",
        "model_enterprise",
        "campaign",
    }
    assert all("演示" in line.title for line in lines)
    assert publish_demo_stories(Console()) == 0


def test_a_city_without_honours_tells_of_nobody(home, settings, db):
    settings.ECREDIT_HOME = home.root
    assert publish_demo_stories(Console()) == 4
    assert "model_enterprise" not in {line.kind for line in list_stories()}
