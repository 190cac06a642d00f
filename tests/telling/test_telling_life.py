"""An article from draft to the public and out again: four eyes, its time, what its subjects' record permits, and the audit."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from ecredit.facts.actors.errors import FourEyes, NotAllowed
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.records.queries import list_subjects_with
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.operation.approved import ask, telling
from ecredit.service.telling.audit_stories import audit_stories
from ecredit.service.telling.draft_rules import digest_of, document_of
from ecredit.service.telling.errors import StoryFaults
from ecredit.service.telling.known_names import names_of
from ecredit.service.telling.models import Story, StoryEvent, StoryPicture, StoryVersion
from ecredit.service.telling.publish_actions import post_agreement
from ecredit.service.telling.queries import get_view, list_stories
from ecredit.service.telling.story_rows import course_of, read_courses
from tests.conftest import NOON
from tests.penalty_rows import code, row, table
from tests.subjects.test_subjects_review_journey import register
from tests.telling.telling_world import (
    FIRM,
    OTHER_CODE,
    campaign,
    case,
    honour,
    listed,
    model,
    photo,
    subject,
    warning,
    words,
)

pytestmark = pytest.mark.django_db


def audit(world) -> list[str]:
    return [finding.zh for finding in audit_stories(world.platform.home, world.platform.catalog)]


def state(number: int) -> str:
    return get_view(number).line.state


def test_two_people_make_it_public_and_nobody_alone(world):
    number = world.write(warning())
    assert state(number) == "draft" and world.find(number) is None
    asked = world.ask(number)
    assert state(number) == "waiting" and world.find(number) is None
    with pytest.raises(FourEyes):
        world.agree(asked, by="writer")
    with pytest.raises(WrongUse, match="等待复核"):
        world.write(warning(zh=words(title="另一稿")), number=number)
    world.agree(asked)
    assert state(number) == "shown"
    shown = world.find(number)
    assert shown.head.title("zh") == warning().zh.title and shown.head.title("en") == warning().zh.title
    assert not shown.head.has("en") and shown.head.until_at > world.platform.now
    assert [h.number for h in world.public.on_top(world.platform.now)] == [number]
    verbs = list(
        JournalEntry.objects.filter(verb__startswith="story.").order_by("leaf").values_list("verb", flat=True)
    )
    assert verbs == ["story.draft", "story.publish", "story.show", "story.copy"]
    assert audit(world) == []


def test_nobody_finds_by_trying_whom_an_anonymised_case_is_about(world):
    content = case(subject())
    number = world.publish(content)
    tried = (digest_of(document_of(replace(content, subjects=(n,)))) for n in range(1, 5001))
    assert 0 < subject() <= 5000 and world.find(number).digest not in set(tried)
    assert world.find(number).digest != get_view(world.publish(content)).newest.digest
    with pytest.raises(WrongUse, match="没有改动"):
        world.write(content, number=number)
    assert get_view(number).newest.content == content and audit(world) == []


def test_the_audit_sees_an_article_said_to_be_of_another_kind_or_anothers(world):
    world.write(warning())
    assert audit(world) == []
    for changed in ({"kind": "typical_case"}, {"organisation": "gongshang"}):
        kept = Story.objects.values("kind", "organisation").get()
        Story.objects.update(**changed)
        assert any("与日志不一致" in said for said in audit(world)), changed
        Story.objects.update(**kept)
    assert audit(world) == []


def test_a_refusal_leaves_a_draft(world):
    number = world.write(warning())
    world.agree(world.ask(number), agree=False)
    assert state(number) == "draft" and not StoryEvent.objects.exists()
    assert world.write(warning(zh=words(title="改过")), number=number) == number
    assert get_view(number).newest.version == 2
    with pytest.raises(WrongUse, match="没有改动"):
        world.write(warning(zh=words(title="改过")), number=number)


def test_it_is_shown_when_its_time_comes_and_gone_when_it_is_over(world):
    at = world.platform.now + timedelta(days=2)
    number = world.publish(warning(), from_at=at, until_on=date(2026, 5, 20))
    assert state(number) == "planned" and world.find(number) is None
    assert world.due().shown == ()
    with closing(sqlite3.connect(world.platform.home.stories_db)) as copy:
        assert copy.execute("SELECT count(*) FROM story").fetchone() == (0,)
    world.platform.later = timedelta(days=2)
    assert world.due().shown == (number,) and state(number) == "shown"
    assert world.due() == type(world.due())((), (), 0)
    # Over at the beginning of the day, whether a run comes or not.
    world.platform.later = timedelta(days=7, hours=11, minutes=59)
    assert world.find(number) is not None
    for minutes in (0, 1):
        world.platform.later = timedelta(days=7, hours=12, minutes=minutes)
        assert world.find(number) is None and world.public.heads(world.platform.now) == []
    world.platform.later = timedelta(days=7, hours=12)
    assert world.public.find_gone(number, world.platform.now).why == "expired"
    assert world.due().ended == (number,) and state(number) == "ended"
    gone = world.public.find_gone(number, world.platform.now)
    assert (gone.on, gone.why) == (date(2026, 5, 20), "expired")
    assert words().body.encode() not in world.platform.home.stories_db.read_bytes()
    assert audit(world) == []


def test_a_new_version_takes_the_place_of_the_old_when_agreed(world):
    number = world.publish(warning())
    world.write(warning(zh=words(title="第二稿的标题")), number=number)
    assert state(number) == "draft" and world.find(number).head.version == 1
    world.agree(world.ask(number))
    assert world.find(number).head.title("zh") == "第二稿的标题"
    assert world.find(number).head.version == 2 and state(number) == "shown"
    assert audit(world) == []


def test_a_request_is_for_the_version_that_was_looked_at(world):
    number = world.write(warning())
    newest = get_view(number).newest
    for wrong in ({"version": newest.version + 1}, {"digest": "0" * 64}):
        wanted = {"number": number, "version": newest.version, "digest": newest.digest} | wrong
        with pytest.raises(WrongUse):
            ask(
                world.platform,
                telling(**wanted),
                reason="x",
                by=world.actor("writer", "story.publish"),
                at=world.platform.now,
            )
    for days in (0, 366):
        with pytest.raises(WrongUse, match="展示到"):
            world.ask(number, until_on=world.platform.today + timedelta(days=days))
    with pytest.raises(WrongUse, match="一年以内"):
        world.ask(number, from_at=world.platform.now + timedelta(days=400))


def test_taken_down_it_is_gone_at_once_and_its_words_with_it(world):
    number = world.publish(warning(pictures=(world.picture(photo(colour="red")),)))
    picture = bytes(StoryPicture.objects.get().body)
    assert picture[:64] in world.platform.home.stories_db.read_bytes()
    world.take_down(number, "电话 13912345678 的来电说内容有误")
    assert world.find(number) is None and state(number) == "ended"
    assert world.public.find_gone(number, world.platform.now).why == "taken_down"
    raw = world.platform.home.stories_db.read_bytes()
    assert picture[:64] not in raw and words().body.encode() not in raw
    assert "13912345678" not in StoryEvent.objects.get(kind="ended").words
    with pytest.raises(WrongUse):
        world.take_down(number)
    # It can be agreed to anew.
    world.agree(world.ask(number))
    assert state(number) == "shown" and audit(world) == []


def test_a_version_that_was_replaced_is_not_agreed_to(world):
    number = world.write(warning())
    first = get_view(number).newest
    world.write(warning(zh=words(title="第二稿")), number=number)
    wanted = telling(number=number, version=first.version, digest=first.digest)
    with pytest.raises(WrongUse, match="已被第 2 稿取代"):
        ask(
            world.platform,
            wanted,
            reason="x",
            by=world.actor("writer", "story.publish"),
            at=world.platform.now,
        )


def test_the_room_itself_asks_for_two(world):
    number = world.write(warning())
    newest, by = get_view(number).newest, world.actor("writer", "story.publish")
    with pytest.raises(FourEyes), transaction.atomic():
        post_agreement(
            OpenLog(world.platform.ring, world.platform.now), catalog=world.platform.catalog, sealer=world.platform.sealer, number=number,
            version=newest.version, digest=newest.digest, from_at=None, until_on=None, asked_by=by.who, by=by,
        )  # fmt: skip


def test_taking_down_ends_what_is_shown_and_what_would_be(world):
    number = world.publish(warning())
    world.write(warning(zh=words(title="第二稿")), number=number)
    world.agree(world.ask(number, from_at=world.platform.now + timedelta(days=1)))
    assert state(number) == "planned" and world.find(number) is not None
    world.take_down(number)
    world.platform.later = timedelta(days=2)
    assert world.due().shown == () and world.find(number) is None


def test_a_version_that_became_unfit_leaves_the_one_that_is_shown(world, collect):
    number = world.publish(warning())
    world.write(warning(zh=words(title="第二稿", body="提到常州新来网络科技有限公司。")), number=number)
    world.agree(world.ask(number, from_at=world.platform.now + timedelta(days=1)))
    collect(
        "registration", register(("常州新来网络科技有限公司", code(9), "常州市金坛区1号")), name="new.csv"
    )
    world.platform.later = timedelta(days=1)
    assert world.due().ended == (number,)
    assert world.find(number).head.version == 1 and state(number) == "ended"
    assert audit(world) == []


def test_pictures_are_looked_at_by_both(world):
    number = world.write(warning(pictures=(world.picture(),)))
    with pytest.raises(WrongUse, match="逐张看过"):
        world.ask(number)
    world.look(number, "writer")
    asked = world.ask(number)
    with pytest.raises(WrongUse, match="逐张看过"):
        world.agree(asked)
    world.look(number, "second")
    world.look(number, "second")
    assert StoryEvent.objects.filter(kind="looked").count() == 2
    world.agree(asked)
    assert world.find(number).pictures[0].alt("en") == "海报"


def test_a_role_writes_and_agrees_to_what_its_kind_says(world):
    with pytest.raises(NotAllowed):
        world.write(case(subject()), by="editor", role="editor")
    number = world.write(warning(), by="editor", role="editor")
    newest = get_view(number).newest
    wanted = telling(number=number, version=newest.version, digest=newest.digest)
    by = world.actor("editor", "story.publish")
    asked = ask(world.platform, wanted, reason="x", by=by, at=world.platform.now)
    with pytest.raises(NotAllowed):
        world.account("editor-2", "editor")
        world.agree(asked, by="editor-2")
    world.agree(asked)
    assert state(number) == "shown"


def test_who_agrees_is_said_of_each_kind(world, monkeypatch):
    number = world.write(warning())
    asked, catalog = world.ask(number), world.platform.catalog
    kind = replace(catalog.stories["consumer_warning"], approve=frozenset({"privacy_officer"}))
    monkeypatch.setitem(
        world.platform.__dict__, "catalog", replace(catalog, stories={**catalog.stories, kind.id: kind})
    )
    with pytest.raises(NotAllowed):
        world.agree(asked)
    assert state(number) == "waiting"


def test_a_natural_person_is_linked_by_number_and_never_named(world, collect):
    cells = {
        "CF_XDR_MC": "诸葛明亮", "CF_XDR_LB": "自然人", "CF_XDR_SHXYM": "", "CF_XDR_ZJLX": "身份证",
        "CF_XDR_ZJHM": "11010519491231002X", "CF_FRDB": "", "CF_FR_ZJLX": "", "CF_FR_ZJHM": "",
    }  # fmt: skip
    collect("dual_publicity_penalty", table(row(1, **cells)), name="p.csv")
    [someone] = list_subjects_with(["dual_publicity_penalty"], limit=1)
    with pytest.raises(StoryFaults, match="姓名"):
        world.write(case(someone, body="诸葛明亮在网上卖假货，被处罚。"))
    number = world.write(case(someone, body="诸葛明亮在网上卖假货，被处罚。"), mask=True)
    assert get_view(number).newest.content.zh.body == "诸葛\\*\\*在网上卖假货，被处罚。"
    assert names_of([someone]) == [(someone, "", "诸葛**")]


def test_a_model_firm_needs_its_honour_and_a_clean_record_every_day(world, collect):
    with pytest.raises(StoryFaults, match="没有现行有效的守信荣誉"):
        number = world.write(of_another())
        world.ask(number)
    number = world.publish(model(subject()))
    assert world.find(number).subjects == (code(1),)
    assert world.due().ended == ()
    collect("serious_dishonesty", listed(), name="s.csv")
    assert world.due().ended == (number,)
    assert world.find(number) is None
    ended = StoryEvent.objects.get(kind="ended")
    assert ended.why == "standing" and "严重失信主体名单" in ended.words
    with pytest.raises(StoryFaults, match="严重失信"):
        world.ask(number)
    assert audit(world) == []


def of_another():
    return model(subject(OTHER_CODE), body="坚持诚信。")


def test_an_honour_that_runs_out_ends_the_article(world, collect):
    number = world.publish(model(subject()))
    collect("honour", honour(until="2026-05-14"), by="shangwu", name="h2.csv")
    world.platform.later = timedelta(days=1)
    assert world.due().ended == ()
    world.platform.later = timedelta(days=3)
    assert world.due().ended == (number,)


def test_what_was_fit_when_agreed_is_looked_at_again_when_shown(world, collect):
    number = world.publish(model(subject()), from_at=world.platform.now + timedelta(days=1))
    collect("serious_dishonesty", listed(), name="s.csv")
    world.platform.later = timedelta(days=1)
    done = world.due()
    assert (done.shown, done.ended) == ((), (number,)) and state(number) == "ended"
    assert world.find(number) is None and world.public.find_gone(number, world.platform.now) is None


def test_campaigns_stand_in_the_calendar(world):
    later = world.publish(campaign(date(2026, 7, 1), date(2026, 7, 2)))
    first = world.publish(campaign())
    assert [h.number for h in world.public.calendar(world.platform.now)] == [first, later]
    head = world.find(first).head
    assert (head.place_zh, head.place_en, head.department) == (
        "常州市民广场",
        "Citizens' Square",
        "常州市商务局",
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"campaign": None},
        {"starts": date(2026, 6, 7), "ends": date(2026, 6, 1)},
    ],
)
def test_a_campaign_has_days_that_can_be(world, wrong):
    with pytest.raises(StoryFaults):
        world.write(campaign(**wrong))


def test_the_audit_names_what_was_changed_by_hand(world):
    number = world.publish(warning(pictures=(world.picture(),)))
    assert audit(world) == []
    with closing(sqlite3.connect(world.platform.home.stories_db)) as copy:
        copy.execute("UPDATE story SET head = replace(head, '三步', '四步')")
        copy.commit()
    assert any(f"story {number} 被改动" in zh for zh in audit(world))
    world.due()
    assert audit(world) == []
    with closing(sqlite3.connect(world.platform.home.stories_db)) as copy:
        copy.execute("UPDATE picture SET body = x'00'")
        copy.commit()
    assert any("picture" in zh and "被改动" in zh for zh in audit(world))
    world.due()
    row = StoryVersion.objects.get()
    StoryVersion.objects.update(document=row.document.replace("三步", "四步"))
    assert any("的内容被改动" in zh for zh in audit(world))
    StoryVersion.objects.update(document=row.document)
    assert audit(world) == []
    event = StoryEvent.objects.filter(kind="shown").get()
    event.delete()
    assert any("经过不见了" in zh for zh in audit(world))
    event.save(force_insert=True)
    StoryEvent.objects.filter(kind="agreed").update(until_at=world.platform.now + timedelta(days=300))
    assert any("经过与日志不一致" in zh for zh in audit(world))


def test_a_copy_that_is_gone_is_made_again(world):
    number = world.publish(warning())
    world.platform.home.stories_db.unlink()
    assert audit(world) == [] and world.due().copied > 0
    assert world.find(number) is not None


def test_lists_read_a_few_questions_whatever_there_is(world, django_assert_num_queries):
    for n in range(4):
        world.publish(warning(zh=words(title=f"提示{n}")))
    with django_assert_num_queries(4):
        assert len(list_stories()) == 4
    with django_assert_num_queries(2):
        assert len(read_courses()) == 4
    assert list_stories(["gongshang"]) == []
    assert FIRM not in str(list_stories())


STEPS = st.lists(
    st.tuples(st.sampled_from(["agreed", "shown", "taken_down", "expired", "unfit"]), st.integers(1, 3)),
    max_size=12,
)


@given(STEPS)
def test_what_became_of_an_article_follows_from_its_events(steps):
    """Against a plain reading: what was agreed to last waits, a shown one takes the other's place, an end takes what it names."""
    events, planned, showing = [], None, None
    for n, (what, version) in enumerate(steps):
        at = NOON + timedelta(minutes=n)
        kind = what if what in ("agreed", "shown") else "ended"
        if kind == "shown" and planned is None:
            continue
        version = planned if kind == "shown" else version
        until = NOON + timedelta(days=9)
        events.append(
            StoryEvent(
                version=version,
                kind=kind,
                why=what if kind == "ended" else "",
                at=at,
                from_at=at,
                until_at=until,
            )
        )
        if kind == "agreed":
            planned = version
        elif kind == "shown":
            planned, showing = None, version
        else:
            whole = what == "taken_down"
            showing = None if whole or showing == version else showing
            planned = None if whole or planned == version else planned
    course = course_of(events, {1: "a", 2: "b", 3: "c"})
    assert (course.planned and course.planned.version) == planned
    assert (course.shown and course.shown.version) == showing
    assert (course.shown_at is None) == (showing is None)
    for version in (1, 2, 3):
        said = course.state_of(version, waiting=False)
        assert said == "planned" if version == planned else said != "planned"
        assert said == "shown" if version == showing != planned else said != "shown" or version == showing
